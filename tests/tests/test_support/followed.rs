//! What a program is told of its statements: events, spans, warnings of slow and of repeated ones.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use blog::{Author, Post, Tag};
use orm::db::{warn_repeated, warn_repeated_async};
use orm::prelude::*;
use orm::testing::{queries, queries_async};
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::server;

/// What was said, a line for each span and event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{}={value} ", field.name()).unwrap();
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm::sql"
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line("SPAN ".to_owned());
        span.record(&mut line);
        let mut lines = self.0.lock().unwrap();
        lines.push(line.0);
        Id::from_u64(lines.len() as u64)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut line = Line::default();
        values.record(&mut line);
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        self.0.lock().unwrap()[at] += &line.0;
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Log {
    /// The lines that begin so, since it was asked last; all others are gone.
    fn taken(&self, begin: &str) -> Vec<String> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        lines.into_iter().filter(|line| line.starts_with(begin)).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.taken(Level::WARN.as_str())
    }

    fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        // With one listener only, whether anybody listens is asked in whichever thread comes first.
        let _second = tracing::Dispatch::new(Log::default());
        tracing::subscriber::with_default(self.clone(), work)
    }
}

fn fill(db: &Db) -> orm::Result<()> {
    for name in ["Ann", "Bob", "Cid", "Dan"] {
        let author = Author::create().name(name).email(name).save(db)?;
        Post::create().author(&author).title(name).save(db)?;
    }
    Ok(())
}

fn one_by_one(db: &Db) -> orm::Result<usize> {
    let posts = Post::objects().all(db)?;
    let authors: orm::Result<Vec<Author>> = posts.iter().map(|post| post.author().get(db)).collect();
    Ok(authors?.len())
}

fn spans(db: &Db, system: &str) -> orm::Result<()> {
    let log = Log::default();
    log.during(|| {
        Tag::objects().filter(|t| t.label.eq("a secret")).all(db)?;
        let lines = log.taken("");
        assert_eq!(lines.len(), 2, "{lines:?}");
        let span = &lines[0];
        assert!(
            span.starts_with("SPAN otel.name=SELECT otel.kind=client "),
            "{span}"
        );
        assert!(span.contains(&format!("db.system.name={system} ")), "{span}");
        assert!(
            span.contains("db.query.text=SELECT ") && span.contains("blog_tag"),
            "{span}"
        );
        assert!(span.ends_with("db.response.returned_rows=0 "), "{span}");
        assert!(lines[1].starts_with("DEBUG sql=SELECT "), "{lines:?}");
        assert!(!lines.concat().contains("a secret"), "{lines:?}");

        let (failed, sent) = queries(|| orm::sql("SELECT 1 FROM nowhere", ()).rows::<i64>().all(db));
        assert!(failed.is_err());
        assert_eq!(sent.len(), 1, "{sent}");
        let lines = log.taken("");
        let told = lines.concat();
        assert!(
            told.contains("otel.status_code=ERROR error.type=Undefined"),
            "{told}"
        );
        assert!(told.contains("error=Undefined"), "{told}");
        Ok(())
    })
}

async fn spans_of_tasks(db: &AsyncDb, system: &str) -> orm::Result<()> {
    let log = Log::default();
    let _second = tracing::Dispatch::new(Log::default());
    async {
        Tag::objects().filter(|t| t.label.eq("a secret")).all(db).await?;
        let lines = log.taken("");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].starts_with("SPAN otel.name=SELECT otel.kind=client "),
            "{lines:?}"
        );
        assert!(
            lines[0].contains(&format!("db.system.name={system} ")),
            "{lines:?}"
        );
        assert!(lines[0].ends_with("db.response.returned_rows=0 "), "{lines:?}");
        assert!(lines[1].starts_with("DEBUG sql=SELECT "), "{lines:?}");
        assert!(!lines.concat().contains("a secret"), "{lines:?}");

        let failing = orm::sql("SELECT 1 FROM nowhere", ()).rows::<i64>().all(db);
        let (failed, sent) = queries_async(failing).await;
        assert!(failed.is_err());
        assert_eq!(sent.len(), 1, "{sent}");
        let told = log.taken("").concat();
        assert!(
            told.contains("otel.status_code=ERROR error.type=Undefined") && told.contains("error=Undefined"),
            "{told}"
        );
        // In a transaction too.
        let failed = db
            .transaction(async |tx| orm::sql("SELECT 2 FROM nowhere", ()).rows::<i64>().all(tx).await)
            .await;
        assert!(failed.is_err());
        assert!(log.taken("").concat().contains("error=Undefined"));
        Ok(())
    }
    .with_subscriber(log.clone())
    .await
}

