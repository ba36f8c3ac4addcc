use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    email: String,
    nick: Option<String>,
}

fn save(db: &Db) -> orm::Result<Author> {
    Author::create().name("Ann").save(db)
}

fn both(db: &Db) -> orm::Result<Author> {
    Author::create().nick("a").save(db)
}

fn main() {}
