use orm::prelude::*;

#[derive(Model)]
struct Page<T> {
    id: i64,
    body: Json<T>,
}

#[derive(Model)]
struct Borrowed<'a> {
    id: i64,
    title: &'a str,
}

fn main() {}
