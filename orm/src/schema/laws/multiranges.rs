//! Multiranges: what a check of SQLite takes, what comes back, and how such columns change their type.

#![allow(clippy::single_range_in_vec_init, reason = "an array of one range is meant")]

use std::ops::Bound;

use proptest::prelude::*;

use super::super::testing::{Lite, Pg, all, run, state};
use super::super::{Step, create_model};
use super::arrays::{array, create, is_held, retyped, takes_no_other_text, thing};
use crate::error::Kind;
use crate::sql::Session;
use crate::value::{ColumnType, FieldType, Multirange, Range, Value};

#[test]
fn a_check_of_sqlite_takes_digits_of_ranges_and_no_others() {
    takes_no_other_text(&[
        (
            "int_multirange",
            &[
                "[]",
                "[\"00ff\"]",
                "[\"0001800000000000000000\",\"01800000000000000300ff\"]",
            ],
            &[
                "",
                "[\"00\"]",
                "[null]",
                "[\"00ff\",\"00\"]",
                "[\"00FF\"]",
                "[[\"00ff\"]]",
                "[ \"00ff\"]",
                "[\"01810000000000000000ff\"]",
                "[\"01800000000000000001ff\"]",
                "{\"a\":1}",
            ],
        ),
        (
            "big_int_multirange",
            &["[\"01810000000000000000ff\"]"],
            &["[\"03810000000000000000ff\"]", "[1]"],
        ),
        (
            "decimal_multirange",
            &["[]", "[\"00020100\"]"],
            &["[\"00\"]", "[\"0002\"]"],
        ),
        (
            "timestamp_multirange",
            &["[\"05800000000000000001ff\"]"],
            &["[\"04800000000000000001ff\"]"],
        ),
    ]);
}

fn bound() -> impl Strategy<Value = Bound<i32>> {
    prop_oneof![
        3 => (-40..40_i32).prop_map(Bound::Included),
        3 => (-40..40_i32).prop_map(Bound::Excluded),
        1 => any::<i32>().prop_map(|number| Bound::Included(number.min(i32::MAX - 1))),
        1 => Just(Bound::Unbounded),
    ]
}

fn number(bound: &Bound<i32>) -> Option<i32> {
    match bound {
        Bound::Included(number) | Bound::Excluded(number) => Some(*number),
        Bound::Unbounded => None,
    }
}

/// The bounds of ranges.
fn ranges() -> impl Strategy<Value = Vec<(Bound<i32>, Bound<i32>)>> {
    let range = (bound(), bound()).prop_map(|(lower, upper)| match number(&lower).zip(number(&upper)) {
        Some((one, other)) if one > other => (upper, lower),
        _ => (lower, upper),
    });
    prop::collection::vec(range, 0..6)
}

fn of<T: crate::value::RangeBound>(
    ranges: &[(Bound<i32>, Bound<i32>)],
    to: impl Fn(i32) -> T + Copy,
) -> Multirange<T> {
    let ranges = ranges.iter();
    ranges
        .map(|(lower, upper)| Range::new(lower.map(to), upper.map(to)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_multirange_is_taken_as_it_is(ranges in ranges()) {
        let mut sessions = (Lite::new(), Pg::new());
        is_held(&mut sessions, &of(&ranges, |number| number))?;
        is_held(&mut sessions, &of(&ranges, i64::from))?;
        is_held(&mut sessions, &of(&ranges, |number| rust_decimal::Decimal::new(number.into(), 2)))?;
        is_held(&mut sessions, &of(&ranges, |number| chrono::DateTime::from_timestamp_nanos(i64::from(number) * 1_000)))?;
        is_held(&mut sessions, &of(&ranges, |number| chrono::NaiveDate::from_num_days_from_ce_opt(739_000 + number.clamp(-9_000, 9_000)).unwrap()))?;
    }
}

/// A column of one type that holds a value becomes one of another.
fn changes(
    session: &mut dyn Session,
    from: &str,
    to: &str,
    value: &Value<'static>,
) -> crate::error::Result<()> {
    create(session, &thing(array(from)));
    let put = match session.dialect().enum_types {
        true => "INSERT INTO shop_thing (value) VALUES ($1), (NULL)",
        false => "INSERT INTO shop_thing (value) VALUES (?), (NULL)",
    };
    session
        .query(put, std::slice::from_ref(value), &mut |_| Ok(()))
        .unwrap();
    retyped(session, from, to)
}

fn rows(session: &mut dyn Session) -> Vec<String> {
    let sql = match session.dialect().enum_types {
        true => "SELECT coalesce(value::text, 'NULL') FROM shop_thing ORDER BY id",
        false => "SELECT quote(value) FROM shop_thing ORDER BY id",
    };
    all(session, sql)
}

#[test]
fn multiranges_change_their_width_and_come_of_ranges() {
    let apart = || Multirange::new([Range::from(..-5), Range::from(1..2), Range::from(7..9)]);
    let cases: [(&str, &str, Value<'static>); 5] = [
        ("int_multirange", "big_int_multirange", apart().into_value()),
        (
            "int_multirange",
            "big_int_multirange",
            Multirange::<i32>::empty().into_value(),
        ),
        ("int_range", "int_multirange", Range::from(1..9).into_value()),
        ("int_range", "int_multirange", Range::<i32>::empty().into_value()),
        ("int_range", "int_multirange", Range::<i32>::from(..).into_value()),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        for (from, to, value) in &cases {
            changes(session, from, to, value).unwrap();
            retyped(session, to, from).unwrap();
            let back = rows(session);
            session.batch("DROP TABLE shop_thing").unwrap();
            changes(session, from, from, value).unwrap();
            assert_eq!(rows(session), back, "{from} to {to} and back");
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}

#[test]
fn what_another_type_would_lose_stops_the_change() {
    // Between its ends, and not at them.
    let wide = Multirange::new([
        Range::from(..5_i64),
        Range::from(5_000_000_000..6_000_000_000),
        Range::from(7_000_000_000..),
    ]);
    let cases: [(&str, &str, Value<'static>); 4] = [
        ("big_int_multirange", "int_multirange", wide.into_value()),
        (
            "int_multirange",
            "int_range",
            Multirange::new([1..2, 3..4]).into_value(),
        ),
        (
            "int_multirange",
            "date_multirange",
            Multirange::<i32>::empty().into_value(),
        ),
        (
            "int_multirange",
            "int_range[]",
            Multirange::new([1..2]).into_value(),
        ),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        for (from, to, value) in &cases {
            let error = changes(session, from, to, value).unwrap_err();
            assert_eq!(error.kind(), Kind::Migration, "{from} to {to}: {error}");
            session.batch("DELETE FROM shop_thing").unwrap();
            retyped(session, from, to).unwrap_or_else(|error| panic!("{from} to {to}, empty: {error}"));
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}

#[test]
fn a_server_without_multiranges_is_told_before_anything_is_made() {
    let mut pg = Pg::new();
    let thing = thing(FieldType::IntMultirange);
    let steps = create_model(&thing, &state(&[&thing]), pg.dialect()).unwrap();
    let required = steps.iter().filter_map(|step| match step {
        Step::Require(requirement) => Some(requirement.holds.as_str()),
        _ => None,
    });
    let required: Vec<&str> = required.collect();
    assert_eq!(
        required,
        ["SELECT current_setting('server_version_num')::integer >= 140000"]
    );
    run(&mut pg, &steps).unwrap();
}
