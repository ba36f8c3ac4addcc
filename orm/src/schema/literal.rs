//! Literals as SQL: defaults and constants of checks, which cannot be bound parameters.
//!
//! A literal is read by the type of its field, so one that the column could not hold is refused here.

use crate::error::{Error, Result};
use crate::sql::Dialect;
use crate::value::duration::from_iso;
use crate::value::{
    ArrayType, FieldType, Literal, canonical_decimal, mac_address, multirange_form, network, range_bytes,
    range_form,
};

use crate::value::range_form::RangeValue;

use super::backend;

/// A string literal, with quotes doubled: the one place where a value becomes SQL text.
pub(super) fn quote_text(text: &str) -> Result<String> {
    if text.contains('\0') {
        return Err(Error::config(
            "a literal contains the character NUL, which SQL text cannot hold",
        ));
    }
    Ok(quoted(text))
}

/// The same of a name, and of a string that the database has. Those hold no NUL, which no database keeps in a name and which
/// lowering refuses: a statement with one would end within the quotes, and no database runs such a one.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for character in text.chars() {
        if character == '\'' {
            out.push('\'');
        }
        out.push(character);
    }
    out.push('\'');
    out
}

/// Checks that a column that stores `ty` can hold a literal, on every database.
///
/// # Errors
/// If it cannot; the error says what the literal should be and never what it is.
pub fn check_literal(value: &Literal, ty: FieldType) -> Result<()> {
    Dialect::ALL
        .iter()
        .try_for_each(|dialect| render(value, ty, dialect).map(drop))
}

/// A literal for a column that stores `ty`.
pub(super) fn render(value: &Literal, ty: FieldType, dialect: &'static Dialect) -> Result<String> {
    let backend = backend(dialect);
    match (ty, value) {
        (_, Literal::Null) => Ok("NULL".to_owned()),
        (FieldType::Bool, Literal::Bool(value)) => Ok(backend.bool_literal(*value).to_owned()),
        (ty, Literal::Int(value)) if ty.whole_numbers().is_some_and(|range| range.contains(value)) => {
            Ok(value.to_string())
        }
        (FieldType::Real | FieldType::Double, Literal::Int(value)) => float(*value as f64, dialect),
        (FieldType::Real | FieldType::Double, Literal::Float(value)) => float(*value, dialect),
        (FieldType::Text | FieldType::Choices, Literal::Str(text)) => backend.text_literal(text),
        (
            FieldType::Date | FieldType::Time | FieldType::DateTime | FieldType::Timestamp,
            Literal::Str(text)
            | Literal::Date(text)
            | Literal::Time(text)
            | Literal::DateTime(text)
            | Literal::Timestamp(text),
        ) if value.is_written_for(ty) => backend.text_literal(&super::time::canonical(text, ty)?),
        (FieldType::Duration, Literal::Str(text) | Literal::Duration(text)) => {
            Ok(backend.duration_literal(from_iso(text).ok_or_else(|| misread(ty))?))
        }
        (FieldType::Uuid, Literal::Str(text) | Literal::Uuid(text)) => {
            Ok(backend.uuid_literal(&uuid_hex(text).ok_or_else(|| misread(ty))?))
        }
        (ty, Literal::Str(text) | Literal::Inet(text)) if ty.is_network() => {
            let (address, prefix) = network::from_text(text, ty).ok_or_else(|| misread(ty))?;
            let (text, bytes) = (
                network::to_text(address, prefix),
                network::to_bytes(address, prefix),
            );
            Ok(backend.typed_literal(ty, &text, &bytes))
        }
        (FieldType::MacAddress, Literal::Str(text) | Literal::MacAddress(text)) => {
            let octets = mac_address::from_text(text).ok_or_else(|| misread(ty))?;
            Ok(backend.typed_literal(ty, &mac_address::to_text(octets), &octets))
        }
        (ty, Literal::Str(text) | Literal::Range(text)) if ty.is_range() => {
            let range = range_form::from_text(text, ty).ok_or_else(|| misread(ty))?;
            let text = sql_text(&range, ty)?;
            Ok(backend.typed_literal(ty, &text, &range_bytes::to_bytes(&range)))
        }
        (ty, Literal::List(items)) if ty.is_multirange() => {
            let texts = items.iter().map(|item| match item {
                Literal::Str(text) | Literal::Range(text) => Some(text.as_str()),
                _ => None,
            });
            let ranges = multirange_form::from_texts(texts, ty).ok_or_else(|| misread(ty))?;
            ranges
                .iter()
                .try_for_each(|range| sql_text(range, ty).map(drop))?;
            backend.multirange_literal(ty, &ranges)
        }
        (FieldType::Bytes, Literal::Str(text) | Literal::Bytes(text)) => {
            Ok(backend.bytes_literal(&bytes_hex(text).ok_or_else(|| misread(ty))?))
        }
        (FieldType::Decimal, Literal::Int(value)) => Ok(backend.decimal_literal(&value.to_string())),
        (FieldType::Decimal, Literal::Float(value)) => {
            let text = canonical_decimal(&value.to_string()).ok_or_else(|| misread(ty))?;
            Ok(backend.decimal_literal(&text))
        }
        (FieldType::Decimal, Literal::Str(text) | Literal::Decimal(text)) => {
            let text = canonical_decimal(text).ok_or_else(|| misread(ty))?;
            Ok(backend.decimal_literal(&text))
        }
        (FieldType::Json, Literal::Str(text) | Literal::Json(text)) => {
            serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|_| misread(ty))?;
            backend.text_literal(text)
        }
        (FieldType::Json, Literal::Bool(value)) => backend.text_literal(&value.to_string()),
        (FieldType::Json, Literal::Int(value)) => backend.text_literal(&value.to_string()),
        (FieldType::Json, Literal::Float(value)) if value.is_finite() => {
            backend.text_literal(&format!("{value:?}"))
        }
        (FieldType::Array(array), Literal::List(items)) => {
            array_lengths(items, array).ok_or_else(|| misread(ty))?;
            backend.array_literal(array, items)
        }
        _ => Err(misread(ty)),
    }
}

