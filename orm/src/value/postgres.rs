//! Postgres' binary encoding of values.

use std::borrow::Cow;
use std::net::IpAddr;

use postgres_types::private::BytesMut;
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::error::Result;

use super::row::{no_column, not_utf8};
use super::{Cell, Value, network};

mod array;
mod copy_format;
mod hstore;
mod multirange;
mod range;
mod text_format;

pub(crate) use array::elements as array_elements;
pub(crate) use copy_format::copy_line;
pub(crate) use multirange::read as multirange;
pub(crate) use range::read as range;
pub(crate) use text_format::TextFormat;

const NUL: &str = "Postgres cannot store the character NUL (U+0000) in a string";
const NUL_IN_JSON: &str = "Postgres cannot store the character NUL (U+0000) in JSON";

type BoxError = Box<dyn std::error::Error + Sync + Send>;

/// A column's bytes as received, for any type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The column at position `index` of a row.
#[inline]
pub(crate) fn cell(row: &tokio_postgres::Row, index: usize) -> Result<Cell<'_>> {
    let column = row.columns().get(index).ok_or_else(|| no_column(index))?;
    match row.try_get::<_, Option<Raw<'_>>>(index) {
        Ok(Some(Raw(raw))) => Ok(Cell::Postgres(column.type_(), raw)),
        Ok(None) => Ok(Cell::Null),
        Err(_) => Err(no_column(index)),
    }
}

/// Decodes any type that the driver knows.
#[cfg(any(feature = "chrono", feature = "uuid", feature = "decimal"))]
pub(crate) fn from_sql<'a, T: FromSql<'a>>(ty: &'a Type, raw: &'a [u8], expected: &str) -> Result<T> {
    use crate::error::{Error, Kind};

    if !T::accepts(ty) {
        return Err(Cell::Postgres(ty, raw).mismatch(expected));
    }
    T::from_sql(ty, raw).map_err(|source| {
        Error::new(
            Kind::Decode,
            format!(
                "expected {expected}, the database holds a value of type {} beyond what that can be",
                ty.name()
            ),
        )
        .with_source(source)
    })
}

pub(crate) fn boolean(ty: &Type, raw: &[u8]) -> Result<bool> {
    match (ty, raw) {
        (&Type::BOOL, [byte]) => Ok(*byte != 0),
        _ => Err(Cell::Postgres(ty, raw).mismatch("true or false")),
    }
}

#[inline]
pub(crate) fn int(ty: &Type, raw: &[u8]) -> Result<i64> {
    match (ty, raw.len()) {
        (&Type::INT8, 8) => Ok(i64::from_be_bytes(fixed(raw))),
        (&Type::INT4, 4) => Ok(i64::from(i32::from_be_bytes(fixed(raw)))),
        (&Type::INT2, 2) => Ok(i64::from(i16::from_be_bytes(fixed(raw)))),
        _ => Err(Cell::Postgres(ty, raw).mismatch("a whole number")),
    }
}

/// Whether it is a numeric with more than 32 digits before the decimal point, far beyond a `Decimal`: for some of
/// those the driver panics instead of returning an error.
#[cfg(feature = "decimal")]
pub(crate) fn is_beyond_decimal(ty: &Type, raw: &[u8]) -> bool {
    // After the number of four-digit groups comes the weight of the first group.
    matches!(raw, [_, _, high, low, ..] if *ty == Type::NUMERIC && i16::from_be_bytes([*high, *low]) >= 8)
}

#[cfg(feature = "bigdecimal")]
pub(crate) fn is_numeric(ty: &Type) -> bool {
    *ty == Type::NUMERIC
}

/// Whether it is `24:00`, the end of the day, which Postgres has and Rust's time types lack: the driver reads it as
/// midnight.
#[cfg(feature = "chrono")]
pub(crate) fn is_end_of_day(ty: &Type, raw: &[u8]) -> bool {
    const DAY: i64 = 86_400_000_000;
    *ty == Type::TIME && raw.len() == 8 && i64::from_be_bytes(fixed(raw)) >= DAY
}

pub(crate) fn float(ty: &Type, raw: &[u8]) -> Result<f64> {
    match (ty, raw.len()) {
        (&Type::FLOAT8, 8) => Ok(f64::from_be_bytes(fixed(raw))),
        (&Type::FLOAT4, 4) => Ok(f64::from(f32::from_be_bytes(fixed(raw)))),
        _ => Err(Cell::Postgres(ty, raw).mismatch("a floating-point number")),
    }
}

/// The caller has matched the length.
fn fixed<const N: usize>(raw: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(raw);
    bytes
}

pub(crate) fn text<'a>(ty: &'a Type, raw: &'a [u8]) -> Result<&'a str> {
    if !<&str as FromSql>::accepts(ty) && !is_enum(ty) {
        return Err(Cell::Postgres(ty, raw).mismatch("a string"));
    }
    // The forms of a path of labels and of patterns for it begin with their version.
    let raw = match raw {
        [1, text @ ..] if matches!(ty.name(), "ltree" | "lquery" | "ltxtquery") => text,
        raw => raw,
    };
    std::str::from_utf8(raw).map_err(not_utf8)
}

