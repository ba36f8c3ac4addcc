//! The statements that something sends, counted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use blog::{Author, Post, Tag};
use orm::prelude::*;
use orm::testing::{Queries, assert_queries, assert_queries_async, queries, queries_async};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::server;

fn fill(db: &Db) -> orm::Result<()> {
    for name in ["Ann", "Bob", "Cid"] {
        let author = Author::create().name(name).email(name).save(db)?;
        Post::create().author(&author).title(name).save(db)?;
    }
    Ok(())
}

async fn fill_async(db: &AsyncDb) -> orm::Result<()> {
    for name in ["Ann", "Bob", "Cid"] {
        let author = Author::create().name(name).email(name).save(db).await?;
        Post::create().author(&author).title(name).save(db).await?;
    }
    Ok(())
}

/// A query for the author of each post.
fn one_by_one(db: &Db) -> orm::Result<usize> {
    let posts = Post::objects().all(db)?;
    let names: orm::Result<Vec<String>> = posts.iter().map(|post| Ok(post.author().get(db)?.name)).collect();
    Ok(names?.len())
}

async fn one_by_one_async(db: &AsyncDb) -> orm::Result<usize> {
    let posts = Post::objects().all(db).await?;
    let mut names = Vec::new();
    for post in &posts {
        names.push(post.author().get(db).await?.name);
    }
    Ok(names.len())
}

fn blocking(db: &Db) -> orm::Result<()> {
    fill(db)?;
    assert_eq!(
        assert_queries(1, || Post::objects().with(|p| p.author()).all(db))?.len(),
        3
    );
    let (found, sent) = queries(|| one_by_one(db));
    assert_eq!((found?, sent.len()), (3, 4));
    let rows: Vec<u64> = sent.iter().map(orm::testing::Query::rows).collect();
    assert_eq!(rows, [3, 1, 1, 1]);
    assert_listed(&sent);
    assert!(sent.to_string().contains("one_by_one"), "{sent}");

    // What begins and ends transactions is not counted.
    let nested = || {
        db.transaction(|tx| {
            Tag::create().label("one").save(tx)?;
            tx.transaction(|savepoint| Tag::create().label("two").save(savepoint))
        })
    };
    assert_queries(2, nested)?;

    // One within another is seen by both.
    let (inner, outer) = queries(|| queries(|| Tag::objects().count(db)).1.len());
    assert_eq!((inner, outer.len()), (1, 1));

    // Other threads are not.
    std::thread::scope(|scope| {
        scope.spawn(|| Tag::objects().count(db).unwrap());
        let (_, sent) = queries(|| std::thread::sleep(std::time::Duration::from_millis(20)));
        assert!(sent.is_empty(), "{sent}");
    });

    assert_all_are_heard(db)?;

    // No value is in it.
    let (_, sent) = queries(|| Tag::objects().filter(|t| t.label.eq("a secret")).all(db));
    assert!(!format!("{sent} {sent:?}").contains("a secret"));
    Ok(())
}

/// Everything that sends statements is heard.
fn assert_all_are_heard(db: &Db) -> orm::Result<()> {
    let mut row = Tag::create().label("heard").save(db)?;
    let key = row.id;
    assert_queries(1, || Tag::objects().all(db))?;
    assert_queries(1, || Tag::objects().first(db))?;
    assert_queries(1, || Tag::get(key, db))?;
    assert_queries(1, || Tag::objects().count(db))?;
    assert_queries(1, || Tag::objects().exists(db))?;
    assert_queries(1, || Tag::objects().values(|t| t.label).all(db))?;
    assert_queries(1, || Tag::objects().aggregate(|t| t.id.max()).run(db))?;
    assert_queries(1, || Tag::objects().page(1, 2, db))?;
    assert_queries(1, || {
        orm::sql("SELECT label FROM blog_tag", ())
            .rows::<String>()
            .all(db)
    })?;
    assert_queries(1, || {
        orm::sql("UPDATE blog_tag SET label = label WHERE id = {}", (key,)).execute(db)
    })?;
    row.label = "again".to_owned();
    assert_queries(1, || row.save(db))?;
    assert_queries(1, || {
        Tag::objects()
            .filter(|t| t.id.eq(key))
            .update(|t| t.label.set("once more"))
            .run(db)
    })?;
    assert_queries(1, || {
        Tag::bulk_create([Tag::create().label("a"), Tag::create().label("b")]).run(db)
    })?;
    assert_queries(1, || {
        Tag::objects()
            .filter(|t| t.label.in_(["a", "b"]))
            .delete()
            .run(db)
    })?;
    let (read, sent) = queries(|| Tag::objects().iter(db).collect::<orm::Result<Vec<Tag>>>());
    assert!(!read?.is_empty() && !sent.is_empty());
    Ok(())
}

