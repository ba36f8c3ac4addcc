//! Values in Postgres' text format, for statements whose parameter types only the server determines.

use std::fmt::{self, Write};
use std::ops::Bound;

use postgres_types::private::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type, to_sql_checked};

use crate::value::Value;
use crate::value::range_form::{RangeValue, brackets};

use super::{BoxError, NUL, NUL_IN_JSON, escapes_nul};
#[cfg(feature = "chrono")]
use crate::value::chrono::cut;

/// A value of any type. Only bytes declare their type, because their text format could be mistaken for a string.
pub(crate) struct TextFormat<'v>(pub &'v Value<'v>);

impl TextFormat<'_> {
    /// The type to declare for the parameter.
    pub(crate) fn declared(&self) -> Type {
        match self.0 {
            Value::Bytes(_) => Type::BYTEA,
            _ => Type::UNKNOWN,
        }
    }
}

/// Without the value, because the driver may log it.
impl fmt::Debug for TextFormat<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind())
    }
}

impl ToSql for TextFormat<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Bytes(bytes) => out.extend_from_slice(bytes),
            value => write(value, out)?,
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self.0 {
            Value::Bytes(_) => Format::Binary,
            _ => Format::Text,
        }
    }

    to_sql_checked!();
}

/// The form that the input function of the value's natural type reads, whatever the session's settings.
pub(super) fn write(value: &Value<'_>, out: &mut dyn Write) -> Result<(), BoxError> {
    match value {
        Value::Null => out.write_str("NULL")?,
        Value::Bool(value) => out.write_str(if *value { "t" } else { "f" })?,
        Value::Int(value) => write!(out, "{value}")?,
        Value::Float(value) if value.is_infinite() => {
            out.write_str(if *value > 0.0 { "Infinity" } else { "-Infinity" })?;
        }
        Value::Float(value) if value.is_nan() => out.write_str("NaN")?,
        Value::Float(value) => write!(out, "{value:e}")?,
        Value::Str(text) | Value::Json(text) if text.contains('\0') => return Err(NUL.into()),
        Value::Refused(reason) => return Err((*reason).into()),
        Value::Json(text) if escapes_nul(text) => return Err(NUL_IN_JSON.into()),
        Value::Str(text) | Value::Json(text) => out.write_str(text)?,
        Value::Bytes(bytes) => {
            out.write_str("\\x")?;
            for byte in bytes.iter() {
                write!(out, "{byte:02x}")?;
            }
        }
        #[cfg(feature = "chrono")]
        Value::Date(value) => time::date(*value, out)?,
        #[cfg(feature = "chrono")]
        Value::Time(value) => time::of_day(cut(value)?, out)?,
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => time::date_time(cut(value)?, "", out)?,
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => time::date_time(cut(value)?.naive_utc(), "+00", out)?,
        Value::Duration(micros) => out.write_str(&crate::value::duration::to_days_and_time(*micros))?,
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => write!(out, "{value}")?,
        Value::Inet(address, prefix) => out.write_str(&crate::value::network::to_text(*address, *prefix))?,
        Value::MacAddress(octets) => out.write_str(&crate::value::mac_address::to_text(*octets))?,
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => write!(out, "{value}")?,
        Value::Range(range) => self::range(range, out)?,
        Value::Multirange(ranges) => multirange(ranges, out)?,
        Value::Array(values) => list(values, |value| matches!(value, Value::Array(_)), out)?,
        // An array within a list is an item of it like any other.
        Value::List(values) => list(values, |value| matches!(value, Value::List(_)), out)?,
    }
    Ok(())
}

/// `{["a","b"),["c",)}`
fn multirange(ranges: &[RangeValue], out: &mut dyn Write) -> Result<(), BoxError> {
    out.write_char('{')?;
    for (at, part) in ranges.iter().enumerate() {
        if at > 0 {
            out.write_char(',')?;
        }
        range(part, out)?;
    }
    Ok(out.write_char('}')?)
}

/// `["a","b")`: bounds are quoted, so that none is mistaken for a part of the range.
fn range(range: &RangeValue, out: &mut dyn Write) -> Result<(), BoxError> {
    let Some((lower, upper)) = range.bounds() else {
        return Ok(out.write_str("empty")?);
    };
    let bound = |value: Bound<&Value<'_>>, out: &mut dyn Write| match value {
        Bound::Included(value) | Bound::Excluded(value) => {
            out.write_char('"')?;
            write(value, out)?;
            Ok::<(), BoxError>(out.write_char('"')?)
        }
        Bound::Unbounded => Ok(()),
    };
    let (open, close) = brackets(lower, upper);
    out.write_char(open)?;
    bound(lower, out)?;
    out.write_char(',')?;
    bound(upper, out)?;
    out.write_char(close)?;
    Ok(())
}

