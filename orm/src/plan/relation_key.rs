//! The keys by which related rows are matched, whatever their Rust type.

use std::net::IpAddr;

use crate::error::{Error, Kind, Result};
use crate::value::{Cell, ColumnType, FieldType, Value, mac_address, network};

/// A primary key or what else a foreign key points at, or the foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::plan) enum RelationKey {
    Null,
    Int(i64),
    String(Box<str>),
    Bytes(Box<[u8]>),
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
    Bool(bool),
    #[cfg(feature = "chrono")]
    Date(chrono::NaiveDate),
    #[cfg(feature = "chrono")]
    Time(chrono::NaiveTime),
    #[cfg(feature = "chrono")]
    DateTime(chrono::NaiveDateTime),
    #[cfg(feature = "chrono")]
    Timestamp(chrono::DateTime<chrono::Utc>),
    Inet(IpAddr, u8),
    MacAddress([u8; 6]),
    #[cfg(feature = "decimal")]
    Decimal(rust_decimal::Decimal),
    /// That of several columns, none of which is NULL.
    Several(Box<[RelationKey]>),
}

impl RelationKey {
    pub(in crate::plan) fn decode(cell: Cell<'_>, ty: FieldType) -> Result<Self> {
        if matches!(cell, Cell::Null) {
            return Ok(RelationKey::Null);
        }
        match ty {
            ty if ty.is_integer() => cell.int().map(RelationKey::Int),
            FieldType::Text | FieldType::Choices => {
                cell.string().map(|text| RelationKey::String(text.into()))
            }
            FieldType::Bytes => cell.bytes().map(|bytes| RelationKey::Bytes(bytes.into())),
            #[cfg(feature = "uuid")]
            FieldType::Uuid => uuid::Uuid::decode(cell).map(RelationKey::Uuid),
            FieldType::Bool => ColumnType::decode(cell).map(RelationKey::Bool),
            #[cfg(feature = "chrono")]
            FieldType::Date => ColumnType::decode(cell).map(RelationKey::Date),
            #[cfg(feature = "chrono")]
            FieldType::Time => ColumnType::decode(cell).map(RelationKey::Time),
            #[cfg(feature = "chrono")]
            FieldType::DateTime => ColumnType::decode(cell).map(RelationKey::DateTime),
            #[cfg(feature = "chrono")]
            FieldType::Timestamp => ColumnType::decode(cell).map(RelationKey::Timestamp),
            ty if ty.is_network() => {
                network::read(cell, ty).map(|(address, prefix)| RelationKey::Inet(address, prefix))
            }
            FieldType::MacAddress => mac_address::read(cell).map(RelationKey::MacAddress),
            #[cfg(feature = "decimal")]
            FieldType::Decimal => ColumnType::decode(cell).map(RelationKey::Decimal),
            other => Err(Error::unsupported(format!(
                "related rows cannot be loaded over a key of type {other:?}"
            ))
            .with_hint(
                "use a key that is a whole number, a string, a UUID, a decimal, a date or a time, or query the related rows yourself",
            )),
        }
    }

    /// The key that is about to be bound.
    pub(in crate::plan) fn of(value: &Value<'_>) -> Result<Self> {
        Ok(match value {
            Value::Null => RelationKey::Null,
            Value::Int(key) => RelationKey::Int(*key),
            Value::Str(key) => RelationKey::String((**key).into()),
            Value::Bytes(key) => RelationKey::Bytes((**key).into()),
            #[cfg(feature = "uuid")]
            Value::Uuid(key) => RelationKey::Uuid(*key),
            Value::Bool(key) => RelationKey::Bool(*key),
            #[cfg(feature = "chrono")]
            Value::Date(key) => RelationKey::Date(*key),
            #[cfg(feature = "chrono")]
            Value::Time(key) => RelationKey::Time(stored(key)?),
            #[cfg(feature = "chrono")]
            Value::DateTime(key) => RelationKey::DateTime(stored(key)?),
            #[cfg(feature = "chrono")]
            Value::Timestamp(key) => RelationKey::Timestamp(stored(key)?),
            Value::Inet(address, prefix) => RelationKey::Inet(*address, *prefix),
            Value::MacAddress(octets) => RelationKey::MacAddress(*octets),
            #[cfg(feature = "decimal")]
            Value::Decimal(key) => RelationKey::Decimal(*key),
            Value::Refused(reason) => return Err(Error::new(Kind::Encode, *reason)),
            _ => {
                return Err(
                    Error::unsupported("rows that are related by a key of this type are not found by its values")
                        .with_hint(
                            "use a key that is a whole number, a string, a UUID, a decimal, a date or a time; or query the related \
                             rows, or create the rows of the model between, yourself",
                        ),
                );
            }
        })
    }

