use orm::prelude::*;

orm::app!("upserts");

#[derive(Model)]
struct Shop {
    id: i64,
    name: String,
}

#[derive(Model)]
#[orm(unique("shop", "sku"))]
struct Stock {
    id: i64,
    shop: ForeignKey<Shop>,
    sku: String,
    amount: i64,
}

/// The foreign key is meant, and not the row.
fn relation(db: &Db) -> orm::Result<Option<Stock>> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.on_conflict(|s| (s.shop(), s.sku)).do_nothing().save(db)
}

/// The amount is missing.
fn unfinished(db: &Db) -> orm::Result<Option<Stock>> {
    let row = Stock::create().shop(1).sku("a");
    row.on_conflict(|s| (s.shop, s.sku)).do_nothing().save(db)
}

/// What happens to the row that is there?
fn unanswered(db: &Db) -> orm::Result<Stock> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.on_conflict(|s| (s.shop, s.sku)).save(db)
}

/// There are two rows to speak about.
fn one_row(db: &Db) -> orm::Result<Stock> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.on_conflict(|s| (s.shop, s.sku)).update(|s| s.amount.set(1)).save(db)
}

/// A string is not a number.
fn another_type(db: &Db) -> orm::Result<Stock> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.on_conflict(|s| (s.shop, s.sku)).update(|s, new| s.amount.set(new.sku)).save(db)
}

/// Nothing may have been created.
fn always(db: &Db) -> orm::Result<Stock> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.on_conflict(|s| (s.shop, s.sku)).do_nothing().save(db)
}

/// The amount is missing here, too.
fn unfinished_in_case(db: &Db) -> orm::Result<(Stock, bool)> {
    Stock::create().shop(1).sku("a").get_or_create(|s| (s.shop, s.sku)).run(db)
}

/// A field to look for, and not a condition about it.
fn condition(db: &Db) -> orm::Result<(Stock, bool)> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.update_or_create(|s| s.sku = "a").run(db)
}

/// The row is one half of what is returned.
fn row_alone(db: &Db) -> orm::Result<Stock> {
    let row = Stock::create().shop(1).sku("a").amount(1);
    row.get_or_create(|s| (s.shop, s.sku)).run(db)
}

/// The values are those of the rows.
fn assigns(rows: Vec<Stock>, db: &Db) -> orm::Result<u64> {
    Stock::bulk_update(rows, |s| s.amount.set(1)).run(db)
}

/// Rows of another model.
fn others(rows: Vec<Shop>, db: &Db) -> orm::Result<u64> {
    Stock::bulk_update(rows, |s| s.amount).run(db)
}

/// A number is not a name.
fn values_of_another_type(db: &Db) -> orm::Result<u64> {
    let amounts = Stock::objects().values(|s| s.amount);
    Shop::insert_from(amounts, |s| s.name).run(db)
}

/// Two values and one field.
fn more_values_than_fields(db: &Db) -> orm::Result<u64> {
    let pairs = Stock::objects().values(|s| (s.sku, s.amount));
    Shop::insert_from(pairs, |s| s.name).run(db)
}

fn main() {}
