//! Values as `COPY .. TO` writes them in the time zone UTC: the one text that a value has in a file, whichever database it comes from.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html>. It differs where equal values have several texts there: a decimal number has
//! no zeros at its end, and JSON is in its canonical form.

use std::fmt::Write;
use std::ops::Bound;

use serde_json::value::RawValue;

use crate::error::{Error, Kind, Result};

use super::owned_cell::value_of;
use super::range_form::{RangeValue, brackets};
use super::{Cell, ColumnType, FieldType, Json, Value, canonical_json};

/// Appends the text of a cell of a column of type `ty`, and returns whether there is one: NULL has none.
///
/// # Errors
/// If the cell holds something else.
pub(crate) fn write_cell(cell: Cell<'_>, ty: FieldType, out: &mut String) -> Result<bool> {
    match (cell, ty) {
        (Cell::Null, _) => return Ok(false),
        (cell, FieldType::Text | FieldType::Choices) => out.push_str(cell.string()?),
        // As it is there: a number may have more digits than Rust's.
        (cell, FieldType::Json) => json(Json::<Box<RawValue>>::decode(cell)?.0.get(), out)?,
        (cell, ty) => match value_of(cell, ty)? {
            Value::Null => return Ok(false),
            value => write(&value, ty, out)?,
        },
    }
    Ok(true)
}

fn write(value: &Value<'_>, ty: FieldType, out: &mut String) -> Result<()> {
    match value {
        Value::Null => out.push_str("NULL"),
        Value::Bool(value) => out.push(if *value { 't' } else { 'f' }),
        Value::Int(value) => append(out, format_args!("{value}")),
        Value::Float(value) => float(*value, ty == FieldType::Real, out),
        Value::Str(text) => out.push_str(text),
        Value::Bytes(bytes) => {
            out.push_str("\\x");
            for byte in bytes.iter() {
                append(out, format_args!("{byte:02x}"));
            }
        }
        #[cfg(feature = "chrono")]
        Value::Date(value) => times::date(*value, out),
        #[cfg(feature = "chrono")]
        Value::Time(value) => times::time(*value, out),
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => times::date_time(*value, "", out),
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => times::date_time(value.naive_utc(), "+00", out),
        Value::Duration(micros) => duration(*micros, out),
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => append(out, format_args!("{value}")),
        Value::Inet(address, prefix) if ty == FieldType::Cidr => {
            append(out, format_args!("{address}/{prefix}"));
        }
        Value::Inet(address, prefix) => out.push_str(&super::network::to_text(*address, *prefix)),
        Value::MacAddress(octets) => out.push_str(&super::mac_address::to_text(*octets)),
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => out.push_str(&super::decimal::canonical(*value)),
        Value::Range(value) => range(value, ty, out)?,
        Value::Multirange(ranges) => {
            out.push('{');
            for (at, part) in ranges.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                range(part, ty, out)?;
            }
            out.push('}');
        }
        Value::Json(text) => json(text, out)?,
        Value::Array(elements) => array(elements, ty, out)?,
        Value::List(_) | Value::Refused(_) => {
            return Err(Error::internal(
                "a value that no column can hold was read from one",
            ));
        }
    }
    Ok(())
}

/// A `String` takes everything.
fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn json(text: &str, out: &mut String) -> Result<()> {
    let text = canonical_json(text).map_err(|reason| Error::new(Kind::Decode, reason))?;
    out.push_str(&text);
    Ok(())
}

/// The fewest digits that tell the number from others, with an exponent where `float8out` and `float4out` have one.
fn float(value: f64, is_single: bool, out: &mut String) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let (digits, exponent) = fewest_digits(value.abs(), is_single);
    if value.is_sign_negative() {
        out.push('-');
    }
    let largest = if is_single { 6 } else { 15 };
    let (first, rest) = digits.split_at(1.min(digits.len()));
    match usize::try_from(exponent) {
        _ if exponent >= largest || exponent < -4 => {
            let point = if rest.is_empty() { "" } else { "." };
            append(out, format_args!("{first}{point}{rest}e{exponent:+03}"));
        }
        Ok(behind) if rest.len() > behind => {
            let (whole, fraction) = rest.split_at(behind);
            append(out, format_args!("{first}{whole}.{fraction}"));
        }
        Ok(behind) => append(out, format_args!("{first}{rest:0<behind$}")),
        Err(_) => {
            let zeros = usize::try_from(-1 - exponent).unwrap_or(0);
            append(out, format_args!("0.{:0<zeros$}{digits}", ""));
        }
    }
}