/// Whether it is an enum type, whose values are sent as strings.
fn is_enum(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Enum(_))
}

pub(crate) fn bytes<'a>(ty: &'a Type, raw: &'a [u8]) -> Result<&'a [u8]> {
    match *ty {
        Type::BYTEA => Ok(raw),
        _ => Err(Cell::Postgres(ty, raw).mismatch("bytes")),
    }
}

pub(crate) fn json<'a>(ty: &'a Type, raw: &'a [u8]) -> Result<Cow<'a, str>> {
    match (ty, raw) {
        // The binary format of jsonb is a version byte, then the text.
        (&Type::JSONB, [1, text @ ..]) | (&Type::JSON, text) => {
            std::str::from_utf8(text).map(Cow::Borrowed).map_err(not_utf8)
        }
        (ty, raw) if hstore::is(ty) => hstore::to_json(raw)
            .map(|object| Cow::Owned(object.to_string()))
            .ok_or_else(|| Cell::Postgres(ty, raw).mismatch("strings by keys")),
        _ => Err(Cell::Postgres(ty, raw).mismatch("JSON")),
    }
}

/// A value in the encoding of its natural column type; `None` if no column holds it.
pub(crate) fn encoded(value: &Value<'_>) -> Option<(Type, Vec<u8>)> {
    let ty = match value {
        Value::Null | Value::List(_) | Value::Refused(_) => return None,
        Value::Bool(_) => Type::BOOL,
        Value::Int(_) => Type::INT8,
        Value::Float(_) => Type::FLOAT8,
        Value::Str(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
        #[cfg(feature = "chrono")]
        Value::Date(_) => Type::DATE,
        #[cfg(feature = "chrono")]
        Value::Time(_) => Type::TIME,
        #[cfg(feature = "chrono")]
        Value::DateTime(_) => Type::TIMESTAMP,
        #[cfg(feature = "chrono")]
        Value::Timestamp(_) => Type::TIMESTAMPTZ,
        Value::Duration(_) => Type::INTERVAL,
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => Type::UUID,
        Value::Inet(..) => Type::INET,
        Value::MacAddress(_) => Type::MACADDR,
        #[cfg(feature = "decimal")]
        Value::Decimal(_) => Type::NUMERIC,
        Value::Range(range) => range::type_of(range),
        Value::Multirange(ranges) => multirange::type_of(ranges),
        Value::Json(_) => Type::JSONB,
        Value::Array(elements) => array::type_of(elements)?,
    };
    let mut out = BytesMut::new();
    value.to_sql(&ty, &mut out).ok()?;
    Some((ty, out.to_vec()))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        self.to_plain_sql(ty, out)
            .or_else(|refused| self.to_domain_sql(ty, out, refused))
    }

    // The server determines each parameter's type; `to_sql` refuses a value that does not fit.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Value<'_> {
    /// A value of a domain is one of the type that the domain is over.
    #[cold]
    fn to_domain_sql(&self, ty: &Type, out: &mut BytesMut, refused: BoxError) -> Result<IsNull, BoxError> {
        match ty.kind() {
            Kind::Domain(base) => self.to_sql(base, out),
            _ => Err(refused),
        }
    }

    #[inline(always)]
    fn to_plain_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            // Most values need none of the checks below.
            Value::Int(value) if *ty == Type::INT8 => {
                out.extend_from_slice(&value.to_be_bytes());
                Ok(IsNull::No)
            }
            Value::Str(text) if *ty == Type::TEXT && !text.contains('\0') => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Value::Bool(value) => value.to_sql_checked(ty, out),
            Value::Int(value) => int_to_sql(*value, ty, out),
            Value::Float(value) if *ty == Type::FLOAT4 => (*value as f32).to_sql(ty, out),
            #[cfg(feature = "decimal")]
            Value::Float(value) if *ty == Type::NUMERIC => {
                rust_decimal::Decimal::try_from(*value)?.to_sql(ty, out)
            }
            Value::Float(value) => value.to_sql_checked(ty, out),
            Value::Str(text) | Value::Json(text) if text.contains('\0') => {
                let _ = text;
                Err(NUL.into())
            }
            // Not checked against the variants that the driver knows: it fetched those when it first met the type, and
            // they may have changed.
            Value::Str(text) if is_enum(ty) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Value::Str(text) => text.as_ref().to_sql_checked(ty, out),
            Value::Bytes(bytes) => bytes.as_ref().to_sql_checked(ty, out),
            #[cfg(feature = "chrono")]
            Value::Date(value) => value.to_sql_checked(ty, out),
            #[cfg(feature = "chrono")]
            Value::Time(value) => super::chrono::cut(value)?.to_sql_checked(ty, out),
            #[cfg(feature = "chrono")]
            Value::DateTime(value) => super::chrono::cut(value)?.to_sql_checked(ty, out),
            #[cfg(feature = "chrono")]
            Value::Timestamp(value) => super::chrono::cut(value)?.to_sql_checked(ty, out),
            Value::Duration(micros) => duration_to_sql(*micros, ty, out),
            #[cfg(feature = "uuid")]
            Value::Uuid(value) => value.to_sql_checked(ty, out),
            Value::Inet(address, prefix) => inet_to_sql(*address, *prefix, ty, out),
            Value::MacAddress(octets) if *ty == Type::MACADDR => {
                out.extend_from_slice(octets);
                Ok(IsNull::No)
            }
            Value::MacAddress(_) => Err(format!("a MAC address is not a value of type {}", ty.name()).into()),
            #[cfg(feature = "decimal")]
            Value::Decimal(value) => value.to_sql_checked(ty, out),
            Value::Range(range) => range::to_sql(range, ty, out),
            Value::Multirange(ranges) => multirange::to_sql(ranges, ty, out),
            Value::Refused(reason) => Err((*reason).into()),
            Value::Json(text) if *ty == Type::JSONB && escapes_nul(text) => Err(NUL_IN_JSON.into()),
            Value::Json(_) if matches!(ty.kind(), Kind::Domain(_)) => Err("it is a domain".into()),
            Value::Json(text) if hstore::is(ty) => hstore::to_sql(text, out),
            Value::Json(text) => {
                if *ty == Type::JSONB {
                    out.extend_from_slice(&[1]);
                }
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            // As an item of a list, which is one of strings.
            Value::Array(_) if *ty == Type::TEXT => {
                text_format::write(self, out)?;
                Ok(IsNull::No)
            }
            Value::Array(elements) => array::to_sql(elements, ty, out),
            Value::List(values) => values.as_slice().to_sql_checked(ty, out),
        }
    }
}

