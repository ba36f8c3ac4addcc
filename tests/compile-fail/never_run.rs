#![deny(unused_must_use)]

use orm::prelude::*;
use orm::{AsyncDb, Db};

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    email: Option<String>,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(related_name = "posts")]
    author: ForeignKey<Author>,
    title: String,
    views: i64,
    rating: f64,
    price: Decimal,
    published: bool,
    published_at: Option<DateTime<Utc>>,
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
struct Tag {
    id: i64,
    label: String,
}

fn never_run() {
    Post::objects().filter(|p| p.published);
    Post::objects().update(|p| p.views.set(1));
    Post::objects().delete();
    Post::create();
}

fn never_looked_at(db: &Db, mut post: Post) {
    Post::objects().all(db);
    post.save(db);
}

async fn never_awaited(db: &AsyncDb) {
    Post::objects().all(db);
}

fn main() {}
