//! Models of a blog in a crate of their own, used by the examples in the documentation of `orm`.
//!
//! `orm makemigrations` has to build the models, so they are in a crate without handlers and templates. It wrote the
//! migrations beside them.

use orm::migrate::{MigrateOptions, Migrations, Target, migrate};
use orm::prelude::*;

orm::app!("blog");

/// An author.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Author {
    pub id: i64,
    #[orm(max_length = 100)]
    pub name: String,
    #[orm(unique)]
    pub email: String,
}

/// More about an author; at most one row each.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Profile {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "profile")]
    pub author: OneToOne<Author>,
    pub bio: String,
}

/// A post.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), unique("author", "title"))]
pub struct Post {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "posts")]
    pub author: ForeignKey<Author>,
    /// The editor, if there is one.
    #[orm(on_delete = SetNull, related_name = "edited")]
    pub editor: Option<ForeignKey<Author>>,
    #[orm(max_length = 200)]
    pub title: String,
    #[orm(default = "")]
    pub body: String,
    #[orm(default = 0)]
    pub views: i64,
    pub rating: Option<f64>,
    #[orm(default = Status::Draft)]
    pub status: Status,
    pub published_at: Option<DateTime<Utc>>,
    #[orm(related_name = "posts")]
    pub tags: ManyToMany<Tag>,
}

/// The state of a post.
#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum Status {
    Draft,
    Published,
    Archived,
}

/// A reader's comment on a post.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Comment {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "comments")]
    pub post: ForeignKey<Post>,
    pub text: String,
}

/// A tag of posts.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Tag {
    pub id: i64,
    #[orm(unique, max_length = 50)]
    pub label: String,
}

/// The migrations, embedded in the program.
///
/// # Errors
/// If one of the files cannot be read.
pub fn migrations() -> orm::Result<Migrations> {
    Migrations::from_embedded(&[(
        "blog/0001_initial.toml",
        include_str!("../migrations/blog/0001_initial.toml"),
    )])
}

/// An empty database in memory, with the tables of the models.
///
/// # Errors
/// If a migration cannot be applied.
pub fn empty() -> orm::Result<Db> {
    let db = Db::connect("sqlite::memory:")?;
    up(&db)?;
    Ok(db)
}

/// A database in memory with a few rows: Ann has written "Hello" (7 views, about rust, with a comment) and "Later" (a draft),
/// Ben has written nothing.
///
/// # Errors
/// As [`empty`].
pub fn open() -> orm::Result<Db> {
    let db = empty()?;
    fill(&db)?;
    Ok(db)
}

/// As [`open`], for async programs.
///
/// # Errors
/// As [`open`].
pub async fn open_async() -> orm::Result<AsyncDb> {
    let db = AsyncDb::connect("sqlite::memory:").await?;
    db.blocking(|db| up(db).and_then(|()| fill(db))).await?;
    Ok(db)
}

fn up(db: &Db) -> orm::Result<()> {
    let options = MigrateOptions::default();
    migrate(
        &mut db.session()?,
        &migrations()?,
        &Target::Latest,
        &options,
        &mut |_| {},
    )?;
    Ok(())
}

fn fill(db: &Db) -> orm::Result<()> {
    let ann = Author::create().name("Ann").email("ann@example.com").save(db)?;
    Author::create().name("Ben").email("ben@example.org").save(db)?;
    Profile::create()
        .author(&ann)
        .bio("Writes about Rust.")
        .save(db)?;
    let rust = Tag::create().label("rust").save(db)?;
    Tag::create().label("sql").save(db)?;
    let hello = Post::create()
        .author(&ann)
        .title("Hello")
        .views(7)
        .rating(4.5)
        .status(Status::Published)
        .published_at(DateTime::<Utc>::UNIX_EPOCH)
        .save(db)?;
    hello.tags().add([&rust]).run(db)?;
    Comment::create().post(&hello).text("First!").save(db)?;
    Post::create().author(&ann).title("Later").save(db)?;
    Ok(())
}
