use chrono::Local;
use orm::prelude::*;

struct Money(i64);

enum Kind {
    Invoice,
    Credit,
}

#[derive(Model)]
struct Line {
    id: u64,
}

#[derive(Model)]
struct Customer {
    id: i64,
}

#[derive(Model)]
struct Invoice {
    id: i64,
    total: Money,
    number: u128,
    count: usize,
    note: Option<Money>,
    kind: Kind,
    lines: Vec<Line>,
    customer: Customer,
    tags: Vec<String>,
    made_at: DateTime<Local>,
    joined: Option<ManyToMany<Customer>>,
}

fn main() {}
