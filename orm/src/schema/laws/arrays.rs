//! Columns of arrays: what they take is of their type, on both databases, and changes its type with its elements.

use proptest::prelude::*;

use crate::error::{Kind, Result};
use crate::model::{FieldDef, IndexDef, IndexMethod, ModelDef};
use crate::sql::Session;
use crate::value::{ArrayElement, ColumnType, FieldType, Row, Value};

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, canonical, create_model, introspect, lower};

/// A type as files say it.
pub(super) fn array(name: &str) -> FieldType {
    serde_json::from_value(name.into()).expect("a type")
}

/// The column is called as one that `json_each` has.
pub(super) fn thing(ty: FieldType) -> ModelDef {
    let field = FieldDef {
        null: true,
        ..FieldDef::new("value", ty)
    };
    model("Thing", vec![id(), field])
}

pub(super) fn create(session: &mut dyn Session, thing: &ModelDef) {
    let dialect = session.dialect();
    run(session, &create_model(thing, &state(&[thing]), dialect).unwrap()).unwrap();
}

pub(super) fn retyped(session: &mut dyn Session, from: &str, to: &str) -> Result<()> {
    let (from, to) = (thing(array(from)), thing(array(to)));
    let states = (state(&[&from]), state(&[&to]));
    let steps = alter_model(&from, &states.0, &to, &states.1, &[], session.dialect())?;
    run(session, &steps)
}

