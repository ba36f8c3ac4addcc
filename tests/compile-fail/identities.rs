//! Identities of what is not a whole number, or has a value of its own, and numbers that nothing can be counted by.

use orm::prelude::*;

orm::app!("shop");

#[derive(Model)]
pub struct Types {
    pub id: i64,
    #[orm(identity)]
    pub name: String,
    #[orm(identity)]
    pub optional: Option<i64>,
    #[orm(identity)]
    pub other: ForeignKey<Numbers>,
    #[orm(identity, default = 3)]
    pub given: i32,
    #[orm(identity, generated = |t| t.id)]
    pub computed: i64,
}

#[derive(Model)]
pub struct Numbers {
    #[orm(primary_key, identity(always, start = 40_000))]
    pub id: i16,
    #[orm(identity(min_value = 10, max_value = 5))]
    pub turned: i64,
    #[orm(identity(increment = 0))]
    pub still: i64,
    #[orm(identity(start = 0))]
    pub below: i64,
    #[orm(identity(increment = -1, start = 1))]
    pub down: i64,
    #[orm(identity(cache = 0))]
    pub cached: i64,
}

#[derive(Model)]
pub struct Words {
    #[orm(primary_key, identity(start_with = 10, alwais))]
    pub id: i64,
    #[orm(identity = 10)]
    pub number: i64,
    #[orm(identity(start = "10"))]
    pub text: i64,
    #[orm(identity(start = 10, start = 11))]
    pub twice: i64,
    #[orm(auto_increment)]
    pub counted: i64,
}

#[derive(Model)]
pub struct Together {
    #[orm(primary_key, identity)]
    pub one: i64,
    #[orm(primary_key)]
    pub two: i64,
}

#[derive(Embed)]
pub struct Place {
    #[orm(identity)]
    pub number: i64,
}

#[derive(Model)]
#[orm(view("SELECT 1 AS id, 2 AS number"))]
pub struct Seen {
    pub id: i64,
    #[orm(identity)]
    pub number: i64,
}

#[derive(Model)]
pub struct Ticket {
    #[orm(primary_key, identity(always))]
    pub number: i64,
}

fn main() {
    let _ = Ticket::create().number(7);
}
