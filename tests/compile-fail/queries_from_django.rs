//! What people who know Django write first.

use orm::prelude::*;

#[derive(Model)]
pub struct Post {
    pub id: i64,
    pub genre: Option<ForeignKey<Genre>>,
    pub quantity: i64,
}

#[derive(Model)]
pub struct Genre {
    pub id: i64,
    pub name: Option<String>,
}

fn main() {
    let _ = Post::objects().group_by(|p| p.genre).having(|_| count().gt(1)).values(|p| p.genre);
    let _ = Post::objects().filter_str("quantity__range", [1, 2]);
    let _ = Genre::create().name(Some("Rock"));
    let _ = Post::objects().filter(|p| p.genre().name == "Rock");
    let _ = Post::objects().filter(|p| p.genre().name.is_none());
}
