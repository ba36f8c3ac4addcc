use orm::prelude::*;

#[derive(Model)]
struct Membership {
    #[orm(primary_key)]
    person: i64,
    #[orm(primary_key)]
    club: i64,
}

fn main() {}