/// The text of a range, of which multiranges of type `ty` may be made.
///
/// # Errors
/// If it has no text in SQL.
fn sql_text(range: &RangeValue, ty: FieldType) -> Result<String> {
    let text = range_form::to_text(range)?;
    // There is no year 0, and those before have another form in SQL.
    let before = ["(-", "[-", ",-", "(0000", "[0000", ",0000"];
    let is_date = matches!(
        ty.bound(),
        Some(FieldType::Date | FieldType::DateTime | FieldType::Timestamp)
    );
    match is_date && before.iter().any(|before| text.contains(before)) {
        true => Err(misread(ty)),
        false => Ok(text),
    }
}

/// The length of each level; `None` if it is no rectangular array of that type.
fn array_lengths(items: &[Literal], ty: ArrayType) -> Option<Vec<usize>> {
    let FieldType::Array(below) = ty.items() else {
        let fits = |item: &Literal| match item {
            Literal::Null => ty.takes_null(),
            item => !matches!(item, Literal::List(_)),
        };
        return items.iter().all(fits).then(|| vec![items.len()]);
    };
    let mut lengths = vec![items.len()];
    for item in items {
        let Literal::List(inner) = item else {
            return None;
        };
        let inner = array_lengths(inner, below)?;
        match lengths.len() {
            1 => lengths.extend(inner),
            _ if lengths[1..] != inner => return None,
            _ => {}
        }
    }
    // No database has an array of empty arrays.
    (items.is_empty() || !lengths.contains(&0)).then_some(lengths)
}

