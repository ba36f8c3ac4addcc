//! What has happened to a connection before it is lent again is nobody else's business: neither a transaction nor an
//! answer that was left in it. Every mishap there is, one after the other, on a pool of one connection.

use std::time::Duration;

use super::{Place, ids, insert, sql};
use crate::connect::{Db, Tx};
use crate::error::{Error, Kind, Result};
use crate::plan::Access;

/// What happens to the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// The closure returns an error.
    Refused,
    /// The closure panics.
    Panics,
    /// A statement fails, its error is dropped, and the commit is refused.
    Swallowed,
    /// A constraint fails in the commit itself.
    Commit,
    /// A savepoint is left by a panic, and its transaction goes on.
    Savepoint,
    /// The server is asked to wait for rows.
    Copy,
    /// The same in a transaction, which goes on.
    CopyWithin,
    /// The server ends the connection in the middle of a transaction.
    Killed,
    /// Nobody waits any more for a statement that still runs.
    Dropped,
    /// The same in a transaction.
    DroppedWithin,
    /// Nobody waits any more for a transaction that waits for something else.
    Idle,
    /// Nobody waits any more for several rows of which one has been written.
    DroppedBetween,
}

use Mishap::*;

const EVERYWHERE: [Mishap; 5] = [Refused, Panics, Swallowed, Commit, Savepoint];
const ON_A_SERVER: [Mishap; 3] = [Copy, CopyWithin, Killed];

fn mishaps(place: &Place, more: &[Mishap]) -> Vec<Mishap> {
    let server: &[Mishap] = match place.url.starts_with("sqlite") {
        true => &[],
        false => &ON_A_SERVER,
    };
    [&EVERYWHERE, server, more].concat()
}

fn on_purpose() -> Error {
    Error::new(Kind::Database, "on purpose")
}

/// A row whose parent is not there, which is found out by the commit.
fn orphan() -> super::Sql {
    sql(
        Access::Write,
        "INSERT INTO item (id, parent) VALUES (1, 99)",
        vec![],
    )
}

fn copy() -> super::Sql {
    sql(Access::Write, "COPY item FROM STDIN", vec![])
}

fn kill() -> super::Sql {
    let text = "SELECT pg_terminate_backend(pg_backend_pid())::int::bigint";
    sql(Access::Write, text, vec![])
}

fn sleep() -> super::Sql {
    sql(Access::Read, "SELECT 1::bigint FROM pg_sleep(60)", vec![])
}

/// What was not understood closes the connection, so that nobody waits for an answer that never comes.
fn assert_lost<T>(result: Result<T>, next: Result<Vec<i64>>) {
    let error = result.map(drop).unwrap_err();
    assert!(error.to_string().contains("COPY"), "{error}");
    assert_eq!(next.unwrap_err().kind(), Kind::Connection);
}

fn happens(mishap: Mishap, db: &Db) {
    let result = match mishap {
        Refused => db.transaction(|tx| {
            insert(1).on(tx)?;
            Err(on_purpose())
        }),
        Panics => {
            let work = || {
                db.transaction(|tx| -> Result<()> {
                    insert(1).on(tx)?;
                    panic!("on purpose")
                })
            };
            return assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
        }
        Swallowed => {
            // A database that does not give up the transaction commits the rest.
            let goes_on = |tx: &Tx| insert(1).on(tx).and_then(|_| insert(1).on(tx));
            db.transaction(|tx| {
                assert!(goes_on(tx).unwrap_err().is_unique_violation());
                match db.dialect().name {
                    "sqlite" => Err(on_purpose()),
                    _ => Ok(()),
                }
            })
        }
        Commit => db.transaction(|tx| orphan().on(tx).map(drop)),
        Savepoint => db.transaction(|tx| {
            let inner = || {
                tx.transaction(|inner| -> Result<()> {
                    insert(1).on(inner)?;
                    panic!("on purpose")
                })
            };
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(inner)).is_err());
            Err(on_purpose())
        }),
        Copy => return assert!(copy().on(db).unwrap_err().to_string().contains("COPY")),
        CopyWithin => db.transaction(|tx| {
            insert(1).on(tx)?;
            assert_lost(copy().on(tx), ids().on(tx));
            Ok(())
        }),
        Killed => db.transaction(|tx| {
            insert(1).on(tx)?;
            kill().on(tx).map(drop)
        }),
        Dropped | DroppedWithin | Idle | DroppedBetween => unreachable!("a call that blocks is not dropped"),
    };
    assert!(result.is_err(), "{mishap:?}");
}

/// What is written outside of a transaction is there for others at once, and nothing else is.
fn assert_clean(db: &Db, others: &Db, after: &str) {
    insert(5)
        .on(db)
        .unwrap_or_else(|error| panic!("after {after}: {error}"));
    assert_eq!(ids().on(others).unwrap(), [5], "after {after}");
    assert_eq!(ids().on(db).unwrap(), [5], "after {after}");
    sql(Access::Write, "DELETE FROM item", vec![]).on(db).unwrap();
    assert_eq!(ids().on(others).unwrap(), [0_i64; 0], "after {after}");
}

/// A database in memory is seen by one handle only.
fn places() -> Vec<Place> {
    [Place::file("pool=1")]
        .into_iter()
        .chain(Place::postgres("pool=1"))
        .collect()
}

#[test]
fn a_connection_is_lent_again_as_if_nothing_had_happened() {
    for place in places() {
        let (db, others) = (place.db(), Db::connect(&place.url).unwrap());
        let all = mishaps(&place, &[]);
        for first in &all {
            for second in &all {
                happens(*first, &db);
                happens(*second, &db);
                assert_clean(
                    &db,
                    &others,
                    &format!("{first:?} and {second:?} on {}", place.url),
                );
            }
        }
    }
}

