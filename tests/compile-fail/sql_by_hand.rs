//! SQL by hand: text from elsewhere, a value that is not in a tuple, types that no column holds, rows that are none.

use orm::prelude::*;

struct Plain {
    id: i64,
}

fn text_from_elsewhere(db: &Db, name: &str) -> orm::Result<Vec<i64>> {
    orm::sql(format!("SELECT id FROM author WHERE name = '{name}'"), ()).rows().all(db)
}

fn borrowed_text(db: &Db, text: &str) -> orm::Result<u64> {
    orm::sql(text, ()).execute(db)
}

fn one_value_without_a_comma(db: &Db) -> orm::Result<Vec<i64>> {
    orm::sql("SELECT id FROM author WHERE id > {}", (9)).rows().all(db)
}

fn not_a_value(db: &Db) -> orm::Result<Vec<i64>> {
    orm::sql("SELECT id FROM author WHERE id > {}", (Plain { id: 1 },)).rows().all(db)
}

fn not_a_row(db: &Db) -> orm::Result<Vec<Plain>> {
    orm::sql("SELECT id FROM author", ()).rows().all(db)
}

fn no_terminal(db: &Db) -> orm::Result<Vec<i64>> {
    orm::sql("SELECT id FROM author", ()).all(db)
}

fn main() {}
