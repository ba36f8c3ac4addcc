//! A generated column holds the same on both databases, whatever it is computed from, and a check refuses the rows for which
//! the same expression is false.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::error::Result;
use crate::model::{ConstraintDef, FieldDef, GeneratedDef, ModelDef};
use crate::sql::{Dialect, Session};
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, Pg, all, call, expression, field, id, model, run, state};
use super::super::{EnumChange, alter_enum, create_model, literal};
use super::oracle::{Given, MOODS, Row, given};

fn int(value: i64) -> Json {
    json!(value)
}

fn null() -> Json {
    json!({ "null": true })
}

fn numbers() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(field("small")),
        Just(field("number")),
        (-9_i64..10).prop_map(int),
        Just(call("length", vec![field("title")])),
        Just(null()),
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
    let comparison = || prop::sample::select(&["eq", "ne", "lt", "le", "gt", "ge"][..]);
    let mood = || prop::sample::select(&MOODS[..]).prop_map(|mood| json!(mood));
    let of_mood = prop_oneof![
        Just(field("mood")),
        mood().prop_map(|mood| call("coalesce", vec![field("mood"), mood])),
    ];
    let of_number = prop_oneof![
        Just(field("number")),
        Just(field("small")),
        Just(field("price")),
        Just(call("mul", vec![field("price"), int(2)])),
        Just(call("add", vec![field("number"), field("small")])),
        Just(call("div", vec![field("number"), field("small")])),
    ];
    let a_number = prop_oneof![
        (-9_i64..10).prop_map(int),
        Just(field("small")),
        Just(field("number")),
        Just(null())
    ];
    let leaf = prop_oneof![
        Just(field("flag")),
        (comparison(), of_number.clone(), a_number.clone())
            .prop_map(|(op, left, right)| call(op, vec![left, right])),
        (of_number.clone(), a_number.clone(), a_number)
            .prop_map(|(tested, low, high)| call("between", vec![tested, low, high])),
        (of_number, prop::collection::vec(-9_i64..10, 0..3))
            .prop_map(|(tested, list)| call("in", vec![tested, json!(list)])),
        (comparison(), of_mood.clone(), mood()).prop_map(|(op, left, right)| call(op, vec![left, right])),
        (of_mood.clone(), mood(), mood())
            .prop_map(|(tested, low, high)| call("between", vec![tested, low, high])),
        (of_mood, mood()).prop_map(|(tested, one)| call("in", vec![tested, json!([one])])),
        (
            prop::sample::select(&["contains", "starts_with", "ends_with", "eq", "ne"][..]),
            "[a-cÉé%']{0,2}"
        )
            .prop_map(|(op, text)| call(op, vec![field("title"), json!(text)])),
        prop::sample::select(&["contains", "starts_with", "ends_with", "eq", "ne"][..])
            .prop_map(|op| call(op, vec![field("title"), field("other")])),
        prop::sample::select(&["title", "price", "mood", "day", "flag"][..])
            .prop_map(|name| call("is_null", vec![field(name)])),
        prop::sample::select(&["number", "mood", "day"][..])
            .prop_map(|name| call("is_not_null", vec![field(name)])),
        comparison().prop_map(|op| call(op, vec![field("price"), json!({ "decimal": "0.5" })])),
        comparison().prop_map(|op| call(op, vec![field("day"), json!({ "date": "2026-11-22" })])),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (
                prop::sample::select(&["and", "or", "eq", "ne", "coalesce"][..]),
                two.clone()
            )
                .prop_map(|(op, (left, right))| call(op, vec![left, right])),
            inner.clone().prop_map(|one| call("not", vec![one])),
            (inner, two).prop_map(|(when, (left, right))| call("if", vec![when, left, right])),
        ]
    })
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

/// A model, and what its generated fields `n`, `c`, `t` and `d` are computed from.
type Case = (ModelDef, [Json; 4]);

