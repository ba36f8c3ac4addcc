//! `Decimal` columns, exact on both backends: `numeric` on Postgres, canonical strings on SQLite.
//!
//! SQLite has no decimal type. The strings have no trailing zeros and no negative zero, so equal numbers are equal
//! strings and a unique constraint holds. Order, sums and arithmetic go through functions that the connection
//! registers.

use std::str::FromStr;

use rust_decimal::Decimal;

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

/// The canonical string of a number, whatever its scale.
pub(crate) fn canonical(value: Decimal) -> String {
    value.normalize().to_string()
}

impl ColumnType for Decimal {
    type Base = Decimal;

    fn field_type() -> FieldType {
        FieldType::Decimal
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        match cell {
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) if super::postgres::is_beyond_decimal(ty, raw) => {
                Err(cell.mismatch("a decimal number of at most 28 digits"))
            }
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::from_sql(ty, raw, "a decimal number"),
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Integer(value)) => Ok(Decimal::from(value)),
            cell => (cell.string().ok())
                .and_then(|text| {
                    Decimal::from_str(text)
                        .or_else(|_| Decimal::from_scientific(text))
                        .ok()
                })
                .ok_or_else(|| cell.mismatch("a decimal number")),
        }
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Decimal(*self)
    }
}
