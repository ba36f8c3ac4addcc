//! Columns of arrays. Their type says neither how many levels there are nor whether an element may be NULL, so checks do.

use crate::error::{Error, Result};
use crate::model::FieldDef;
use crate::value::{ArrayType, FieldType, Literal};

use super::super::{Backend, literal};
use super::Postgres;
use super::limits::GREATEST;

/// The name of the type of a field of an app, whatever the levels.
pub(super) fn type_name(app: &str, field: &FieldDef, ty: ArrayType) -> Result<String> {
    let element = FieldDef {
        enum_type: field.enum_type.clone(),
        ..FieldDef::new("element", ty.element())
    };
    Ok(format!("{}[]", Postgres.column_type(app, &element)?))
}

/// For the column of that quoted name. NULL is never refused.
///
/// # Errors
/// If the field has a choice that no SQL can hold.
pub(super) fn check(name: &str, ty: ArrayType, field: &FieldDef) -> Result<String> {
    // Of an array without elements there is no such number.
    let mut parts = vec![format!("array_ndims({name}) = {}", ty.levels())];
    match (ty.takes_null(), ty.levels()) {
        (true, _) => {}
        (false, 1) => parts.push(format!("array_position({name}, NULL) IS NULL")),
        // Only NULL is written in another way when it has another text.
        (false, _) => parts.push(format!(
            "array_to_string({name}, '') = array_to_string({name}, '', '-')"
        )),
    }
    match ty.element() {
        // Each is a key of the list; of NULL it is unknown. The type of an enum says it by itself.
        element if !field.choices.is_empty() && field.enum_type.is_none() => {
            for choice in &field.choices {
                Postgres.text_literal(choice)?;
            }
            let choices = Postgres.text_literal(&serde_json::Value::from(&*field.choices).to_string())?;
            let cast = if element.is_integer() { "::text[]" } else { "" };
            parts.push(format!("{choices}::jsonb ? ALL ({name}{cast})"));
        }
        FieldType::Time => parts.push(format!("'24:00' > ALL ({name})")),
        FieldType::Decimal => parts.extend([
            format!("{GREATEST} >= ALL ({name})"),
            format!("-{GREATEST} <= ALL ({name})"),
            format!("array_to_string({name}, ',') !~ '[.][0-9]{{29}}'"),
        ]),
        // The microseconds, the days and the months of each element are in its binary form, which no session writes otherwise.
        FieldType::Duration => parts.extend([
            format!(
                "encode(substr(array_send({name}), {}), 'hex') ~ '^(f{{8}}|0{{6}}10[0-9a-f]{{24}}0{{8}})*$'",
                13 + 8 * ty.levels()
            ),
            format!("'-9223372036854 seconds -775808 microseconds' <= ALL ({name})"),
            format!("'9223372036854 seconds 775807 microseconds' >= ALL ({name})"),
        ]),
        // An address has no network beside it in its text, and those of version 6 come behind all others.
        element if element.is_address() => {
            parts.push(format!("array_to_string({name}, ',') !~ '/'"));
            parts.extend(match element {
                FieldType::Ipv4Address => Some(format!("'::/0' > ALL ({name})")),
                FieldType::Ipv6Address => Some(format!("'::/0' <= ALL ({name})")),
                _ => None,
            });
        }
        // Types that Postgres lacks are held by the next wider one.
        FieldType::TinyInt
        | FieldType::UnsignedTinyInt
        | FieldType::UnsignedSmallInt
        | FieldType::UnsignedInt
        | FieldType::UnsignedBigInt => {
            parts.extend(ty.element().whole_numbers().into_iter().flat_map(|range| {
                [
                    format!("{} <= ALL ({name})", range.start()),
                    format!("{} >= ALL ({name})", range.end()),
                ]
            }))
        }
        _ => {}
    }
    if let Some(length) = field.max_length {
        parts.push(match ty.levels() {
            1 => format!("cardinality({name}) <= {length}"),
            _ => format!("array_length({name}, 1) <= {length}"),
        });
    }
    Ok(parts.join(" AND "))
}

pub(super) fn literal(ty: ArrayType, items: &[Literal]) -> Result<String> {
    if ty.element() == FieldType::Choices {
        // It takes the type of where it stands, which may be that of an enum.
        return Postgres.text_literal(&input(items)?);
    }
    let name = type_name("", &FieldDef::new("array", FieldType::Array(ty)), ty)?;
    match items {
        [] => Ok(format!("'{{}}'::{name}")),
        items => Ok(format!("ARRAY[{}]::{name}", elements(ty, items)?)),
    }
}

fn elements(ty: ArrayType, items: &[Literal]) -> Result<String> {
    let texts = items.iter().map(|item| match (ty.items(), item) {
        (FieldType::Array(below), Literal::List(items)) => Ok(format!("[{}]", elements(below, items)?)),
        (FieldType::Array(_), _) => Err(Error::internal("an array within an array is a list of literals")),
        (element, item) => literal::render(item, element, crate::sql::Dialect::POSTGRES),
    });
    Ok(texts.collect::<Result<Vec<_>>>()?.join(", "))
}

/// An array of strings as the server reads it.
fn input(items: &[Literal]) -> Result<String> {
    let texts = items.iter().map(|item| match item {
        Literal::List(items) => input(items),
        Literal::Str(text) => Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        Literal::Null => Ok("NULL".to_owned()),
        _ => Err(literal::misread(FieldType::Choices)),
    });
    Ok(format!("{{{}}}", texts.collect::<Result<Vec<_>>>()?.join(",")))
}
