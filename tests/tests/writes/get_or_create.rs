//! `get_or_create` and `update_or_create`: afterwards there is one row, however many create it at the same time.

use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};

use orm::db::TxOptions;
use orm::prelude::*;
use orm::{AsyncDb, Db, Result};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::Booking;
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("owner", "name"))]
pub struct Setting {
    pub id: i64,
    pub owner: i64,
    pub name: String,
    pub content: Option<String>,
    #[orm(default = 1)]
    pub version: i64,
    #[orm(unique)]
    pub token: Option<String>,
    #[orm(auto_now_add)]
    pub created_at: DateTime<Utc>,
    #[orm(auto_now)]
    pub updated_at: DateTime<Utc>,
}

macro_rules! setting {
    ($owner:expr, $name:expr) => {
        Setting::create().owner($owner).name($name)
    };
}

behaviour! {
    fn the_first_creates_the_row_and_others_get_it(db) {
        let (first, created) = run!(setting!(1, "a").content("x").get_or_create(|s| (s.name, s.owner)).run(db));
        assert!(created);
        assert_eq!((first.content.as_deref(), first.version), (Some("x"), 1));
        let (again, created) = run!(setting!(1, "a").content("y").get_or_create(|s| (s.owner, s.name)).run(db));
        assert!(!created);
        assert_eq!(again, first);
        assert!(run!(setting!(2, "a").get_or_create(|s| (s.owner, s.name)).run(db)).1);
        assert_eq!(run!(Setting::objects().count(db)), 2);
        let (by_key, created) = run!(setting!(9, "z").get_or_create(|s| (s.owner, s.name)).run(db));
        assert!(created && by_key.id != first.id);
    }

    fn a_row_that_is_there_gets_what_the_builder_was_given(db) {
        let (first, created) = run!(setting!(1, "a").content("x").update_or_create(|s| (s.owner, s.name)).run(db));
        assert!(created);
        run!(Setting::objects().update(|s| s.version.set(7)).run(db));
        let (second, created) = run!(setting!(1, "a").content("y").update_or_create(|s| (s.owner, s.name)).run(db));
        assert!(!created);
        assert_eq!((second.id, second.content.as_deref(), second.version), (first.id, Some("y"), 7));
        assert_eq!(second.created_at, first.created_at, "set once");
        assert!(second.updated_at > first.updated_at, "set each time");
        let (third, _) = run!(setting!(1, "a").content(None).version(8).update_or_create(|s| (s.owner, s.name)).run(db));
        assert_eq!((third.content, third.version), (None, 8));
        assert_eq!(run!(Setting::objects().count(db)), 1);
    }

    fn a_unique_rule_for_some_rows_looks_among_those(db) {
        let booking = |code: &'static str, closed: bool| Booking::create().place(1).code(code).closed(closed);
        let closed = run!(booking("a", true).save(db));
        let (open, created) = run!(booking("b", false).get_or_create(|b| b.place).run(db));
        assert!(created && open.id != closed.id);
        let (again, created) = run!(booking("c", false).get_or_create(|b| b.place).run(db));
        assert!(!created && again == open);
        let (again, created) = run!(booking("d", false).update_or_create(|b| b.place).run(db));
        assert!(!created && again.id == open.id && again.code == "d");
        assert_eq!(run!(Booking::get(closed.id, db)).code, "a");
    }

    fn what_cannot_be_looked_for_is_refused_before_anything_is_sent(db) {
        let refused = |result: Result<(Setting, bool)>, says: &str| {
            let error = error(result);
            assert!(!error.is_internal() && error.to_string().contains(says), "{error}");
        };
        refused(attempt!(setting!(1, "a").get_or_create(|s| s.name).run(db)), "nothing that is unique is over `name`");
        refused(attempt!(setting!(1, "a").token(None).get_or_create(|s| s.token).run(db)), "`token`, which is NULL");
        refused(attempt!(setting!(1, "a").get_or_create(|s| s.token).run(db)), "`token`, which it does not set");
        let computed = error(attempt!(
            Booking::create().place(1).code("a").closed(true).get_or_create(|b| b.code.ascii_lower()).run(db)
        ));
        assert!(computed.to_string().contains("looks for a row by fields"), "{computed}");
        let nothing = error(attempt!(
            orm_tests::models::Author::create().name("A").email("a").update_or_create(|a| a.id).run(db)
        ));
        assert!(nothing.to_string().contains("`id`, which it does not set"), "{nothing}");
        assert_eq!(run!(Setting::objects().count(db)), 0);
    }

    fn another_rule_that_is_violated_is_an_error(db) {
        run!(setting!(1, "a").token("t").save(db));
        let taken = error(attempt!(setting!(1, "b").token("t").get_or_create(|s| (s.owner, s.name)).run(db)));
        assert!(taken.is_unique_violation(), "{taken:?}");
        assert_eq!(taken.fields(), ["token"]);
    }

    /// On Postgres a unique violation would fail the transaction around it.
    fn a_transaction_goes_on_after_it(db) {
        run!(setting!(1, "a").save(db));
        let done: Result<()> = transaction!(db, |tx| {
            for at in 0..4 {
                let name = ["a", "b"][at % 2];
                let (_, created) = attempt!(setting!(1, name).get_or_create(|s| (s.owner, s.name)).run(tx))?;
                assert_eq!(created, at == 1);
                let (row, _) = attempt!(setting!(1, name).version(9).update_or_create(|s| (s.owner, s.name)).run(tx))?;
                assert_eq!(row.version, 9);
            }
            Ok(())
        });
        value(done);
        assert_eq!(run!(Setting::objects().filter(|s| s.version.eq(9)).count(db)), 2);
    }
}

