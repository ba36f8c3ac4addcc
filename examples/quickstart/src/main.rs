//! The whole loop on an embedded SQLite, in a temporary folder: `cargo run -p quickstart`.

use std::error::Error;
use std::path::Path;

use orm::Db;
use orm::migrate::{MakeOptions, Project, make_migrations, sql_of, up};
use orm::models::registry;
use orm::prelude::*;

orm::app!("blog");

#[derive(Model, Debug)]
#[orm(ordering("name"))]
pub struct Author {
    pub id: i64,
    #[orm(max_length = 100)]
    pub name: String,
    #[orm(unique)]
    pub email: String,
}

#[derive(Model, Debug)]
#[orm(ordering("id"), unique("author", "title"))]
pub struct Post {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "posts")]
    pub author: ForeignKey<Author>,
    #[orm(max_length = 200)]
    pub title: String,
    #[orm(default = 0)]
    pub views: i64,
    #[orm(default = Status::Draft)]
    pub status: Status,
    pub tags: ManyToMany<Tag>,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum Status {
    Draft,
    Published,
}

#[derive(Model, Debug)]
pub struct Tag {
    pub id: i64,
    #[orm(unique, max_length = 50)]
    pub label: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let db = Db::connect(&format!("sqlite://{}", folder.path().join("blog.db").display()))?;
    migrate(&db, &folder.path().join("migrations"))?;
    rows_in(&db)?;
    rows_out(&db)?;
    Ok(())
}

/// What the commands `orm makemigrations`, `orm sqlmigrate` and `orm migrate` do.
fn migrate(db: &Db, folder: &Path) -> Result<(), Box<dyn Error>> {
    let project = Project::new(folder);
    let models: Vec<_> = registry()?.models().map(|model| model.def.clone()).collect();
    let new = make_migrations(&models, &project.load()?, &MakeOptions::default())?;
    project.write(&new)?;
    let files = project.load()?;
    for made in &new {
        let path = made.path.display();
        say(&format!("The models became migrations/{path}"));
        println!("{}", made.text.trim_end());

        say("Its SQL on this database");
        let plan = sql_of(&files, &made.app, &made.name, db.dialect(), false)?;
        for statement in plan.steps.iter().flat_map(|step| &step.sql) {
            println!("{statement};");
        }
    }
    let report = up(&mut db.session()?, folder)?;
    say("Applied");
    println!("{}", report.applied.join("\n"));
    Ok(())
}

fn rows_in(db: &Db) -> orm::Result<()> {
    let ann = Author::create().name("Ann").email("ann@example.com").save(db)?;
    let ben = Author::create().name("Ben").email("ben@example.org").save(db)?;
    let rust = Tag::create().label("rust").save(db)?;

    let mut post = Post::create().author(&ann).title("Hello").save(db)?;
    post.tags().add([&rust]).run(db)?;
    post.status = Status::Published;
    post.save(db)?;

    let titles = ["One", "Two", "Three"];
    Post::bulk_create(titles.map(|title| Post::create().author(&ben).title(title))).run(db)?;
    Post::objects()
        .filter(|p| p.author().name.eq("Ben"))
        .update(|p| p.views.set(p.views + 7))
        .run(db)?;

    say("Rows went in; the database holds them to what the models say");
    let imposter = Author::create().name("Eve").email("ann@example.com");
    if let Err(refused) = imposter.save(db) {
        println!("{refused}");
    }
    Ok(())
}

fn rows_out(db: &Db) -> orm::Result<()> {
    say("A question across a relation");
    let published = Post::objects()
        .filter(|p| p.author().email.ends_with("@example.com") & p.status.eq(Status::Published))
        .exclude(|p| p.title.icontains("draft"))
        .order_by(|p| p.views.desc())
        .all(db)?;
    for post in published {
        println!("{}, by author {}", post.title, post.author.id());
    }

    say("What was loaded stands in the type: Vec<(Author, Vec<(Post, Vec<Tag>)>)>");
    let authors = Author::objects()
        .with(|a| a.posts().order_by(|p| p.title).with(|p| p.tags()))
        .all(db)?;
    for (author, posts) in authors {
        println!("{} <{}>", author.name, author.email);
        for (post, tags) in posts {
            let tags: Vec<_> = tags.iter().map(|tag| tag.label.as_str()).collect();
            println!(
                "    {:<6} {:?}, {} views, tags {tags:?}",
                post.title, post.status, post.views
            );
        }
    }
    Ok(())
}

fn say(what: &str) {
    println!("\n== {what}\n");
}