fn things() -> impl Strategy<Value = Case> {
    (numbers(), conditions(), texts(), decimals(), any::<bool>()).prop_map(
        |(number, condition, text, decimal, kept)| {
            let null = |field: FieldDef| FieldDef { null: true, ..field };
            let digits = |digits, name: &str| FieldDef {
                max_digits: Some(digits),
                decimal_places: Some(if digits > 6 { 3 } else { 2 }),
                ..null(FieldDef::new(name, FieldType::Decimal))
            };
            let plain = |name: &str, ty| null(FieldDef::new(name, ty));
            let made = |field: FieldDef, written: &Json| FieldDef {
                generated_as: Some(GeneratedDef {
                    expression: expression(written),
                    computed_on_read: !kept,
                }),
                ..field
            };
            let thing = model(
                "Thing",
                vec![
                    id(),
                    plain("title", FieldType::Text),
                    plain("other", FieldType::Text),
                    plain("small", FieldType::SmallInt),
                    plain("number", FieldType::Int),
                    digits(6, "price"),
                    plain("flag", FieldType::Bool),
                    FieldDef {
                        choices: MOODS.map(str::to_owned).to_vec(),
                        enum_type: Some("mood".to_owned()),
                        ..plain("mood", FieldType::Choices)
                    },
                    plain("day", FieldType::Date),
                    made(plain("n", FieldType::BigInt), &number),
                    made(plain("c", FieldType::Bool), &condition),
                    made(plain("t", FieldType::Text), &text),
                    made(digits(14, "d"), &decimal),
                ],
            );
            (thing, [number, condition, text, decimal])
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = || prop::option::of("[a-cA-C Éß%]{0,4}");
    let row = (
        (text(), text()),
        prop::option::of(-40_i16..40),
        prop::option::of(-40_i32..40),
        prop::option::of(-999_i16..999),
        any::<Option<bool>>(),
        prop::option::of(0..MOODS.len()),
        prop::option::of(prop::sample::select(
            &["2026-11-21", "2026-11-22", "0999-01-01"][..],
        )),
    )
        .prop_map(|((title, other), small, number, cents, flag, mood, day)| Row {
            title,
            other,
            small,
            number,
            cents,
            flag,
            mood,
            day,
        });
    prop::collection::vec(row, 1..6)
}

fn insert(session: &mut dyn Session, row: &Row) -> Result<()> {
    let dialect = session.dialect();
    let write = |value: Option<Literal>, ty| match value {
        Some(value) => literal::render(&value, ty, dialect).unwrap(),
        None => "NULL".to_owned(),
    };
    let values = [
        write(row.title.clone().map(Literal::Str), FieldType::Text),
        write(row.other.clone().map(Literal::Str), FieldType::Text),
        write(
            row.small.map(|small| Literal::Int(small.into())),
            FieldType::SmallInt,
        ),
        write(
            row.number.map(|number| Literal::Int(number.into())),
            FieldType::Int,
        ),
        write(
            row.cents
                .map(|cents| Literal::Decimal(format!("{:.2}", f64::from(cents) / 100.0))),
            FieldType::Decimal,
        ),
        write(row.flag.map(Literal::Bool), FieldType::Bool),
        write(row.mood.map(|mood| MOODS[mood].into()), FieldType::Choices),
        write(row.day.map(|day| Literal::Date(day.to_owned())), FieldType::Date),
    ];
    session.batch(&format!(
        "INSERT INTO shop_thing (title, other, small, number, price, flag, mood, day) VALUES ({})",
        values.join(", ")
    ))
}

/// What the columns hold, or why the expressions are refused.
fn computed(session: &mut dyn Session, thing: &ModelDef, rows: &[Row]) -> Result<Vec<String>, String> {
    let dialect = session.dialect();
    let steps = create_model(thing, &state(&[thing]), dialect).map_err(|error| error.to_string())?;
    run(session, &steps).unwrap();
    for row in rows {
        insert(session, row).unwrap();
    }
    let (flag, decimal) = match dialect.name {
        "sqlite" => ("CASE c WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", "d"),
        _ => ("c::text", "trim_scale(d)::text"),
    };
    let parts = ["CAST(n AS text)", flag, "t", decimal].map(|part| format!("coalesce({part}, 'NULL')"));
    let sql = format!("SELECT {} FROM shop_thing ORDER BY id", parts.join(" || '|' || "));
    Ok(all(session, &sql))
}

/// Whether a check of the condition lets each row in.
fn let_in(session: &mut dyn Session, thing: &ModelDef, condition: &Json, rows: &[Row]) -> Vec<bool> {
    let mut thing = thing.clone();
    thing.fields.retain(|field| field.generated_as.is_none());
    thing.constraints.push(ConstraintDef::Check {
        name: "rule".to_owned(),
        condition: expression(condition),
        message: None,
        not_valid: false,
    });
    let steps = create_model(&thing, &state(&[&thing]), session.dialect()).unwrap();
    run(session, &steps).unwrap();
    rows.iter().map(|row| insert(session, row).is_ok()).collect()
}

#[test]
fn columns_and_checks_make_of_an_expression_what_it_says_on_both_databases() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 250,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let pg = std::cell::RefCell::new(Pg::new());
    let none = state(&[]);
    let moods = MOODS.map(str::to_owned);
    let steps = alter_enum(
        EnumChange::Create(&moods),
        ("shop", "mood"),
        &none,
        &none,
        Dialect::POSTGRES,
    );
    run(&mut *pg.borrow_mut(), &steps.unwrap()).unwrap();
    runner
        .run(&(things(), rows()), |((thing, written), rows)| {
            let expected = rows.iter().map(|row| {
                let given = written.each_ref().map(|written| given(written, row).shown());
                given.join("|")
            });
            let expected: Vec<String> = expected.collect();
            let right = |row: &Row| given(&written[1], row) != Given::Bool(false);
            let right: Vec<bool> = rows.iter().map(right).collect();
            let session: &mut dyn Session = &mut *pg.borrow_mut();
            session.batch("DROP TABLE IF EXISTS shop_thing").unwrap();
            let thing_of_pg = super::of_postgres(thing.clone());
            let lite = computed(&mut Lite::new(), &thing, &rows);
            let server = computed(session, &thing_of_pg, &rows);
            match (&lite, &server) {
                // Postgres would compute these before it knows a collation.
                (Ok(_), Err(refused)) => {
                    prop_assert!(refused.contains("only constants to go by"), "{}", refused)
                }
                _ => prop_assert_eq!(lite.as_ref().ok(), server.as_ref().ok()),
            }
            if let Ok(lite) = lite {
                prop_assert_eq!(lite, expected);
            }
            session.batch("DROP TABLE IF EXISTS shop_thing").unwrap();
            prop_assert_eq!(&let_in(&mut Lite::new(), &thing, &written[1], &rows), &right);
            prop_assert_eq!(&let_in(session, &thing, &written[1], &rows), &right);
            Ok(())
        })
        .unwrap();
}