/// The digits of a number that is not negative, and the power of ten of the first. Of two that are equally near it is the even one, and none
/// lies halfway to another number.
fn fewest_digits(value: f64, is_single: bool) -> (String, i32) {
    let single = value as f32;
    let (shortest, bits) = match is_single {
        true => (format!("{single:e}"), f32::MANTISSA_DIGITS),
        false => (format!("{value:e}"), f64::MANTISSA_DIGITS),
    };
    let parts = |text: &str| {
        let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
        (digits.replace('.', ""), exponent.parse::<i32>().unwrap_or(0))
    };
    let shortest = parts(&shortest);
    for places in shortest.0.len().saturating_sub(1)..=17 {
        let (text, is_same) = match is_single {
            true => {
                let text = format!("{single:.places$e}");
                let is_same = text.parse() == Ok(single);
                (text, is_same)
            }
            false => {
                let text = format!("{value:.places$e}");
                let is_same = text.parse() == Ok(value);
                (text, is_same)
            }
        };
        let (digits, exponent) = parts(&text);
        if is_same && !is_halfway(&digits, exponent, value, bits) {
            return (digits, exponent);
        }
        // Below a power of two numbers lie so close that what is rounded to as many digits may be another.
        if !is_halfway(&shortest.0, shortest.1, value, bits) {
            break;
        }
    }
    shortest
}

/// Whether the decimal number lies halfway to another number of so many bits: reading it back then depends on how ties are rounded, so the
/// server writes a digit more (`src/common/d2s.c`, whose bounds are not accepted).
fn is_halfway(digits: &str, exponent: i32, value: f64, bits: u32) -> bool {
    let power = i32::try_from(digits.len()).map(|digits| exponent + 1 - digits);
    let (Ok(number), Ok(Ok(power))) = (digits.parse::<u128>(), power.map(u32::try_from)) else {
        // What is halfway between numbers with a fraction has more digits than they have.
        return false;
    };
    let Some(scaled) = 5_u128
        .checked_pow(power)
        .and_then(|scale| number.checked_mul(scale))
    else {
        return false;
    };
    let length = u128::BITS - scaled.leading_zeros();
    let significant = length - scaled.trailing_zeros().min(length);
    // Below a power of two the numbers lie twice as close.
    let is_power = value.to_bits() & ((1 << 52) - 1) == 0;
    let is_below = is_power && i64::from(length + power) <= i64::from(exponent_of(value));
    significant == bits + 1 || (is_below && significant == bits + 2)
}

/// The power of two that a number is, or lies above.
fn exponent_of(value: f64) -> i32 {
    i32::try_from(value.to_bits() >> 52 & 0x7ff).map_or(0, |biased| biased - 1023)
}

/// `3 days 04:05:06.7`, `-1 days -00:00:01`
fn duration(micros: i64, out: &mut String) {
    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 86_400 * SECOND;
    let (days, rest) = (micros / DAY, micros % DAY);
    match days {
        0 => {}
        1 => out.push_str("1 day"),
        days => append(out, format_args!("{days} days")),
    }
    if rest == 0 && days != 0 {
        return;
    }
    if days != 0 {
        out.push(' ');
    }
    if rest < 0 {
        out.push('-');
    }
    let rest = rest.abs();
    time_of_day(rest / SECOND, rest % SECOND, out);
}

/// `04:05:06.7`
fn time_of_day(seconds: i64, micros: i64, out: &mut String) {
    append(
        out,
        format_args!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ),
    );
    if micros != 0 {
        let fraction = format!("{micros:06}");
        out.push('.');
        out.push_str(fraction.trim_end_matches('0'));
    }
}

/// `[1,5)`, `["2026-11-22 18:00:00",)`, `empty`
fn range(range: &RangeValue, ty: FieldType, out: &mut String) -> Result<()> {
    let Some((lower, upper)) = range.bounds() else {
        out.push_str("empty");
        return Ok(());
    };
    let bound = |bound: Bound<&Value<'static>>, out: &mut String| {
        let (Bound::Included(value) | Bound::Excluded(value)) = bound else {
            return Ok(());
        };
        let mut text = String::new();
        write(value, ty, &mut text)?;
        let special = |c: char| matches!(c, '"' | '\\' | '(' | ')' | '[' | ']' | ',') || is_space(c);
        match text.contains(special) {
            true => quoted(&text, |c| c, out),
            false => out.push_str(&text),
        }
        Ok::<(), Error>(())
    };
    let (open, close) = brackets(lower, upper);
    out.push(open);
    bound(lower, out)?;
    out.push(',');
    bound(upper, out)?;
    out.push(close);
    Ok(())
}

