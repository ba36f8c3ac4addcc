//! `copy_in`: any number of rows as one stream, all of them or none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
#[orm(native)]
pub enum CopyMood {
    Calm,
    Wild,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Copied {
    pub id: i64,
    #[orm(unique)]
    pub label: String,
    pub note: Option<String>,
    #[orm(max_length = 10)]
    pub short: Option<String>,
    #[orm(default = 7)]
    pub stars: i64,
    #[orm(db_default = random_uuid)]
    pub mark: Uuid,
    pub mood: CopyMood,
    pub bytes: Option<Vec<u8>>,
    pub words: Vec<String>,
    pub price: Option<Decimal>,
    pub at: Option<DateTime<Utc>>,
    pub meta: Option<Json<Vec<String>>>,
    pub took: Option<Duration>,
    pub ratio: Option<f64>,
    #[orm(generated = |c| c.stars + 1)]
    pub more: i64,
}

/// A key that the database gives, and nothing else that is required.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Bare {
    pub id: i64,
    #[orm(db_default = random_uuid)]
    pub mark: Uuid,
}

fn plain(
    label: impl Into<String>,
) -> CopiedCreate<orm::__private::Assigned, orm::__private::Assigned, orm::__private::Assigned> {
    Copied::create()
        .label(label.into())
        .mood(CopyMood::Wild)
        .words(vec![])
}

behaviour! {
    fn rows_arrive_as_those_that_are_inserted(db) {
        let hostile = ["", "\\N", "a\tb", "a\nb\r", "\\", "\\.", "\"'", "é\u{1F600}", "NULL", "{}", ","];
        let rows = move || hostile.into_iter().enumerate().map(move |(at, text)| {
            plain(format!("{at} {text}"))
                .note(text.to_owned())
                .words(hostile.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
                .meta(Json(vec![text.to_owned()]))
                .bytes(vec![0, b'\\', b'\n', 255])
                .price(Decimal::new(-1205, 2))
                .at(DateTime::<Utc>::UNIX_EPOCH)
                .took(Duration::from_micros(90_000_000_001))
                .ratio(-0.1)
        });
        assert_eq!(run!(Copied::copy_in(rows()).run(db)), 11);
        let copied = run!(Copied::objects().order_by(|c| c.id).all(db));
        run!(Copied::objects().delete().run(db));
        run!(Copied::bulk_create(rows()).run(db));
        let created = run!(Copied::objects().order_by(|c| c.id).all(db));
        assert_eq!(copied.len(), created.len());
        for (mut one, other) in copied.into_iter().zip(created) {
            assert_eq!((one.more, one.stars), (8, 7));
            (one.id, one.mark) = (other.id, other.mark);
            assert_eq!(one, other);
        }
    }

    fn rows_may_leave_out_different_fields(db) {
        let rows = (0..300).map(|n| {
            let row = plain(n.to_string());
            match n % 3 {
                0 => row.note("noted").mark(Uuid::from_u128(n)),
                1 => row,
                _ => row.short("short").stars(1),
            }
        });
        assert_eq!(run!(Copied::copy_in(rows).run(db)), 300);
        assert_eq!(run!(Copied::objects().filter(|c| c.note.eq("noted") & c.short.is_null()).count(db)), 100);
        assert_eq!(run!(Copied::objects().filter(|c| c.stars.eq(1)).count(db)), 100);
        let marks: Vec<Uuid> = run!(Copied::objects().order_by(|c| c.id).values(|c| c.mark).all(db));
        assert_eq!(marks[0], Uuid::from_u128(0));
        assert_eq!(marks.iter().collect::<std::collections::HashSet<_>>().len(), 300);
        assert_eq!(run!(Bare::copy_in([Bare::create(), Bare::create().id(70), Bare::create()]).run(db)), 3);
        assert_eq!(run!(Bare::objects().count(db)), 3);
        assert_eq!(run!(Bare::copy_in(std::iter::empty::<BareCreate>()).run(db)), 0);
    }

    fn what_is_refused_leaves_nothing_and_the_connection_goes_on(db) {
        let with = |last: &'static str| (0..2_500).map(move |n| plain(if n == 2_400 { last.to_owned() } else { n.to_string() }));
        let twice = error(attempt!(Copied::copy_in(with("7")).run(db)));
        assert!(twice.is_unique_violation(), "{twice:?}");
        assert_eq!(twice.fields(), ["label"]);
        let long = error(attempt!(Copied::copy_in((0..50).map(|n| plain(n.to_string()).short("x".repeat(n)))).run(db)));
        assert!(long.is_check_violation(), "{long:?}");
        assert_eq!(long.fields(), ["short"]);
        let stops = (0..5_000).map(|n| match n {
            4_000 => Err(orm::Error::config("the file ends here")),
            n => Ok(plain(n.to_string())),
        });
        let stopped = error(attempt!(Copied::try_copy_in(stops).run(db)));
        assert_eq!(stopped.to_string(), "creating suite.Copied: the file ends here");
        assert_eq!(run!(Copied::objects().count(db)), 0);
        assert_eq!(run!(Copied::copy_in(with("new")).run(db)), 2_500);
    }

    fn in_a_transaction_it_is_a_part_of_it(db) {
        let done: orm::Result<()> = transaction!(db, |tx| {
            run!(Copied::copy_in((0..20).map(|n| plain(n.to_string()))).run(tx));
            let refused: orm::Result<u64> = transaction!(tx, |inner| {
                attempt!(Copied::copy_in((15..40).map(|n| plain(n.to_string()))).run(inner))
            });
            assert!(error(refused).is_unique_violation());
            let stopped: orm::Result<u64> = transaction!(tx, |inner| {
                let rows = (20..40).map(|n| if n == 30 { Err(orm::Error::config("no more")) } else { Ok(plain(n.to_string())) });
                attempt!(Copied::try_copy_in(rows).run(inner))
            });
            assert!(stopped.is_err());
            assert_eq!(run!(Copied::objects().count(tx)), 20);
            Ok(())
        });
        value(done);
        assert_eq!(run!(Copied::objects().count(db)), 20);
    }
}

#[test]
fn a_value_that_no_column_holds_names_its_field() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let refused = error(Copied::copy_in(["a", "b"].map(|label| plain(label).note("nul\0"))).run(&db));
    assert_eq!(refused.fields(), ["note"], "{refused:?}");
    assert_eq!(value(Copied::objects().count(&db)), 0);
}

/// It is taken from as it is sent.
#[test]
fn a_copy_that_is_dropped_halfway_leaves_nothing() {
    let runtime = runtime();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        runtime.block_on(async {
            let db = value(
                AsyncDb::connect(&format!(
                    "{}{}pool=1",
                    database.url(),
                    if database.url().contains('?') { "&" } else { "?" }
                ))
                .await,
            );
            let taken = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&taken);
            let rows = (0..100_000).map(move |n| {
                counted.fetch_add(1, Ordering::SeqCst);
                if n % 1_000 == 999 {
                    std::thread::sleep(Duration::from_millis(2));
                }
                plain(n.to_string())
            });
            let copy = Copied::copy_in(rows).run(&db);
            let cancelled = tokio::time::timeout(Duration::from_millis(60), copy).await;
            assert!(cancelled.is_err(), "it was too fast to be cancelled");
            assert_eq!(value(Copied::objects().count(&db).await), 0, "{backend:?}");
            assert_eq!(value(Copied::copy_in([plain("a"), plain("b")]).run(&db).await), 2);
            assert!(taken.load(Ordering::SeqCst) > 0);
        });
    }
}
