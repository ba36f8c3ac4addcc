//! Tests that are not given their database.

#[orm::test]
fn no_handle() {}

#[orm::test]
fn two(_: orm::Db, _: orm::Db) {}

#[orm::test(databse = "reports")]
fn misspelt(_: orm::Db) {}

#[orm::test(database = reports)]
fn no_string(_: orm::Db) {}

#[orm::test]
struct NoFunction;

fn main() {}
