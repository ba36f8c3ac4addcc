use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Place, ids, insert, several, sql};
use crate::connect::{Db, Isolation, TxOptions};
use crate::error::{Error, Kind, Result};
use crate::plan::Access;
use crate::value::Value;

fn fails() -> Error {
    Error::new(Kind::Database, "on purpose")
}

#[test]
fn transactions_commit_on_ok_and_roll_back_on_error_and_panic() {
    for place in Place::all("") {
        let db = place.db();
        let result = db.transaction(|tx| {
            insert(1).on(tx)?;
            assert_eq!(ids().on(tx)?, [1]);
            Ok("done")
        });
        assert_eq!(result.unwrap(), "done");

        let result: Result<()> = db.transaction(|tx| {
            insert(2).on(&tx)?; // one reference more is fine
            Err(fails())
        });
        assert_eq!(result.unwrap_err().to_string(), "on purpose");

        let panic = catch_unwind(AssertUnwindSafe(|| {
            db.transaction(|tx| -> Result<()> {
                insert(3).on(tx)?;
                panic!("on purpose")
            })
        }));
        assert!(panic.is_err());

        let panic = catch_unwind(AssertUnwindSafe(|| {
            let job = sql(Access::Atomic, "INSERT INTO item (id) VALUES (4)", vec![]);
            job.then("SELECT 1", vec![]).panics().on(&db)
        }));
        assert!(panic.is_err());

        assert_eq!(ids().on(&db).unwrap(), [1], "{}", place.url);
        insert(5).on(&db).unwrap();
    }
}

#[test]
fn savepoints_undo_what_is_theirs() {
    for place in Place::all("") {
        let db = place.db();
        db.transaction(|tx| {
            insert(1).on(tx)?;
            let undone: Result<()> = tx.transaction(|inner| {
                insert(2).on(inner)?;
                inner.transaction(|innermost| insert(3).on(innermost).map(drop))?;
                insert(1).on(inner)?; // a violation, from which Postgres recovers only by the savepoint
                Ok(())
            });
            assert!(undone.unwrap_err().is_unique_violation());
            let panic = catch_unwind(AssertUnwindSafe(|| {
                tx.transaction(|inner| -> Result<()> {
                    insert(4).on(inner)?;
                    panic!("on purpose")
                })
            }));
            assert!(panic.is_err());
            tx.transaction(|inner| insert(5).on(inner).map(drop))?;
            // Several statements as one, within the transaction: what cannot be sent is taken back, with what was.
            let refused = several(Value::Refused("on purpose")).on(tx);
            assert_eq!(refused.unwrap_err().kind(), Kind::Encode);
            // What the database refuses is as any statement that it refuses.
            let refused = tx.transaction(|inner| several(1.into()).on(inner));
            assert!(refused.unwrap_err().is_unique_violation());
            insert(7).on(tx)?;
            Ok(())
        })
        .unwrap();
        assert_eq!(ids().on(&db).unwrap(), [1, 5, 7], "{}", place.url);
    }
}

#[test]
fn crossed_savepoints_are_refused() {
    let place = Place::memory("");
    let db = place.db();
    let error = db
        .transaction(|tx| tx.transaction(|_| tx.transaction(|_| Ok(()))))
        .unwrap_err();
    assert!(
        error.to_string().contains("nested transaction is already open"),
        "{error}"
    );
}

#[test]
fn on_commit_runs_in_order_after_the_outermost_commit() {
    for place in Place::all("pool=1") {
        let db = place.db();
        let log = Arc::new(Mutex::new(Vec::new()));
        let note = |what: &'static str| {
            let (log, db) = (Arc::clone(&log), db.clone());
            // The connection is free again: the handle can be used.
            move || log.lock().unwrap().push((what, ids().on(&db).unwrap().len()))
        };
        db.transaction(|tx| {
            tx.on_commit(note("a"));
            let _ = tx.transaction(|inner| -> Result<()> {
                inner.on_commit(note("lost"));
                inner.transaction(|innermost| {
                    innermost.on_commit(note("lost too"));
                    Ok(())
                })?;
                Err(fails())
            });
            tx.transaction(|inner| {
                inner.on_commit(note("b"));
                Ok(())
            })?;
            tx.on_commit(note("c"));
            assert!(log.lock().unwrap().is_empty());
            insert(1).on(tx).map(drop)
        })
        .unwrap();
        let _ = db.transaction(|tx| -> Result<()> {
            tx.on_commit(note("lost"));
            Err(fails())
        });
        assert_eq!(*log.lock().unwrap(), [("a", 1), ("b", 1), ("c", 1)]);
    }
}

#[test]
fn eight_threads_write_and_nobody_is_told_that_the_database_is_locked() {
    for place in Place::all("") {
        let db = place.db();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let db = &db;
                scope.spawn(move || {
                    for number in 0..25 {
                        let id = thread * 100 + number * 2;
                        insert(id).on(db).unwrap();
                        db.transaction(|tx| {
                            ids().on(tx)?;
                            insert(id + 1).on(tx)
                        })
                        .unwrap();
                        ids().on(db).unwrap();
                    }
                });
            }
        });
        assert_eq!(ids().on(&db).unwrap().len(), 400);
    }
}

