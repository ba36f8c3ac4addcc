//! Rows that are created together: what a relation leads to, and how many.

use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(on_delete = Cascade, related_name = "posts")]
    author: ForeignKey<Author>,
    title: String,
}

#[derive(Model)]
struct Profile {
    id: i64,
    #[orm(on_delete = Cascade, related_name = "profile")]
    author: OneToOne<Author>,
}

fn main() -> orm::Result<()> {
    let db = Db::connect("sqlite::memory:")?;
    // One row where there may be many.
    Author::create().name("Ann").with(|a| a.posts(), Post::create().title("Hello")).save(&db)?;
    // Many where there is one.
    Author::create().name("Ann").with(|a| a.profile(), [Profile::create()]).save(&db)?;
    // Of another model.
    Author::create().name("Ann").with(|a| a.posts(), [Author::create().name("Ben")]).save(&db)?;
    // What the outermost row needs.
    Author::create().with(|a| a.posts(), [Post::create().title("Hello")]).save(&db)?;
    Ok(())
}