#[test]
fn a_check_of_sqlite_takes_the_one_text_of_an_array_and_no_other() {
    let cases: [Case<'_>; 20] = [
        (
            "bool[]",
            &["[]", "[true]", "[true,false,true]"],
            &[
                "",
                "[",
                "true",
                "{}",
                "null",
                "[null]",
                "[1]",
                "[\"true\"]",
                "[[true]]",
                "[true, false]",
                " [true]",
                "[true]\n",
            ],
        ),
        (
            "small_int[]",
            &["[0]", "[-32768,32767,-1,9,10,32759]"],
            &[
                "[32768]",
                "[1,-32769]",
                "[40000]",
                "[32770]",
                "[100000]",
                "[1.0]",
                "[1e3]",
                "[-0]",
                "[null]",
                "[\"1\"]",
                "[true]",
                "[[1]]",
            ],
        ),
        (
            "int[]",
            &["[2147483647,-2147483648,1999999999,99999999]"],
            &[
                "[2147483648]",
                "[-2147483649]",
                "[3000000000]",
                "[2200000000]",
                "[10000000000]",
                "[0.5]",
            ],
        ),
        (
            "big_int?[]",
            &[
                "[9223372036854775807,null,-9223372036854775808]",
                "[null]",
                "[8999999999999999999]",
            ],
            &[
                "[9223372036854775808]",
                "[-9223372036854775809]",
                "[9300000000000000000]",
                "[10000000000000000000]",
                "[[null]]",
            ],
        ),
        (
            "tiny_int[]",
            &["[127,-128,0,-1,99,-99,100,-100,119]"],
            &[
                "[128]", "[-129]", "[200]", "[1000]", "[-0]", "[0.5]", "[null]", "[1-2]",
            ],
        ),
        (
            "unsigned_tiny_int?[]",
            &["[255,null,0,9,99,199,249]"],
            &["[256]", "[260]", "[300]", "[1000]", "[-1]", "[-0]", "[01]"],
        ),
        (
            "unsigned_int[]",
            &["[4294967295,0]"],
            &[
                "[4294967296]",
                "[4294967300]",
                "[5000000000]",
                "[-1]",
                "[10000000000]",
            ],
        ),
        (
            "unsigned_big_int[]",
            &["[9223372036854775807,0]"],
            &["[9223372036854775808]", "[-1]"],
        ),
        (
            "duration?[]",
            &["[-9223372036854775808,null,9223372036854775807,0]"],
            &["[9223372036854775808]", "[\"PT1S\"]", "[0.5]"],
        ),
        (
            "double[]",
            &["[0.0,-1.5,1e300,9e999,5e-324]"],
            &["[null]", "[true]", "[\"1.5\"]", "[NaN]", "[[1.5]]", "[1.5 ]"],
        ),
        (
            "text[]",
            &[
                "[\"\"]",
                "[\"a\",\"b c\"]",
                "[\"\\u002c\\u005b\\u005d\\u0022\\u005c\\u0000\\u001f\"]",
                "[\"é🎉{}:'\"]",
                "[\"null\",\"n\"]",
            ],
            &[
                "[1]",
                "[null]",
                "[\"a,b\"]",
                "[\"a]\"]",
                "[\"[\"]",
                "[\"a\\n\"]",
                "[\"\\\\\"]",
                "[\"\\\"\"]",
                "[\"\\u0041\"]",
                "[\"\\u00e9\"]",
                "[\"\\u002C\"]",
                "[\"\\u0020\"]",
                "[{\"a\":1}]",
                "[\"a\", \"b\"]",
                "[[\"a\"]]",
                "[\"],\"]",
                "[\",\"]",
                "[\"a,[\"]",
                "[\"a\",1]",
                "[\"a\",true]",
            ],
        ),
        (
            "text?[]",
            &["[null]", "[\"a\",null,\"n\"]", "[\"null\"]"],
            &[
                "[\"a,null\"]",
                "[\"a,n\"]",
                "[\"null,\"]",
                "[1]",
                "[nul]",
                "[\"a,null]\"]",
            ],
        ),
        (
            "text[][]",
            &["[]", "[[\"a\",\"b\"],[\"c\",\"d\"]]"],
            &[
                "[\"a\"]",
                "[[]]",
                "[[\"a\"],\"b\"]",
                "[\"b\",[\"a\"]]",
                "[[[\"a\"]]]",
                "[[\"a\"],[]]",
                "[[\"a\"],[[\"b\"]]]",
                "[[\"a,[\"]]",
            ],
        ),
        (
            "int[][][]",
            &["[[[1,2]],[[3,4]]]", "[[[1],[2]],[[3],[4]]]"],
            &[
                "[1]",
                "[[1]]",
                "[[[[1]]]]",
                "[[[1]],[2]]",
                "[[[1],2]]",
                "[[1],[[1]]]",
                "[[[1]],[[[1]]]]",
                "[[[1]],1]",
            ],
        ),
        (
            "bytes[]",
            &["[\"\",\"00ff\"]"],
            &["[\"0\"]", "[\"0F\"]", "[\"zz\"]", "[\"00\",\"123\"]", "[0]"],
        ),
        (
            "date?[]",
            &["[\"2024-02-29\",null,\"0001-01-01\",\"9999-12-31\"]"],
            &[
                "[\"2024-2-29\"]",
                "[\"2024-13-01\"]",
                "[\"2024-00-01\"]",
                "[\"2024-01-32\"]",
                "[\"2024-01-00\"]",
                "[\"2024-01-40\"]",
                "[\"\"]",
                "[\"x\"]",
            ],
        ),
        (
            "time[]",
            &["[\"00:00:00.000000\",\"23:59:59.999999\"]"],
            &[
                "[\"24:00:00.000000\"]",
                "[\"12:60:00.000000\"]",
                "[\"12:00:60.000000\"]",
                "[\"12:00\"]",
                "[null]",
            ],
        ),
        (
            "timestamp[]",
            &["[\"2024-02-29T23:59:59.999999Z\"]"],
            &[
                "[\"2024-02-29T23:59:59.999999\"]",
                "[\"2024-02-29T25:00:00.000000Z\"]",
                "[\"2024-02-29 23:59:59.999999Z\"]",
            ],
        ),
        (
            "uuid[]",
            &["[\"67e55044-10b1-426f-9247-bb680e5fe0c8\"]"],
            &[
                "[\"67E55044-10b1-426f-9247-bb680e5fe0c8\"]",
                "[\"67e5504410b1426f9247bb680e5fe0c8\"]",
                "[\"\"]",
            ],
        ),
        (
            "decimal?[]",
            &[
                "[\"0\",null,\"-12.5\",\"100\",\"1010.01\",\"0.0000000000000000000000000001\",\"79228162514264337593543950335\"]",
            ],
            &[
                "[\"1.50\"]",
                "[\"-0\"]",
                "[\"01\"]",
                "[\"-01\"]",
                "[\".5\"]",
                "[\"5.\"]",
                "[\"1e3\"]",
                "[\"\"]",
                "[\"-\"]",
                "[1]",
                "[\"0.0\"]",
                "[\"1-1\"]",
                "[\"1.2.3\"]",
                "[\"--1\"]",
            ],
        ),
    ];
    takes_no_other_text(&cases);
}

