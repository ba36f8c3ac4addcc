//! Rows for generated models.

use crate::model::ModelDef;
use crate::sql::{Session, quote};
use crate::value::{FieldType, Literal};

use super::super::{Fill, literal};
use super::models::sample;

/// Values for the columns that rows would lack or hold NULL in.
pub(super) fn fills(target: &ModelDef, to: &ModelDef) -> Vec<Fill> {
    to.fields
        .iter()
        .filter(|field| field.ty.is_column() && !field.null && !field.generated && field.default.is_none())
        .filter(|field| field.generated_as.is_none())
        .filter_map(|field| {
            let value = match field.to.as_ref().map(|to| to.model.as_str()) {
                Some("Thing" | "Item") => Some(Literal::Int(1)),
                Some(_) if field.to_field.is_some() => Some(Literal::Int(40)),
                Some(_) if target.fields[0].ty == FieldType::Text => Some("4".into()),
                Some(_) => sample(target.fields[0].ty, 4),
                None => sample(field.ty, 3),
            };
            Some(Fill {
                field: field.name.clone(),
                value: value?,
            })
        })
        .collect()
}

/// Two rows, as different as the types allow; whether both fitted.
pub(super) fn populate(session: &mut dyn Session, target: &ModelDef, thing: &ModelDef) {
    let dialect = session.dialect();
    let code = &target.fields[0];
    let code = |number: u8| match code.ty {
        FieldType::Text => format!("'{number}'"),
        ty => literal::render(&sample(ty, number).unwrap(), ty, dialect).unwrap(),
    };
    for number in [4, 5] {
        let sql = format!(
            "INSERT INTO {} (\"code\", \"tag\") VALUES ({}, {number}0)",
            target.table_name().quoted(),
            code(number)
        );
        session.batch(&sql).unwrap();
        let mut columns = vec!["id".to_owned()];
        let mut values = vec![(number - 3).to_string()];
        for field in thing
            .fields
            .iter()
            .filter(|field| field.ty.is_column() && field.name != "id" && field.generated_as.is_none())
        {
            if field.null && number == 5 {
                continue;
            }
            columns.push(field.column_name());
            values.push(match (field.ty, field.to.as_ref().map(|to| to.model.as_str())) {
                (_, Some("Thing")) => (number - 3).to_string(),
                (_, Some(_)) if field.to_field.is_some() => format!("{number}0"),
                (_, Some(_)) => code(number),
                (FieldType::Bytes, _) if dialect.name == "sqlite" => format!("X'0{number}'"),
                (FieldType::Bytes, _) => format!("'\\x0{number}'"),
                (ty, _) => literal::render(&sample(ty, number).unwrap(), ty, dialect).unwrap(),
            });
        }
        let columns: Vec<String> = columns.iter().map(|column| quote(column)).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            thing.table_name().quoted(),
            columns.join(", "),
            values.join(", ")
        );
        // A unique column of few values may refuse the second.
        let _ = session.batch(&sql);
    }
}
