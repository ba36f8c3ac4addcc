use orm::prelude::*;

#[derive(Model)]
#[orm(table_name = "posts", unique_together("slug"))]
struct Post {
    #[orm(pk, auto_increment)]
    id: i64,
    #[orm(nullable)]
    title: String,
    #[orm(length = 200)]
    slug: String,
    #[orm(default_value = 0)]
    views: i64,
    #[orm(db_column = "state")]
    status: String,
    #[orm(foreign_key = "Author")]
    author: i64,
}

fn main() {}
