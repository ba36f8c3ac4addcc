//! A command line of one's own: the models are those of this program, and nothing is built to find them.
//!
//! `cargo run --example manage -- makemigrations --dry-run`

use orm::prelude::*;

orm::app!("shop");

/// Who buys.
#[derive(Model, Debug, Clone)]
pub struct Customer {
    pub id: i64,
    #[orm(max_length = 100)]
    pub name: String,
    #[orm(unique)]
    pub email: String,
}

/// What is bought.
#[derive(Model, Debug, Clone)]
#[orm(index("customer", "-cents"))]
pub struct Order {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "orders")]
    pub customer: ForeignKey<Customer>,
    pub cents: i64,
    pub note: Option<String>,
}

orm_cli::main!();
