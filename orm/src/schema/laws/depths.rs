//! Checks of ten thousand terms are made or refused, and those that a database has are read: no stack overflows.

use serde_json::json;

use crate::expr::RowExpr;
use crate::model::{ConstraintDef, FieldDef};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, call, expression, field, id, model, run, state};
use super::super::{create_model, introspect};

#[test]
fn a_check_of_ten_thousand_conditions_is_made_and_read_on_both_databases() {
    let terms = (0..10_000).map(|number| call("eq", vec![field("c"), json!(number)]));
    let mut thing = model("Thing", vec![id(), FieldDef::new("c", FieldType::Int)]);
    thing.constraints.push(ConstraintDef::Check {
        name: "rule".to_owned(),
        condition: expression(&call("or", terms.collect())),
        message: None,
        not_valid: false,
    });
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let sessions: [&mut dyn Session; 2] = [&mut lite, &mut pg];
    for session in sessions {
        let steps = create_model(&thing, &state(&[&thing]), session.dialect()).unwrap();
        run(session, &steps).unwrap();
        session.batch("INSERT INTO shop_thing (c) VALUES (9999)").unwrap();
        session
            .batch("INSERT INTO shop_thing (c) VALUES (10000)")
            .unwrap_err();
        let found = introspect(session, "shop_thing").unwrap().unwrap();
        assert!(found.checks.iter().any(|check| check.sql.contains("9999")));
    }
}

#[test]
fn deep_checks_that_others_made_are_read() {
    // As deep as each database takes them.
    let sum = |terms: usize| vec!["a"; terms].join(" + ");
    let nested = |levels: usize| format!("{}a{}", "abs(".repeat(levels), ")".repeat(levels));
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let of_lite: &mut dyn Session = &mut lite;
    let of_pg: &mut dyn Session = &mut pg;
    for (session, checks) in [
        (of_lite, [sum(900), nested(90)]),
        (of_pg, [sum(2_000), nested(2_000)]),
    ] {
        for check in checks {
            session
                .batch(&format!("CREATE TABLE deep (a INTEGER, CHECK ({check} > 0))"))
                .unwrap();
            let found = introspect(session, "deep").unwrap().unwrap();
            assert_eq!(found.checks.len(), 1);
            session.batch("DROP TABLE deep").unwrap();
        }
    }
}

#[test]
fn an_expression_that_is_nested_deeper_than_files_hold_says_the_limit() {
    let read = |levels: usize| {
        let calls = levels - 1;
        let text = format!(
            "{}{{\"field\": \"c\"}}{}",
            "[\"neg\", ".repeat(calls),
            "]".repeat(calls)
        );
        serde_json::from_str::<RowExpr>(&text)
    };
    assert!(read(64).is_ok());
    for (levels, expected) in [
        (65, "nested more than 64 levels deep"),
        (100, "nested more than 64 levels deep"),
        (10_000, "recursion limit exceeded"),
    ] {
        let error = read(levels).unwrap_err().to_string();
        assert!(error.contains(expected), "{levels}: {error}");
    }
}