    /// Whether a cell holds this key: the same as comparing with a [`decode`](RelationKey::decode)d key, without
    /// copying strings.
    #[inline]
    pub(in crate::plan) fn is(&self, cell: Cell<'_>) -> Result<bool> {
        if matches!(cell, Cell::Null) {
            return Ok(*self == RelationKey::Null);
        }
        match self {
            RelationKey::Null | RelationKey::Several(_) => Ok(false),
            RelationKey::Int(key) => cell.int().map(|value| value == *key),
            RelationKey::String(key) => cell.string().map(|value| *value == **key),
            RelationKey::Bytes(key) => cell.bytes().map(|value| *value == **key),
            #[cfg(feature = "uuid")]
            RelationKey::Uuid(key) => holds(cell, key),
            RelationKey::Bool(key) => holds(cell, key),
            #[cfg(feature = "chrono")]
            RelationKey::Date(key) => holds(cell, key),
            #[cfg(feature = "chrono")]
            RelationKey::Time(key) => holds(cell, key),
            #[cfg(feature = "chrono")]
            RelationKey::DateTime(key) => holds(cell, key),
            #[cfg(feature = "chrono")]
            RelationKey::Timestamp(key) => holds(cell, key),
            RelationKey::Inet(address, prefix) => {
                network::read(cell, FieldType::Inet).map(|read| read == (*address, *prefix))
            }
            RelationKey::MacAddress(octets) => mac_address::read(cell).map(|read| read == *octets),
            #[cfg(feature = "decimal")]
            RelationKey::Decimal(key) => holds(cell, key),
        }
    }

    pub(in crate::plan) fn to_value(&self) -> Value<'static> {
        match self {
            RelationKey::Null => Value::Null,
            RelationKey::Int(value) => i64::encode(value).into_owned(),
            RelationKey::String(text) => Value::from(&**text).into_owned(),
            RelationKey::Bytes(bytes) => Value::Bytes(bytes.to_vec().into()),
            #[cfg(feature = "uuid")]
            RelationKey::Uuid(value) => Value::Uuid(*value),
            RelationKey::Bool(value) => Value::Bool(*value),
            #[cfg(feature = "chrono")]
            RelationKey::Date(value) => Value::Date(*value),
            #[cfg(feature = "chrono")]
            RelationKey::Time(value) => Value::Time(*value),
            #[cfg(feature = "chrono")]
            RelationKey::DateTime(value) => Value::DateTime(*value),
            #[cfg(feature = "chrono")]
            RelationKey::Timestamp(value) => Value::Timestamp(*value),
            RelationKey::Inet(address, prefix) => Value::Inet(*address, *prefix),
            RelationKey::MacAddress(octets) => Value::MacAddress(*octets),
            #[cfg(feature = "decimal")]
            RelationKey::Decimal(value) => Value::Decimal(*value),
            RelationKey::Several(parts) => Value::List(parts.iter().map(RelationKey::to_value).collect()),
        }
    }

    /// That of several columns; NULL if one of them is.
    ///
    /// # Errors
    /// Those of the columns.
    pub(in crate::plan) fn several(parts: impl Iterator<Item = Result<RelationKey>>) -> Result<Self> {
        let parts = parts.collect::<Result<Box<[RelationKey]>>>()?;
        Ok(match parts.contains(&RelationKey::Null) {
            true => RelationKey::Null,
            false => RelationKey::Several(parts),
        })
    }

    /// What one of its columns holds.
    pub(in crate::plan) fn part(&self, at: usize) -> Option<&RelationKey> {
        match self {
            RelationKey::Several(parts) => parts.get(at),
            key => (at == 0).then_some(key),
        }
    }
}

/// A time as databases store it, as it comes back.
#[cfg(feature = "chrono")]
fn stored<T: chrono::Timelike + Copy>(time: &T) -> Result<T> {
    crate::value::chrono::cut(time).map_err(|reason| Error::new(Kind::Encode, reason))
}

fn holds<T: ColumnType + PartialEq>(cell: Cell<'_>, key: &T) -> Result<bool> {
    T::decode(cell).map(|value| value == *key)
}

#[cfg(all(test, feature = "chrono"))]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn a_key_has_the_microseconds_that_databases_store() {
        let at = DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_999);
        let stored = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1);
        let [given, stored] = [at, stored].map(|at| {
            let values = [
                Value::Timestamp(at),
                Value::DateTime(at.naive_utc()),
                Value::Time(at.time()),
            ];
            values.map(|value| RelationKey::of(&value).unwrap())
        });
        assert_eq!(given, stored);
    }
}
