//! Ranges as text, and what all forms share. The binary form of Postgres is in `value/postgres/range.rs`, that of SQLite in
//! `value/range_bytes.rs`.

use std::cmp::Ordering;
use std::ops::{Bound, RangeInclusive};

use crate::error::Result;

use super::range::{AT_THE_END, Next};
use super::{Cell, FieldType, Range, Value, from_json, to_json};

pub(crate) type RangeValue = Range<Value<'static>>;

/// A bound of a range of that type, as databases store it.
pub(super) fn stored(bound: Value<'static>, ty: FieldType) -> Result<Value<'static>, &'static str> {
    Ok(match bound {
        Value::Refused(reason) => return Err(reason),
        Value::Int(number) if !whole_numbers(ty).contains(&number) => {
            return Err("a bound of a range is not a number of its type");
        }
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => Value::DateTime(super::chrono::cut(&value)?),
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => Value::Timestamp(super::chrono::cut(&value)?),
        bound => bound,
    })
}

/// What bounds of a range of that type can be.
fn whole_numbers(ty: FieldType) -> RangeInclusive<i64> {
    ty.bound()
        .and_then(FieldType::whole_numbers)
        .unwrap_or(i64::MIN..=i64::MAX)
}

/// The order of bounds of one type.
pub(super) fn order(one: &Value<'_>, other: &Value<'_>) -> Ordering {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        #[cfg(feature = "decimal")]
        (Value::Decimal(one), Value::Decimal(other)) => one.cmp(other),
        #[cfg(feature = "chrono")]
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        #[cfg(feature = "chrono")]
        (Value::DateTime(one), Value::DateTime(other)) => one.cmp(other),
        #[cfg(feature = "chrono")]
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        _ => Ordering::Less,
    }
}

/// What follows a bound in a range of that type.
pub(super) fn next(bound: &Value<'static>, ty: FieldType) -> Next<Value<'static>> {
    let next = match bound {
        Value::Int(number) => (number.checked_add(1))
            .filter(|next| whole_numbers(ty).contains(next))
            .map(Value::Int),
        #[cfg(feature = "chrono")]
        Value::Date(day) => day.succ_opt().map(Value::Date),
        _ => return Next::Dense,
    };
    next.map_or(Next::End(AT_THE_END), Next::Is)
}

/// `[1,10)`, with nothing before or behind the comma where there is no bound; `empty`.
///
/// # Errors
/// If the bounds are no values that columns hold.
pub(crate) fn to_text(range: &RangeValue) -> Result<String> {
    let Some((lower, upper)) = range.bounds() else {
        return Ok("empty".to_owned());
    };
    let text = |bound: Bound<&Value<'static>>| match bound {
        Bound::Included(value) | Bound::Excluded(value) =>
        // The form of no bound depends on the type.
        {
            Ok(match to_json(value, FieldType::Json)? {
                // Years of more than four digits have a sign, which SQL does not know.
                serde_json::Value::String(text) => text.trim_start_matches('+').to_owned(),
                other => other.to_string(),
            })
        }
        Bound::Unbounded => Ok(String::new()),
    };
    let (open, close) = brackets(lower, upper);
    Ok(format!("{open}{},{}{close}", text(lower)?, text(upper)?))
}

/// What a text begins and ends with, which tells whether the bounds are within the range.
pub(super) fn brackets(lower: Bound<&Value<'_>>, upper: Bound<&Value<'_>>) -> (char, char) {
    let open = match lower {
        Bound::Included(_) => '[',
        Bound::Excluded(_) | Bound::Unbounded => '(',
    };
    let close = match upper {
        Bound::Included(_) => ']',
        Bound::Excluded(_) | Bound::Unbounded => ')',
    };
    (open, close)
}

/// Reads such a text, also with quotes around the bounds, for a column of type `ty`.
pub(crate) fn from_text(text: &str, ty: FieldType) -> Option<RangeValue> {
    let text = text.trim();
    if text == "empty" {
        return Some(Range::empty());
    }
    let bound_type = ty.bound()?;
    let includes = |bracket: char, open: char, closed: char| match bracket {
        bracket if bracket == closed => Some(true),
        bracket if bracket == open => Some(false),
        _ => None,
    };
    let mut within = text.chars();
    let lower_included = includes(within.next()?, '(', '[')?;
    let upper_included = includes(within.next_back()?, ')', ']')?;
    let (lower, upper) = within.as_str().split_once(',')?;
    let bound = |text: &str, included: bool| {
        let text = match text.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?,
            None => text,
        };
        if text.is_empty() {
            return Some(Bound::Unbounded);
        }
        let json = match bound_type.is_integer() {
            true => serde_json::Value::from(text.parse::<i64>().ok()?),
            false if text.find('-').is_some_and(|year| year > 4) => {
                serde_json::Value::from(format!("+{text}"))
            }
            false => serde_json::Value::from(text),
        };
        let value = from_json(&json, bound_type).ok()?;
        Some(if included {
            Bound::Included(value)
        } else {
            Bound::Excluded(value)
        })
    };
    Range::of_values(bound(lower, lower_included)?, bound(upper, upper_included)?, ty).ok()
}

/// What a column of ranges holds.
///
/// # Errors
/// If it is something else.
pub(crate) fn read(cell: Cell<'_>, ty: FieldType) -> Result<RangeValue> {
    let found = match cell {
        #[cfg(feature = "postgres")]
        Cell::Postgres(of, raw) => return super::postgres::range(of, raw, ty),
        #[cfg(feature = "sqlite")]
        Cell::Sqlite(rusqlite::types::ValueRef::Blob(bytes)) => super::range_bytes::from_bytes(bytes, ty),
        _ => None,
    };
    found.ok_or_else(|| cell.mismatch(expected(ty)))
}

/// What a column of that type holds, for messages.
pub(super) fn expected(ty: FieldType) -> &'static str {
    match ty {
        FieldType::DecimalRange => "a range of decimal numbers",
        FieldType::DateRange => "a range of days",
        FieldType::DateTimeRange => "a range of dates with a time",
        FieldType::TimestampRange => "a range of instants",
        _ => "a range of whole numbers",
    }
}
