use orm::prelude::*;

orm::app!("shop");

#[derive(Model, Clone)]
struct Order {
    id: i64,
    customer: String,
    total: i64,
}

#[derive(Model, Clone)]
#[orm(view("SELECT customer, sum(total) AS spent FROM shop_order GROUP BY customer", reads(Order)))]
struct Customer {
    #[orm(primary_key)]
    customer: String,
    spent: i64,
}

fn written(db: &Db, mut customer: Customer) -> orm::Result<()> {
    Customer::create();
    customer.save(db)?;
    customer.delete(db)?;
    customer.update(|c| c.spent.set(0)).run(db)?;
    Customer::objects().update(|c| c.spent.set(0)).run(db)?;
    Customer::objects().delete().run(db)?;
    Customer::bulk_update(&[customer], |c| c.spent).run(db)?;
    db.transaction(|tx| Customer::objects().select_for_update().all(tx).map(drop))
}

fn main() {}
