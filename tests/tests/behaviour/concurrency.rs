//! Many writers at once.

use orm::prelude::*;
use orm::{AsyncDb, Db, Result};
use orm_tests::behaviour::{runtime, value};
use orm_tests::models::*;
use orm_tests::{Backend, Database};

const WRITERS: i64 = 8;
const ROUNDS: i64 = 25;

fn blocking(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    let counter = value(Counter::create().value(0).save(&db));
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let db = &db;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let query = Counter::objects().filter(|c| c.id.eq(counter.id));
                    value(query.update(|c| c.value.set(c.value + 1)).run(db));
                    let done: Result<()> = db.transaction(|tx| {
                        let seen = Line::objects().count(tx)?;
                        Line::create()
                            .text(format!("{writer}/{round} after {seen}"))
                            .save(tx)?;
                        Ok(())
                    });
                    value(done);
                }
            });
        }
    });
    assert_eq!(value(Counter::objects().get(&db)).value, WRITERS * ROUNDS);
    assert_eq!(value(Line::objects().count(&db)), WRITERS * ROUNDS);
}

fn asynchronous(backend: Backend) {
    let database = Database::with_tables(backend);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        let counter = value(Counter::create().value(0).save(&db).await);
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let db = db.clone();
            writers.spawn(async move {
                for round in 0..ROUNDS {
                    let query = Counter::objects().filter(|c| c.id.eq(counter.id));
                    value(query.update(|c| c.value.set(c.value + 1)).run(&db).await);
                    let done: Result<()> = db
                        .transaction(async |tx| {
                            let seen = Line::objects().count(tx).await?;
                            Line::create()
                                .text(format!("{writer}/{round} after {seen}"))
                                .save(tx)
                                .await?;
                            Ok(())
                        })
                        .await;
                    value(done);
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.expect("a writer");
        }
        assert_eq!(value(Counter::objects().get(&db).await).value, WRITERS * ROUNDS);
        assert_eq!(value(Line::objects().count(&db).await), WRITERS * ROUNDS);
    });
}

#[test]
fn eight_writers_lose_no_update_sqlite() {
    blocking(Backend::Sqlite);
}

#[test]
fn eight_writers_lose_no_update_sqlite_async() {
    asynchronous(Backend::Sqlite);
}

#[test]
fn eight_writers_lose_no_update_postgres() {
    blocking(Backend::Postgres);
}

#[test]
fn eight_writers_lose_no_update_postgres_async() {
    asynchronous(Backend::Postgres);
}
