//! `Uuid` columns: `uuid` on Postgres, 16 bytes on SQLite.

use uuid::Uuid;

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

impl ColumnType for Uuid {
    type Base = Uuid;

    fn field_type() -> FieldType {
        FieldType::Uuid
    }

    #[inline]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        match cell {
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::from_sql(ty, raw, "a UUID"),
            cell => (cell.bytes().ok())
                .and_then(|bytes| Uuid::from_slice(bytes).ok())
                .ok_or_else(|| cell.mismatch("16 bytes of a UUID")),
        }
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Uuid(*self)
    }
}
