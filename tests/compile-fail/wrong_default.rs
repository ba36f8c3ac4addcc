use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(default = "none")]
    views: i64,
    #[orm(default_fn = number)]
    title: String,
    #[orm(default = b"x".to_vec())]
    blob: Vec<u8>,
}

fn number() -> i64 {
    7
}

fn main() {}