const THREADS: i64 = 16;
const NAMES: i64 = 12;

/// What one thread does with each name; `hold` keeps a transaction open for a while.
fn names(thread: i64) -> impl Iterator<Item = (bool, String)> {
    // Each begins elsewhere, and half of them work in transactions.
    (0..NAMES).map(move |at| (thread % 2 == 0, format!("n{}", (at + thread / 4) % NAMES)))
}

fn assert_one_each(created: i64, keys: &HashSet<(String, i64)>, rows: &[Setting]) {
    assert_eq!(created, NAMES, "each was created once");
    assert_eq!(keys.len(), NAMES as usize, "and all got that one");
    assert_eq!(rows.len(), NAMES as usize);
    // Every call but the one that created it has updated it.
    assert!(rows.iter().all(|row| row.content.as_deref() == Some("updated")));
}

fn blocking(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    let (created, start) = (AtomicI64::new(0), Barrier::new(THREADS as usize));
    let keys = std::sync::Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (db, created, start, keys) = (&db, &created, &start, &keys);
            scope.spawn(move || {
                start.wait();
                for (in_transaction, name) in names(thread) {
                    let get = || setting!(1, name.as_str()).get_or_create(|s| (s.owner, s.name));
                    let update = || {
                        setting!(1, name.as_str())
                            .content("updated")
                            .update_or_create(|s| (s.owner, s.name))
                    };
                    let ((row, new), (updated, again)) = match in_transaction {
                        true => value(db.transaction(|tx| Ok((get().run(tx)?, update().run(tx)?)))),
                        false => (value(get().run(db)), value(update().run(db))),
                    };
                    assert_eq!((updated.id, again), (row.id, false));
                    created.fetch_add(i64::from(new), Ordering::SeqCst);
                    keys.lock()
                        .expect("no thread has panicked")
                        .insert((name, row.id));
                }
            });
        }
    });
    let rows = value(Setting::objects().all(&db));
    assert_one_each(created.into_inner(), &keys.into_inner().expect("the keys"), &rows);
}

fn asynchronous(backend: Backend) {
    let database = Database::with_tables(backend);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        let mut tasks = tokio::task::JoinSet::new();
        for thread in 0..THREADS {
            let db = db.clone();
            tasks.spawn(async move {
                let mut done = Vec::new();
                for (in_transaction, name) in names(thread) {
                    let get = || setting!(1, name.as_str()).get_or_create(|s| (s.owner, s.name));
                    let update = || {
                        setting!(1, name.as_str())
                            .content("updated")
                            .update_or_create(|s| (s.owner, s.name))
                    };
                    let ((row, new), (updated, again)) = match in_transaction {
                        true => {
                            let both: Result<_> = db
                                .transaction(async |tx| Ok((get().run(tx).await?, update().run(tx).await?)))
                                .await;
                            value(both)
                        }
                        false => (value(get().run(&db).await), value(update().run(&db).await)),
                    };
                    assert_eq!((updated.id, again), (row.id, false));
                    done.push((new, (name, row.id)));
                }
                done
            });
        }
        let (mut created, mut keys) = (0, HashSet::new());
        while let Some(done) = tasks.join_next().await {
            for (new, key) in done.expect("a task") {
                created += i64::from(new);
                keys.insert(key);
            }
        }
        let rows = value(Setting::objects().all(&db).await);
        assert_one_each(created, &keys, &rows);
    });
}

#[test]
fn sixteen_threads_create_each_row_once_sqlite() {
    blocking(Backend::Sqlite);
}

#[test]
fn sixteen_tasks_create_each_row_once_sqlite_async() {
    asynchronous(Backend::Sqlite);
}

#[test]
fn sixteen_threads_create_each_row_once_postgres() {
    blocking(Backend::Postgres);
}

#[test]
fn sixteen_tasks_create_each_row_once_postgres_async() {
    asynchronous(Backend::Postgres);
}

/// Rows that others delete all the time are created again.
#[test]
fn a_row_that_others_delete_is_created_again() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let db = &db;
                scope.spawn(move || {
                    for _ in 0..20 {
                        let (row, _) = value(setting!(1, "a").get_or_create(|s| (s.owner, s.name)).run(db));
                        assert_eq!(row.name, "a");
                        if thread % 4 == 0 {
                            value(Setting::objects().filter(|s| s.owner.eq(1)).delete().run(db));
                        }
                    }
                });
            }
        });
        assert!(value(Setting::objects().count(&db)) <= 1);
    }
}

/// A transaction that sees what was when it began cannot return what others have created since: it says so.
#[test]
fn a_row_that_a_transaction_cannot_see_is_a_serialization_failure() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let options = TxOptions::new().isolation(orm::db::Isolation::RepeatableRead);
    let refused = db.transaction_with(options, |tx| {
        assert_eq!(Setting::objects().count(tx)?, 0);
        value(setting!(1, "a").save(&db));
        setting!(1, "a").get_or_create(|s| (s.owner, s.name)).run(tx)
    });
    assert!(error(refused).is_serialization_failure());
}
