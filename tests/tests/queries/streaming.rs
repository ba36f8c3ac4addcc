//! Rows one after another: `iter` on blocking handles, `stream` on async ones.

use orm::prelude::*;
use orm_tests::behaviour::{error, run_async, value};
use orm_tests::models::*;
use orm_tests::{Backend, behaviour};

use orm_tests::world;

/// Counters 1, 2, .., up to that number.
macro_rules! counters {
    ($db:expr, $most:expr) => {
        run!(Counter::bulk_create((1..=$most).map(|value| Counter::create().value(value))).run($db))
    };
}

/// All rows, one after another.
macro_rules! collected {
    ($query:expr, $db:expr) => {
        collected!($query, $db, 500)
    };
    ($query:expr, $db:expr, $portion:expr) => {{
        let mut rows = rows!($query, $db).portions_of($portion);
        let mut all = Vec::new();
        while let Some(row) = next!(rows) {
            all.push(value(row));
        }
        assert!(next!(rows).is_none(), "it has ended");
        all
    }};
}

/// The numbers from 1 on, computed by an expression over `x`.
fn numbers(expression: &str) -> orm::queries::TrustedSql {
    orm::queries::TrustedSql::new(format!(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {{}}) SELECT {expression} AS y FROM n"
    ))
}

behaviour! {
    fn they_are_those_of_all_in_its_order(db) {
        counters!(db, 1_203);
        let query = || Counter::objects().order_by(|c| (c.value % 7, c.value.desc()));
        let all = run!(query().all(db));
        for portion in [1, 7, 500, 1_202, 1_203, 1_204] {
            assert_eq!(collected!(query(), db, portion), all, "{portion}");
        }
        assert_eq!(collected!(query().offset(3).limit(600), db), all[3..603]);
        assert_eq!(collected!(query().limit(0), db), []);
        assert_eq!(collected!(query().none(), db), []);
        assert_eq!(collected!(query().filter(|c| c.value.gt(9_999)), db), []);
        assert_eq!(collected!(query().filter(|c| c.id.eq(all[5].id)), db), all[5..6]);
        let values = || Counter::objects().filter(|c| c.value.between(10, 900)).order_by(|c| c.value).values(|c| (c.value, c.value * 2));
        assert_eq!(collected!(values(), db, 100), run!(values().all(db)));
        let total = Counter::objects().values(|c| (count(), c.value.max()));
        assert_eq!(collected!(total, db), [(1_203, Some(1_203))]);
    }

    fn what_is_loaded_for_them_is_loaded_for_each_portion(db) {
        world!(db);
        for portion in [1, 2, 3, 50] {
            let authors = || Author::objects().order_by(|a| a.id).with(|a| a.posts().order_by(|p| p.id).with(|p| p.tags().order_by(|t| t.id)))
                .with(|a| a.country());
            assert_eq!(collected!(authors(), db, portion), run!(authors().all(db)), "{portion}");
            let posts = || Post::objects().order_by(|p| p.id.desc()).with(|p| p.author().with(|a| a.country())).with(|p| p.editor());
            assert_eq!(collected!(posts(), db, portion), run!(posts().all(db)), "{portion}");
            let annotated = || posts().annotate(|p| (p.comments().count(), p.tags().max(|t| t.label))).with(|p| p.tags().annotate(|t| t.posts().count()));
            assert_eq!(collected!(annotated(), db, portion), run!(annotated().all(db)), "{portion}");
        }
    }

    fn left_early_it_leaves_a_connection_as_it_was(db) {
        counters!(db, 40);
        // More often than there are connections.
        for round in 0..20 {
            let mut rows = rows!(Counter::objects().order_by(|c| c.value), db).portions_of(3);
            for expected in 1..=round % 5 {
                assert_eq!(value(next!(rows).expect("a row")).value, expected);
            }
            drop(rows);
            run!(Counter::create().value(100 + round).save(db));
        }
        assert_eq!(run!(Counter::objects().count(db)), 60);
        run!(orm::sql("DROP TABLE suite_counter", ()).execute(db));
    }

    fn on_a_handle_they_are_those_that_were_there_first(db) {
        counters!(db, 30);
        let mut rows = rows!(Counter::objects().order_by(|c| c.value), db).portions_of(4);
        assert_eq!(value(next!(rows).expect("a row")).value, 1);
        run!(Counter::objects().filter(|c| c.value.gt(20)).delete().run(db));
        run!(Counter::objects().update(|c| c.value.set(c.value + 1_000)).run(db));
        counters!(db, 5);
        let mut seen = vec![1];
        while let Some(row) = next!(rows) {
            seen.push(value(row).value);
            run!(Counter::create().value(7_777).save(db));
        }
        assert_eq!(seen, (1..=30).collect::<Vec<_>>());
        assert_eq!(run!(Counter::objects().count(db)), 20 + 5 + 29);
    }

    fn in_a_transaction_they_may_be_changed_while_they_are_read(db) {
        counters!(db, 30);
        let done: orm::Result<()> = transaction!(db, |tx| {
            let mut seen = Vec::new();
            let mut rows = rows!(Counter::objects().order_by(|c| c.value), tx).portions_of(4);
            while let Some(row) = next!(rows) {
                let row = value(row);
                seen.push(row.value);
                // Further up in the very order in which they are read.
                run!(Counter::objects().filter(|c| c.id.eq(row.id)).update(|c| c.value.set(c.value + 1_000)).run(tx));
                run!(Counter::create().value(500).save(tx));
            }
            assert_eq!(seen, (1..=30).collect::<Vec<_>>());
            Ok(())
        });
        value(done);
        assert_eq!(run!(Counter::objects().filter(|c| c.value.gt(1_000)).count(db)), 30);
        assert_eq!(run!(Counter::objects().count(db)), 60);
    }

    /// As where all are read at once.
    fn a_column_that_is_there_twice_is_told_in_a_transaction_too(db) {
        world!(db);
        let query = || {
            orm::sql("SELECT a.*, p.* FROM suite_post AS p JOIN suite_author AS a ON a.id = p.author_id", ()).rows::<Post>()
        };
        let told = |error: orm::Error| {
            assert!(error.to_string().contains("several columns `id`"), "{error}");
        };
        told(error(attempt!(query().all(db))));
        let done: orm::Result<()> = transaction!(db, |tx| {
            let mut rows = rows!(query(), tx);
            told(error(next!(rows).expect("an error")));
            Ok(())
        });
        value(done);
    }

    fn several_in_one_transaction_do_not_meet(db) {
        counters!(db, 12);
        let done: orm::Result<()> = transaction!(db, |tx| {
            let query = || Counter::objects().order_by(|c| c.value).values(|c| c.value);
            let mut outer = rows!(query(), tx).portions_of(2);
            let mut pairs = Vec::new();
            while let Some(one) = next!(outer) {
                let one = value(one);
                let mut inner = rows!(query().filter(move |c| c.value.lt(one)), &tx).portions_of(3);
                while let Some(other) = next!(inner) {
                    pairs.push((one, value(other)));
                }
            }
            let expected: Vec<(i64, i64)> = (1..=12).flat_map(|one| (1..one).map(move |other| (one, other))).collect();
            assert_eq!(pairs, expected);
            Ok(())
        });
        value(done);
    }

    fn left_early_in_a_transaction_nothing_of_it_stays(db) {
        counters!(db, 12);
        let done: orm::Result<()> = transaction!(db, |tx| {
            let mut rows = rows!(Counter::objects().order_by(|c| c.value), tx).portions_of(2);
            assert!(next!(rows).is_some() && next!(rows).is_some() && next!(rows).is_some());
            drop(rows);
            // A table that somebody still reads cannot go.
            run!(orm::sql("DROP TABLE suite_counter", ()).execute(tx));
            Err(orm::Error::config("as asked"))
        });
        assert!(done.unwrap_err().to_string().contains("as asked"));
        assert_eq!(run!(Counter::objects().count(db)), 12);
        let nested: orm::Result<()> = transaction!(db, |tx| {
            let inner: orm::Result<()> = transaction!(tx, |inner| {
                let mut rows = rows!(Counter::objects(), inner).portions_of(2);
                assert!(next!(rows).is_some());
                Err(orm::Error::config("as asked"))
            });
            assert!(inner.is_err());
            run!(Counter::create().value(0).save(tx));
            Ok(())
        });
        value(nested);
        assert_eq!(run!(Counter::objects().count(db)), 13);
    }

    fn a_row_that_cannot_be_read_comes_after_those_before_it(db) {
        for portion in [1, 100, 500, 5_000] {
            let text = numbers("CASE WHEN x = 700 THEN NULL ELSE x END");
            let mut rows = rows!(orm::sql(text, (1_000,)).rows::<i32>(), db).portions_of(portion);
            for x in 1..700 {
                assert_eq!(value(next!(rows).expect("a row")), x);
            }
            let refused = error(next!(rows).expect("an error"));
            assert!(refused.to_string().starts_with("column `y`: expected"), "{refused}");
            assert!(next!(rows).is_none());
        }
        let text = "SELECT id, value, 'x' AS other FROM suite_counter";
        counters!(db, 3);
        let mut rows = rows!(orm::sql(text, ()).rows::<(i64, i64)>(), db);
        assert!(error(next!(rows).expect("an error")).to_string().starts_with("the result has 3 columns"));
        assert!(next!(rows).is_none());
    }

    fn what_fails_in_the_middle_is_told_and_the_connection_is_as_good_as_before(db) {
        for _ in 0..12 {
            let text = numbers("CASE WHEN abs(CAST(-9223372036854775807 AS bigint) - x / 70) > 0 THEN x END");
            let mut rows = rows!(orm::sql(text, (100,)).rows::<i64>(), db).portions_of(10);
            let mut seen = 0;
            let failed = loop {
                match next!(rows).expect("an error comes before the end") {
                    Ok(_) => seen += 1,
                    Err(error) => break error,
                }
            };
            assert!((60..70).contains(&seen), "{seen} before {failed}");
            assert!(next!(rows).is_none());
        }
        let mut missing = rows!(orm::sql("SELECT x FROM suite_missing", ()).rows::<i64>(), db);
        assert!(next!(missing).expect("an error").is_err());
        assert!(next!(missing).is_none());
        counters!(db, 1);
        assert_eq!(run!(Counter::objects().count(db)), 1);
    }

    fn sql_by_hand_streams_models_and_tuples(db) {
        world!(db);
        let posts = orm::sql("SELECT * FROM suite_post WHERE views >= {least} ORDER BY id; -- all", (("least", 0),)).rows::<Post>();
        assert_eq!(collected!(posts.clone(), db, 2), run!(posts.all(db)));
        let done: orm::Result<()> = transaction!(db, |tx| {
            let text = "SELECT id, slug FROM suite_post ORDER BY id DESC";
            let pairs = orm::sql(text, ()).rows::<(i64, String)>();
            assert_eq!(collected!(pairs.clone(), tx, 1), run!(pairs.all(tx)));
            Ok(())
        });
        value(done);
        let mut writes = rows!(orm::sql("DELETE FROM suite_post RETURNING id", ()).rows::<i64>(), db);
        assert!(error(next!(writes).expect("an error")).is_unsupported());
        assert_eq!(run!(Post::objects().count(db)), 4);
        let mut miscounted = rows!(orm::sql("SELECT {}", ()).rows::<i64>(), db);
        assert!(error(next!(miscounted).expect("an error")).to_string().starts_with("the SQL has 1 placeholder"));
    }
}

#[test]
fn a_wait_for_a_row_that_is_given_up_loses_none() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        run_async(backend, |db| {
            Box::pin(async move {
                let text = numbers("x");
                let mut rows = orm::sql(text, (300,)).rows::<i32>().stream(db).portions_of(9);
                let mut seen = Vec::new();
                loop {
                    match tokio::time::timeout(std::time::Duration::ZERO, rows.next()).await {
                        Err(_) => tokio::task::yield_now().await,
                        Ok(Some(row)) => seen.push(value(row)),
                        Ok(None) => break,
                    }
                }
                assert_eq!(seen, (1..=300).collect::<Vec<_>>());
                // Given up for good while a portion is on its way.
                for _ in 0..12 {
                    let mut rows = Counter::objects().stream(db);
                    let _ = tokio::time::timeout(std::time::Duration::ZERO, rows.next()).await;
                }
                value(Counter::create().value(1).save(db).await);
                assert_eq!(value(Counter::objects().count(db).await), 1);
            })
        });
    }
}
