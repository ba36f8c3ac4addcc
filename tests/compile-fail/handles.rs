use orm::prelude::*;
use orm::{AsyncDb, Db, Result};

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

fn key_and_handle_exchanged(db: &Db) -> Result<Post> {
    Post::get(db, 1)
}

fn a_key_for_a_query(db: &Db) -> Result<Post> {
    Post::objects().get(1, db)
}

async fn no_await(db: &AsyncDb) -> Result<Vec<Post>> {
    Ok(Post::objects().all(db)?)
}

async fn await_of_a_blocking_handle(db: &Db) -> Result<Vec<Post>> {
    Post::objects().all(db).await
}

fn begin_by_hand(db: &Db) {
    let _ = db.begin();
}

fn one_or_none(db: &Db) -> Result<Post> {
    Post::objects().first(db)
}

fn main() {}
