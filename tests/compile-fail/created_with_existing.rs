//! New rows that are related to those that are there: along which relations, and by what.

use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Tag {
    id: i64,
    label: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
    title: String,
    tags: ManyToMany<Tag>,
}

fn main() -> orm::Result<()> {
    let db = Db::connect("sqlite::memory:")?;
    let post = || Post::create().author(1).title("Hello");
    // A relation to one row is a field.
    post().with_existing(|p| p.author(), [1]).save(&db)?;
    // Of another model.
    post().with_existing(|p| p.tags(), [&Author { id: 1, name: String::new() }]).save(&db)?;
    // What a row of many needs.
    Post::bulk_create([Post::create().title("Hello").with_existing(|p| p.tags(), [1])]).run(&db)?;
    Ok(())
}
