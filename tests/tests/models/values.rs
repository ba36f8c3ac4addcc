//! Values of every type come back equal.

use crate::edges::is_sqlite;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use orm_tests::samples::samples;

fn strings() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

/// From 0001-01-01 to 9999-12-31, to the microsecond.
fn date_times() -> impl Strategy<Value = NaiveDateTime> {
    let first = NaiveDate::from_ymd_opt(1, 1, 1)
        .expect("a day")
        .and_time(NaiveTime::MIN);
    let last = NaiveDate::from_ymd_opt(9999, 12, 31)
        .expect("a day")
        .and_time(NaiveTime::MIN);
    let seconds = (last - first).num_seconds();
    let extremes = prop_oneof![
        Just(first),
        Just(last + TimeDelta::microseconds(86_399_999_999)),
        Just(chrono::DateTime::UNIX_EPOCH.naive_utc()),
    ];
    let anything = (0..seconds, 0..1_000_000_i64)
        .prop_map(move |(s, us)| first + TimeDelta::seconds(s) + TimeDelta::microseconds(us));
    prop_oneof![1 => extremes, 9 => anything]
}

fn decimals() -> impl Strategy<Value = Decimal> {
    let extremes = prop_oneof![
        Just(Decimal::MAX),
        Just(Decimal::MIN),
        Just(Decimal::ZERO),
        Just(-Decimal::ZERO),
        Just(Decimal::new(1, 28)),
        Just(Decimal::new(100, 2)),
    ];
    let anything = (any::<i64>(), 0_u32..=18).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    prop_oneof![1 => extremes, 4 => anything]
}

/// Without fractions, because `jsonb` rewrites some numbers.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        strings().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(strings(), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn colours() -> impl Strategy<Value = Colour> {
    prop_oneof![Just(Colour::Red), Just(Colour::DarkGreen), Just(Colour::Blue)]
}

fn singles() -> impl Strategy<Value = f32> {
    prop::num::f32::NORMAL
        | prop::num::f32::SUBNORMAL
        | prop::num::f32::ZERO
        | prop::num::f32::INFINITE
        | prop::num::f32::POSITIVE
        | prop::num::f32::NEGATIVE
}

fn doubles() -> impl Strategy<Value = f64> {
    prop::num::f64::NORMAL
        | prop::num::f64::SUBNORMAL
        | prop::num::f64::ZERO
        | prop::num::f64::INFINITE
        | prop::num::f64::POSITIVE
        | prop::num::f64::NEGATIVE
}

pub fn rows() -> impl Strategy<Value = Everything> {
    let numbers = (
        any::<bool>(),
        any::<i16>(),
        any::<i32>(),
        any::<i64>(),
        singles(),
        doubles(),
    );
    let times = (date_times(), date_times(), date_times(), date_times());
    let others = (
        strings(),
        prop::collection::vec(any::<u8>(), 0..64),
        any::<u128>(),
        decimals(),
        json(),
        colours(),
    );
    (numbers, times, others).prop_map(|(numbers, times, others)| Everything {
        id: 0,
        truth: numbers.0,
        small: numbers.1,
        medium: numbers.2,
        large: numbers.3,
        single: numbers.4,
        double: numbers.5,
        date: times.0.date(),
        time: times.1.time(),
        date_time: times.2,
        instant: times.3.and_utc(),
        text: others.0,
        bytes: others.1,
        uuid: Uuid::from_u128(others.2),
        decimal: others.3,
        json: Json(others.4),
        colour: others.5,
    })
}

/// Sets every column but the primary key.
macro_rules! fill {
    ($builder:expr, $row:expr) => {
        $builder
            .truth($row.truth)
            .small($row.small)
            .medium($row.medium)
            .large($row.large)
            .single($row.single)
            .double($row.double)
            .text($row.text.clone())
            .bytes($row.bytes.clone())
            .date($row.date)
            .time($row.time)
            .date_time($row.date_time)
            .instant($row.instant)
            .uuid($row.uuid)
            .decimal($row.decimal)
            .json($row.json.clone())
            .colour($row.colour)
    };
}