#[test]
fn a_session_that_was_asked_for_a_copy_refuses_what_comes_next() {
    let Some(place) = Place::postgres("") else { return };
    let db = place.db();
    for text in [
        "COPY item FROM STDIN",
        "BEGIN; COPY item FROM STDIN",
        "COPY item TO STDOUT",
    ] {
        let mut session = db.session().unwrap();
        let asked = session.batch(text);
        assert_lost(asked, session.execute("SELECT 1", &[]).map(|_| Vec::new()));
        let mut session = db.session().unwrap();
        let asked = session.execute("COPY item FROM STDIN", &[]);
        assert_lost(asked, session.batch("SELECT 1").map(|()| Vec::new()));
    }
}

#[cfg(feature = "async")]
mod tasks {
    use super::*;
    use crate::connect::{AsyncDb, AsyncTx};

    /// Runs it until it waits for what never comes, and then no longer.
    async fn dropped<T>(work: impl Future<Output = T>) {
        let patience = Duration::from_millis(20);
        assert!(tokio::time::timeout(patience, work).await.is_err());
    }

    async fn happens(mishap: Mishap, db: &AsyncDb) {
        let result = match mishap {
            Refused => {
                db.transaction(async |tx| {
                    insert(1).on(tx).await?;
                    Err(on_purpose())
                })
                .await
            }
            Panics => {
                let db = db.clone();
                let task = tokio::spawn(async move {
                    db.transaction(async |tx| -> Result<()> {
                        insert(1).on(tx).await?;
                        panic!("on purpose")
                    })
                    .await
                });
                return assert!(task.await.is_err());
            }
            Swallowed => {
                db.transaction(async |tx| {
                    insert(1).on(tx).await?;
                    assert!(insert(1).on(tx).await.unwrap_err().is_unique_violation());
                    match db.dialect().name {
                        "sqlite" => Err(on_purpose()),
                        _ => Ok(()),
                    }
                })
                .await
            }
            Commit => db.transaction(async |tx| orphan().on(tx).await.map(drop)).await,
            Savepoint => {
                db.transaction(async |tx| {
                    let inner = tx.transaction(async |inner| {
                        insert(1).on(inner).await?;
                        std::future::pending::<Result<()>>().await
                    });
                    dropped(inner).await;
                    Err(on_purpose())
                })
                .await
            }
            Copy => {
                let error = copy().on(db).await.unwrap_err();
                return assert!(error.to_string().contains("COPY"), "{error}");
            }
            CopyWithin => {
                db.transaction(async |tx| {
                    insert(1).on(tx).await?;
                    let asked = copy().on(tx).await;
                    assert_lost(asked, ids().on(tx).await);
                    Ok(())
                })
                .await
            }
            Killed => {
                db.transaction(async |tx| {
                    insert(1).on(tx).await?;
                    kill().on(tx).await.map(drop)
                })
                .await
            }
            Dropped => return dropped(sleep().on(db)).await,
            DroppedWithin => {
                let work = db.transaction(async |tx| {
                    insert(1).on(tx).await?;
                    sleep().on(tx).await
                });
                return dropped(work).await;
            }
            Idle => {
                let work = db.transaction(async |tx| {
                    insert(1).on(tx).await?;
                    std::future::pending::<Result<()>>().await
                });
                return dropped(work).await;
            }
            DroppedBetween => {
                let work = db.transaction(async |tx: &AsyncTx| {
                    let text = "INSERT INTO item (id) SELECT 2 FROM pg_sleep(60)";
                    let first = sql(Access::Atomic, "INSERT INTO item (id) VALUES (1)", vec![]);
                    first.then(text, vec![]).on(tx).await
                });
                return dropped(work).await;
            }
        };
        assert!(result.is_err(), "{mishap:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_is_lent_again_to_tasks_as_if_nothing_had_happened() {
        let places = tokio::task::spawn_blocking(|| {
            let made = |place: Place| {
                let db = place.db();
                (place, db)
            };
            places().into_iter().map(made).collect::<Vec<_>>()
        });
        for (place, others) in places.await.unwrap() {
            let db = AsyncDb::connect(&place.url).await.unwrap();
            let dropped: &[Mishap] = match place.url.starts_with("sqlite") {
                true => &[Idle],
                false => &[Dropped, DroppedWithin, Idle, DroppedBetween],
            };
            let all = mishaps(&place, dropped);
            let others = std::sync::Arc::new(others);
            for first in &all {
                for second in &all {
                    happens(*first, &db).await;
                    happens(*second, &db).await;
                    let after = format!("{first:?} and {second:?} on {}", place.url);
                    insert(5)
                        .on(&db)
                        .await
                        .unwrap_or_else(|error| panic!("after {after}: {error}"));
                    let seen = async || {
                        let others = others.clone();
                        tokio::task::spawn_blocking(move || ids().on(&*others))
                            .await
                            .unwrap()
                            .unwrap()
                    };
                    assert_eq!(seen().await, [5], "after {after}");
                    assert_eq!(ids().on(&db).await.unwrap(), [5], "after {after}");
                    let emptied = sql(Access::Write, "DELETE FROM item", vec![]);
                    emptied.on(&db).await.unwrap();
                    assert_eq!(seen().await, [0_i64; 0], "after {after}");
                }
            }
            tokio::task::spawn_blocking(move || drop((others, place)))
                .await
                .unwrap();
        }
    }
}
