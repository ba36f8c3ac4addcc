//! Values that would not read back are refused before they are sent, and rows that cannot be read when they come back
//! are undone.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use orm::error::Kind;
use orm::prelude::*;
use orm::{AsyncDb, Db};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::Nothing;
use orm_tests::{Backend, Database};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

orm::app!("suite");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub x: f64,
    pub y: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub name: String,
    #[serde(skip_serializing)]
    pub password: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Reading {
    pub id: i64,
    pub measure: Json<Measure>,
    pub named: Option<Json<BTreeMap<String, f64>>>,
    pub account: Option<Json<Account>>,
    pub anything: Option<Json<serde_json::Value>>,
}

/// Its default is JSON, but not of its Rust type.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Misread {
    pub id: i64,
    pub name: String,
    #[orm(db_default(sqlite = "'{}'", postgres = "'{}'"))]
    pub measure: Json<Measure>,
}

fn measure(x: f64) -> Measure {
    Measure { x, y: None }
}

fn nested(levels: usize) -> serde_json::Value {
    (0..levels).fold(serde_json::Value::Null, |inner, _| vec![inner].into())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: orm::Result<T>, reason: &str) {
    let error = error(result);
    assert_eq!(error.kind(), Kind::Encode, "{error:?}");
    assert!(error.to_string().contains(reason), "{error}");
}

