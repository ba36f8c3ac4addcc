//! What is computed from parts of dates and times reads back as it was asked for, in columns, checks and indexes.

use serde_json::json;

use crate::expr::{Function, OperandTypes, ResultType};
use crate::model::{ConstraintDef, FieldDef, GeneratedDef, IndexDef, IndexPart, ModelDef};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, call, expression, field, id, model, run, state};
use super::super::{canonical, create_model, introspect, lower};

/// Everything that can be computed from columns of dates and times: the function, the column it is of, and the type.
fn computed() -> Vec<(&'static str, &'static str, FieldType)> {
    let columns = [
        ("day", FieldType::Date),
        ("time", FieldType::Time),
        ("local", FieldType::DateTime),
        ("at", FieldType::Timestamp),
    ];
    let mut all = Vec::new();
    for def in Function::ALL.iter().map(|function| function.def()) {
        for (name, ty) in columns {
            let takes = match def.operands {
                OperandTypes::Dates => ty != FieldType::Time,
                OperandTypes::Times => ty != FieldType::Date,
                OperandTypes::Moment => !matches!(ty, FieldType::Date | FieldType::Time),
                _ => false,
            };
            let result = match def.result {
                ResultType::BigInt => FieldType::BigInt,
                ResultType::Date => FieldType::Date,
                ResultType::Time => FieldType::Time,
                _ => ty,
            };
            if takes {
                all.push((def.name, name, result));
            }
        }
    }
    assert!(all.len() > 50, "{all:?}");
    all
}

fn thing() -> ModelDef {
    let null = |field: FieldDef| FieldDef { null: true, ..field };
    let mut fields = vec![
        id(),
        null(FieldDef::new("day", FieldType::Date)),
        null(FieldDef::new("time", FieldType::Time)),
        null(FieldDef::new("local", FieldType::DateTime)),
        null(FieldDef::new("at", FieldType::Timestamp)),
    ];
    for (function, of, ty) in computed() {
        fields.push(FieldDef {
            generated_as: Some(GeneratedDef {
                expression: expression(&call(function, vec![field(of)])),
                computed_on_read: false,
            }),
            ..null(FieldDef::new(format!("{function}_of_{of}"), ty))
        });
    }
    let mut thing = model("Thing", fields);
    for (function, of, _) in computed() {
        let part = call(function, vec![field(of)]);
        thing.constraints.push(ConstraintDef::Check {
            name: format!("{function}_{of}_is_there"),
            condition: expression(&call(
                "or",
                vec![
                    call("is_null", vec![field(of)]),
                    call("is_not_null", vec![part.clone()]),
                    json!(false),
                ],
            )),
            message: None,
            not_valid: false,
        });
        let name = format!("{function}_{of}");
        thing
            .indexes
            .push(IndexDef::over(name, [IndexPart::expression(expression(&part))]));
    }
    thing
}

#[test]
fn parts_of_dates_read_back_as_they_were_asked_for() {
    let thing = thing();
    for session in [&mut Lite::new() as &mut dyn Session, &mut Pg::new()] {
        let (models, dialect) = (state(&[&thing]), session.dialect());
        run(session, &create_model(&thing, &models, dialect).unwrap()).unwrap();
        let asked = lower(&thing, &models, dialect).unwrap();
        let asked = canonical(session, &asked).unwrap();
        assert_eq!(introspect(session, &asked.name).unwrap(), Some(asked));
        session.batch("INSERT INTO shop_thing DEFAULT VALUES").unwrap();
    }
}