/// `{1,NULL,"a b",{2}}`
fn array(elements: &[Value<'_>], ty: FieldType, out: &mut String) -> Result<()> {
    fn is_empty(elements: &[Value<'_>]) -> bool {
        let nested = |element: &Value<'_>| matches!(element, Value::Array(inner) if is_empty(inner));
        elements.iter().all(nested)
    }
    let of = match ty {
        FieldType::Array(array) => array.items(),
        _ => return Err(Error::internal("an array was read from a column of another type")),
    };
    out.push('{');
    if !is_empty(elements) {
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            match element {
                Value::Null => out.push_str("NULL"),
                Value::Array(inner) => array(inner, of, out)?,
                element => {
                    let mut text = String::new();
                    write(element, of, &mut text)?;
                    let special = |c: char| matches!(c, '"' | '\\' | '{' | '}' | ',') || is_space(c);
                    match text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
                        true => quoted(&text, |_| '\\', out),
                        false => out.push_str(&text),
                    }
                }
            }
        }
    }
    out.push('}');
    Ok(())
}

/// What the server takes for a space.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Within quotes, with what escapes a quote or a backslash.
fn quoted(text: &str, escape: fn(char) -> char, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(escape(c));
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(feature = "chrono")]
mod times {
    use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

    use super::{append, time_of_day};

    pub(super) fn date(value: NaiveDate, out: &mut String) {
        day(value, out);
        era(value, out);
    }

    pub(super) fn time(value: NaiveTime, out: &mut String) {
        time_of_day(
            value.num_seconds_from_midnight().into(),
            (value.nanosecond() / 1_000).into(),
            out,
        );
    }

    pub(super) fn date_time(value: NaiveDateTime, zone: &str, out: &mut String) {
        day(value.date(), out);
        out.push(' ');
        time(value.time(), out);
        out.push_str(zone);
        era(value.date(), out);
    }

    /// There is no year 0: 1 BC precedes the year 1.
    fn day(value: NaiveDate, out: &mut String) {
        let year = match value.year() {
            year if year > 0 => year,
            year => 1 - year,
        };
        append(
            out,
            format_args!("{year:04}-{:02}-{:02}", value.month(), value.day()),
        );
    }

    fn era(value: NaiveDate, out: &mut String) {
        if value.year() <= 0 {
            out.push_str(" BC");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Value<'_>, ty: FieldType) -> String {
        let mut out = String::new();
        write(&value, ty, &mut out).unwrap();
        out
    }

    #[test]
    fn numbers_and_durations_have_the_text_of_the_server() {
        for (value, expected) in [
            (0.1, "0.1"),
            (-0.0, "-0"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (1.25e-4, "0.000125"),
            (1.25e-5, "1.25e-05"),
            (818_340_517_226_298.0 + 0.25, "818340517226298.2"),
            (5e-324, "5e-324"),
            (1234.5, "1234.5"),
            (1e300, "1e+300"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(text(Value::Float(value), FieldType::Double), expected);
        }
        assert_eq!(text(Value::Float(0.1_f32.into()), FieldType::Real), "0.1");
        assert_eq!(text(Value::Float(1e6), FieldType::Real), "1e+06");
        // 4.394204e+08 lies halfway to the next.
        assert_eq!(
            text(Value::Float(439_420_416.0), FieldType::Real),
            "4.3942042e+08"
        );
        for (micros, expected) in [
            (0, "00:00:00"),
            (-1, "-00:00:00.000001"),
            (86_400_000_000, "1 day"),
            (-86_401_500_000, "-1 days -00:00:01.5"),
            (180_000_000_000, "2 days 02:00:00"),
        ] {
            assert_eq!(text(Value::Duration(micros), FieldType::Duration), expected);
        }
        assert_eq!(
            text(Value::Bytes(vec![0, 171].into()), FieldType::Bytes),
            "\\x00ab"
        );
    }
}
