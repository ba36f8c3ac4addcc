use orm::prelude::*;

#[derive(Model)]
#[orm(search("titel", language = "english"))]
struct NotThere {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(search("title"))]
struct NoLanguage {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(search(("title", "E"), language = "english"))]
struct NoWeight {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(search(language = "english"))]
struct Nothing {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(search(title = "A", language = "english"))]
struct NotInQuotes {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(search("title", language = "english"), search("body", language = "english"))]
struct Twice {
    id: i64,
    title: String,
    body: String,
}

#[derive(Model)]
#[orm(search("title", language = "english", name = "title"))]
struct NamedAsAField {
    id: i64,
    title: String,
}

fn main() {}
