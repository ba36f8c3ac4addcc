use orm::prelude::*;

#[derive(Model)]
#[orm(renamed_from = "shop.")]
struct Order {
    id: i64,
}

#[derive(Model)]
#[orm(renamed_from = "shop.Order.tags.word")]
struct Tag {
    id: i64,
}

#[derive(Model)]
#[orm(renamed_from = "my shop.an order")]
struct Item {
    id: i64,
}

#[derive(Model)]
#[orm(renamed_from = "")]
struct Line {
    id: i64,
}

mod sales {
    orm::app!("sales", renamed_from = "sales");
}

mod shop {
    orm::app!("shop", renamed_from = "shop.old");
}

fn main() {}
