//! Multiranges in the forms that databases and files have. The binary form of Postgres is in `value/postgres/multirange.rs`.
//!
//! On SQLite one is the JSON of an array of its ranges (`value/array_json.rs`): each a string of the hexadecimal digits of its bytes
//! (`value/range_bytes.rs`).

use std::fmt::Write;

use crate::error::Result;

#[cfg(feature = "sqlite")]
use super::array::Element;
#[cfg(feature = "sqlite")]
use super::array_json::Tokens;
#[cfg(feature = "sqlite")]
use super::multirange::are_apart;
use super::multirange::merged_values;
use super::range_form::{self, RangeValue};
use super::{Cell, FieldType, range_bytes};

/// The JSON that SQLite has.
#[cfg(any(feature = "sqlite", feature = "migrations"))]
pub(crate) fn to_json_text(ranges: &[RangeValue]) -> String {
    json_text_of_bytes(ranges.iter().map(range_bytes::to_bytes))
}

/// The JSON of ranges by their bytes, which are in their order and lie apart.
#[cfg(any(feature = "sqlite", feature = "migrations"))]
pub(crate) fn json_text_of_bytes(ranges: impl Iterator<Item = Vec<u8>>) -> String {
    let mut out = String::from("[");
    for (at, bytes) in ranges.enumerate() {
        out.push_str(if at == 0 { "\"" } else { ",\"" });
        for byte in bytes {
            // Writing to a string does not fail.
            let _ = write!(out, "{byte:02x}");
        }
        out.push('"');
    }
    out.push(']');
    out
}

/// The bytes of the ranges in such JSON; `None` if it is something else.
#[cfg(feature = "sqlite")]
pub(crate) fn bytes_of_json_text(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (lengths, tokens) = Tokens::read(std::str::from_utf8(text).ok()?)?;
    let bytes = |element| match element {
        Some(Element::Sqlite(rusqlite::types::Value::Blob(bytes))) => Some(bytes),
        _ => None,
    };
    let ranges = tokens
        .into_iter()
        .map(|token| bytes(token.element(FieldType::Bytes)));
    ranges.collect::<Option<_>>().filter(|_| lengths.len() <= 1)
}

/// Reads the texts of ranges, for a column of type `ty`; `None` where one is missing or something else.
pub(crate) fn from_texts<'t>(
    texts: impl Iterator<Item = Option<&'t str>>,
    ty: FieldType,
) -> Option<Vec<RangeValue>> {
    let of = ty.range()?;
    let ranges = texts.map(|text| range_form::from_text(text?, of));
    ranges.collect::<Option<_>>().map(merged_values)
}

/// What a column of multiranges holds.
///
/// # Errors
/// If it is something else.
pub(crate) fn read(cell: Cell<'_>, ty: FieldType) -> Result<Vec<RangeValue>> {
    let found = match cell {
        #[cfg(feature = "postgres")]
        Cell::Postgres(of, raw) => return super::postgres::multirange(of, raw, ty),
        #[cfg(feature = "sqlite")]
        Cell::Sqlite(rusqlite::types::ValueRef::Text(text)) => bytes_of_json_text(text)
            .zip(ty.range())
            .and_then(|(ranges, of)| {
                let ranges = ranges.iter().map(|bytes| range_bytes::from_bytes(bytes, of));
                ranges.collect::<Option<Vec<_>>>()
            })
            // There is one form of each.
            .filter(|ranges| are_apart(ranges)),
        _ => None,
    };
    found.ok_or_else(|| cell.mismatch(expected(ty)))
}

/// What a column of that type holds, for messages.
pub(super) fn expected(ty: FieldType) -> &'static str {
    match ty {
        FieldType::DecimalMultirange => "a multirange of decimal numbers",
        FieldType::DateMultirange => "a multirange of days",
        FieldType::DateTimeMultirange => "a multirange of dates with a time",
        FieldType::TimestampMultirange => "a multirange of instants",
        _ => "a multirange of whole numbers",
    }
}
