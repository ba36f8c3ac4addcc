//! Converts a column's value to JSON and back, given only the column's type.
//!
//! Every value has exactly one JSON form, which reads back as the same value. A type that JSON lacks is written as a
//! string.

use std::borrow::Cow;

use serde_json::{Number, Value as JsonValue};

use crate::error::{Error, Result};

use super::{ArrayType, ColumnType, FieldType, Json, Value};

/// Why a JSON value is not a value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonMismatch {
    /// What the column accepts instead: `takes a string, not a number`.
    pub said: String,
    /// How to fix it, if known.
    pub hint: Option<&'static str>,
}

/// A column's value as JSON.
///
/// # Errors
/// If no column can hold the value.
pub(crate) fn to_json(value: &Value<'_>, ty: FieldType) -> Result<JsonValue> {
    Ok(match value {
        Value::Null => JsonValue::Null,
        Value::Bool(value) => JsonValue::Bool(*value),
        Value::Int(value) => JsonValue::from(*value),
        Value::Float(value) => number(*value, ty),
        Value::Str(text) => JsonValue::from(&**text),
        Value::Bytes(bytes) => JsonValue::String(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        #[cfg(feature = "chrono")]
        Value::Date(value) => JsonValue::String(value.format(times::DATE).to_string()),
        #[cfg(feature = "chrono")]
        Value::Time(value) => JsonValue::String(value.format(times::TIME).to_string()),
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => JsonValue::String(value.format(times::DATE_TIME).to_string()),
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => JsonValue::String(value.format(times::TIMESTAMP).to_string()),
        Value::Duration(micros) => JsonValue::String(super::duration::to_iso(*micros)),
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => JsonValue::String(value.to_string()),
        Value::Inet(address, prefix) => JsonValue::String(super::network::to_text(*address, *prefix)),
        Value::MacAddress(octets) => JsonValue::String(super::mac_address::to_text(*octets)),
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => JsonValue::String(super::decimal::canonical(*value)),
        Value::Range(range) => JsonValue::String(super::range_form::to_text(range)?),
        Value::Multirange(ranges) => {
            let texts = ranges.iter().map(super::range_form::to_text);
            JsonValue::Array(
                texts
                    .map(|text| text.map(JsonValue::String))
                    .collect::<Result<_>>()?,
            )
        }
        Value::Json(text) => serde_json::from_str(text)
            .map_err(|_| Error::internal("a JSON column was read as something that is not JSON"))?,
        Value::Array(elements) => {
            let of = match ty {
                FieldType::Array(array) => array.items(),
                _ => return Err(Error::internal("an array was read from a column of another type")),
            };
            JsonValue::Array(
                elements
                    .iter()
                    .map(|element| to_json(element, of))
                    .collect::<Result<_>>()?,
            )
        }
        Value::List(_) | Value::Refused(_) => {
            return Err(Error::internal(
                "a value that no column can hold was read from one",
            ));
        }
    })
}

/// A floating-point number; in single precision, with the fewest digits that identify it.
fn number(value: f64, ty: FieldType) -> JsonValue {
    let shortest = match ty {
        FieldType::Real => {
            let single = value as f32;
            single
                .to_string()
                .parse()
                .ok()
                .filter(|shortest| *shortest as f32 == single)
        }
        _ => None,
    };
    match Number::from_f64(shortest.unwrap_or(value)) {
        Some(number) => JsonValue::Number(number),
        None if value.is_nan() => JsonValue::from("NaN"),
        None if value > 0.0 => JsonValue::from("Infinity"),
        None => JsonValue::from("-Infinity"),
    }
}

/// The column value for a JSON value. `null` is a document in a JSON column, and not a value in any other.
///
/// # Errors
/// If the column cannot hold it.
pub(crate) fn from_json(json: &JsonValue, ty: FieldType) -> Result<Value<'static>, JsonMismatch> {
    let value = match (ty, json) {
        (FieldType::Bool, JsonValue::Bool(value)) => Some(Value::Bool(*value)),
        (ty, JsonValue::Number(number)) if ty.is_integer() => whole(number, ty),
        (FieldType::Real | FieldType::Double, json) => floating(json, ty).map(Value::Float),
        (FieldType::Text | FieldType::Choices, JsonValue::String(text)) => Some(Value::from(text.clone())),
        (FieldType::Bytes, JsonValue::String(text)) => {
            bytes(text).map(|bytes| Value::Bytes(Cow::Owned(bytes)))
        }
        #[cfg(feature = "chrono")]
        (FieldType::Date, JsonValue::String(text)) => times::date(text),
        #[cfg(feature = "chrono")]
        (FieldType::Time, JsonValue::String(text)) => times::time(text),
        #[cfg(feature = "chrono")]
        (FieldType::DateTime, JsonValue::String(text)) => times::date_time(text),
        #[cfg(feature = "chrono")]
        (FieldType::Timestamp, JsonValue::String(text)) => times::timestamp(text),
        (FieldType::Duration, JsonValue::String(text)) => {
            super::duration::from_iso(text).map(Value::Duration)
        }
        #[cfg(feature = "uuid")]
        (FieldType::Uuid, JsonValue::String(text)) => uuid::Uuid::parse_str(text).ok().map(Value::Uuid),
        (ty, JsonValue::String(text)) if ty.is_network() => {
            super::network::from_text(text, ty).map(|(address, prefix)| Value::Inet(address, prefix))
        }
        (FieldType::MacAddress, JsonValue::String(text)) => {
            super::mac_address::from_text(text).map(Value::MacAddress)
        }
        #[cfg(feature = "decimal")]
        (FieldType::Decimal, JsonValue::String(text)) => super::canonical_decimal(text)
            .and_then(|text| rust_decimal::Decimal::from_str_exact(&text).ok())
            .map(Value::Decimal),
        #[cfg(feature = "decimal")]
        (FieldType::Decimal, JsonValue::Number(number)) => number
            .as_i64()
            .map(|number| Value::Decimal(rust_decimal::Decimal::from(number))),
        (ty, JsonValue::String(text)) if ty.is_range() => {
            super::range_form::from_text(text, ty).map(|range| Value::Range(Box::new(range)))
        }
        (ty, JsonValue::Array(items)) if ty.is_multirange() => {
            super::multirange_form::from_texts(items.iter().map(JsonValue::as_str), ty).map(Value::Multirange)
        }
        (FieldType::Array(array), JsonValue::Array(items)) => return self::array(items, array),
        (FieldType::Json, json) => match Json(json.clone()).encode().into_owned() {
            Value::Refused(reason) => {
                return Err(JsonMismatch {
                    said: format!("does not take it: {reason}"),
                    hint: None,
                });
            }
            value => Some(value),
        },
        _ => None,
    };
    value.ok_or_else(|| mismatch(json, ty))
}

