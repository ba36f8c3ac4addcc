use orm::Db;
use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
}

fn unfinished(db: &Db) {
    let _ = Author::bulk_create([Author::create()]).run(db);
}

fn of_another_model(db: &Db) {
    let _ = Author::bulk_create([Post::create().title("x")]).run(db);
}

fn whole_rows(db: &Db, authors: Vec<Author>) {
    let _ = Author::bulk_create(authors).run(db);
}

fn main() {}
