//! Columns of the standard library's types other than whole numbers.

use std::borrow::Cow;

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

impl ColumnType for bool {
    type Base = bool;

    fn field_type() -> FieldType {
        FieldType::Bool
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        match cell {
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Integer(value)) => Ok(value != 0),
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::boolean(ty, raw),
            other => Err(other.mismatch("true or false")),
        }
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Bool(*self)
    }

    #[inline]
    fn into_value(self) -> Value<'static> {
        Value::Bool(self)
    }
}

impl ColumnType for f64 {
    type Base = f64;

    fn field_type() -> FieldType {
        FieldType::Double
    }

    #[inline]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        cell.float()
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Float(*self)
    }
}

impl ColumnType for f32 {
    type Base = f32;

    fn field_type() -> FieldType {
        FieldType::Real
    }

    #[inline]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        Ok(cell.float()? as f32)
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Float(f64::from(*self))
    }
}

impl ColumnType for String {
    type Base = String;

    fn field_type() -> FieldType {
        FieldType::Text
    }

    // As `Row::cell`: most columns of most models are strings.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        cell.string().map(str::to_owned)
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Str(self.as_str().into())
    }

    #[inline]
    fn into_value(self) -> Value<'static> {
        self.into()
    }
}

impl ColumnType for Vec<u8> {
    type Base = Vec<u8>;

    fn field_type() -> FieldType {
        FieldType::Bytes
    }

    #[inline]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        cell.bytes().map(<[u8]>::to_vec)
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Bytes(Cow::Borrowed(self))
    }

    #[inline]
    fn into_value(self) -> Value<'static> {
        Value::Bytes(Cow::Owned(self))
    }
}
