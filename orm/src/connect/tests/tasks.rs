use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Place, ids, insert, several, sql};
use crate::connect::{AsyncDb, Db};
use crate::error::{Error, Kind, Result};
use crate::plan::Access;
use crate::value::Value;

async fn open(place: &Place) -> AsyncDb {
    let db = AsyncDb::connect(&place.url).await.unwrap();
    sql(Access::Write, super::ITEM, vec![]).on(&db).await.unwrap();
    db
}

/// The places are made by the blocking handle.
async fn places(options: &'static str) -> Vec<Place> {
    tokio::task::spawn_blocking(move || Place::all(options))
        .await
        .unwrap()
}

fn fails() -> Error {
    Error::new(Kind::Database, "on purpose")
}

async fn saves(db: &AsyncDb, name: &str) -> Result<usize> {
    db.transaction(async |tx| {
        insert(1).on(tx).await?;
        let length = name.len();
        tx.transaction(async |inner| insert(2).on(&inner).await).await?;
        Ok(length)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_send_commit_and_roll_back() {
    for place in places("").await {
        let db = open(&place).await;
        let task = tokio::spawn({
            let db = db.clone();
            async move {
                let name = String::from("ann");
                saves(&db, &name).await
            }
        });
        assert_eq!(task.await.unwrap().unwrap(), 3);
        let result = db
            .transaction(async |tx| {
                insert(3).on(tx).await?;
                let undone = tx
                    .transaction(async |inner| {
                        insert(4).on(inner).await?;
                        insert(1).on(inner).await
                    })
                    .await;
                assert!(undone.unwrap_err().is_unique_violation());
                let refused = several(Value::Refused("on purpose")).on(tx).await;
                assert_eq!(refused.unwrap_err().kind(), Kind::Encode);
                let refused = tx
                    .transaction(async |inner| several(1.into()).on(inner).await)
                    .await;
                assert!(refused.unwrap_err().is_unique_violation());
                insert(5).on(tx).await
            })
            .await;
        result.unwrap();
        let result: Result<()> = db
            .transaction(async |tx| {
                insert(7).on(tx).await?;
                Err(fails())
            })
            .await;
        assert!(result.is_err());
        assert_eq!(ids().on(&db).await.unwrap(), [1, 2, 3, 5], "{}", place.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_is_rolled_back_and_the_connection_is_clean() {
    for place in places("pool=1").await {
        let db = open(&place).await;
        for _ in 0..20 {
            // Cancelled between two statements, and in the middle of one.
            for millis in [0, 1, 3] {
                let slow = async {
                    db.transaction(async |tx| {
                        for id in 0..1000 {
                            insert(id).on(tx).await?;
                        }
                        tokio::time::sleep(Duration::from_secs(60)).await;
                        Ok(())
                    })
                    .await
                };
                assert!(
                    tokio::time::timeout(Duration::from_millis(millis), slow)
                        .await
                        .is_err()
                );
            }
            let task = tokio::spawn({
                let db = db.clone();
                async move {
                    db.transaction(async |tx| -> Result<()> {
                        insert(1).on(tx).await?;
                        panic!("on purpose")
                    })
                    .await
                }
            });
            assert!(task.await.is_err());
            assert!(ids().on(&db).await.unwrap().is_empty(), "{}", place.url);
        }
        insert(1).on(&db).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_savepoint_is_rolled_back_and_the_rest_is_kept() {
    for place in places("").await {
        let db = open(&place).await;
        for round in 0..10 {
            let base = round * 10_000;
            db.transaction(async |tx| {
                insert(base).on(tx).await?;
                let slow = tx.transaction(async |inner| {
                    for id in 1..5000 {
                        insert(base + id).on(inner).await?;
                    }
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    Ok(())
                });
                assert!(
                    tokio::time::timeout(Duration::from_millis(round as u64), slow)
                        .await
                        .is_err()
                );
                tx.transaction(async |inner| insert(base + 5000).on(inner).await)
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
        }
        let expected: Vec<i64> = (0..10)
            .flat_map(|round| [round * 10_000, round * 10_000 + 5000])
            .collect();
        assert_eq!(ids().on(&db).await.unwrap(), expected, "{}", place.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_share_few_connections() {
    for place in places("pool=2").await {
        let db = open(&place).await;
        let tasks: Vec<_> = (0..100)
            .map(|id| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.transaction(async |tx| insert(id).on(tx).await).await?;
                    ids().on(&db).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(ids().on(&db).await.unwrap().len(), 100);
    }
}

#[tokio::test]
async fn on_commit_runs_after_the_commit_only() {
    for place in places("").await {
        let db = open(&place).await;
        let count = Arc::new(AtomicUsize::new(0));
        let note = |value: usize| {
            let count = Arc::clone(&count);
            move || {
                count.fetch_add(value, Ordering::SeqCst);
            }
        };
        db.transaction(async |tx| {
            tx.on_commit(note(1));
            let _: Result<()> = tx
                .transaction(async |inner| {
                    inner.on_commit(note(10));
                    Err(fails())
                })
                .await;
            tx.transaction(async |inner| {
                inner.on_commit(note(100));
                Ok(())
            })
            .await?;
            assert_eq!(count.load(Ordering::SeqCst), 0);
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 101);
    }
}

#[tokio::test]
async fn waiting_for_a_connection_ends_with_a_timeout() {
    for place in places("pool=1&pool_timeout=200ms").await {
        let db = open(&place).await;
        let error = db
            .transaction(async |_| insert(1).on(&db).await)
            .await
            .unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(error.hint().unwrap().contains("`tx`"), "{error}");
        insert(1).on(&db).await.unwrap();
    }
}

#[tokio::test]
async fn the_blocking_handle_is_refused_in_async_code_and_lent_beside_it() {
    for place in places("").await {
        let db = open(&place).await;
        db.blocking(|db| insert(1).on(db).map(drop)).await.unwrap();
        let blocking = {
            let url = place.url.clone();
            tokio::task::spawn_blocking(move || crate::connect::Db::connect(&url))
                .await
                .unwrap()
                .unwrap()
        };
        if place.url.starts_with("postgres") {
            for error in [
                crate::connect::Db::connect(&place.url).map(drop).unwrap_err(),
                ids().on(&blocking).map(drop).unwrap_err(),
                blocking.session().map(drop).unwrap_err(),
            ] {
                assert!(error.to_string().contains("AsyncDb"), "{error}");
            }
        }
        if place.url.starts_with("postgres") {
            // Also where the task has no budget of steps, by which it is told from other code.
            let (unconstrained, url) = (blocking.clone(), place.url.clone());
            let asks = async move {
                [
                    crate::connect::Db::connect(&url).map(drop).unwrap_err(),
                    ids().on(&unconstrained).map(drop).unwrap_err(),
                ]
            };
            for error in tokio::spawn(tokio::task::unconstrained(asks)).await.unwrap() {
                assert!(error.to_string().contains("AsyncDb"), "{error}");
            }
        }
        // Dropped in async code, which the driver itself would answer with a panic.
        drop(blocking);
        assert_eq!(ids().on(&db).await.unwrap(), [1]);
    }
}

#[tokio::test]
async fn crossed_savepoints_are_refused() {
    let db = open(&Place::memory("")).await;
    let error = db
        .transaction(async |tx| {
            tx.transaction(async |_| tx.transaction(async |_| Ok(())).await)
                .await
        })
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("nested transaction is already open"),
        "{error}"
    );
}

#[test]
fn handles_are_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<AsyncDb>();
    shared::<crate::connect::AsyncTx>();
    shared::<crate::connect::Tx>();
    shared::<crate::connect::Db>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_on_a_read_only_file_reads_and_what_writes_is_refused() {
    let place = Place::file("");
    insert(1).on(&open(&place).await).await.unwrap();
    let db = AsyncDb::builder(&place.url).read_only().connect().await.unwrap();
    let read = db.transaction(async |tx| ids().on(tx).await).await;
    assert_eq!(read.unwrap(), [1]);
    let error = db
        .transaction(async |tx| insert(2).on(tx).await)
        .await
        .unwrap_err();
    assert!(error.hint().unwrap().contains("mode=ro"), "{error}");
    assert_eq!(ids().on(&db).await.unwrap(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lent_to_a_task_leaves_nothing_behind() {
    let place = Place::file("");
    let db = open(&place).await;
    db.blocking(|db| {
        db.session()?
            .batch("CREATE TEMP TABLE item (id INTEGER, parent INTEGER)")
    })
    .await
    .unwrap();
    insert(1).on(&db).await.unwrap();
    assert_eq!(ids().on(&Db::connect(&place.url).unwrap()).unwrap(), [1]);
}

#[tokio::test]
async fn a_table_that_changes_under_a_transaction_is_a_lost_race() {
    let place = tokio::task::spawn_blocking(|| Place::postgres("pool=1"))
        .await
        .unwrap();
    let Some(place) = place else { return };
    let db = open(&place).await;
    let all = || sql(Access::Read, "SELECT * FROM item", vec![]);
    let widen = |column: &str| {
        let text = format!("ALTER TABLE item ADD COLUMN {column} BIGINT");
        sql(Access::Write, &text, vec![])
    };
    all().on(&db).await.unwrap();
    widen("more").on(&db).await.unwrap();
    let error = db.transaction(async |tx| all().on(tx).await).await.unwrap_err();
    assert!(error.is_serialization_failure(), "{error:?}");
    all().on(&db).await.unwrap();
    widen("again").on(&db).await.unwrap();
    let options = crate::connect::TxOptions::new().retry(1);
    let mut attempts = 0;
    let seen = db.transaction_with(options, async |tx| {
        attempts += 1;
        all().on(tx).await
    });
    seen.await.unwrap();
    assert_eq!(attempts, 2);
}
