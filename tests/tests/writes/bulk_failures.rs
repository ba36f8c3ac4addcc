//! A failed bulk leaves no rows, and leaves the transaction around it as a single refused row does.

use std::future::poll_fn;
use std::task::Poll;

use orm::error::Kind;
use orm::prelude::*;
use orm::queries::IntoDraft;
use orm::{AsyncDb, Error, Result};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;
use orm_tests::{Backend, Database};
use serde::{Deserialize, Serialize};

orm::app!("suite");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Angle {
    pub degrees: f64,
}

/// Rows that leave out the turn and rows that do not are two statements, because the database fills in the turn.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Turn {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
    #[orm(db_default(sqlite = "'{\"degrees\": 90}'", postgres = "'{\"degrees\": 90}'"))]
    pub angle: Json<Angle>,
    /// Its default does not have its type.
    #[orm(db_default(sqlite = "'{}'", postgres = "'{}'"))]
    pub other: Json<Angle>,
}

/// Around the number of rows with a parameter per value, and the number that one statement takes on SQLite.
const SIZES: [usize; 6] = [1, 2, 17, 57, 100, 250];

/// Labels of which one is taken already: the 57th, or the last.
fn labels(size: usize) -> impl Iterator<Item = impl IntoDraft<Tag>> {
    (1..=size).map(move |at| {
        let taken = at == size.min(57);
        Tag::create().label(if taken { "taken".to_owned() } else { at.to_string() })
    })
}

fn angle(degrees: f64) -> Angle {
    Angle { degrees }
}

/// Three statements: of rows that assign both angles, one of them, and none. The last row of the second is refused,
/// because its name is taken or its angle is not JSON.
fn turns(name: &'static str, degrees: f64) -> impl Iterator<Item = impl IntoDraft<Turn>> {
    (0..9).map(move |at| {
        let turn = Turn::create().name(if at == 7 { name.to_owned() } else { at.to_string() });
        match at % 3 {
            0 => turn.angle(angle(1.0)).other(angle(2.0)),
            1 => turn.angle(angle(if at == 7 { degrees } else { 3.0 })),
            _ => turn,
        }
    })
}

