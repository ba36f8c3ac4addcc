use orm::prelude::*;

#[derive(Model)]
struct Product {
    #[orm(unique)]
    id: i64,
    #[orm(max_length = 10)]
    stock: i64,
    #[orm(max_digits = 4, decimal_places = 2)]
    price: f64,
    #[orm(max_digits = 2, decimal_places = 4)]
    weight: Decimal,
    #[orm(auto_now)]
    name: String,
    #[orm(db_default = now)]
    code: String,
    #[orm(collation = "C")]
    size: i32,
    #[orm(related_name = "products")]
    maker: i64,
    #[orm(default = "x", default_fn = make)]
    slug: String,
}

fn make() -> String {
    String::new()
}

fn main() {}