/// The error for a literal that a column cannot hold; it names the type and never the value.
#[cold]
pub(super) fn misread(ty: FieldType) -> Error {
    let expected = match ty {
        FieldType::Bool => "true or false",
        FieldType::SmallInt => "a whole number of 16 bits",
        FieldType::Int => "a whole number of 32 bits",
        FieldType::BigInt => "a whole number of 64 bits",
        FieldType::TinyInt => "a whole number of 8 bits",
        FieldType::UnsignedTinyInt => "a whole number of 8 bits without a sign",
        FieldType::UnsignedSmallInt => "a whole number of 16 bits without a sign",
        FieldType::UnsignedInt => "a whole number of 32 bits without a sign",
        FieldType::UnsignedBigInt => "a whole number of 63 bits without a sign",
        FieldType::Real | FieldType::Double => "a number",
        FieldType::Text | FieldType::Choices => "a text",
        FieldType::Date => "a date such as \"2026-11-22\"",
        FieldType::Time => "a time such as \"18:05:00\"",
        FieldType::DateTime => "a date and time such as \"2026-11-22T18:05:00\"",
        FieldType::Timestamp => "an instant such as \"2026-11-22T18:05:00Z\"",
        FieldType::Duration => "a duration without months such as \"PT1H30M\"",
        FieldType::Uuid => "a UUID such as \"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
        FieldType::IpAddress => "an IP address such as \"10.1.2.3\" or \"2001:db8::1\"",
        FieldType::Ipv4Address => "an IPv4 address such as \"10.1.2.3\"",
        FieldType::Ipv6Address => "an IPv6 address such as \"2001:db8::1\"",
        FieldType::Inet => "an IP address and its network such as \"10.1.2.3/8\"",
        FieldType::Cidr => "a network of IP addresses such as \"10.0.0.0/8\", whose other bits are 0",
        FieldType::MacAddress => "a MAC address such as \"08:00:2b:01:02:03\"",
        FieldType::Decimal => "a decimal number such as \"12.50\"",
        FieldType::IntRange | FieldType::BigIntRange => "a range such as \"[1,10)\", \"[1,)\" or \"empty\"",
        FieldType::DecimalRange => "a range such as \"[0.5,1]\"",
        FieldType::DateRange => "a range such as \"[2026-11-22,2026-12-01)\"",
        FieldType::DateTimeRange => "a range such as \"[2026-11-22T18:00:00,2026-11-22T20:00:00)\"",
        FieldType::TimestampRange => "a range such as \"[2026-11-22T18:00:00Z,2026-11-22T20:00:00Z)\"",
        FieldType::IntMultirange | FieldType::BigIntMultirange => "ranges such as [\"[1,10)\", \"[20,)\"]",
        FieldType::DecimalMultirange => "ranges such as [\"[0.5,1]\"]",
        FieldType::DateMultirange => "ranges such as [\"[2026-11-22,2026-12-01)\"]",
        FieldType::DateTimeMultirange => "ranges such as [\"[2026-11-22T18:00:00,2026-11-22T20:00:00)\"]",
        FieldType::TimestampMultirange => "ranges such as [\"[2026-11-22T18:00:00Z,2026-11-22T20:00:00Z)\"]",
        FieldType::Json => "JSON text",
        FieldType::Array(_) => "an array of its type, with inner lists of one length",
        FieldType::Bytes => "bytes as hexadecimal digits such as \"0aff\"",
        FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => "a key",
    };
    Error::config(format!("the literal is not {expected}"))
}

fn float(value: f64, dialect: &'static Dialect) -> Result<String> {
    if value.is_nan() {
        return Err(Error::config("a literal is not a number (NaN)"));
    }
    if value.is_infinite() {
        return Ok(backend(dialect).infinity_literal(value > 0.0).to_owned());
    }
    Ok(format!("{value:?}"))
}

/// The 32 hexadecimal digits of a UUID, in lower case.
pub(super) fn uuid_hex(text: &str) -> Option<String> {
    let text = text.trim();
    let hyphens_fit = text.len() == 32
        || (text.len() == 36 && [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-'));
    let digits: String = text.chars().filter(|&c| c != '-').collect();
    let hex = digits.len() == 32 && digits.chars().all(|c| c.is_ascii_hexdigit());
    (hyphens_fit && hex).then(|| digits.to_ascii_lowercase())
}

/// Whole bytes in hexadecimal digits, in lower case; none for no bytes.
pub(super) fn bytes_hex(text: &str) -> Option<String> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_column_cannot_hold_is_refused() {
        for dialect in [Dialect::SQLITE, Dialect::POSTGRES] {
            for (value, ty) in [
                (Literal::Int(40_000), FieldType::SmallInt),
                (Literal::Str("x\0y".to_owned()), FieldType::Text),
                (Literal::Str("yesterday".to_owned()), FieldType::Date),
                (Literal::Str("{".to_owned()), FieldType::Json),
                (Literal::Float(f64::NAN), FieldType::Double),
                (Literal::Bool(true), FieldType::Int),
                (Literal::Str("0".to_owned()), FieldType::Bytes),
                (Literal::Str("0é".to_owned()), FieldType::Bytes),
            ] {
                let error = render(&value, ty, dialect).unwrap_err().to_string();
                assert!(!error.contains("yesterday"), "{error}");
            }
        }
    }
}