behaviour! {
    fn what_a_query_computes_beyond_a_decimal_is_an_error(db) {
        let amount = "10000000000000000".parse::<Decimal>().expect("a decimal");
        run!(Nothing::create().decimal(amount).save(db));
        let product = attempt!(Nothing::objects().values(|n| n.decimal * n.decimal).all(db));
        assert!(product.is_err(), "{product:?}");
        assert!(attempt!(Nothing::objects().update(|n| n.decimal.set(n.decimal * n.decimal)).run(db)).is_err());
        assert_eq!(run!(Nothing::objects().values(|n| n.decimal).all(db)), [Some(amount)]);
    }

    fn json_that_would_not_read_back_is_refused_before_it_is_sent(db) {
        let good = || Reading::create().measure(measure(1.5));
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let reason = "not a number";
            refused(attempt!(Reading::create().measure(measure(number)).save(db)), reason);
            let maybe = Measure { x: 0.0, y: Some(number) };
            refused(attempt!(Reading::create().measure(maybe.clone()).save(db)), reason);
            refused(attempt!(good().named(BTreeMap::from([("a".to_owned(), number)])).save(db)), reason);
            for size in [1, 2, 40, 250] {
                let drafts = || (0..size).map(|at| {
                    Reading::create().measure(if at + 1 == size { maybe.clone() } else { measure(0.25) })
                });
                refused(attempt!(Reading::bulk_create(drafts()).run(db)), reason);
                refused(attempt!(Reading::bulk_create(drafts()).all(db)), reason);
            }
        }
        let account = Account { name: "ann".to_owned(), password: "secret".to_owned() };
        refused(attempt!(good().account(account.clone()).save(db)), "does not read back");
        refused(attempt!(good().anything(nested(200)).save(db)), "nested deeper");
        assert_eq!(run!(Reading::objects().count(db)), 0);

        let mut row = run!(good().anything(nested(100)).save(db));
        let kept = row.clone();
        row.measure.x = f64::NAN;
        refused(attempt!(row.save(db)), "not a number");
        let set = Reading::objects().update(|r| r.account.set(Some(Json(account.clone()))));
        refused(attempt!(set.run(db)), "does not read back");
        assert_eq!(run!(Reading::objects().all(db)), [kept]);
    }

    fn a_refused_value_leaves_the_transaction_as_it_was(db) {
        let done: orm::Result<()> = transaction!(db, |tx| {
            attempt!(Reading::create().measure(measure(1.0)).save(tx))?;
            refused(attempt!(Reading::create().measure(measure(f64::NAN)).save(tx)), "not a number");
            let drafts = [1.0, f64::NAN].map(|x| Reading::create().measure(measure(x)));
            refused(attempt!(Reading::bulk_create(drafts).all(tx)), "not a number");
            attempt!(Reading::create().measure(measure(2.0)).save(tx))?;
            Ok(())
        });
        value(done);
        let rows = run!(Reading::objects().all(db));
        assert_eq!(rows.iter().map(|row| row.measure.x).collect::<Vec<_>>(), [1.0, 2.0]);
    }

    fn the_character_nul_in_json_is_kept_or_refused_before_it_is_sent(db) {
        let strings = |text: &str| serde_json::json!({ "text": [text], text: 1 });
        let draft = |text: &str| Reading::create().measure(measure(1.0)).anything(strings(text));
        let kept = if db.dialect().nul_in_text { vec!["a\0", "\\u0000", "\\\0"] } else { vec!["\\u0000"] };
        let done: orm::Result<()> = transaction!(db, |tx| {
            for text in ["a\0", "\\u0000", "\\\0"] {
                if kept.contains(&text) {
                    let row = attempt!(draft(text).save(tx))?;
                    assert_eq!(row.anything, Some(Json(strings(text))));
                } else {
                    refused(attempt!(draft(text).save(tx)), "NUL");
                    let many = (0..40).map(|_| draft(text));
                    refused(attempt!(Reading::bulk_create(many).run(tx)), "NUL");
                }
            }
            Ok(())
        });
        value(done);
        assert_eq!(run!(Reading::objects().count(db)), kept.len() as i64);
    }

    fn new_rows_that_cannot_be_read_back_are_undone(db) {
        let draft = || Misread::create().name("a");
        assert_eq!(error(attempt!(draft().save(db))).kind(), Kind::Decode);
        for size in [1, 2, 40, 250] {
            let all = attempt!(Misread::bulk_create((0..size).map(|_| draft())).all(db));
            assert_eq!(error(all).kind(), Kind::Decode);
            let some = (0..size).map(|at| {
                let draft = draft().measure(measure(1.0));
                if at == 0 { Misread::create().name("b").measure(measure(0.5)) } else { draft }
            });
            assert_eq!(run!(Misread::bulk_create(some).all(db)).len(), size);
            run!(Misread::objects().delete().run(db));
        }
        assert_eq!(run!(Misread::objects().count(db)), 0);
        let done: orm::Result<()> = transaction!(db, |tx| {
            attempt!(draft().measure(measure(3.0)).save(tx))?;
            assert_eq!(error(attempt!(draft().save(tx))).kind(), Kind::Decode);
            assert_eq!(error(attempt!(Misread::bulk_create((0..30).map(|_| draft())).all(tx))).kind(), Kind::Decode);
            Ok(())
        });
        value(done);
        assert_eq!(run!(Misread::objects().all(db)).len(), 1);
    }

    fn what_is_finer_than_a_microsecond_is_cut_in_every_century(db) {
        let day = |year| NaiveDate::from_ymd_opt(year, 6, 15).expect("a day");
        let time = NaiveTime::from_hms_nano_opt(3, 4, 5, 123_456_999).expect("a time");
        let cut = NaiveTime::from_hms_micro_opt(3, 4, 5, 123_456).expect("a time");
        for year in [1, 1582, 1969, 1999, 2000, 2026, 9999] {
            let given = day(year).and_time(time);
            let row = run!(Nothing::create().time(time).date_time(given).instant(given.and_utc()).save(db));
            assert_eq!(row.time, Some(cut), "{year}");
            assert_eq!(row.date_time, Some(day(year).and_time(cut)), "{year}");
            assert_eq!(row.instant, Some(day(year).and_time(cut).and_utc()), "{year}");
            let found = Nothing::objects().filter(|n| n.instant.eq(given.and_utc()) & n.date_time.eq(given));
            assert_eq!(run!(found.all(db)), [row], "{year}");
        }
    }

    fn a_leap_second_is_refused(db) {
        let leap = NaiveTime::from_num_seconds_from_midnight_opt(86_399, 1_500_000_000).expect("a leap second");
        let at = NaiveDate::from_ymd_opt(2016, 12, 31).expect("a day").and_time(leap);
        refused(attempt!(Nothing::create().time(leap).save(db)), "leap second");
        refused(attempt!(Nothing::create().date_time(at).save(db)), "leap second");
        refused(attempt!(Nothing::create().instant(at.and_utc()).save(db)), "leap second");
        assert_eq!(run!(Nothing::objects().count(db)), 0);
    }
}

/// 24:00 is a time for the server but not for Rust; reading it as 00:00 would make a save change it.
#[test]
fn the_end_of_the_day_is_not_read_as_its_beginning() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    value(Nothing::create().time(NaiveTime::MIN).save(&db));
    value(
        value(db.session())
            .batch("ALTER TABLE suite_nothing DROP CONSTRAINT IF EXISTS suite_nothing_time_check; UPDATE suite_nothing SET time = '24:00'"),
    );
    let read = error(Nothing::objects().all(&db));
    assert_eq!(read.kind(), Kind::Decode, "{read:?}");
    assert!(read.to_string().contains("24:00"), "{read}");
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        assert_eq!(error(Nothing::objects().all(&db).await).kind(), Kind::Decode);
    });
}

