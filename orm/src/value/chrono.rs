//! Dates and times of `chrono`: native types on Postgres, fixed-width ISO 8601 strings on SQLite, so that string order
//! is time order. Both store microseconds; anything finer is truncated.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

/// `2026-11-22`
pub(crate) const DATE: &str = "%Y-%m-%d";
/// `18:05:00.000000`
pub(crate) const TIME: &str = "%H:%M:%S%.6f";
/// `2026-11-22T18:05:00.000000`
pub(crate) const DATE_TIME: &str = "%Y-%m-%dT%H:%M:%S%.6f";
/// `2026-11-22T18:05:00.000000Z`
pub(crate) const TIMESTAMP: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// The value truncated to microseconds, as databases store it.
///
/// # Errors
/// Within a leap second, the last microsecond before it ends: databases would otherwise carry it into the next second.
pub(crate) fn cut<T: Timelike + Copy>(value: &T) -> Result<T, &'static str> {
    let nanoseconds = value.nanosecond();
    if nanoseconds >= 1_000_000_000 {
        return Err("databases have no leap seconds (23:59:60)");
    }
    Ok(value
        .with_nanosecond(nanoseconds - nanoseconds % 1_000)
        .unwrap_or(*value))
}

macro_rules! column {
    ($rust:ty, $kind:ident, $expected:literal, $parse:expr) => {
        impl ColumnType for $rust {
            type Base = $rust;

            fn field_type() -> FieldType {
                FieldType::$kind
            }

            fn decode(cell: Cell<'_>) -> Result<Self> {
                match cell {
                    #[cfg(feature = "postgres")]
                    Cell::Postgres(ty, raw) if super::postgres::is_end_of_day(ty, raw) => {
                        Err(cell.mismatch("a time of day before 24:00"))
                    }
                    #[cfg(feature = "postgres")]
                    Cell::Postgres(ty, raw) => super::postgres::from_sql(ty, raw, $expected),
                    cell => {
                        let parse: fn(&str) -> chrono::ParseResult<$rust> = $parse;
                        let text = cell.string().map_err(|_| cell.mismatch($expected))?;
                        parse(text).map_err(|_| cell.mismatch($expected))
                    }
                }
            }

            #[inline]
            fn encode(&self) -> Value<'_> {
                Value::$kind(*self)
            }
        }
    };
}

column!(NaiveDate, Date, "a date", |text| {
    NaiveDate::parse_from_str(text, DATE)
});
// Formats that SQLite and people write are read too, for files without a check on the format: without fractions, with
// a space, and without a zone, which means UTC.
column!(NaiveTime, Time, "a time", |text| {
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
});
column!(NaiveDateTime, DateTime, "a date and time", date_time);
column!(DateTime<Utc>, Timestamp, "an instant", |text| {
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .or_else(|_| {
            DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %:z").map(|instant| instant.to_utc())
        })
        .or_else(|_| date_time(text.trim_end_matches('Z')).map(|instant| instant.and_utc()))
});

fn date_time(text: &str) -> chrono::ParseResult<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
}