#[test]
fn two_handles_to_one_file_wait_for_each_other() {
    let place = Place::file("");
    let (db, other) = (place.db(), Db::connect(&place.url).unwrap());
    std::thread::scope(|scope| {
        for (offset, db) in [(0, &db), (1000, &other)] {
            scope.spawn(move || {
                for id in 0..50 {
                    db.transaction(|tx| {
                        ids().on(tx)?;
                        insert(offset + id).on(tx)
                    })
                    .unwrap();
                }
            });
        }
    });
    assert_eq!(ids().on(&db).unwrap().len(), 100);
}

#[test]
fn readers_do_not_wait_for_the_writer() {
    let place = Place::file("");
    let db = place.db();
    db.transaction(|tx| {
        insert(1).on(tx)?;
        assert!(ids().on(&db)?.is_empty());
        Ok(())
    })
    .unwrap();
    let error = sql(Access::Read, "INSERT INTO item (id) VALUES (9)", vec![])
        .on(&db)
        .unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}

#[test]
fn the_handle_inside_its_own_transaction_is_an_error_and_no_hang() {
    for place in Place::all("pool=1&pool_timeout=60s") {
        let db = place.db();
        let start = Instant::now();
        let error = db.transaction(|_| insert(1).on(&db)).unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(error.hint().unwrap().contains("`tx`"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(5));
        assert!(ids().on(&db).unwrap().is_empty());
    }
}

#[test]
fn an_exhausted_pool_is_a_timeout() {
    for place in Place::all("pool=1&pool_timeout=200ms") {
        let db = place.db();
        let error = db
            .transaction(|_| std::thread::scope(|scope| scope.spawn(|| insert(1).on(&db)).join().unwrap()))
            .unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(error.to_string().contains("for 200ms"), "{error}");
    }
}

#[test]
fn options_reach_the_database() {
    for place in Place::all("") {
        let db = place.db();
        let error = db
            .transaction_with(TxOptions::new().read_only(), |tx| insert(1).on(tx))
            .unwrap_err();
        assert!(!error.is_timeout(), "{error}");
        let options = TxOptions::new().isolation(Isolation::Serializable).retry(2);
        let mut attempts = 0;
        let result = db.transaction_with(options, |tx| {
            attempts += 1;
            insert(attempts).on(tx)?;
            if attempts < 3 {
                return Err(Error::new(Kind::Serialization, "on purpose"));
            }
            Ok(())
        });
        assert!(result.is_ok());
        assert_eq!(ids().on(&db).unwrap(), [3]);
    }
}

#[test]
fn a_handle_is_shared_and_tells_no_secrets() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let db = Place::memory("").db();
    shared(&db);
    assert_eq!(format!("{db:?}"), "Db { dialect: \"sqlite\", .. }");
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..10 {
        let place = Place::file("");
        std::thread::scope(|scope| {
            for id in 0..8 {
                let url = &place.url;
                scope.spawn(move || {
                    let db = Db::connect(url).unwrap();
                    let create = super::ITEM.replace("TABLE", "TABLE IF NOT EXISTS");
                    sql(Access::Write, &create, vec![]).on(&db).unwrap();
                    insert(id).on(&db).unwrap();
                });
            }
        });
        assert_eq!(ids().on(&Db::connect(&place.url).unwrap()).unwrap().len(), 8);
    }
}

#[test]
fn a_read_only_file_is_read_and_not_written() {
    let place = Place::file("");
    insert(1).on(&place.db()).unwrap();
    let db = Db::connect(&format!("{}mode=ro", place.url)).unwrap();
    assert_eq!(ids().on(&db).unwrap(), [1]);
    let error = insert(2).on(&db).unwrap_err();
    assert!(error.hint().unwrap().contains("mode=ro"), "{error}");
}

#[test]
fn a_transaction_on_a_read_only_file_reads_and_what_writes_is_refused() {
    let place = Place::file("");
    insert(1).on(&place.db()).unwrap();
    for db in [
        Db::connect(&format!("{}mode=ro", place.url)).unwrap(),
        Db::builder(&place.url).read_only().connect().unwrap(),
    ] {
        assert_eq!(db.transaction(|tx| ids().on(tx)).unwrap(), [1]);
        assert_eq!(
            db.transaction_with(TxOptions::new().read_only(), |tx| ids().on(tx))
                .unwrap(),
            [1]
        );
        let error = db.transaction(|tx| insert(2).on(tx)).unwrap_err();
        assert!(error.hint().unwrap().contains("mode=ro"), "{error}");
        let job = sql(Access::Atomic, "INSERT INTO item (id) VALUES (4)", vec![]);
        assert!(job.then("SELECT 1", vec![]).on(&db).is_err());
        assert_eq!(ids().on(&db).unwrap(), [1]);
    }
}

#[test]
fn a_file_that_only_may_be_read_is_not_made() {
    let place = Place::file("");
    let other = place.url.replace(".db", "-none.db");
    assert_ne!(other, place.url);
    let error = Db::builder(&other).read_only().connect().unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
}