/// Every value that is sent can be read back, so the commit does not wait for the rows; a trigger can still change
/// them.
#[test]
fn new_rows_that_a_trigger_made_unreadable_are_there_and_the_error_says_so() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    value(value(db.session()).batch(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.measure := ''{}''; RETURN NEW; END';
         CREATE TRIGGER spoil BEFORE INSERT ON suite_reading FOR EACH ROW EXECUTE FUNCTION spoil()",
    ));
    let drafts = |size| (0..size).map(|_| Reading::create().measure(measure(1.0)));
    let told = |error: orm::Error, what: &str| {
        assert_eq!(error.kind(), Kind::Decode, "{error:?}");
        assert!(error.to_string().contains(what), "{error}");
    };
    told(
        error(Reading::create().measure(measure(1.0)).save(&db)),
        "the row was inserted",
    );
    told(
        error(Reading::bulk_create(drafts(2)).all(&db)),
        "the rows were inserted",
    );
    told(
        error(Reading::bulk_create(drafts(40)).all(&db)),
        "the rows were inserted",
    );
    assert_eq!(value(Reading::objects().count(&db)), 43);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        told(
            error(Reading::bulk_create(drafts(40)).all(&db).await),
            "the rows were inserted",
        );
        assert_eq!(value(Reading::objects().count(&db).await), 83);
    });
}

/// Numbers of other tables, and computed numbers, may have more digits than a `Decimal`.
#[test]
fn numbers_of_too_many_digits_are_errors() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let mut session = value(db.session());
    value(session.batch("ALTER TABLE suite_nothing DROP CONSTRAINT suite_nothing_decimal_check"));
    let numbers = [
        "NaN",
        "Infinity",
        "-Infinity",
        "8e28",
        "1e29",
        "1e32",
        "-1e36",
        "1e40",
        "9.5e70",
        "1e1000",
    ];
    for number in numbers {
        value(session.batch(&format!(
            "DELETE FROM suite_nothing; INSERT INTO suite_nothing (decimal) VALUES ('{number}')"
        )));
        assert_eq!(
            error(Nothing::objects().all(&db)).kind(),
            Kind::Decode,
            "{number}"
        );
        assert_eq!(
            error(Nothing::objects().values(|n| n.decimal).all(&db)).kind(),
            Kind::Decode,
            "{number}"
        );
    }
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        assert_eq!(error(Nothing::objects().all(&db).await).kind(), Kind::Decode);
    });
}

/// Files whose values no check has normalised: whatever has a meaning is read.
#[test]
fn what_people_write_into_a_file_is_read_where_it_means_something() {
    let database = Database::with_tables(Backend::Sqlite);
    let db = value(Db::connect(database.url()));
    let at = |h, m, s| {
        NaiveDate::from_ymd_opt(2024, 2, 29)
            .expect("a day")
            .and_hms_opt(h, m, s)
            .expect("a time")
    };
    value(Nothing::create().text("by hand").save(&db));
    let mut session = value(db.session());
    let mut by_hand = |column: &str, text: &str| {
        value(session.batch(&format!(
            "PRAGMA ignore_check_constraints = ON; UPDATE suite_nothing SET {column} = '{text}'; PRAGMA ignore_check_constraints = OFF"
        )));
        Nothing::objects().get(&db)
    };
    for (text, expected) in [
        ("1.50", "1.5"),
        ("-0", "0"),
        (".5", "0.5"),
        ("007", "7"),
        ("1e3", "1000"),
    ] {
        let row = value(by_hand("decimal", text));
        assert_eq!(row.decimal, expected.parse().ok(), "{text}");
    }
    for text in [
        "2024-02-29T18:05:00.000000Z",
        "2024-02-29 18:05:00",
        "2024-02-29 18:05",
        "2024-02-29T18:05:00Z",
        "2024-02-29 19:05:00+01:00",
        "2024-02-29 18:05:00.000 +00:00",
    ] {
        assert_eq!(
            value(by_hand("instant", text)).instant,
            Some(at(18, 5, 0).and_utc()),
            "{text}"
        );
    }
    for text in ["2024-02-29 18:05:00", "2024-02-29T18:05:00.5", "2024-02-29 18:05"] {
        let read = value(by_hand("date_time", text)).date_time.expect("a time");
        assert_eq!(read.date(), at(0, 0, 0).date(), "{text}");
    }
    for text in ["18:05", "18:05:00", "18:05:00.0"] {
        assert_eq!(
            value(by_hand("time", text)).time,
            Some(at(18, 5, 0).time()),
            "{text}"
        );
    }
    for (column, wrong, right) in [
        ("decimal", "abc", "1"),
        ("decimal", "", "1"),
        ("decimal", "NaN", "1"),
        ("date", "2024-02-30", "2024-02-29"),
        ("date", "nonsense", "2024-02-29"),
        ("time", "24:00:00.000000", "18:05:00.000000"),
        ("date_time", "2024-02-30T00:00:00", "2024-02-29T00:00:00.000000"),
        ("instant", "yesterday", "2024-02-29T00:00:00.000000Z"),
    ] {
        assert_eq!(
            error(by_hand(column, wrong)).kind(),
            Kind::Decode,
            "{column}: {wrong}"
        );
        value(by_hand(column, right));
    }
    drop(session);
    let mut row = value(Nothing::objects().get(&db));
    value(row.save(&db));
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        assert_eq!(value(Nothing::objects().get(&db).await), row);
    });
}
