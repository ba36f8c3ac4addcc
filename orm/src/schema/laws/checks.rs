//! A check refuses the same rows on both databases.

use serde_json::{Value as Json, json};

use crate::model::{ConstraintDef, FieldDef};
use crate::sql::Session;
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, Pg, call, expression, field, id, model, run, state};
use super::super::{create_model, literal};

#[test]
fn checks_mean_the_same_on_both_databases() {
    let text = |value: &str| json!(value);
    let number = |value: i64| json!(value);
    type Case = (FieldType, Json, &'static [(&'static str, bool)]);
    let null = || json!({ "null": true });
    let rows: [Case; 11] = [
        // Of NULL and a literal alone, whose type nothing else says.
        (
            FieldType::Bytes,
            call(
                "eq",
                vec![
                    call(
                        "if",
                        vec![
                            call("is_null", vec![field("c")]),
                            call("if", vec![call("is_null", vec![field("c")]), null(), null()]),
                            json!({ "bytes": "00" }),
                        ],
                    ),
                    field("c"),
                ],
            ),
            &[("00", true), ("01", false)],
        ),
        (
            FieldType::Text,
            call("contains", vec![field("c"), text("%_")]),
            &[("a%_b", true), ("ab", false), ("", false)],
        ),
        (
            FieldType::Text,
            call("starts_with", vec![field("c"), text("É\\")]),
            &[("É\\x", true), ("é\\x", false), ("É", false)],
        ),
        (
            FieldType::Text,
            call("ends_with", vec![field("c"), text("it's")]),
            &[("it's", true), ("it's ", false), ("'s", false)],
        ),
        (
            FieldType::Text,
            call("ends_with", vec![field("c"), text("")]),
            &[("", true), ("x", true)],
        ),
        (
            FieldType::Text,
            call(
                "not",
                vec![call(
                    "eq",
                    vec![
                        call("ascii_upper", vec![call("trim", vec![field("c")])]),
                        text("AB"),
                    ],
                )],
            ),
            &[(" ab ", false), ("\tab", true), ("a b", true)],
        ),
        (
            FieldType::Text,
            call(
                "between",
                vec![call("length", vec![field("c")]), number(1), number(2)],
            ),
            &[("", false), ("é🎉", true), ("abc", false)],
        ),
        (
            FieldType::Decimal,
            call(
                "gt",
                vec![
                    call("mul", vec![field("c"), number(2)]),
                    json!({ "decimal": "10.50" }),
                ],
            ),
            &[("9", true), ("5.25", false), ("-100", false), ("5.26", true)],
        ),
        (
            FieldType::Decimal,
            call(
                "or",
                vec![
                    call(
                        "eq",
                        vec![
                            call("mul", vec![field("c"), number(2)]),
                            json!({ "decimal": "10.50" }),
                        ],
                    ),
                    call(
                        "in",
                        vec![
                            call("add", vec![field("c"), number(1)]),
                            json!([number(3), json!({ "decimal": "0.5" })]),
                        ],
                    ),
                    call("eq", vec![field("c"), json!({ "decimal": "7.000" })]),
                ],
            ),
            &[
                ("5.25", true),
                ("2", true),
                ("-0.5", true),
                ("7", true),
                ("3", false),
            ],
        ),
        (
            FieldType::Date,
            call("lt", vec![field("c"), json!({ "date": "2026-11-22" })]),
            &[("2026-11-21", true), ("2026-11-22", false), ("0999-01-01", true)],
        ),
        (
            FieldType::Int,
            call(
                "or",
                vec![
                    call("in", vec![field("c"), json!([number(-1), number(7)])]),
                    call(
                        "eq",
                        vec![
                            call("div", vec![field("c"), number(2)]),
                            call("neg", vec![number(3)]),
                        ],
                    ),
                ],
            ),
            &[
                ("7", true),
                ("-1", true),
                ("-7", true),
                ("-6", true),
                ("8", false),
            ],
        ),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for (ty, condition, cases) in rows {
        let mut thing = model(
            "Thing",
            vec![
                id(),
                FieldDef {
                    null: true,
                    ..FieldDef::new("c", ty)
                },
            ],
        );
        thing.constraints.push(ConstraintDef::Check {
            name: "rule".to_owned(),
            condition: expression(&condition),
            message: None,
            not_valid: false,
        });
        let sessions: [&mut dyn Session; 2] = [&mut lite, &mut pg];
        for session in sessions {
            let dialect = session.dialect();
            run(
                session,
                &create_model(&thing, &state(&[&thing]), dialect).unwrap(),
            )
            .unwrap();
            session.batch("INSERT INTO shop_thing (c) VALUES (NULL)").unwrap();
            for (value, accepted) in cases {
                let literal = match ty {
                    FieldType::Int => Literal::Int(value.parse().unwrap()),
                    _ => Literal::Str((*value).to_owned()),
                };
                let sql = literal::render(&literal, ty, dialect).unwrap();
                let done = session.batch(&format!("INSERT INTO shop_thing (c) VALUES ({sql})"));
                assert_eq!(
                    done.is_ok(),
                    *accepted,
                    "{}: {condition} with {value:?}",
                    dialect.name
                );
            }
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}
