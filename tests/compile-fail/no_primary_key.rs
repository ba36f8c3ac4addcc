use orm::prelude::*;

#[derive(Model)]
struct Post {
    title: String,
}

#[derive(Model)]
struct Draft {
    id: Option<i64>,
    title: String,
}

fn main() {}