/// An array, whose elements are values of its type.
fn array(items: &[JsonValue], ty: ArrayType) -> Result<Value<'static>, JsonMismatch> {
    let of = ty.items();
    let item = |item: &JsonValue| match item {
        JsonValue::Null if ty.takes_null() && ty.levels() == 1 => Ok(Value::Null),
        item => from_json(item, of).map_err(|mismatch| JsonMismatch {
            said: format!(
                "is an array, whose elements each {}",
                mismatch.said.replacen("takes", "take", 1)
            ),
            ..mismatch
        }),
    };
    match super::array::checked(items.iter().map(item).collect::<Result<_, _>>()?) {
        Value::Refused(reason) => Err(JsonMismatch {
            said: format!("does not take it: {reason}"),
            hint: None,
        }),
        value => Ok(value),
    }
}

fn whole(number: &Number, ty: FieldType) -> Option<Value<'static>> {
    let number = number.as_i64()?;
    ty.whole_numbers()?
        .contains(&number)
        .then_some(Value::Int(number))
}

fn floating(json: &JsonValue, ty: FieldType) -> Option<f64> {
    let number = match json {
        JsonValue::Number(number) => number.as_f64().filter(|number| number.is_finite())?,
        JsonValue::String(text) => {
            return match &**text {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => None,
            };
        }
        _ => return None,
    };
    match ty {
        FieldType::Real => Some(f64::from(number as f32)).filter(|single| single.is_finite()),
        _ => Some(number),
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |at: u8| char::from(at).to_digit(16);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cold]
fn mismatch(json: &JsonValue, ty: FieldType) -> JsonMismatch {
    let expected = match ty {
        FieldType::Bool => "true or false",
        FieldType::SmallInt => "a whole number from -32768 to 32767",
        FieldType::Int => "a whole number from -2147483648 to 2147483647",
        FieldType::BigInt => "a whole number from -9223372036854775808 to 9223372036854775807",
        FieldType::TinyInt => "a whole number from -128 to 127",
        FieldType::UnsignedTinyInt => "a whole number from 0 to 255",
        FieldType::UnsignedSmallInt => "a whole number from 0 to 65535",
        FieldType::UnsignedInt => "a whole number from 0 to 4294967295",
        FieldType::UnsignedBigInt => "a whole number from 0 to 9223372036854775807",
        FieldType::Real => "a number of single precision, \"NaN\", \"Infinity\" or \"-Infinity\"",
        FieldType::Double => "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
        FieldType::Text | FieldType::Choices => "a string",
        FieldType::Bytes => "a string of hexadecimal digits, two for each byte",
        FieldType::Date => "a day such as \"2026-11-22\"",
        FieldType::Time => "a time of day such as \"18:05:00\"",
        FieldType::DateTime => "a day and a time without a zone such as \"2026-11-22T18:05:00\"",
        FieldType::Timestamp => "an instant with its zone such as \"2026-11-22T18:05:00Z\"",
        FieldType::Duration => "a duration without months such as \"PT1H30M\" (ISO 8601)",
        FieldType::Uuid => "a UUID such as \"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
        FieldType::IpAddress => "an IP address such as \"10.1.2.3\" or \"2001:db8::1\"",
        FieldType::Ipv4Address => "an IPv4 address such as \"10.1.2.3\"",
        FieldType::Ipv6Address => "an IPv6 address such as \"2001:db8::1\"",
        FieldType::Inet => "an IP address and its network such as \"10.1.2.3/8\"",
        FieldType::Cidr => "a network of IP addresses such as \"10.0.0.0/8\"",
        FieldType::MacAddress => "a MAC address such as \"08:00:2b:01:02:03\"",
        FieldType::Decimal => "a decimal number of at most 28 digits as a string such as \"12.5\"",
        FieldType::IntRange | FieldType::BigIntRange => "a range such as \"[1,10)\", \"[1,)\" or \"empty\"",
        FieldType::DecimalRange => "a range such as \"[0.5,1]\"",
        FieldType::DateRange => "a range such as \"[2026-11-22,2026-12-01)\"",
        FieldType::DateTimeRange => "a range such as \"[2026-11-22T18:00:00,2026-11-22T20:00:00)\"",
        FieldType::TimestampRange => "a range such as \"[2026-11-22T18:00:00Z,2026-11-22T20:00:00Z)\"",
        FieldType::IntMultirange | FieldType::BigIntMultirange => {
            "a list of ranges such as [\"[1,10)\", \"[20,)\"]"
        }
        FieldType::DecimalMultirange => "a list of ranges such as [\"[0.5,1]\"]",
        FieldType::DateMultirange => "a list of ranges such as [\"[2026-11-22,2026-12-01)\"]",
        FieldType::DateTimeMultirange => {
            "a list of ranges such as [\"[2026-11-22T18:00:00,2026-11-22T20:00:00)\"]"
        }
        FieldType::TimestampMultirange => {
            "a list of ranges such as [\"[2026-11-22T18:00:00Z,2026-11-22T20:00:00Z)\"]"
        }
        FieldType::Json => "JSON",
        FieldType::Array(_) => "an array",
        FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => "a key",
    };
    let is_floating = matches!(ty, FieldType::Real | FieldType::Double);
    // The JSON type is right, but the string's format is not.
    let given = match json {
        JsonValue::Null => "null",
        JsonValue::Bool(_) => "true or false",
        JsonValue::Number(_) if ty.is_integer() || is_floating => "another number",
        JsonValue::Number(_) => "a number",
        JsonValue::String(_) if matches!(ty, FieldType::Bool) || ty.is_integer() || ty.is_multirange() => {
            "a string"
        }
        JsonValue::String(_) => "another string",
        JsonValue::Array(_) if ty.is_multirange() => "another list",
        JsonValue::Array(_) => "a list",
        JsonValue::Object(_) => "an object",
    };
    let lacks_feature = match ty.range().unwrap_or(ty) {
        FieldType::Date | FieldType::Time | FieldType::DateTime | FieldType::Timestamp => {
            !cfg!(feature = "chrono")
        }
        FieldType::Uuid => !cfg!(feature = "uuid"),
        FieldType::DateRange | FieldType::DateTimeRange | FieldType::TimestampRange => {
            !cfg!(feature = "chrono")
        }
        FieldType::Decimal | FieldType::DecimalRange => !cfg!(feature = "decimal"),
        _ => false,
    };
    let hint = match (ty, json) {
        _ if lacks_feature => Some("build the program with the feature of the type: chrono, uuid or decimal"),
        (FieldType::Decimal, JsonValue::Number(_)) => {
            Some("write it as a string: a number with a fraction may have been rounded already")
        }
        _ => None,
    };
    JsonMismatch {
        said: format!("takes {expected}, not {given}"),
        hint,
    }
}

#[cfg(feature = "chrono")]
mod times {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

    use super::Value;
    use crate::value::chrono::cut;

    pub(super) const DATE: &str = "%Y-%m-%d";
    pub(super) const TIME: &str = "%H:%M:%S%.f";
    pub(super) const DATE_TIME: &str = "%Y-%m-%dT%H:%M:%S%.f";
    pub(super) const TIMESTAMP: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

    pub(super) fn date(text: &str) -> Option<Value<'static>> {
        NaiveDate::parse_from_str(text, DATE).ok().map(Value::Date)
    }

    pub(super) fn time(text: &str) -> Option<Value<'static>> {
        let time =
            NaiveTime::parse_from_str(text, TIME).or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"));
        kept(time.ok()?).map(Value::Time)
    }

    pub(super) fn date_time(text: &str) -> Option<Value<'static>> {
        kept(naive(text)?).map(Value::DateTime)
    }

    /// Without a time zone, the reader would have to guess the instant.
    pub(super) fn timestamp(text: &str) -> Option<Value<'static>> {
        let instant = match text.strip_suffix(['Z', 'z']) {
            Some(text) => naive(text)?.and_utc(),
            None => ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%:z"]
                .iter()
                .find_map(|form| DateTime::parse_from_str(text, form).ok())?
                .to_utc(),
        };
        kept(instant).map(Value::Timestamp)
    }

    fn naive(text: &str) -> Option<NaiveDateTime> {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    }

    /// Truncates to microseconds; no database stores leap seconds.
    fn kept<T: Timelike + Copy>(value: T) -> Option<T> {
        cut(&value).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A round trip through JSON text.
    #[track_caller]
    fn comes_back(value: &Value<'static>, ty: FieldType) {
        let text = to_json(value, ty).unwrap().to_string();
        let back = from_json(&serde_json::from_str(&text).unwrap(), ty);
        assert_eq!(back.as_ref(), Ok(value), "{ty:?} by way of {text}");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(
            (truth, whole, double, single) in any::<(bool, i64, f64, f32)>(),
            text: String,
            bytes: Vec<u8>,
        ) {
            comes_back(&Value::Bool(truth), FieldType::Bool);
            comes_back(&Value::Duration(whole), FieldType::Duration);
            comes_back(&Value::Int(whole), FieldType::BigInt);
            comes_back(&Value::Int((whole as i32).into()), FieldType::Int);
            comes_back(&Value::Int((whole as i16).into()), FieldType::SmallInt);
            comes_back(&Value::Int((whole as i8).into()), FieldType::TinyInt);
            comes_back(&Value::Int((whole as u8).into()), FieldType::UnsignedTinyInt);
            comes_back(&Value::Int((whole as u16).into()), FieldType::UnsignedSmallInt);
            comes_back(&Value::Int((whole as u32).into()), FieldType::UnsignedInt);
            comes_back(&Value::Int(whole & i64::MAX), FieldType::UnsignedBigInt);
            if !double.is_nan() {
                comes_back(&Value::Float(double), FieldType::Double);
            }
            if !single.is_nan() {
                comes_back(&Value::Float(single.into()), FieldType::Real);
            }
            comes_back(&Value::from(text.clone()), FieldType::Text);
            comes_back(&Value::Bytes(Cow::Owned(bytes)), FieldType::Bytes);
            let document = json!({ "text": text, "number": double, "list": [whole, null] });
            comes_back(&Json(document).encode().into_owned(), FieldType::Json);
        }

        #[cfg(all(feature = "chrono", feature = "uuid", feature = "decimal"))]
        #[test]
        fn every_value_of_other_crates_comes_back(
            digits: i64, scale in 0_u32..=28, id: u128,
            (seconds, micros) in (-200_000_000_000_i64..400_000_000_000, 0_u32..1_000_000),
        ) {
            let decimal = rust_decimal::Decimal::new(digits, scale);
            comes_back(&Value::Decimal(decimal), FieldType::Decimal);
            comes_back(&Value::Uuid(uuid::Uuid::from_u128(id)), FieldType::Uuid);
            // From the year -4,368 to the year 14,645.
            let instant = chrono::DateTime::from_timestamp(seconds, micros * 1_000).unwrap();
            comes_back(&Value::Timestamp(instant), FieldType::Timestamp);
            comes_back(&Value::DateTime(instant.naive_utc()), FieldType::DateTime);
            comes_back(&Value::Date(instant.date_naive()), FieldType::Date);
            comes_back(&Value::Time(instant.time()), FieldType::Time);
        }
    }

    #[test]
    fn each_value_has_one_form() {
        let form = |value: Value<'static>, ty| to_json(&value, ty).unwrap();
        assert_eq!(form(Value::Null, FieldType::Text), json!(null));
        assert_eq!(
            form(Value::Int(i64::MAX), FieldType::BigInt),
            json!(9223372036854775807_i64)
        );
        assert_eq!(form(Value::Float(0.1_f32.into()), FieldType::Real), json!(0.1));
        assert_eq!(form(Value::Float(f64::NAN), FieldType::Double), json!("NaN"));
        assert_eq!(
            form(Value::Float(f64::NEG_INFINITY), FieldType::Real),
            json!("-Infinity")
        );
        assert_eq!(
            form(Value::Bytes(Cow::Borrowed(&[0, 171])), FieldType::Bytes),
            json!("00ab")
        );
    }

    #[cfg(all(feature = "chrono", feature = "uuid", feature = "decimal"))]
    #[test]
    fn other_forms_of_a_value_are_read_too() {
        for (ty, written, read) in [
            (FieldType::Decimal, json!("+01.500"), json!("1.5")),
            (FieldType::Decimal, json!(-12), json!("-12")),
            (
                FieldType::Decimal,
                json!(format!("1{}", ".0".to_owned() + &"0".repeat(40))),
                json!("1"),
            ),
            (FieldType::Double, json!(1), json!(1.0)),
            (FieldType::Bytes, json!("00AB"), json!("00ab")),
            (
                FieldType::Uuid,
                json!("67E5504410B1426F9247BB680E5FE0C8"),
                json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            ),
            (FieldType::Time, json!("18:05"), json!("18:05:00")),
            (
                FieldType::DateTime,
                json!("2026-11-22 18:05:00.5"),
                json!("2026-11-22T18:05:00.500"),
            ),
            (
                FieldType::Timestamp,
                json!("2026-11-22T18:05:00+02:00"),
                json!("2026-11-22T16:05:00Z"),
            ),
            // No database stores anything finer than microseconds.
            (
                FieldType::Time,
                json!("18:05:00.123456789"),
                json!("18:05:00.123456"),
            ),
        ] {
            let value = from_json(&written, ty);
            let value = value.unwrap_or_else(|mismatch| panic!("{written} as {ty:?}: {}", mismatch.said));
            assert_eq!(to_json(&value, ty).unwrap(), read, "{written} as {ty:?}");
        }
    }

    #[test]
    fn what_is_no_value_of_the_type_is_refused_and_not_shown() {
        for (ty, refused) in [
            (FieldType::Bool, json!(["true", 0, 1, []])),
            (
                FieldType::SmallInt,
                json!([32768, -32769, 1.5, 1.0, "1", true, {}]),
            ),
            (FieldType::Int, json!([2147483648_i64, -2147483649_i64, "x"])),
            (FieldType::TinyInt, json!([128, -129, 0.5])),
            (FieldType::UnsignedTinyInt, json!([256, -1, "1"])),
            (FieldType::UnsignedSmallInt, json!([65536, -1, true])),
            (FieldType::UnsignedInt, json!([4294967296_i64, -1, null])),
            (
                FieldType::UnsignedBigInt,
                json!([9223372036854775808_u64, -1, 1e3]),
            ),
            (
                FieldType::BigInt,
                json!([9223372036854775808_u64, 1e19, "9", false]),
            ),
            (FieldType::Real, json!([1e39, "nan", "1.5", true])),
            (FieldType::Double, json!(["inf", "", []])),
            (FieldType::Text, json!([1, true, [], {}])),
            (FieldType::Bytes, json!(["a", "0g", "é", "+1", 7, [1, 2]])),
            (
                FieldType::Date,
                json!(["2026-02-30", "22.11.2026", "", 0, "2026-11-22T00:00:00"]),
            ),
            (FieldType::Time, json!(["24:00:00", "6pm", "23:59:60", 5])),
            (
                FieldType::DateTime,
                json!(["2026-11-22", "2026-11-22T18:05:00Z", "2026-11-22T18:05:00+01:00"]),
            ),
            (
                FieldType::Timestamp,
                json!(["2026-11-22T18:05:00", "2026-11-22", 1763830000]),
            ),
            (FieldType::Uuid, json!(["67e55044", "", 1])),
            (
                FieldType::Decimal,
                json!([
                    1.5,
                    "1e3",
                    "1,5",
                    "NaN",
                    "",
                    true,
                    "1.".to_owned() + &"1".repeat(29)
                ]),
            ),
        ] {
            for json in refused.as_array().unwrap() {
                let mismatch = from_json(json, ty).expect_err(&json.to_string());
                assert!(mismatch.said.starts_with("takes "), "{}", mismatch.said);
            }
        }
        let said = |json, ty| from_json(&json, ty).unwrap_err().said;
        assert!(!said(json!("secret"), FieldType::BigInt).contains("secret"));
        assert_eq!(said(json!(7), FieldType::Text), "takes a string, not a number");
        assert_eq!(
            said(json!("7"), FieldType::Bool),
            "takes true or false, not a string"
        );
        assert_eq!(
            said(json!(70_000), FieldType::SmallInt),
            "takes a whole number from -32768 to 32767, not another number"
        );
        let nested = (0..200).fold(json!(null), |inner, _| json!([inner]));
        assert!(said(nested, FieldType::Json).contains("nested deeper"));
    }
}
