use orm::prelude::*;

orm::app!("shop");

#[derive(Model)]
struct Order {
    id: i64,
    customer: String,
}

#[derive(Model)]
#[orm(view("SELECT customer FROM shop_order", reads(Order)))]
struct WithoutKey {
    customer: String,
}

#[derive(Model)]
#[orm(view)]
struct WithoutQuery {
    id: i64,
}

#[derive(Model)]
#[orm(view(reads(Order)))]
struct OnlyReads {
    id: i64,
}

#[derive(Model)]
#[orm(view = "SELECT id FROM shop_order")]
struct Assigned {
    id: i64,
}

#[derive(Model)]
#[orm(view("SELECT id FROM shop_order", read(Order)))]
struct Misspelled {
    id: i64,
}

#[derive(Model)]
#[orm(view("SELECT id FROM shop_order", reads(Missing)))]
struct OfNothing {
    id: i64,
}

#[derive(Model)]
#[orm(
    view("SELECT id, customer FROM shop_order", reads(Order), with_no_data),
    index("customer"),
    check("named", |o| o.customer.ne(""))
)]
struct LikeATable {
    id: i64,
    #[orm(unique, default = "nobody")]
    customer: String,
    others: ManyToMany<Order>,
}

#[derive(Model)]
#[orm(view("SELECT id FROM shop_order", reads(Order)), unmanaged)]
struct MadeTwice {
    id: i64,
}

fn main() {}
