//! What tables keep of JSON at a path: read back as it was asked for, and the same values on both databases.

use serde_json::{Value as Json, json};

use crate::model::{ConstraintDef, FieldDef, GeneratedDef, IndexDef, IndexPart, ModelDef, UniqueDef};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, all, call, expression, field, id, model, run, state};
use super::super::{create_model, lower};
use super::assert_each_becomes_each;

const PATHS: [&[&str]; 4] = [&["a"], &["a", "b"], &["it's", "ü k.[0]"], &["$", "#-1"]];

const FUNCTIONS: [(&str, FieldType); 4] = [
    ("json_string", FieldType::Text),
    ("json_big_int", FieldType::BigInt),
    ("json_bool", FieldType::Bool),
    ("json_exists", FieldType::Bool),
];

fn read(function: &str, path: &[&str]) -> Json {
    call(function, vec![field("doc"), json!({ "list": path })])
}

fn documents() -> FieldDef {
    FieldDef {
        null: true,
        ..FieldDef::new("doc", FieldType::Json)
    }
}

fn thing(from: usize, unique: bool) -> ModelDef {
    let mut fields = vec![id(), documents()];
    let all = || {
        PATHS
            .iter()
            .enumerate()
            .skip(from)
            .flat_map(|(at, path)| FUNCTIONS.map(|(function, ty)| (at, *path, function, ty)))
    };
    for (at, path, function, ty) in all() {
        fields.push(FieldDef {
            null: true,
            generated_as: Some(GeneratedDef {
                expression: expression(&read(function, path)),
                computed_on_read: false,
            }),
            ..FieldDef::new(format!("{function}_{at}"), ty)
        });
    }
    let mut thing = model("Thing", fields);
    for (at, path, function, ty) in all() {
        let value = read(function, path);
        let index = [IndexPart::expression(expression(&value))];
        thing
            .indexes
            .push(IndexDef::over(format!("{function} at {at}"), index));
        let there = call("is_not_null", vec![value.clone()]);
        let condition = match ty {
            FieldType::Text => call("ne", vec![value.clone(), json!("no")]),
            FieldType::BigInt => call(
                "or",
                vec![
                    call("not", vec![there.clone()]),
                    call("gt", vec![value.clone(), json!(-7)]),
                ],
            ),
            _ => call(
                "or",
                vec![
                    value.clone(),
                    call("not", vec![value.clone()]),
                    call("is_null", vec![value.clone()]),
                ],
            ),
        };
        thing.constraints.push(ConstraintDef::Check {
            name: format!("{function} rule {at}"),
            condition: expression(&condition),
            message: None,
            not_valid: false,
        });
        let once = [IndexPart::expression(expression(&value))];
        let mut once = UniqueDef::over(format!("{function} once {at}"), once);
        once.condition = Some(expression(&there));
        thing.constraints.extend(unique.then(|| once.into()));
    }
    thing
}

#[test]
fn what_is_kept_of_documents_reads_back_as_it_was_asked_for() {
    let plain = model("Thing", vec![id(), documents()]);
    for session in [&mut Lite::new() as &mut dyn Session, &mut Pg::new()] {
        assert_each_becomes_each(session, &[plain.clone(), thing(2, true), thing(1, true)]);
    }
}

/// What Rust reads there.
fn expected(document: &Json, path: &[&str], function: &str) -> String {
    let found = path
        .iter()
        .try_fold(document, |within, key| within.as_object()?.get(*key));
    let text = match function {
        "json_string" => found.and_then(Json::as_str).map(str::to_owned),
        "json_big_int" => found
            .and_then(|found| {
                let whole = found
                    .as_f64()
                    .filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0);
                found
                    .as_i64()
                    .or(whole.filter(|_| found.is_f64()).map(|number| number as i64))
            })
            .map(|number| number.to_string()),
        "json_bool" => found.and_then(Json::as_bool).map(|value| value.to_string()),
        _ => Some(found.is_some().to_string()),
    };
    text.unwrap_or_else(|| "NULL".to_owned())
}

#[test]
fn what_is_kept_of_documents_is_the_same_on_both_databases() {
    let leaves = [
        json!("yes"),
        json!(""),
        json!("é\"'\\"),
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-3),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(3.0),
        json!(3.5),
        json!(1e15),
        json!(-0.0),
        json!(1e300),
        json!([1, "a"]),
        json!({}),
        json!([]),
        json!({ "b": { "c": 1 } }),
        json!({ "0": "zero" }),
    ];
    let mut documents = vec![
        json!({}),
        json!([]),
        json!("a"),
        json!(7),
        json!(null),
        json!([{ "a": "in an array" }]),
    ];
    for leaf in &leaves {
        documents.push(json!({ "a": leaf, "c": 1 }));
        documents.push(json!({ "a": { "b": leaf, "a": [leaf] }, "b": leaf }));
        documents.push(json!({ "it's": { "ü k.[0]": leaf }, "$": { "#-1": leaf, "#": [leaf] } }));
        documents.push(json!({ "a": [leaf, { "b": leaf }], "$": [leaf] }));
    }
    let thing = thing(0, false);
    for session in [&mut Lite::new() as &mut dyn Session, &mut Pg::new()] {
        let dialect = session.dialect();
        run(
            session,
            &create_model(&thing, &state(&[&thing]), dialect).unwrap(),
        )
        .unwrap();
        for document in &documents {
            let text = document.to_string().replace('\'', "''");
            session
                .batch(&format!("INSERT INTO shop_thing (doc) VALUES ('{text}')"))
                .unwrap();
        }
        for (at, path) in PATHS.iter().enumerate() {
            for (function, ty) in FUNCTIONS {
                let column = format!("\"{function}_{at}\"");
                let text = match ty {
                    FieldType::Bool => {
                        format!("CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END")
                    }
                    _ => format!("CAST({column} AS text)"),
                };
                let found = all(session, &format!("SELECT {text} FROM shop_thing ORDER BY id"));
                for (found, document) in found.iter().zip(&documents) {
                    assert_eq!(
                        *found,
                        expected(document, path, function),
                        "{function} at {path:?} of {document}"
                    );
                }
            }
        }
        let refused = session
            .batch("INSERT INTO shop_thing (doc) VALUES ('{\"a\": \"no\"}')")
            .unwrap_err();
        assert!(refused.to_string().contains("json_string rule 0"), "{refused}");
        session
            .batch("INSERT INTO shop_thing (doc) VALUES (NULL)")
            .unwrap();
    }
}

#[test]
fn paths_that_tables_cannot_hold_are_refused_by_name() {
    for (path, said) in [
        (
            json!({ "list": ["tags", "0"] }),
            "`0` in its path may be a place in an array",
        ),
        (json!({ "list": [] }), "has no key"),
        (json!({ "list": ["a\"b"] }), "without quotes"),
        (json!({ "list": ["a", 1] }), "a list of strings"),
    ] {
        let mut thing = model("Thing", vec![id(), documents()]);
        let value = call("json_string", vec![field("doc"), path]);
        thing
            .indexes
            .push(IndexDef::over("at", [IndexPart::expression(expression(&value))]));
        for dialect in crate::sql::Dialect::ALL {
            let error = lower(&thing, &state(&[&thing]), dialect).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
