//! Servers that go away, come back or do not answer: every caller gets the cause, and none waits for longer than the
//! timeout.

use std::sync::Barrier;

use orm::prelude::*;
use orm::{AsyncDb, Db, Error, Result};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;
use orm_tests::outage::Outage;
use orm_tests::{Backend, Database};

/// More than the pool has connections.
const CALLERS: usize = 34;
const CONNECTIONS: usize = 8;

/// Opens every connection of the pool and returns it.
fn fill(db: &Db) {
    let barrier = Barrier::new(CONNECTIONS);
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let held: Result<()> = db.transaction(|tx| {
                    Tag::objects().count(tx)?;
                    barrier.wait();
                    Ok(())
                });
                value(held);
            });
        }
    });
}

async fn fill_async(db: &AsyncDb) {
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(CONNECTIONS));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (db, barrier) = (db.clone(), std::sync::Arc::clone(&barrier));
        tasks.spawn(async move {
            let held: Result<()> = db
                .transaction(async |tx| {
                    Tag::objects().count(tx).await?;
                    barrier.wait().await;
                    Ok(())
                })
                .await;
            value(held);
        });
    }
    tasks.join_all().await;
}

/// The results of concurrent callers.
fn ask(db: &Db) -> Vec<Result<i64>> {
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| Tag::objects().count(db)))
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().expect("an answer"))
            .collect()
    })
}

async fn ask_async(db: &AsyncDb) -> Vec<Result<i64>> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let db = db.clone();
        tasks.spawn(async move { Tag::objects().count(&db).await });
    }
    tasks.join_all().await
}

fn assert_gone(answers: Vec<Result<i64>>) {
    for answer in answers {
        let error = error(answer);
        assert!(error.is_connection() && !error.is_timeout(), "{error:?}");
    }
}

fn assert_served(answers: Vec<Result<i64>>) {
    for answer in answers {
        assert_eq!(value(answer), 0);
    }
}

#[test]
fn an_outage_is_reported_to_all_callers_and_ends_when_the_server_is_back_postgres() {
    let database = Database::with_tables(Backend::Postgres);
    let server = Outage::before(&database);
    let db = value(Db::connect(server.url()));
    fill(&db);
    for _ in 0..3 {
        server.go_away();
        assert_gone(ask(&db));
        server.come_back();
        assert_served(ask(&db));
    }
}

#[test]
fn an_outage_is_reported_to_all_callers_and_ends_when_the_server_is_back_postgres_async() {
    let database = Database::with_tables(Backend::Postgres);
    let server = Outage::before(&database);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(server.url()).await);
        fill_async(&db).await;
        for _ in 0..3 {
            server.go_away();
            assert_gone(ask_async(&db).await);
            server.come_back();
            assert_served(ask_async(&db).await);
        }
    });
}

/// Terminates every other connection to a database, and waits until they are gone.
fn end_all(database: &Database) {
    let mut other: postgres::Client =
        postgres::Client::connect(database.url(), postgres::NoTls).expect("a connection");
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let end = format!("SELECT count(pg_terminate_backend(pid)) {others}");
    assert_eq!(
        other.query_one(&end, &[]).expect("ended").get::<_, i64>(0),
        CONNECTIONS as i64
    );
    let left = format!("SELECT count(*) {others}");
    while other.query_one(&left, &[]).expect("a count").get::<_, i64>(0) > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // Their last messages may still be on the way.
    std::thread::sleep(std::time::Duration::from_millis(50));
}

#[test]
fn idle_connections_that_the_server_has_closed_are_replaced_silently_postgres() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    fill(&db);
    end_all(&database);
    assert_served(ask(&db));
}

#[test]
fn idle_connections_that_the_server_has_closed_are_replaced_silently_postgres_async() {
    let database = Database::with_tables(Backend::Postgres);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        fill_async(&db).await;
        // The driver blocks the thread.
        std::thread::scope(|scope| scope.spawn(|| end_all(&database)).join().expect("ended"));
        assert_served(ask_async(&db).await);
    });
}

fn assert_silence(silence: Error) {
    assert!(silence.is_connection(), "{silence:?}");
    let said = silence.to_string();
    assert!(said.contains("did not answer within 1s"), "{said}");
    assert!(
        silence.hint().expect("a hint").contains("connect_timeout"),
        "{silence:?}"
    );
}

#[test]
fn a_server_that_never_answers_is_given_up_after_the_connect_timeout_postgres() {
    let database = Database::with_tables(Backend::Postgres);
    let server = Outage::before(&database);
    let url = format!("{}&connect_timeout=1", server.url());
    let db = value(Db::connect(&url));
    server.fall_silent();
    assert_silence(error(Db::connect(&url)));
    // `migrate` works on a session.
    assert_silence(error(db.session()));
    let nested = db.transaction(|tx| {
        Tag::objects().count(tx)?;
        // The pool's timeout of a second.
        std::thread::scope(|scope| {
            scope
                .spawn(|| Tag::objects().count(&db))
                .join()
                .expect("an answer")
        })
    });
    assert_silence(error(nested));
}

#[test]
fn a_server_that_never_answers_is_given_up_after_the_connect_timeout_postgres_async() {
    let database = Database::with_tables(Backend::Postgres);
    let server = Outage::before(&database);
    let url = format!("{}&connect_timeout=1", server.url());
    runtime().block_on(async {
        let db = value(AsyncDb::connect(&url).await);
        server.fall_silent();
        assert_silence(error(AsyncDb::connect(&url).await));
        let nested = db
            .transaction(async |tx| {
                Tag::objects().count(tx).await?;
                Tag::objects().count(&db).await
            })
            .await;
        assert_silence(error(nested));
    });
}

/// An executor other than tokio.
fn elsewhere<T>(work: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl std::task::Wake for Thread {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Thread(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut work = std::pin::pin!(work);
    loop {
        match work.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

fn outside_of_tokio(backend: Backend) {
    let database = Database::with_tables(backend);
    let refused = |refused: Error| assert!(refused.to_string().contains("tokio"), "{refused:?}");
    refused(error(elsewhere(AsyncDb::connect(database.url()))));
    let inside = runtime();
    let db = value(inside.block_on(AsyncDb::connect(&format!("{}?pool=1", database.url()))));
    let begun = elsewhere(db.transaction(async |_| Ok(())));
    if backend == Backend::Sqlite {
        refused(error(begun));
        refused(error(elsewhere(Tag::objects().count(&db))));
    }
    // When a connection has to be opened, and when one has to be waited for.
    let waited = inside.block_on(db.transaction(async |_| {
        let db = db.clone();
        let asked = std::thread::spawn(move || elsewhere(Tag::objects().count(&db)));
        Ok(asked.join().expect("an error, and no panic"))
    }));
    refused(error(value(waited)));
}

#[test]
fn an_async_handle_outside_of_its_runtime_is_refused_sqlite() {
    outside_of_tokio(Backend::Sqlite);
}

#[test]
fn an_async_handle_outside_of_its_runtime_is_refused_postgres() {
    outside_of_tokio(Backend::Postgres);
}
