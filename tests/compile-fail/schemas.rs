use orm::prelude::*;

#[derive(Model)]
#[orm(schema = "")]
struct Nowhere {
    id: i64,
}

#[derive(Model)]
#[orm(schema(billing))]
struct Invoice {
    id: i64,
}

mod billing {
    orm::app!("billing", schema = "");
}

fn main() {}