/// What an array of that type is, and what it is not.
pub(super) type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

pub(super) fn takes_no_other_text(cases: &[Case<'_>]) {
    let mut lite = Lite::new();
    for (ty, accepted, refused) in cases {
        create(&mut lite, &thing(array(ty)));
        lite.batch("INSERT INTO shop_thing (value) VALUES (NULL)")
            .unwrap();
        let mut put = |text: &str| {
            lite.batch(&format!(
                "INSERT INTO shop_thing (value) VALUES ('{}')",
                text.replace('\'', "''")
            ))
        };
        for text in *accepted {
            put(text).unwrap_or_else(|error| panic!("{ty} takes {text}: {error}"));
        }
        for text in *refused {
            assert!(put(text).is_err(), "{ty} takes no {text}");
        }
        lite.batch("DROP TABLE shop_thing").unwrap();
    }
}

/// Puts a value into a column of its type on both databases, and reads it back.
pub(super) fn comes_back<T: ArrayElement + PartialEq + std::fmt::Debug>(
    sessions: &mut (Lite, Pg),
    value: &Vec<T>,
) -> Result<(), TestCaseError> {
    is_held(sessions, value)
}

/// Puts a value of any type into a column of it on both databases, and reads it back.
pub(super) fn is_held<T: ColumnType + PartialEq + std::fmt::Debug>(
    sessions: &mut (Lite, Pg),
    value: &T,
) -> Result<(), TestCaseError> {
    let made = thing(T::field_type());
    for session in [&mut sessions.0 as &mut dyn Session, &mut sessions.1] {
        create(session, &made);
        let put = match session.dialect().enum_types {
            true => "INSERT INTO shop_thing (value) VALUES ($1) RETURNING value",
            false => "INSERT INTO shop_thing (value) VALUES (?) RETURNING value",
        };
        let mut found: Option<T> = None;
        let mut read = |row: &Row<'_>| {
            found = Some(row.get(0)?);
            Ok(())
        };
        let kept = session.query(put, &[value.encode()], &mut read);
        session.batch("DROP TABLE shop_thing").unwrap();
        prop_assert!(kept.is_ok(), "{}: {kept:?}", session.dialect().name);
        prop_assert_eq!(found.as_ref(), Some(value));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_array_is_taken_as_it_is(
        strings in prop::collection::vec(prop::option::of("[^\\x00]*"), 0..6),
        symbols in prop::collection::vec("[\\[\\],\"\\\\nul0 :{}]{0,8}", 0..6),
        numbers in any::<(Vec<i16>, Vec<i32>, Vec<Option<i64>>)>(),
        (truths, bytes) in any::<(Vec<bool>, Vec<Vec<u8>>)>(),
        small in any::<(Vec<i8>, Vec<Option<u8>>, Vec<u16>, Vec<u32>)>(),
        large in prop::collection::vec(0..=i64::MAX as u64, 0..6),
        micros in prop::collection::vec(prop::option::of(any::<i64>()), 0..6),
        doubles in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::INFINITE, 0..6),
        grid in (1..4_usize, 1..4_usize, any::<i32>()),
    ) {
        let mut sessions = (Lite::new(), Pg::new());
        comes_back(&mut sessions, &strings)?;
        comes_back(&mut sessions, &symbols)?;
        comes_back(&mut sessions, &numbers.0)?;
        comes_back(&mut sessions, &numbers.1)?;
        comes_back(&mut sessions, &numbers.2)?;
        comes_back(&mut sessions, &small.0)?;
        comes_back(&mut sessions, &small.1)?;
        comes_back(&mut sessions, &small.2)?;
        comes_back(&mut sessions, &small.3)?;
        comes_back(&mut sessions, &large)?;
        comes_back(&mut sessions, &micros.iter().map(|micros| micros.map(chrono::TimeDelta::microseconds)).collect())?;
        comes_back(&mut sessions, &truths)?;
        comes_back(&mut sessions, &bytes)?;
        comes_back(&mut sessions, &doubles)?;
        let (rows, columns, seed) = grid;
        let cell = |row: usize, column: usize| seed.wrapping_mul((row * 7 + column) as i32 + 1);
        let grid: Vec<Vec<i32>> = (0..rows).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect();
        comes_back(&mut sessions, &grid)?;
        comes_back(&mut sessions, &vec![grid.clone(), grid])?;
    }
}

