use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(max_lenght = 200)]
    title: String,
    #[orm(colour = "red", unique, blank)]
    slug: String,
}

fn main() {}
