//! A generated column holds the same on both databases, whatever it is computed from.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::model::{FieldDef, GeneratedDef, ModelDef};
use crate::sql::Session;
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, Pg, all, call, expression, field, id, model, run, state};
use super::super::{create_model, literal};

/// A row of what expressions read.
type Row = (
    Option<String>,
    Option<String>,
    Option<i16>,
    Option<i32>,
    Option<i16>,
    Option<bool>,
);

fn int(value: i64) -> Json {
    json!(value)
}

fn numbers() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(field("small")),
        Just(field("number")),
        (-9_i64..10).prop_map(int),
        Just(call("length", vec![field("title")])),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (
                prop::sample::select(&["add", "sub", "mul", "div", "mod", "nullif"][..]),
                two.clone()
            )
                .prop_map(|(op, (left, right))| call(op, vec![left, right])),
            (prop::sample::select(&["neg", "abs"][..]), inner.clone())
                .prop_map(|(op, one)| call(op, vec![one])),
            two.clone()
                .prop_map(|(left, right)| call("coalesce", vec![left, right])),
            (conditions(), two).prop_map(|(when, (left, right))| call("if", vec![when, left, right])),
        ]
    })
}

fn conditions() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(field("flag")),
        (-9_i64..10).prop_map(|value| call("gt", vec![field("number"), int(value)])),
        "[a-cÉé%]{0,2}".prop_map(|text| call("contains", vec![field("title"), json!(text)])),
        Just(call("is_null", vec![field("other")])),
        Just(call("eq", vec![field("price"), json!({ "decimal": "0.5" })])),
        Just(call("not", vec![field("flag")])),
    ]
}

fn texts() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(field("title")),
        Just(field("other")),
        "[a-c É\\\\']{0,3}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (
                prop::sample::select(&["ascii_lower", "ascii_upper", "trim", "ltrim", "rtrim"][..]),
                inner.clone()
            )
                .prop_map(|(op, one)| call(op, vec![one])),
            two.clone()
                .prop_map(|(left, right)| call("concat", vec![left, right])),
            two.clone()
                .prop_map(|(left, right)| call("coalesce", vec![left, right])),
            inner
                .clone()
                .prop_map(|one| call("concat", vec![one, field("small"), field("number")])),
            (inner.clone(), 1_i64..4, 0_i64..3)
                .prop_map(|(one, from, many)| call("substr", vec![one, int(from), int(many)])),
            (two.clone(), "[a-cÉ]{1,2}")
                .prop_map(|((one, to), from)| { call("replace", vec![one, json!(from), to]) }),
            (conditions(), two).prop_map(|(when, (left, right))| call("if", vec![when, left, right])),
        ]
    })
}

fn decimals() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(call("mul", vec![field("price"), field("number")])),
        Just(call(
            "add",
            vec![field("price"), call("mul", vec![field("small"), field("small")])]
        )),
        Just(call(
            "neg",
            vec![call("sub", vec![field("price"), json!({ "decimal": "0.1" })])]
        )),
        Just(call(
            "coalesce",
            vec![field("price"), json!({ "decimal": "-1.5" })]
        )),
        Just(call(
            "mul",
            vec![
                call("coalesce", vec![field("price"), int(3)]),
                json!({ "decimal": "0.5" })
            ]
        )),
    ]
}

fn things() -> impl Strategy<Value = ModelDef> {
    (numbers(), conditions(), texts(), decimals(), any::<bool>()).prop_map(
        |(number, condition, text, decimal, kept)| {
            let null = |field: FieldDef| FieldDef { null: true, ..field };
            let digits = |digits, name: &str| FieldDef {
                max_digits: Some(digits),
                decimal_places: Some(if digits > 6 { 3 } else { 2 }),
                ..null(FieldDef::new(name, FieldType::Decimal))
            };
            let plain = |name: &str, ty| null(FieldDef::new(name, ty));
            let made = |field: FieldDef, written: Json| FieldDef {
                generated_as: Some(GeneratedDef {
                    expression: expression(&written),
                    computed_on_read: !kept,
                }),
                ..field
            };
            model(
                "Thing",
                vec![
                    id(),
                    plain("title", FieldType::Text),
                    plain("other", FieldType::Text),
                    plain("small", FieldType::SmallInt),
                    plain("number", FieldType::Int),
                    digits(6, "price"),
                    plain("flag", FieldType::Bool),
                    made(plain("n", FieldType::BigInt), number),
                    made(plain("c", FieldType::Bool), condition),
                    made(plain("t", FieldType::Text), text),
                    made(digits(14, "d"), decimal),
                ],
            )
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = || prop::option::of("[a-cA-C Éß%]{0,4}");
    let row = (
        text(),
        text(),
        prop::option::of(-40_i16..40),
        prop::option::of(-40_i32..40),
        prop::option::of(-999_i16..999),
        any::<Option<bool>>(),
    );
    prop::collection::vec(row, 1..6)
}

/// What the columns hold, or nothing if the expressions are refused.
fn computed(session: &mut dyn Session, thing: &ModelDef, rows: &[Row]) -> Option<Vec<String>> {
    let dialect = session.dialect();
    run(session, &create_model(thing, &state(&[thing]), dialect).ok()?).unwrap();
    for (title, other, small, number, cents, flag) in rows {
        let write = |value: Option<Literal>, ty| match value {
            Some(value) => literal::render(&value, ty, dialect).unwrap(),
            None => "NULL".to_owned(),
        };
        let values = [
            write(title.clone().map(Literal::Text), FieldType::Text),
            write(other.clone().map(Literal::Text), FieldType::Text),
            write(small.map(|small| Literal::Int(small.into())), FieldType::SmallInt),
            write(number.map(|number| Literal::Int(number.into())), FieldType::Int),
            write(
                cents.map(|cents| Literal::Text(format!("{:.2}", f64::from(cents) / 100.0))),
                FieldType::Decimal,
            ),
            write(flag.map(Literal::Bool), FieldType::Bool),
        ];
        let sql = format!(
            "INSERT INTO shop_thing (title, other, small, number, price, flag) VALUES ({})",
            values.join(", ")
        );
        session.batch(&sql).unwrap();
    }
    let (flag, decimal) = match dialect.name {
        "sqlite" => ("CASE c WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", "d"),
        _ => ("c::text", "trim_scale(d)::text"),
    };
    let parts = ["CAST(n AS text)", flag, "t", decimal].map(|part| format!("coalesce({part}, 'NULL')"));
    let sql = format!("SELECT {} FROM shop_thing ORDER BY id", parts.join(" || '|' || "));
    Some(all(session, &sql))
}

#[test]
fn a_generated_column_holds_the_same_on_both_databases() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let pg = std::cell::RefCell::new(Pg::new());
    runner
        .run(&(things(), rows()), |(thing, rows)| {
            let lite = computed(&mut Lite::new(), &thing, &rows);
            let session: &mut dyn Session = &mut *pg.borrow_mut();
            session.batch("DROP TABLE IF EXISTS shop_thing").unwrap();
            let server = computed(session, &super::kept_on_disk(thing), &rows);
            prop_assert_eq!(lite, server);
            Ok(())
        })
        .unwrap();
}
