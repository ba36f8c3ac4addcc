use orm::prelude::*;

#[derive(Model)]
#[orm(ordering("-publishd_at"), index("titel", "-id"), unique("tags", "title"), unique("-title"))]
struct Post {
    id: i64,
    title: String,
    published_at: Option<DateTime<Utc>>,
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
struct Tag {
    id: i64,
}

fn main() {}