/// `{"a","b",NULL}`: elements are quoted, so that none is mistaken for NULL or for a nested array.
fn list(values: &[Value<'_>], is_level: fn(&Value<'_>) -> bool, out: &mut dyn Write) -> Result<(), BoxError> {
    out.write_char('{')?;
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.write_char(',')?;
        }
        match value {
            Value::Null => write(value, out)?,
            value if is_level(value) => write(value, out)?,
            value => {
                out.write_char('"')?;
                write(value, &mut Escaped(out))?;
                out.write_char('"')?;
            }
        }
    }
    out.write_char('}')?;
    Ok(())
}

/// Escapes within the quotes of an element.
struct Escaped<'o>(&'o mut dyn Write);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(['"', '\\']) {
            match part.strip_suffix(['"', '\\']) {
                None => self.0.write_str(part)?,
                Some(before) => {
                    self.0.write_str(before)?;
                    self.0.write_char('\\')?;
                    self.0.write_str(&part[before.len()..])?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(feature = "chrono")]
mod time {
    use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

    use super::{BoxError, Write};

    /// The epoch of Postgres' binary format, which counts microseconds: rounding relative to it gives the same result
    /// in both formats.
    const EPOCH: NaiveDateTime = match NaiveDate::from_ymd_opt(2000, 1, 1) {
        Some(day) => day.and_time(NaiveTime::MIN),
        None => NaiveDateTime::MIN,
    };

    pub(super) fn date(value: NaiveDate, out: &mut dyn Write) -> Result<(), BoxError> {
        day(value, out)?;
        era(value, out)
    }

    fn day(value: NaiveDate, out: &mut dyn Write) -> Result<(), BoxError> {
        // There is no year 0: 1 BC precedes the year 1.
        let year = if value.year() > 0 {
            value.year()
        } else {
            1 - value.year()
        };
        write!(out, "{year:04}-{:02}-{:02}", value.month(), value.day())?;
        Ok(())
    }

    fn era(value: NaiveDate, out: &mut dyn Write) -> Result<(), BoxError> {
        if value.year() <= 0 {
            out.write_str(" BC")?;
        }
        Ok(())
    }

    pub(super) fn of_day(value: NaiveTime, out: &mut dyn Write) -> Result<(), BoxError> {
        micros(micros_of(value.signed_duration_since(NaiveTime::MIN))?, out)
    }

    fn micros(micros: i64, out: &mut dyn Write) -> Result<(), BoxError> {
        let seconds = micros / 1_000_000;
        write!(
            out,
            "{:02}:{:02}:{:02}.{:06}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            micros % 1_000_000
        )?;
        Ok(())
    }

    pub(super) fn date_time(value: NaiveDateTime, zone: &str, out: &mut dyn Write) -> Result<(), BoxError> {
        const DAY: i64 = 86_400_000_000;
        let since = micros_of(value.signed_duration_since(EPOCH))?;
        let days = TimeDelta::days(since.div_euclid(DAY));
        let date = EPOCH.date().checked_add_signed(days).ok_or(TOO_LARGE)?;
        day(date, out)?;
        out.write_char(' ')?;
        micros(since.rem_euclid(DAY), out)?;
        out.write_str(zone)?;
        era(date, out)
    }

    const TOO_LARGE: &str = "value too large to transmit";

    fn micros_of(span: TimeDelta) -> Result<i64, BoxError> {
        span.num_microseconds().ok_or_else(|| TOO_LARGE.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Value<'_>) -> String {
        let mut out = String::new();
        write(&value, &mut out).unwrap();
        out
    }

    #[test]
    fn values_are_written_as_the_server_reads_them() {
        for (value, expected) in [
            (Value::Bool(true), "t"),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Float(-0.0), "-0e0"),
            (Value::Float(1e300), "1e300"),
            (Value::Float(f64::NEG_INFINITY), "-Infinity"),
            (Value::Bytes(vec![0, 255].into()), "\\x00ff"),
            (
                Value::List(vec!["a\"b".into(), "c\\".into(), Value::Null, "NULL".into()]),
                r#"{"a\"b","c\\",NULL,"NULL"}"#,
            ),
            (Value::List(Vec::new()), "{}"),
            (Value::List(vec![Value::Bytes(vec![1].into())]), r#"{"\\x01"}"#),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn times_keep_their_microseconds_and_their_era() {
        use chrono::{NaiveDate, NaiveTime};

        let day = |year| NaiveDate::from_ymd_opt(year, 2, 3).unwrap();
        assert_eq!(text(Value::Date(day(10_000))), "10000-02-03");
        assert_eq!(text(Value::Date(day(0))), "0001-02-03 BC");
        let late = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999).unwrap();
        assert_eq!(text(Value::Time(late)), "23:59:59.999999");
        let before = day(1999).and_hms_nano_opt(4, 5, 6, 7_008_999).unwrap();
        assert_eq!(text(Value::DateTime(before)), "1999-02-03 04:05:06.007008");
        let after = day(-4).and_hms_micro_opt(4, 5, 6, 7).unwrap();
        assert_eq!(
            text(Value::Timestamp(after.and_utc())),
            "0005-02-03 04:05:06.000007+00 BC"
        );
    }
}