/// Both are sent before the first is answered.
fn two_together() -> orm::queries::BulkCreate<Post> {
    let draft = |title: &'static str| Post::create().author(1).title(title);
    // What leaves the key to the database goes by a statement of its own.
    Post::bulk_create([draft("Ann").id(1), draft("new")])
}

fn warnings(db: &Db) -> orm::Result<()> {
    fill(db)?;
    let log = Log::default();
    log.during(|| {
        one_by_one(db)?;
        assert!(log.warnings().is_empty(), "nobody asked for them");
        warn_repeated(3, || one_by_one(db))?;
        let warned = log.warnings();
        assert_eq!(warned.len(), 1, "{warned:?}");
        assert!(
            warned[0].contains("the same statement again and again"),
            "{warned:?}"
        );
        assert!(
            warned[0].contains("blog_author") && warned[0].contains("times=3"),
            "{warned:?}"
        );
        assert!(warned[0].contains("one_by_one"), "{warned:?}");
        warn_repeated(5, || one_by_one(db))?;
        assert!(log.warnings().is_empty(), "there are four");
        // Each counts for itself, whatever is around it; one is no repetition.
        warn_repeated(6, || warn_repeated(3, || one_by_one(db)).and(one_by_one(db)))?;
        let warned = log.warnings();
        assert_eq!(warned.len(), 2, "{warned:?}");
        assert!(
            warned[0].contains("times=3") && warned[1].contains("times=6"),
            "{warned:?}"
        );
        warn_repeated(0, || Tag::objects().all(db))?;
        assert!(log.warnings().is_empty());
        let panicked = std::panic::catch_unwind(|| warn_repeated(2, || panic!("on purpose")));
        assert!(panicked.is_err());
        one_by_one(db)?;
        assert!(log.warnings().is_empty(), "it has ended");
        Ok(())
    })
}

async fn warnings_of_tasks(db: &AsyncDb) -> orm::Result<()> {
    for name in ["Ann", "Bob", "Cid"] {
        let author = Author::create().name(name).email(name).save(db).await?;
        Post::create().author(&author).title(name).save(db).await?;
    }
    let authors = async || -> orm::Result<()> {
        for post in Post::objects().all(db).await? {
            post.author().get(db).await?;
        }
        Ok(())
    };
    let log = Log::default();
    let _second = tracing::Dispatch::new(Log::default());
    let beside = Log::default();
    let (watched, plain) = tokio::join!(
        warn_repeated_async(2, authors()).with_subscriber(log.clone()),
        authors().with_subscriber(beside.clone()),
    );
    watched?;
    plain?;
    let warned = log.warnings();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("times=2"), "{warned:?}");
    assert!(beside.warnings().is_empty());
    Ok(())
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
fn spans_on_sqlite(db: Db) -> orm::Result<()> {
    spans(&db, "sqlite")
}

