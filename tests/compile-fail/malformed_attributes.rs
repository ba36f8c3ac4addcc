use orm::prelude::*;

#[derive(Model)]
#[orm(ordering = "id", index(title), check("positive"))]
struct Post {
    id: i64,
    #[orm(max_length = "200", default_fn = 3)]
    title: String,
    #[orm(max_length)]
    slug: String,
    #[orm(unique, unique)]
    code: String,
    #[orm(db_default = today)]
    on: String,
    #[orm]
    nothing: String,
}

fn main() {}