/// What is sent several times stands there once, with how often.
fn assert_listed(sent: &Queries) {
    let listed = sent.to_string();
    assert_eq!(
        listed.lines().filter(|line| line.contains(" x SELECT")).count(),
        2,
        "{listed}"
    );
    assert!(
        listed.contains("    1 x SELECT") && listed.contains("    3 x SELECT"),
        "{listed}"
    );
    assert!(
        listed.ends_with("is one query for all of them by `with(..)` or `in_(..)`\n"),
        "{listed}"
    );
}

async fn in_tasks(db: &AsyncDb) -> orm::Result<()> {
    fill_async(db).await?;
    let posts = assert_queries_async(1, async { Post::objects().with(|p| p.author()).all(db).await }).await?;
    assert_eq!(posts.len(), 3);
    let (found, sent) = queries_async(one_by_one_async(db)).await;
    assert_eq!((found?, sent.len()), (3, 4));
    assert_listed(&sent);
    let nested = async {
        db.transaction(async |tx| {
            Tag::create().label("one").save(tx).await?;
            Tag::create().label("two").save(tx).await
        })
        .await
    };
    assert_queries_async(2, nested).await?;

    // Side by side, each sees its own.
    let (one, two) = tokio::join!(
        queries_async(async { Tag::objects().count(db).await.unwrap() }),
        queries_async(async {
            Tag::objects().count(db).await.unwrap();
            Post::objects().count(db).await.unwrap()
        }),
    );
    assert_eq!((one.1.len(), two.1.len()), (1, 2));
    Ok(())
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
fn on_sqlite(db: Db) -> orm::Result<()> {
    blocking(&db)
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
async fn on_sqlite_async(db: AsyncDb) -> orm::Result<()> {
    in_tasks(&db).await
}

#[orm::test(url = server(), migrations = blog::migrations())]
fn on_postgres(db: Db) -> orm::Result<()> {
    blocking(&db)
}

#[orm::test(url = server(), migrations = blog::migrations())]
async fn on_postgres_async(db: AsyncDb) -> orm::Result<()> {
    in_tasks(&db).await
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
fn another_number_is_said_with_what_was_sent(db: Db) -> orm::Result<()> {
    fill(&db)?;
    let message = |expected: usize, work: &dyn Fn()| {
        let panicked = catch_unwind(AssertUnwindSafe(|| assert_queries(expected, work))).unwrap_err();
        *panicked.downcast::<String>().unwrap()
    };
    let listed = message(1, &|| drop(one_by_one(&db)));
    let (at, listed) = listed.split_once(": ").unwrap();
    assert!(at.contains("queries.rs:"), "{at}");
    assert!(
        listed.starts_with("expected 1 query, and there were 4:\n    1 x SELECT"),
        "{listed}"
    );
    assert!(message(2, &|| ()).ends_with("expected 2 queries, and there was none\n"));
    Ok(())
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
async fn another_number_is_said_with_the_place_of_the_call(db: AsyncDb) {
    let counting =
        tokio::spawn(async move { assert_queries_async(2, async { Tag::objects().count(&db).await }).await });
    let message = *counting
        .await
        .unwrap_err()
        .into_panic()
        .downcast::<String>()
        .unwrap();
    assert!(message.contains("queries.rs:"), "{message}");
    assert!(
        message.starts_with("tests/") && message.contains("expected 2 queries, and there was 1:"),
        "{message}"
    );
}

/// A program's own listener.
struct Heard(Arc<Mutex<usize>>);

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm::sql"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        *self.0.lock().unwrap() += 1;
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
fn who_listened_before_hears_them_too(db: Db) {
    let heard = Arc::new(Mutex::new(0));
    tracing::subscriber::with_default(Heard(Arc::clone(&heard)), || {
        assert_queries(1, || Tag::objects().all(&db)).unwrap();
    });
    assert_eq!(*heard.lock().unwrap(), 1);
}