#[test]
fn postgres_takes_no_array_of_another_shape() {
    let mut pg = Pg::new();
    for (ty, refused) in [
        ("int[]", &["{1,NULL}", "{{1},{2}}"][..]),
        ("text[][]", &["{a}", "{{a,NULL}}", "{{{a}}}"]),
        ("time[]", &["{24:00}"]),
        ("tiny_int[]", &["{128}", "{0,-129}"]),
        ("unsigned_tiny_int?[][]", &["{{NULL,256}}", "{{-1,0}}"]),
        ("unsigned_small_int[]", &["{65536}", "{-1}"]),
        ("unsigned_int[]", &["{4294967296}"]),
        ("unsigned_big_int[]", &["{-1}"]),
        (
            "duration?[]",
            &[
                "{1 mon}",
                "{NULL,1 year -1 mon}",
                "{107000000 days}",
                "{-107000000 days}",
                "{{1 day}}",
            ],
        ),
        (
            "duration[][]",
            &["{{1 day},{1 mon}}", "{{1 day},{NULL}}", "{1 day}"],
        ),
        (
            "decimal[]",
            &[
                "{NaN}",
                "{79228162514264337593543950336}",
                "{0.00000000000000000000000000001}",
                "{-Infinity}",
            ],
        ),
    ] {
        create(&mut pg, &thing(array(ty)));
        pg.batch("INSERT INTO shop_thing (value) VALUES (NULL), ('{}')")
            .unwrap();
        for value in refused {
            let put = pg.batch(&format!("INSERT INTO shop_thing (value) VALUES ('{value}')"));
            assert!(put.is_err(), "{ty} takes no {value}");
        }
        pg.batch("DROP TABLE shop_thing").unwrap();
    }
}

