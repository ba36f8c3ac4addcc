//! Keys as the loader compares them, whatever their Rust type.

use crate::error::{Error, Result};
use crate::value::{Cell, ColumnType, FieldType, Value};

/// A primary key or the foreign key that names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::plan) enum Key {
    Null,
    Int(i64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
}

impl Key {
    pub(in crate::plan) fn decode(cell: Cell<'_>, ty: FieldType) -> Result<Self> {
        if matches!(cell, Cell::Null) {
            return Ok(Key::Null);
        }
        match ty {
            FieldType::SmallInt | FieldType::Int | FieldType::BigInt => cell.int().map(Key::Int),
            FieldType::Text | FieldType::Choices => cell.text().map(|text| Key::Text(text.into())),
            FieldType::Bytes => cell.bytes().map(|bytes| Key::Bytes(bytes.into())),
            #[cfg(feature = "uuid")]
            FieldType::Uuid => uuid::Uuid::decode(cell).map(Key::Uuid),
            other => Err(Error::unsupported(format!(
                "related rows cannot be loaded over a primary key of type {other:?}"
            ))
            .with_hint("use an integer, text or UUID primary key, or query the related rows yourself")),
        }
    }

    /// Whether a cell holds this key: as comparing it with [`decode`](Key::decode)d ones, which copies texts.
    #[inline]
    pub(in crate::plan) fn is(&self, cell: Cell<'_>) -> Result<bool> {
        if matches!(cell, Cell::Null) {
            return Ok(*self == Key::Null);
        }
        match self {
            Key::Null => Ok(false),
            Key::Int(key) => cell.int().map(|value| value == *key),
            Key::Text(key) => cell.text().map(|value| *value == **key),
            Key::Bytes(key) => cell.bytes().map(|value| *value == **key),
            #[cfg(feature = "uuid")]
            Key::Uuid(key) => uuid::Uuid::decode(cell).map(|value| value == *key),
        }
    }

    pub(in crate::plan) fn to_value(&self) -> Value<'static> {
        match self {
            Key::Null => Value::Null,
            Key::Int(value) => i64::encode(value).into_owned(),
            Key::Text(text) => Value::from(&**text).into_owned(),
            Key::Bytes(bytes) => Value::Bytes(bytes.to_vec().into()),
            #[cfg(feature = "uuid")]
            Key::Uuid(value) => Value::Uuid(*value),
        }
    }
}
