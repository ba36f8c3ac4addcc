//! Checks for limits of a field that the type of its column does not enforce.
//!
//! Tables of before had `varchar(n)` and `numeric(p, s)` instead. They keep them until a migration changes what their field
//! says, so here nothing takes it for given that a check of a column is there.

use crate::error::{Error, Result};
use crate::model::{FieldDef, QualifiedName};
use crate::sql::quote;
use crate::value::FieldType;

use super::super::retype::Retype;
use super::super::{Backend, ColumnDef, Step, whole_numbers};
use super::alter::text;
use super::schemas::dollar_quoted;
use super::{Postgres, ddl};

/// The greatest number of a `Decimal`, which has 96 bits.
pub(super) const GREATEST: &str = "79228162514264337593543950335";

/// For the column of that quoted name. NULL is never refused.
pub(super) fn column_check(name: &str, field: &FieldDef) -> Result<Option<String>> {
    let mut parts = Vec::new();
    match field.ty {
        // The type says it.
        FieldType::Choices if field.enum_type.is_some() => return Ok(None),
        FieldType::Choices if !field.choices.is_empty() => {
            let choices = field
                .choices
                .iter()
                .map(|choice| Postgres.text_literal(choice))
                .collect::<Result<Vec<_>>>()?;
            parts.push(format!("{name} IN ({})", choices.join(", ")));
        }
        FieldType::Decimal => parts = digits(name, field)?,
        FieldType::TinyInt | FieldType::UnsignedTinyInt | FieldType::SmallInt => {
            parts.extend(whole_numbers::check(
                name,
                field,
                &(i16::MIN.into()..=i16::MAX.into()),
            )?);
        }
        FieldType::UnsignedSmallInt | FieldType::Int => {
            parts.extend(whole_numbers::check(
                name,
                field,
                &(i32::MIN.into()..=i32::MAX.into()),
            )?);
        }
        FieldType::UnsignedInt | FieldType::UnsignedBigInt | FieldType::BigInt => {
            parts.extend(whole_numbers::check(name, field, &(i64::MIN..=i64::MAX))?);
        }
        // The server has an end of the day beside the beginning of the next.
        FieldType::Time => parts.push(format!("{name} < '24:00'")),
        // A month has no length. What has none is not a number of seconds either.
        FieldType::Duration => parts.extend([
            format!("EXTRACT(YEAR FROM {name}) = 0"),
            format!("EXTRACT(MONTH FROM {name}) = 0"),
            format!("EXTRACT(EPOCH FROM {name}) BETWEEN -9223372036854.775808 AND 9223372036854.775807"),
        ]),
        // An address in a wider network is another value.
        FieldType::IpAddress => parts.push(format!(
            "masklen({name}) = CASE family({name}) WHEN 4 THEN 32 ELSE 128 END"
        )),
        FieldType::Ipv4Address => {
            parts.extend([format!("family({name}) = 4"), format!("masklen({name}) = 32")])
        }
        FieldType::Ipv6Address => {
            parts.extend([format!("family({name}) = 6"), format!("masklen({name}) = 128")]);
        }
        FieldType::Array(array) => return super::arrays::check(name, array, field).map(Some),
        _ => {}
    }
    if let (FieldType::Text | FieldType::Choices, Some(length)) = (field.ty, field.max_length) {
        parts.push(format!("char_length({name}) <= {length}"));
    }
    Ok((!parts.is_empty()).then(|| parts.join(" AND ")))
}

/// No more digits than the field says and a `Decimal` can have. Comparing the amount refuses NaN and infinity too, which are
/// greater than every number.
fn digits(name: &str, field: &FieldDef) -> Result<Vec<String>> {
    let places = |places: u32| format!("scale(trim_scale({name})) <= {places}");
    let readable = || format!("abs({name}) <= {GREATEST}");
    Ok(match (field.max_digits, field.decimal_places) {
        (Some(digits), Some(scale)) => {
            let Some(whole) = digits.checked_sub(scale) else {
                return Err(Error::config("decimal_places is greater than max_digits"));
            };
            let amount = match whole {
                0..29 => format!("abs({name}) < 1{}", "0".repeat(whole as usize)),
                _ => readable(),
            };
            vec![places(scale), amount]
        }
        (Some(digits), None) => vec![
            format!("length(ltrim(replace(trim_scale({name})::text, '.', ''), '-0')) <= {digits}"),
            places(28),
            readable(),
        ],
        (None, scale) => vec![places(scale.unwrap_or(28)), readable()],
    })
}

/// Removes the limits from the type of a column if it has any: the check replaces them.
pub(super) fn loosen(table: &QualifiedName, column: &ColumnDef) -> Step {
    let loosen = ddl::alter(
        table,
        &format!("ALTER COLUMN {} TYPE {}", quote(&column.name), column.ty),
    );
    let limited = format!(
        "FROM pg_attribute WHERE attrelid = {}::regclass AND attname = {} AND format_type(atttypid, atttypmod) <> {}",
        text(&table.quoted()),
        text(&column.name),
        text(&column.ty)
    );
    let only_there =
        format!("\nBEGIN\n    IF EXISTS (SELECT {limited}) THEN\n        {loosen};\n    END IF;\nEND ");
    Retype::step(
        table,
        &column.name,
        format!("DO {}", dollar_quoted(&only_there)),
        Some(format!("SELECT count(*) {limited}")),
    )
}
