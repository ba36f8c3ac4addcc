//! What a factory's row is related to is said by the factory, and not by its values.

use orm::prelude::*;

#[derive(Model)]
struct Tag {
    id: i64,
    label: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
    tags: ManyToMany<Tag>,
}

fn main() -> orm::Result<()> {
    let db = Db::connect("sqlite::memory:")?;
    Post::factory().set(|p| p.title("Hello").with_existing(|p| p.tags(), [1])).build(&db)?;
    Post::factory().each(|p, n| p.title(n.to_string()).with_existing(|p| p.tags(), [1])).build(&db)?;
    Post::factory().seeded(42, |p, _| p.with_existing(|p| p.tags(), [1])).build(&db)?;
    // A relation of its own.
    Post::factory().with(|p| p.tags(), Tag::factory()).build(&db)?;
    Ok(())
}