/// Whether a JSON string contains NUL, which is written as an escape that no preceding backslash cancels.
fn escapes_nul(json: &str) -> bool {
    let backslashes = |before: &str| before.bytes().rev().take_while(|byte| *byte == b'\\').count();
    json.match_indices("\\u0000")
        .any(|(at, _)| backslashes(&json[..at]) % 2 == 0)
}

fn inet_to_sql(address: IpAddr, prefix: u8, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    let is_cidr = *ty == Type::CIDR;
    if !is_cidr && *ty != Type::INET {
        return Err(format!("an IP address is not a value of type {}", ty.name()).into());
    }
    if prefix > network::bits(address) {
        return Err(network::TOO_LONG.into());
    }
    if is_cidr && !network::is_network(address, prefix) {
        return Err(network::HOST_BITS.into());
    }
    network::to_postgres(address, prefix, is_cidr, out);
    Ok(IsNull::No)
}

/// The microseconds, then the days and the months of an interval.
fn duration_to_sql(micros: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    if *ty != Type::INTERVAL {
        return Err(format!("a duration is not a value of type {}", ty.name()).into());
    }
    let (days, rest) = super::duration::days_and_microseconds(micros);
    out.extend_from_slice(&rest.to_be_bytes());
    out.extend_from_slice(&days.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    Ok(IsNull::No)
}

/// The microseconds of an interval. One of months has no length, and so has an endless one, which has all months.
pub(crate) fn interval(ty: &Type, raw: &[u8]) -> Result<i64> {
    let (&Type::INTERVAL, [micros @ .., _, _, _, _, _, _, _, _], 16) = (ty, raw, raw.len()) else {
        return Err(Cell::Postgres(ty, raw).mismatch("a duration"));
    };
    if raw[12..] != [0; 4] {
        return Err(Cell::Postgres(ty, raw).mismatch("a duration of days and less, without months"));
    }
    let days = i32::from_be_bytes(fixed(&raw[8..12]));
    super::duration::from_days_and_microseconds(days, i64::from_be_bytes(fixed(micros)))
        .ok_or_else(|| Cell::Postgres(ty, raw).mismatch("a duration of 64 bits of microseconds"))
}

fn int_to_sql(value: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    match *ty {
        Type::INT2 => i16::try_from(value)?.to_sql(ty, out),
        Type::INT4 => i32::try_from(value)?.to_sql(ty, out),
        Type::OID => u32::try_from(value)?.to_sql(ty, out),
        Type::FLOAT4 => (value as f32).to_sql(ty, out),
        Type::FLOAT8 => (value as f64).to_sql(ty, out),
        #[cfg(feature = "decimal")]
        Type::NUMERIC => rust_decimal::Decimal::from(value).to_sql(ty, out),
        _ => value.to_sql_checked(ty, out),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_escape_of_nul_is_told_from_its_text() {
        for (text, found) in [
            ("\0", true),
            ("a\0b", true),
            ("\\\0", true),
            ("\\u0000", false),
            ("\\\\u0000", false),
            ("u0000", false),
            ("\u{1}", false),
        ] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(super::escapes_nul(&json), found, "{json}");
        }
    }
}
