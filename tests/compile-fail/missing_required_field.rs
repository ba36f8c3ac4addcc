use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    email: String,
    nick: Option<String>,
}

fn save(db: &orm::Db) -> orm::Result<Author> {
    Author::create().name("Ann").save(db)
}

fn both(db: &orm::Db) -> orm::Result<Author> {
    Author::create().nick("a").save(db)
}

fn main() {}