#[test]
fn arrays_change_their_type_with_their_elements() {
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let cases: [(&str, &str, Value<'static>); 17] = [
        ("small_int[]", "big_int[]", vec![-3_i16, 7].into_value()),
        ("int[]", "text[]", vec![i32::MIN, 0, 12].into_value()),
        ("int?[]", "text?[]", vec![None, Some(5_i32)].into_value()),
        ("int[]", "decimal[]", vec![10_i32, -1].into_value()),
        ("int[]", "int?[]", vec![1_i32].into_value()),
        (
            "int[][]",
            "big_int[][]",
            vec![vec![1_i32, 2], vec![3, 4]].into_value(),
        ),
        ("bool[]", "text[]", vec![true, false].into_value()),
        ("bool?[]", "int?[]", vec![Some(true), None].into_value()),
        (
            "text[]",
            "text?[]",
            vec!["a,b]".to_owned(), "\"".to_owned()].into_value(),
        ),
        ("real[]", "double[]", vec![0.5_f32, -1.25].into_value()),
        (
            "uuid[]",
            "uuid?[]",
            vec![uuid.parse::<uuid::Uuid>().unwrap()].into_value(),
        ),
        (
            "decimal[]",
            "decimal?[]",
            vec!["1.5".parse::<rust_decimal::Decimal>().unwrap()].into_value(),
        ),
        ("int[]", "big_int[]", Vec::<i32>::new().into_value()),
        ("tiny_int[]", "unsigned_int[]", vec![0_i8, 127].into_value()),
        (
            "unsigned_small_int?[]",
            "text?[]",
            vec![Some(65_535_u16), None].into_value(),
        ),
        (
            "unsigned_tiny_int?[]",
            "decimal?[]",
            vec![Some(255_u8), None].into_value(),
        ),
        (
            "duration[]",
            "duration?[]",
            vec![std::time::Duration::from_millis(1_500)].into_value(),
        ),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        let name = session.dialect().name;
        for (from, to, value) in &cases {
            // Postgres has no cast of a whole array for it: only an empty column changes.
            if name == "postgres" && *from == "bool?[]" {
                continue;
            }
            create(session, &thing(array(from)));
            let put = if name == "postgres" {
                "INSERT INTO shop_thing (value) VALUES ($1), (NULL)"
            } else {
                "INSERT INTO shop_thing (value) VALUES (?), (NULL)"
            };
            session
                .query(put, std::slice::from_ref(value), &mut |_| Ok(()))
                .unwrap();
            let rows = "SELECT coalesce(CAST(value AS text), '') FROM shop_thing ORDER BY id";
            let before = all(session, rows);
            retyped(session, from, to).unwrap_or_else(|error| panic!("{name} {from} to {to}: {error}"));
            retyped(session, to, from).unwrap_or_else(|error| panic!("{name} {to} to {from}: {error}"));
            assert_eq!(all(session, rows), before, "{name} {from} to {to} and back");
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}

#[test]
fn what_an_array_of_another_type_would_lose_stops_the_change() {
    let cases: [(&str, &str, Value<'static>); 10] = [
        ("int[]", "small_int[]", vec![1_i32, 40_000].into_value()),
        (
            "text[]",
            "int[]",
            vec!["1".to_owned(), "x".to_owned()].into_value(),
        ),
        ("int?[]", "int[]", vec![Some(1_i32), None].into_value()),
        ("int[]", "int[][]", vec![1_i32].into_value()),
        (
            "text?[][]",
            "text[][]",
            vec![vec![None, Some("a".to_owned())]].into_value(),
        ),
        ("text[]", "uuid[]", vec!["67e55044".to_owned()].into_value()),
        ("double[]", "int[]", vec![0.5_f64].into_value()),
        ("int[]", "unsigned_int[]", vec![1_i32, -1].into_value()),
        ("int[]", "tiny_int[]", vec![128_i32].into_value()),
        ("big_int[]", "duration[]", vec![1_i64].into_value()),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        let name = session.dialect().name;
        for (from, to, value) in &cases {
            create(session, &thing(array(from)));
            let put = if name == "postgres" {
                "INSERT INTO shop_thing (value) VALUES ($1)"
            } else {
                "INSERT INTO shop_thing (value) VALUES (?)"
            };
            session
                .query(put, std::slice::from_ref(value), &mut |_| Ok(()))
                .unwrap();
            let rows = "SELECT CAST(value AS text) FROM shop_thing";
            let before = all(session, rows);
            let error = retyped(session, from, to).unwrap_err();
            assert_eq!(error.kind(), Kind::Migration, "{name} {from} to {to}: {error}");
            assert_eq!(all(session, rows), before, "{name} {from} to {to}");
            // Without such a row it changes.
            session.batch("DELETE FROM shop_thing").unwrap();
            retyped(session, from, to)
                .unwrap_or_else(|error| panic!("{name} {from} to {to}, empty: {error}"));
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}

#[test]
fn an_inverted_index_serves_what_arrays_contain() {
    let mut pg = Pg::new();
    let mut made = thing(array("text[]"));
    let mut index = IndexDef::over("shop_thing_value_gin", ["value".to_owned()]);
    index.method = IndexMethod::Gin;
    made.indexes.push(index);
    create(&mut pg, &made);
    let asked = lower(&made, &state(&[&made]), pg.dialect()).unwrap();
    let asked = canonical(&mut pg, &asked).unwrap();
    assert_eq!(introspect(&mut pg, "shop_thing").unwrap(), Some(asked));
    pg.batch("SET enable_seqscan = off").unwrap();
    let mut plan = String::new();
    let explain = "EXPLAIN SELECT id FROM shop_thing WHERE value @> ARRAY['a'] AND value && ARRAY['b'] AND ARRAY['a', 'b'] @> value";
    let mut read = |row: &Row<'_>| {
        plan += &row.get::<String>(0)?;
        Ok(())
    };
    pg.query(explain, &[], &mut read).unwrap();
    assert!(plan.contains("shop_thing_value_gin"), "{plan}");
}