behaviour! {
    fn every_type_comes_back_equal(db) {
        for mut row in samples(100, rows()) {
            let created = run!(fill!(Everything::create(), row).save(db));
            row.id = created.id;
            assert_eq!(created, row, "returned by create");
            assert_eq!(run!(Everything::objects().filter(|e| e.id.eq(row.id)).get(db)), row, "read again");
        }
    }

    fn every_type_comes_back_equal_where_rows_are_few_and_where_they_are_many(db) {
        for count in [2, 16, 17, 60] {
            let rows = samples(count, rows());
            let drafts = rows.iter().map(|row| fill!(Everything::create(), row));
            let created = run!(Everything::bulk_create(drafts).all(db));
            assert_eq!(created.len(), rows.len());
            for (created, mut row) in created.into_iter().zip(rows) {
                row.id = created.id;
                assert_eq!(created, row, "one of {count}");
            }
        }
    }

    fn every_type_comes_back_equal_from_a_bulk_update(db) {
        for count in [1, 2, 16, 17, 60] {
            let before = samples(2 * count, rows());
            let drafts = before[..count].iter().map(|row| fill!(Everything::create(), row));
            let created = run!(Everything::bulk_create(drafts).all(db));
            let mut wanted = before[count..].to_vec();
            for (row, created) in wanted.iter_mut().zip(&created) {
                row.id = created.id;
            }
            let changed = Everything::bulk_update(&wanted, |e| (
                (e.truth, e.small, e.medium, e.large, e.single, e.double, e.text, e.bytes),
                (e.date, e.time, e.date_time, e.instant, e.uuid, e.decimal, e.json, e.colour),
            ));
            assert_eq!(run!(changed.run(db)), count as u64);
            assert_eq!(run!(Everything::objects().order_by(|e| e.id).all(db)), wanted, "{count}");
            run!(Everything::objects().delete().run(db));
        }
    }

    fn every_type_comes_back_equal_from_nullable_columns(db) {
        for mut row in samples(50, rows()) {
            let created = run!(fill!(Nothing::create(), row).save(db));
            row.id = created.id;
            let found = run!(Nothing::objects().filter(|n| n.id.eq(row.id)).get(db));
            let expected = Nothing {
                id: row.id,
                truth: Some(row.truth),
                small: Some(row.small),
                medium: Some(row.medium),
                large: Some(row.large),
                single: Some(row.single),
                double: Some(row.double),
                text: Some(row.text),
                bytes: Some(row.bytes),
                date: Some(row.date),
                time: Some(row.time),
                date_time: Some(row.date_time),
                instant: Some(row.instant),
                uuid: Some(row.uuid),
                decimal: Some(row.decimal),
                json: Some(row.json),
                colour: Some(row.colour),
            };
            assert_eq!(created, expected);
            assert_eq!(found, expected);
        }
    }

    fn fractions_within_json_come_back_as_they_went_in(db) {
        let numbers = samples(300, prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL);
        let numbers: Vec<f64> = numbers.into_iter().chain([-3.8838257140124935e-146, 0.1, 1e300]).collect();
        let mut row = samples(1, rows()).remove(0);
        row.json = Json(numbers.clone().into());
        let created = run!(fill!(Everything::create(), row).save(db));
        let read = run!(Everything::objects().filter(|e| e.json.eq(row.json.clone())).get(db));
        for json in [created.json, read.json] {
            // `jsonb` writes some of them as whole numbers.
            let back = json.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number"));
            let changed = back.zip(&numbers).find(|(back, number)| back != *number);
            assert_eq!(changed, None);
        }
    }

    fn every_type_finds_its_row_by_equality(db) {
        for row in samples(40, rows()) {
            let id = run!(fill!(Everything::create(), row).save(db)).id;
            let all = Everything::objects().filter(|e| {
                e.id.eq(id)
                    & e.truth.eq(row.truth)
                    & e.small.eq(row.small)
                    & e.medium.eq(row.medium)
                    & e.large.eq(row.large)
                    & e.single.eq(row.single)
                    & e.double.eq(row.double)
                    & e.text.eq(row.text.as_str())
                    & e.bytes.eq(row.bytes.clone())
                    & e.date.eq(row.date)
                    & e.time.eq(row.time)
                    & e.date_time.eq(row.date_time)
                    & e.instant.eq(row.instant)
                    & e.uuid.eq(row.uuid)
                    & e.decimal.eq(row.decimal)
                    & e.colour.eq(row.colour)
            });
            assert!(run!(all.exists(db)), "{row:?}");
        }
    }

    fn every_type_is_found_in_a_list(db) {
        for row in samples(20, rows()) {
            let id = run!(fill!(Everything::create(), row).save(db)).id;
            let all = Everything::objects().filter(|e| {
                e.id.in_([id, -1])
                    & e.truth.in_([row.truth])
                    & e.small.in_([row.small])
                    & e.medium.in_([row.medium])
                    & e.large.in_([row.large])
                    & e.single.in_([row.single])
                    & e.double.in_([row.double])
                    & e.text.in_([row.text.as_str()])
                    & e.bytes.in_([row.bytes.clone()])
                    & e.date.in_([row.date])
                    & e.time.in_([row.time])
                    & e.date_time.in_([row.date_time])
                    & e.instant.in_([row.instant])
                    & e.uuid.in_([row.uuid])
                    & e.decimal.in_([row.decimal])
                    & e.colour.in_([row.colour])
            });
            assert!(run!(all.exists(db)), "{row:?}");
        }
    }

    fn null_comes_back_as_none(db) {
        let row = run!(Nothing::create().save(db));
        let found = run!(Nothing::objects().get(db));
        assert_eq!(found, row);
        assert_eq!(found.text, None);
        assert_eq!(found.json, None);
        let set = run!(Nothing::objects().filter(|n| n.decimal.eq(None::<Decimal>)).count(db));
        assert_eq!(set, 1);
    }

    fn order_of_every_ordered_type_is_the_order_of_rust(db) {
        let rows = samples(60, rows());
        for row in &rows {
            run!(fill!(Everything::create(), row).save(db));
        }
        macro_rules! sorted {
            ($field:ident) => {
                let mut expected: Vec<_> = rows.iter().map(|row| row.$field).collect();
                expected.sort_by(|a, b| a.partial_cmp(b).expect("comparable"));
                let found = run!(Everything::objects().order_by(|e| e.$field).values(|e| e.$field).all(db));
                assert_eq!(found, expected, stringify!($field));
            };
        }
        sorted!(truth);
        sorted!(small);
        sorted!(medium);
        sorted!(large);
        sorted!(single);
        sorted!(double);
        sorted!(date);
        sorted!(time);
        sorted!(date_time);
        sorted!(instant);
        sorted!(decimal);
    }

    fn what_is_finer_than_a_microsecond_is_cut_not_kept_on_one_side(db) {
        let given = NaiveDate::from_ymd_opt(2026, 1, 2).expect("a day")
            .and_hms_nano_opt(3, 4, 5, 123_456_789).expect("a time").and_utc();
        let row = run!(Nothing::create().instant(given).save(db));
        let found = run!(Nothing::objects().get(db));
        assert_eq!(row.instant, found.instant);
        let finer = found.instant.expect("a time").timestamp_subsec_nanos() % 1000;
        assert_eq!(finer, 0, "microseconds");
        // The stored value is found by the original one.
        assert!(run!(Nothing::objects().filter(|n| n.instant.eq(given)).exists(db)));
    }

    /// SQLite would store NULL.
    fn nan_is_refused_on_sqlite_and_kept_on_postgres(db) {
        let saved = attempt!(Nothing::create().double(f64::NAN).save(db));
        if is_sqlite!(db) {
            assert_eq!(error(saved).kind(), orm::error::Kind::Encode);
        } else {
            assert!(value(saved).double.is_some_and(f64::is_nan));
        }
    }
}
