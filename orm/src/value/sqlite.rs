//! SQLite's encoding of values.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::error::Result;

use super::row::no_column;
use super::{Cell, Value};

/// The column at position `index` of a row.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn cell<'a>(row: &'a rusqlite::Row<'a>, index: usize) -> Result<Cell<'a>> {
    // Not a `match` on the `Result`: that would drop it afterwards, with a call of its own for every column.
    let value = row.get_ref(index).map_err(|_| no_column(index))?;
    Ok(match value {
        ValueRef::Null => Cell::Null,
        value => Cell::Sqlite(value),
    })
}

fn owned(text: String) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(rusqlite::types::Value::Text(text))
}

/// Binds a value to the parameter at position `index`, from 1. Unlike [`ToSql`], it calls the driver's code
/// specialized for each type: half as many instructions.
#[inline(always)]
pub(crate) fn bind(
    statement: &mut rusqlite::Statement<'_>,
    index: usize,
    value: &Value<'_>,
) -> rusqlite::Result<()> {
    match value {
        Value::Int(value) => statement.raw_bind_parameter(index, *value),
        Value::Str(text) => statement.raw_bind_parameter(index, &**text),
        Value::Bool(value) => statement.raw_bind_parameter(index, *value),
        Value::Null => statement.raw_bind_parameter(index, rusqlite::types::Null),
        other => bind_other(statement, index, other),
    }
}

#[inline(never)]
fn bind_other(
    statement: &mut rusqlite::Statement<'_>,
    index: usize,
    value: &Value<'_>,
) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(index, value)
}

fn refused(reason: &'static str) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(reason.into())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*value))),
            Value::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            // SQLite would turn a NaN into NULL; refusing is better than silently losing the difference.
            Value::Float(value) if value.is_nan() => {
                return Err(refused("SQLite cannot store NaN"));
            }
            Value::Float(value) => ToSqlOutput::Borrowed(ValueRef::Real(*value)),
            Value::Str(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            #[cfg(feature = "chrono")]
            Value::Date(value) => {
                within_years(value)?;
                owned(value.format(super::chrono::DATE).to_string())
            }
            #[cfg(feature = "chrono")]
            Value::Time(value) => {
                let value = super::chrono::cut(value).map_err(refused)?;
                owned(value.format(super::chrono::TIME).to_string())
            }
            #[cfg(feature = "chrono")]
            Value::DateTime(value) => {
                within_years(value)?;
                let value = super::chrono::cut(value).map_err(refused)?;
                owned(value.format(super::chrono::DATE_TIME).to_string())
            }
            #[cfg(feature = "chrono")]
            Value::Timestamp(value) => {
                within_years(value)?;
                let value = super::chrono::cut(value).map_err(refused)?;
                owned(value.format(super::chrono::TIMESTAMP).to_string())
            }
            Value::Duration(micros) => ToSqlOutput::Borrowed(ValueRef::Integer(*micros)),
            #[cfg(feature = "uuid")]
            Value::Uuid(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value.as_bytes())),
            Value::Inet(address, prefix) if *prefix > super::network::bits(*address) => {
                return Err(refused(super::network::TOO_LONG));
            }
            Value::Inet(address, prefix) => ToSqlOutput::Owned(rusqlite::types::Value::Blob(
                super::network::to_bytes(*address, *prefix),
            )),
            Value::MacAddress(octets) => ToSqlOutput::Borrowed(ValueRef::Blob(octets)),
            #[cfg(feature = "decimal")]
            Value::Decimal(value) => owned(super::decimal::canonical(*value)),
            Value::Range(range) => {
                ToSqlOutput::Owned(rusqlite::types::Value::Blob(super::range_bytes::to_bytes(range)))
            }
            Value::Multirange(ranges) => owned(super::multirange_form::to_json_text(ranges)),
            Value::Refused(reason) => return Err(refused(reason)),
            Value::Json(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Array(values) => owned(super::array_json::to_json_text(values)?),
            Value::List(values) => {
                let values = values.iter().map(owned_value).collect::<rusqlite::Result<_>>()?;
                ToSqlOutput::from_rc::<Vec<rusqlite::types::Value>>(std::rc::Rc::new(values), c"rarray")
            }
        })
    }
}

/// With years of more than four digits, text order is no longer time order.
#[cfg(feature = "chrono")]
fn within_years(value: &impl chrono::Datelike) -> rusqlite::Result<()> {
    if (0..=9999).contains(&value.year()) {
        Ok(())
    } else {
        Err(refused("SQLite stores dates of the years 0 to 9999 only"))
    }
}

/// The value as an element of a JSON array.
pub(crate) fn owned_value(value: &Value<'_>) -> rusqlite::Result<rusqlite::types::Value> {
    Ok(match value.to_sql()? {
        ToSqlOutput::Owned(value) => value,
        ToSqlOutput::Borrowed(value) => value
            .try_into()
            .map_err(|_| refused("the string is not valid UTF-8"))?,
        _ => return Err(refused("a list cannot hold lists")),
    })
}
