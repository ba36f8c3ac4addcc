//! Reading row by row: on the handle of the other colour, without `?`, without a handle by reference.

use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

fn blocking_on_async(db: &AsyncDb) {
    for author in Author::objects().iter(db) {
        drop(author);
    }
}

async fn async_on_blocking(db: &Db) {
    let mut authors = Author::objects().stream(db);
    authors.next().await;
}

fn a_row_may_be_an_error(db: &Db) {
    for author in Author::objects().iter(db) {
        println!("{}", author.name);
    }
}

fn handle_by_value(db: Db) {
    let names = Author::objects().values(|a| a.name).iter(db).count();
    drop(names);
}

fn a_query_is_not_rows(db: &Db) {
    for author in Author::objects().all(db) {
        println!("{}", author.name);
    }
}

fn main() {}
