use orm::prelude::*;

#[derive(Model)]
#[orm(renamed_from = "Post", unmanaged = 3, index("title", message = "slow"))]
#[orm(unique("title", message = ""), check("short", |p| p.title.length().le(9), hint = "shorter"))]
struct Post {
    id: i64,
    title: String,
}

fn main() {}
