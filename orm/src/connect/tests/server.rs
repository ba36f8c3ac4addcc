//! What only a server does; see the module above for where these run.

use std::time::Duration;

use super::{Place, ids, insert, sql};
use crate::connect::{Db, Isolation, TxOptions};
use crate::error::Result;
use crate::plan::Access;

fn update(id: i64) -> super::Sql {
    sql(
        Access::Write,
        "UPDATE item SET parent = id WHERE id = $1",
        vec![id.into()],
    )
}

fn kill_all_but(db: &Db, place: &Place) {
    let schema = place
        .url
        .split("search_path%3D")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .unwrap();
    let text = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%{schema}_mark%' AND pid <> pg_backend_pid()"
    );
    sql(Access::Read, &text, vec![]).on(db).unwrap();
    std::thread::sleep(Duration::from_millis(100));
}

/// A query by which its connection is known, since it was its last.
fn mark(place: &Place) -> super::Sql {
    let schema = place
        .url
        .split("search_path%3D")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .unwrap();
    sql(
        Access::Read,
        &format!("SELECT 1::bigint /* {schema}_mark */"),
        vec![],
    )
}

#[test]
fn lost_races_are_serialization_failures_and_retried() {
    let Some(place) = Place::postgres("") else { return };
    let db = place.db();
    insert(1).on(&db).unwrap();
    let options = TxOptions::new().isolation(Isolation::RepeatableRead);
    let race = |attempts: &mut u32, options| {
        db.transaction_with(options, |tx| -> Result<()> {
            *attempts += 1;
            ids().on(tx)?;
            if *attempts == 1 {
                update(1).on(&db)?;
            }
            update(1).on(tx).map(drop)
        })
    };
    let error = race(&mut 0, options).unwrap_err();
    assert!(error.is_serialization_failure(), "{error:?}");
    let mut attempts = 0;
    race(&mut attempts, options.retry(3)).unwrap();
    assert_eq!(attempts, 2);
}

#[test]
fn locks_and_statements_that_take_too_long_are_timeouts() {
    let Some(place) = Place::postgres("") else { return };
    let db = place.db();
    insert(1).on(&db).unwrap();
    let mut session = db.session().unwrap();
    session
        .batch("SET lock_timeout = '50ms'; SET statement_timeout = '200ms'")
        .unwrap();
    db.transaction(|tx| {
        update(1).on(tx)?;
        let error = session.execute("UPDATE item SET parent = NULL", &[]).unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        Ok(())
    })
    .unwrap();
    let error = session.batch("SELECT pg_sleep(5)").unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[test]
fn a_lost_connection_is_replaced() {
    let Some(place) = Place::postgres("pool=2") else {
        return;
    };
    let (db, other) = (place.db(), Db::connect(&place.url).unwrap());
    mark(&place).on(&db).unwrap();
    kill_all_but(&other, &place);
    // What the server has said to it was looked at.
    ids().on(&db).unwrap();

    let result = db.transaction(|tx| {
        mark(&place).on(tx)?;
        kill_all_but(&other, &place);
        insert(1).on(tx)
    });
    assert!(result.unwrap_err().is_connection());
    insert(1).on(&db).unwrap();
}

#[cfg(feature = "async")]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_replaced_in_async_code_too() {
    let Some(place) = tokio::task::spawn_blocking(|| Place::postgres("pool=2"))
        .await
        .unwrap()
    else {
        return;
    };
    let db = crate::connect::AsyncDb::connect(&place.url).await.unwrap();
    sql(Access::Write, super::ITEM, vec![]).on(&db).await.unwrap();
    mark(&place).on(&db).await.unwrap();
    let kill = || {
        db.blocking({
            let url = place.url.clone();
            move |db| {
                kill_all_but(
                    db,
                    &Place {
                        url,
                        file: None,
                        schema: None,
                    },
                );
                Ok(())
            }
        })
    };
    kill().await.unwrap();
    // The connection's task has seen it go.
    ids().on(&db).await.unwrap();
    let result = db
        .transaction(async |tx| {
            mark(&place).on(tx).await?;
            kill().await?;
            insert(1).on(tx).await
        })
        .await;
    assert!(result.unwrap_err().is_connection());
    insert(1).on(&db).await.unwrap();
}

#[test]
fn instants_are_in_utc_and_the_program_is_named() {
    let Some(place) = Place::postgres("") else { return };
    let db = place.db();
    let mut session = db.session().unwrap();
    let mut settings = Vec::new();
    let query = "SELECT current_setting('TimeZone') || ' ' || current_setting('application_name')";
    session
        .query(query, &[], &mut |row| {
            settings.push(row.get::<String>(0)?);
            Ok(())
        })
        .unwrap();
    assert_eq!(settings, ["UTC orm"]);
}

#[cfg(feature = "async")]
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_statement_is_cancelled_and_frees_its_connection() {
    let Some(place) = tokio::task::spawn_blocking(|| Place::postgres("pool=1"))
        .await
        .unwrap()
    else {
        return;
    };
    let db = crate::connect::AsyncDb::connect(&place.url).await.unwrap();
    sql(Access::Write, super::ITEM, vec![]).on(&db).await.unwrap();
    let slow = || sql(Access::Read, "SELECT 1::bigint FROM pg_sleep(30)", vec![]);
    let brief = Duration::from_millis(50);
    let start = std::time::Instant::now();
    assert!(tokio::time::timeout(brief, slow().on(&db)).await.is_err());
    let transaction = db.transaction(async |tx| {
        insert(1).on(tx).await?;
        slow().on(tx).await
    });
    assert!(tokio::time::timeout(brief, transaction).await.is_err());
    assert!(ids().on(&db).await.unwrap().is_empty());
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[cfg(feature = "async")]
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_nobody_waited_for_never_passes_for_a_commit() {
    let Some(place) = tokio::task::spawn_blocking(|| Place::postgres("pool=1"))
        .await
        .unwrap()
    else {
        return;
    };
    let db = crate::connect::AsyncDb::connect(&place.url).await.unwrap();
    sql(Access::Write, super::ITEM, vec![]).on(&db).await.unwrap();
    let fails = || {
        sql(
            Access::Read,
            "SELECT 1::bigint / (id - id) FROM item, pg_sleep(0.2)",
            vec![],
        )
    };
    let error = db
        .transaction(async |tx| {
            insert(1).on(tx).await?;
            assert!(
                tokio::time::timeout(Duration::from_millis(50), fails().on(tx))
                    .await
                    .is_err()
            );
            Ok(())
        })
        .await
        .unwrap_err();
    assert!(error.to_string().contains("rolled back"), "{error}");
    assert!(ids().on(&db).await.unwrap().is_empty());
}
