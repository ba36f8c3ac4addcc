use orm::prelude::*;

#[derive(Embed)]
struct Address {
    street: String,
    city: String,
}

/// Nothing in it tells a value from none.
#[derive(Embed)]
struct Hints {
    one: Option<String>,
    two: Option<String>,
}

#[derive(Model)]
struct Twice {
    id: i64,
    city: String,
    #[orm(embed)]
    address: Address,
}

#[derive(Model)]
struct NeverThere {
    id: i64,
    #[orm(embed)]
    hints: Option<Hints>,
}

fn main() {}
