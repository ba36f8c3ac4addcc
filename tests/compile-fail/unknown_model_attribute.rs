use orm::prelude::*;

#[derive(Model)]
#[orm(tabel = "posts", verbose_name = "a post")]
struct Post {
    id: i64,
    title: String,
}

fn main() {}
