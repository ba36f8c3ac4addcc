//! Columns of arrays. Their type says neither how many levels there are nor whether an element may be NULL, so checks do.

use crate::error::{Error, Result};
use crate::model::FieldDef;
use crate::value::{ArrayType, FieldType, Literal};

use super::super::{Backend, literal};
use super::Postgres;
use super::limits::GREATEST;

/// The name of the type, whatever the levels.
pub(super) fn type_name(ty: ArrayType) -> Result<String> {
    let element = FieldDef::new("element", ty.element());
    Ok(format!("{}[]", Postgres.column_type("", &element)?))
}

/// For the column of that quoted name. NULL is never refused.
pub(super) fn check(name: &str, ty: ArrayType, max_length: Option<u32>) -> String {
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
        FieldType::Time => parts.push(format!("'24:00' > ALL ({name})")),
        FieldType::Decimal => parts.extend([
            format!("{GREATEST} >= ALL ({name})"),
            format!("-{GREATEST} <= ALL ({name})"),
            format!("array_to_string({name}, ',') !~ '[.][0-9]{{29}}'"),
        ]),
        _ => {}
    }
    if let Some(length) = max_length {
        parts.push(match ty.levels() {
            1 => format!("cardinality({name}) <= {length}"),
            _ => format!("array_length({name}, 1) <= {length}"),
        });
    }
    parts.join(" AND ")
}

pub(super) fn literal(ty: ArrayType, items: &[Literal]) -> Result<String> {
    let name = type_name(ty)?;
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