behaviour! {
    fn a_refused_bulk_leaves_its_transaction_as_a_refused_row_does(db) {
        run!(Tag::create().label("taken").save(db));
        run!(Turn::create().name("taken").other(angle(1.0)).save(db));
        // Whether the transaction can still read and commit, and how many rows there are afterwards.
        macro_rules! left_by {
            (|$tx:ident| $refused:expr) => {{
                let mut reads = None;
                let done: Result<()> = transaction!(db, |$tx| {
                    attempt!(Tag::create().label("before").save($tx))?;
                    assert!($refused.is_unique_violation());
                    reads = Some(attempt!(Tag::objects().count($tx)).is_ok());
                    Ok(())
                });
                let left = (reads, done.is_ok(), run!(Tag::objects().count(db)), run!(Turn::objects().count(db)));
                run!(Tag::objects().filter(|t| t.label.eq("before")).delete().run(db));
                left
            }};
        }
        let by_a_row = left_by!(|tx| error(attempt!(Tag::create().label("taken").save(tx))));
        assert_eq!(by_a_row, match db.dialect().name {
            "postgres" => (Some(false), false, 1, 1),
            _ => (Some(true), true, 2, 1),
        });
        for size in SIZES {
            let by_many = left_by!(|tx| error(attempt!(Tag::bulk_create(labels(size)).run(tx))));
            assert_eq!(by_many, by_a_row, "{size}");
            let by_many = left_by!(|tx| error(attempt!(Tag::bulk_create(labels(size)).all(tx))));
            assert_eq!(by_many, by_a_row, "{size}");
        }
        let by_several_statements = left_by!(|tx| error(attempt!(Turn::bulk_create(turns("taken", 4.0)).run(tx))));
        assert_eq!(by_several_statements, by_a_row);
        let by_several_statements = left_by!(|tx| error(attempt!(Turn::bulk_create(turns("taken", 4.0)).all(tx))));
        assert_eq!(by_several_statements, by_a_row);
    }

    fn a_bulk_refused_in_a_nested_transaction_leaves_the_rest(db) {
        run!(Tag::create().label("taken").save(db));
        run!(Turn::create().name("taken").other(angle(1.0)).save(db));
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Tag::bulk_create(["a", "b"].map(|label| Tag::create().label(label))).run(tx))?;
            for size in SIZES {
                let refused: Result<u64> = transaction!(tx, |inner| {
                    attempt!(Tag::create().label("undone").save(inner))?;
                    attempt!(Tag::bulk_create(labels(size)).run(inner))
                });
                assert!(error(refused).is_unique_violation());
                let kept: Result<()> = transaction!(tx, |inner| {
                    attempt!(Tag::create().label(format!("kept {size}")).save(inner))?;
                    let refused: Result<Vec<Tag>> = transaction!(inner, |innermost| {
                        attempt!(Tag::bulk_create(labels(size)).all(innermost))
                    });
                    assert!(error(refused).is_unique_violation());
                    Ok(())
                });
                kept?;
            }
            for returned in [false, true] {
                let refused: Result<u64> = transaction!(tx, |inner| {
                    match returned {
                        true => attempt!(Turn::bulk_create(turns("taken", 4.0)).all(inner)).map(|_| 0),
                        false => attempt!(Turn::bulk_create(turns("taken", 4.0)).run(inner)),
                    }
                });
                assert!(error(refused).is_unique_violation());
            }
            attempt!(Tag::bulk_create((0..100).map(|at| Tag::create().label(format!("c{at}")))).run(tx))?;
            Ok(())
        });
        behaviour::value(done);
        let mut expected: Vec<String> = ["a", "b", "taken"].map(str::to_owned).into();
        expected.extend((0..100).map(|at| format!("c{at}")));
        expected.extend(SIZES.map(|size| format!("kept {size}")));
        expected.sort();
        let mut labels = run!(Tag::objects().values(|t| t.label).all(db));
        labels.sort();
        assert_eq!(labels, expected);
        assert_eq!(run!(Turn::objects().count(db)), 1);
    }

    fn a_bulk_with_a_value_that_cannot_be_sent_leaves_the_transaction_as_it_was(db) {
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Tag::create().label("before").save(tx))?;
            // The second of three statements is not sent.
            let refused = error(attempt!(Turn::bulk_create(turns("free", f64::NAN)).run(tx)));
            assert_eq!(refused.kind(), Kind::Encode, "{refused:?}");
            let refused = error(attempt!(Turn::bulk_create(turns("free", f64::NAN)).all(tx)));
            assert_eq!(refused.kind(), Kind::Encode, "{refused:?}");
            assert_eq!(attempt!(Turn::objects().count(tx))?, 0);
            attempt!(Tag::create().label("after").save(tx))?;
            Ok(())
        });
        behaviour::value(done);
        assert_eq!(run!(Tag::objects().order_by(|t| t.label).values(|t| t.label).all(db)), ["after", "before"]);
        assert_eq!(run!(Turn::objects().count(db)), 0);
    }

    fn a_bulk_that_cannot_be_read_back_leaves_the_transaction_as_it_was(db) {
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Tag::create().label("before").save(tx))?;
            // The rows of the first statement can be read.
            let refused = error(attempt!(Turn::bulk_create(turns("free", 4.0)).all(tx)));
            assert_eq!(refused.kind(), Kind::Decode, "{refused:?}");
            assert_eq!(attempt!(Turn::objects().count(tx))?, 0);
            let nested: Result<Vec<Turn>> = transaction!(tx, |inner| {
                attempt!(Turn::bulk_create(turns("free", 4.0)).all(inner))
            });
            assert_eq!(error(nested).kind(), Kind::Decode);
            attempt!(Tag::create().label("after").save(tx))?;
            Ok(())
        });
        behaviour::value(done);
        assert_eq!(run!(Tag::objects().order_by(|t| t.label).values(|t| t.label).all(db)), ["after", "before"]);
        assert_eq!(run!(Turn::objects().count(db)), 0);
    }

}

/// When the future of a one-statement bulk is dropped, all of its rows exist or none, and its transaction goes on.
#[test]
fn a_bulk_that_is_dropped_at_any_point_is_whole_or_nothing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        runtime().block_on(async {
            let db = value(AsyncDb::connect(database.url()).await);
            let mut expected = 0;
            for round in 0..12 {
                let several = round % 2 == 1;
                let done = db
                    .transaction(async |tx| {
                        let before = Turn::objects().count(tx).await?;
                        let name = |at: i64| Turn::create().name(format!("{round} {at}")).other(angle(1.0));
                        let turns = (0..100).map(|at| match several && at % 2 == 0 {
                            true => name(at).angle(angle(2.0)),
                            false => name(at),
                        });
                        let mut bulk = Turn::bulk_create(turns).run(tx);
                        for _ in 0..round / 2 {
                            let done =
                                poll_fn(|context| Poll::Ready(bulk.as_mut().poll(context).is_ready())).await;
                            if done {
                                break;
                            }
                            tokio::task::yield_now().await;
                        }
                        drop(bulk);
                        let created = Turn::objects().count(tx).await? - before;
                        assert!(matches!(created, 0 | 100), "{backend:?}, {round}: {created}");
                        Turn::create()
                            .name(format!("{round}"))
                            .other(angle(1.0))
                            .save(tx)
                            .await?;
                        Ok(created + 1)
                    })
                    .await;
                expected += value::<i64>(done);
            }
            assert_eq!(value(Turn::objects().count(&db).await), expected, "{backend:?}");
        });
    }
}

/// The program fails after the database has executed the statement.
#[test]
fn nothing_of_a_bulk_is_left_if_its_transaction_is_abandoned() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let db = value(orm::Db::connect(database.url()));
        let given_up: Result<()> = db.transaction(|tx| {
            Tag::bulk_create((0..100).map(|at| Tag::create().label(at.to_string()))).run(tx)?;
            Err(Error::config("changed our mind"))
        });
        assert!(given_up.is_err());
        assert_eq!(value(Tag::objects().count(&db)), 0);
    }
}
