use orm::prelude::*;

struct Money(i64);

#[derive(Model)]
struct Invoice {
    id: i64,
    total: Money,
    number: u64,
    note: Option<Money>,
}

fn main() {}