#[orm::test(url = server(), migrations = blog::migrations())]
fn spans_on_postgres(db: Db) -> orm::Result<()> {
    spans(&db, "postgresql")
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
async fn spans_on_sqlite_async(db: AsyncDb) -> orm::Result<()> {
    spans_of_tasks(&db, "sqlite").await
}

#[orm::test(url = server(), migrations = blog::migrations())]
async fn spans_on_postgres_async(db: AsyncDb) -> orm::Result<()> {
    spans_of_tasks(&db, "postgresql").await
}

#[orm::test(url = server(), migrations = blog::migrations())]
fn what_is_sent_with_a_statement_that_fails_is_told(db: Db) -> orm::Result<()> {
    fill(&db)?;
    let (failed, sent) = queries(|| two_together().run(&db));
    assert!(failed.unwrap_err().is_unique_violation());
    assert_eq!(sent.len(), 2, "{sent}");
    assert_eq!(Post::objects().filter(|p| p.title.eq("new")).count(&db)?, 0);
    Ok(())
}

#[orm::test(url = server(), migrations = blog::migrations())]
async fn what_is_sent_with_a_statement_that_fails_is_told_async(db: AsyncDb) -> orm::Result<()> {
    db.blocking(fill).await?;
    let (failed, sent) = queries_async(two_together().run(&db)).await;
    assert!(failed.unwrap_err().is_unique_violation());
    assert_eq!(sent.len(), 2, "{sent}");
    Ok(())
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
fn repeated_on_sqlite(db: Db) -> orm::Result<()> {
    warnings(&db)
}

#[orm::test(url = server(), migrations = blog::migrations())]
fn repeated_on_postgres(db: Db) -> orm::Result<()> {
    warnings(&db)
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
async fn repeated_on_sqlite_async(db: AsyncDb) -> orm::Result<()> {
    warnings_of_tasks(&db).await
}

#[orm::test(url = server(), migrations = blog::migrations())]
async fn repeated_on_postgres_async(db: AsyncDb) -> orm::Result<()> {
    warnings_of_tasks(&db).await
}

#[test]
fn slow_statements_are_warned_of() {
    let log = Log::default();
    log.during(|| {
        for url in ["sqlite::memory:".to_owned(), server()] {
            let ask = |db: &Db| {
                let found = orm::sql("SELECT {}", ("a secret",)).rows::<String>().get(db);
                assert_eq!(found.unwrap(), "a secret");
                log.warnings()
            };
            let slow = Db::builder(&url)
                .slow_statement(Duration::ZERO)
                .connect()
                .unwrap();
            let warned = ask(&slow);
            assert_eq!(warned.len(), 1, "{warned:?}");
            assert!(warned[0].contains("a slow statement"), "{warned:?}");
            assert!(warned[0].contains("rows=1 micros="), "{warned:?}");
            assert!(!warned[0].contains("a secret"), "{warned:?}");
            let quick = Db::builder(&url)
                .slow_statement(Duration::from_secs(3600))
                .connect();
            assert!(ask(&quick.unwrap()).is_empty());
            assert!(ask(&Db::connect(&url).unwrap()).is_empty());
            let join = if url.contains('?') { '&' } else { '?' };
            let by_url = Db::connect(&format!("{url}{join}slow_statement=0ms")).unwrap();
            assert_eq!(ask(&by_url).len(), 1);
            let error = Db::connect(&format!("{url}{join}slow_statement=soon"))
                .err()
                .unwrap();
            assert!(error.to_string().contains("`slow_statement`"), "{error}");
        }
    });
}

#[test]
fn slow_statements_of_tasks_are_warned_of() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for url in ["sqlite::memory:".to_owned(), server()] {
        let log = Log::default();
        let _second = tracing::Dispatch::new(Log::default());
        let asked = async {
            let db = AsyncDb::builder(&url)
                .slow_statement(Duration::ZERO)
                .connect()
                .await?;
            orm::sql("SELECT 1", ()).rows::<i32>().get(&db).await
        };
        assert_eq!(runtime.block_on(asked.with_subscriber(log.clone())).unwrap(), 1);
        let warned = log.warnings();
        assert!(
            warned.iter().any(|line| line.contains("sql=SELECT 1")),
            "{warned:?}"
        );
    }
}
