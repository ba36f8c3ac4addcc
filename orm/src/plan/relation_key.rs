//! The keys by which related rows are matched, whatever their Rust type.

use crate::error::{Error, Result};
use crate::value::{Cell, ColumnType, FieldType, Value};

/// A primary key, or the foreign key that refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::plan) enum RelationKey {
    Null,
    Int(i64),
    String(Box<str>),
    Bytes(Box<[u8]>),
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
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
            other => Err(Error::unsupported(format!(
                "related rows cannot be loaded over a primary key of type {other:?}"
            ))
            .with_hint("use an integer, string or UUID primary key, or query the related rows yourself")),
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
            _ => {
                return Err(
                    Error::unsupported("rows are related through a model by keys of this type")
                        .with_hint("create the rows of the model between"),
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
            RelationKey::Null => Ok(false),
            RelationKey::Int(key) => cell.int().map(|value| value == *key),
            RelationKey::String(key) => cell.string().map(|value| *value == **key),
            RelationKey::Bytes(key) => cell.bytes().map(|value| *value == **key),
            #[cfg(feature = "uuid")]
            RelationKey::Uuid(key) => uuid::Uuid::decode(cell).map(|value| value == *key),
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
        }
    }
}
