//! Concurrent writers.

use std::sync::Barrier;

use orm::db::TxOptions;
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

const INCREMENTS: i64 = 70;

fn increments(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    let counter = value(Counter::create().value(0).save(&db));
    let query = Counter::objects()
        .filter(|c| c.id.eq(counter.id))
        .select_for_update();
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for _ in 0..INCREMENTS {
                    value(db.transaction(|tx| {
                        let mut counter = query.clone().get(tx)?;
                        counter.value += 1;
                        counter.save(tx)
                    }));
                }
            });
        }
    });
    assert_eq!(value(Counter::objects().get(&db)).value, WRITERS * INCREMENTS);
}

fn increments_async(backend: Backend) {
    let database = Database::with_tables(backend);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        let counter = value(Counter::create().value(0).save(&db).await);
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..WRITERS {
            let db = db.clone();
            writers.spawn(async move {
                let query = Counter::objects()
                    .filter(|c| c.id.eq(counter.id))
                    .select_for_update();
                for _ in 0..INCREMENTS {
                    let done = db
                        .transaction(async |tx| {
                            let mut counter = query.clone().get(tx).await?;
                            counter.value += 1;
                            counter.save(tx).await
                        })
                        .await;
                    value(done);
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.expect("a writer");
        }
        assert_eq!(
            value(Counter::objects().get(&db).await).value,
            WRITERS * INCREMENTS
        );
    });
}

#[test]
fn what_is_read_changed_and_saved_loses_no_increment_sqlite() {
    increments(Backend::Sqlite);
}

#[test]
fn what_is_read_changed_and_saved_loses_no_increment_sqlite_async() {
    increments_async(Backend::Sqlite);
}

#[test]
fn what_is_read_changed_and_saved_loses_no_increment_postgres() {
    increments(Backend::Postgres);
}

#[test]
fn what_is_read_changed_and_saved_loses_no_increment_postgres_async() {
    increments_async(Backend::Postgres);
}

/// Each worker takes the next free task.
fn queue(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    for task in 0..40 {
        value(Counter::create().value(task).save(&db));
    }
    let taken: Vec<i64> = std::thread::scope(|scope| {
        let worker = || {
            let mut taken = Vec::new();
            loop {
                let task = value(db.transaction(|tx| {
                    let tasks = Counter::objects().order_by(|c| c.value).select_for_update();
                    let Some(task) = tasks.skip_locked().first(tx)? else {
                        return Ok(None);
                    };
                    let number = task.value;
                    task.delete(tx)?;
                    Ok(Some(number))
                }));
                match task {
                    Some(number) => taken.push(number),
                    None => return taken,
                }
            }
        };
        let workers = [(); 4].map(|()| scope.spawn(worker));
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker"))
            .collect()
    });
    each_once(taken);
    assert_eq!(value(Counter::objects().count(&db)), 0);
}

fn queue_async(backend: Backend) {
    let database = Database::with_tables(backend);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        for task in 0..40 {
            value(Counter::create().value(task).save(&db).await);
        }
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let db = db.clone();
            workers.spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let task = db.transaction(async |tx| {
                        let tasks = Counter::objects().order_by(|c| c.value).select_for_update();
                        let Some(task) = tasks.skip_locked().first(tx).await? else {
                            return Ok(None);
                        };
                        let number = task.value;
                        task.delete(tx).await?;
                        Ok(Some(number))
                    });
                    match value(task.await) {
                        Some(number) => taken.push(number),
                        None => return taken,
                    }
                }
            });
        }
        let mut taken = Vec::new();
        while let Some(done) = workers.join_next().await {
            taken.extend(done.expect("a worker"));
        }
        each_once(taken);
        assert_eq!(value(Counter::objects().count(&db).await), 0);
    });
}

fn each_once(mut taken: Vec<i64>) {
    taken.sort_unstable();
    assert!(taken.into_iter().eq(0..40));
}

#[test]
fn workers_take_each_task_once_sqlite() {
    queue(Backend::Sqlite);
}

#[test]
fn workers_take_each_task_once_sqlite_async() {
    queue_async(Backend::Sqlite);
}

#[test]
fn workers_take_each_task_once_postgres() {
    queue(Backend::Postgres);
}

#[test]
fn workers_take_each_task_once_postgres_async() {
    queue_async(Backend::Postgres);
}

/// Two transactions lock two rows in opposite orders; the one that the server aborts runs again.
#[test]
fn a_deadlock_is_retried_postgres() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let ids = [0, 0].map(|number| value(Counter::create().value(number).save(&db)).id);
    let both_have_one = Barrier::new(2);
    std::thread::scope(|scope| {
        for order in [ids, [ids[1], ids[0]]] {
            let (db, both_have_one) = (&db, &both_have_one);
            scope.spawn(move || {
                let mut attempts = 0;
                value(db.transaction_with(TxOptions::new().retry(3), |tx| {
                    attempts += 1;
                    for (at, id) in order.into_iter().enumerate() {
                        if at == 1 && attempts == 1 {
                            both_have_one.wait();
                        }
                        let query = Counter::objects().filter(|c| c.id.eq(id)).select_for_update();
                        let mut counter = query.get(tx)?;
                        counter.value += 1;
                        counter.save(tx)?;
                    }
                    Ok(())
                }));
            });
        }
    });
    assert_eq!(
        value(Counter::objects().order_by(|c| c.id).values(|c| c.value).all(&db)),
        [2, 2]
    );
}
