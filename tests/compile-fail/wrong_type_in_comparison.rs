use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
    title: String,
    views: i64,
    published_at: Option<DateTime<Utc>>,
}

fn main() {
    let _ = Post::objects().filter(|p| p.title.eq(7));
    let _ = Post::objects().filter(|p| p.views.gt("many"));
    let _ = Post::objects().filter(|p| p.published_at.lt("2026-01-01"));
    let _ = Post::objects().filter(|p| p.author().name.eq(1.5));
    let _ = Post::objects().filter(|p| p.views.contains("1"));
    let _ = Post::objects().filter(|p| p.titel.eq("x"));
    let _ = Post::objects().filter(|p| p.title);
}
