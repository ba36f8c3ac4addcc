use orm::prelude::*;

#[derive(Embed)]
struct Address {
    city: String,
}

#[derive(Model)]
struct Order {
    id: i64,
    #[orm(embed, prefix = "billing__")]
    billing: Address,
    #[orm(embed, prefix = "2nd_")]
    second: Address,
}

fn main() {}
