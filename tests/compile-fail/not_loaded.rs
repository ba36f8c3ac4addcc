use orm::prelude::*;
use orm::{Db, Result};

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

fn in_a_query() {
    let _ = Post::objects().filter(|p| p.author.name.eq("Ann"));
}

fn on_a_row(post: Post) -> String {
    post.author.name
}

fn on_the_query_of_a_row(post: Post) -> String {
    post.author().name
}

fn loaded_and_left_out_of_the_type(db: &Db) -> Result<()> {
    let _: Vec<Post> = Post::objects().with(|p| p.author()).all(db)?;
    Ok(())
}

fn of_many() {
    let _ = Author::objects().filter(|a| a.posts().title.eq("x"));
}

fn one_of_many(tag: Tag) {
    let _ = Post::objects().filter(|p| p.tags().eq(&tag));
    let _ = Post::objects().filter(|p| p.tags().contains(&tag));
}

fn the_field_of_many(post: Post, tag: Tag) {
    post.tags.add(&tag);
}

fn a_column_of_rows(posts: Vec<Post>, db: &Db) -> Result<()> {
    posts.load(|p| p.author).run(db)?;
    Ok(())
}

fn on_borrowed_rows(posts: &[Post], db: &Db) -> Result<()> {
    posts.load(|p| p.author()).run(db)?;
    Ok(())
}

fn on_rows_with_something_beside_them(posts: Vec<(Post, Author)>, db: &Db) -> Result<()> {
    posts.load(|p| p.tags()).run(db)?;
    Ok(())
}

fn on_a_query(db: &Db) -> Result<()> {
    Post::objects().load(|p| p.author()).run(db)?;
    Ok(())
}

fn main() {}
