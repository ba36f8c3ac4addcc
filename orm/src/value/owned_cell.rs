//! A cell that outlives its row.

use std::fmt;

use crate::error::{Error, Kind, Result};

use super::{Cell, ColumnType, FieldType, Json, Value};

/// A column's value in the backend's encoding, owned, so that it outlives its row.
#[derive(Clone)]
pub(crate) struct OwnedCell(Encoded);

#[derive(Clone)]
enum Encoded {
    Null,
    #[cfg(feature = "sqlite")]
    Sqlite(rusqlite::types::Value),
    #[cfg(feature = "postgres")]
    Postgres(postgres_types::Type, Vec<u8>),
}

impl fmt::Debug for OwnedCell {
    /// Never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnedCell")
    }
}

impl OwnedCell {
    /// Copies a cell.
    pub(crate) fn of_cell(cell: Cell<'_>) -> Result<Self> {
        Ok(OwnedCell(match cell {
            Cell::Null => Encoded::Null,
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(value) => Encoded::Sqlite(
                value
                    .try_into()
                    .map_err(|source| unreadable().with_source(source))?,
            ),
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => Encoded::Postgres(ty.clone(), raw.to_vec()),
            Cell::Other(_) => return Err(unreadable()),
        }))
    }

    /// Encodes a value as a column would hold it.
    pub(crate) fn of_value(value: &Value<'_>) -> Result<Self> {
        if *value == Value::Null {
            return Ok(OwnedCell(Encoded::Null));
        }
        if let Value::Refused(reason) = value {
            return Err(Error::new(Kind::Encode, *reason));
        }
        // Each encoding holds values the other does not: SQLite's strings with NUL, Postgres' NaN and dates beyond the
        // year 9999.
        #[cfg(feature = "sqlite")]
        if let Ok(kept) = super::sqlite::owned_value(value) {
            return Ok(OwnedCell(Encoded::Sqlite(kept)));
        }
        #[cfg(feature = "postgres")]
        if let Some((ty, raw)) = super::postgres::encoded(value) {
            return Ok(OwnedCell(Encoded::Postgres(ty, raw)));
        }
        Err(unwritable(value))
    }

    /// Whether it is NULL.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.0, Encoded::Null)
    }

    /// The cell, as a row would return it.
    pub(crate) fn cell(&self) -> Cell<'_> {
        match &self.0 {
            Encoded::Null => Cell::Null,
            #[cfg(feature = "sqlite")]
            Encoded::Sqlite(value) => Cell::Sqlite(value.into()),
            #[cfg(feature = "postgres")]
            Encoded::Postgres(ty, raw) => Cell::Postgres(ty, raw),
        }
    }

    /// The value of a column of type `ty`: to bind it in a later statement, or to convert it to another form.
    pub(crate) fn value(&self, ty: FieldType) -> Result<Value<'static>> {
        value_of(self.cell(), ty)
    }
}

/// The value of a cell in a column of type `ty`.
pub(super) fn value_of(cell: Cell<'_>, ty: FieldType) -> Result<Value<'static>> {
    fn read<T: ColumnType<Base = T>>(cell: Cell<'_>) -> Result<Value<'static>> {
        Ok(Option::<T>::decode(cell)?.map_or(Value::Null, |value| value.encode().into_owned()))
    }
    match ty {
        FieldType::Bool => read::<bool>(cell),
        ty if ty.is_integer() => read::<i64>(cell),
        FieldType::Real | FieldType::Double => read::<f64>(cell),
        FieldType::Text | FieldType::Choices => read::<String>(cell),
        FieldType::Bytes => read::<Vec<u8>>(cell),
        FieldType::Duration if matches!(cell, Cell::Null) => Ok(Value::Null),
        FieldType::Duration => super::duration::microseconds(cell).map(Value::Duration),
        ty if ty.is_network() && matches!(cell, Cell::Null) => Ok(Value::Null),
        ty if ty.is_network() => {
            super::network::read(cell, ty).map(|(address, prefix)| Value::Inet(address, prefix))
        }
        FieldType::MacAddress if matches!(cell, Cell::Null) => Ok(Value::Null),
        FieldType::MacAddress => super::mac_address::read(cell).map(Value::MacAddress),
        ty if ty.is_range() && matches!(cell, Cell::Null) => Ok(Value::Null),
        ty if ty.is_range() => super::range_form::read(cell, ty).map(|range| Value::Range(Box::new(range))),
        ty if ty.is_multirange() && matches!(cell, Cell::Null) => Ok(Value::Null),
        ty if ty.is_multirange() => super::multirange_form::read(cell, ty).map(Value::Multirange),
        FieldType::Json => read::<Json<serde_json::Value>>(cell),
        FieldType::Array(_) if matches!(cell, Cell::Null) => Ok(Value::Null),
        FieldType::Array(ty) => super::array::read(cell, ty),
        #[cfg(feature = "chrono")]
        FieldType::Date => read::<chrono::NaiveDate>(cell),
        #[cfg(feature = "chrono")]
        FieldType::Time => read::<chrono::NaiveTime>(cell),
        #[cfg(feature = "chrono")]
        FieldType::DateTime => read::<chrono::NaiveDateTime>(cell),
        #[cfg(feature = "chrono")]
        FieldType::Timestamp => read::<chrono::DateTime<chrono::Utc>>(cell),
        #[cfg(feature = "uuid")]
        FieldType::Uuid => read::<uuid::Uuid>(cell),
        #[cfg(feature = "decimal")]
        FieldType::Decimal => read::<rust_decimal::Decimal>(cell),
        _ => Err(
            Error::unsupported("a value of this type cannot be read by this program")
                .with_hint("build it with the feature of the type: chrono, uuid or decimal"),
        ),
    }
}

#[cold]
fn unreadable() -> Error {
    Error::new(Kind::Decode, "the database holds a value that cannot be read")
}

#[cold]
fn unwritable(value: &Value<'_>) -> Error {
    Error::new(
        Kind::Encode,
        format!("a value of kind {} cannot be stored in a row", value.kind()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_value_reads_back() {
        let cell = OwnedCell::of_value(&Value::from("é")).unwrap();
        assert_eq!(String::decode(cell.cell()).unwrap(), "é");
        assert_eq!(cell.value(FieldType::Text).unwrap(), Value::from("é"));
        let none = OwnedCell::of_value(&Value::Null).unwrap();
        assert_eq!(Option::<i64>::decode(none.cell()).unwrap(), None);
        assert_eq!(none.value(FieldType::BigInt).unwrap(), Value::Null);
        let number = OwnedCell::of_value(&Value::Int(-7)).unwrap();
        assert_eq!(number.value(FieldType::BigInt).unwrap(), Value::Int(-7));
        assert!(number.value(FieldType::Text).is_err());
        assert!(!format!("{cell:?}").contains('é'));
    }

    #[cfg(all(feature = "sqlite", feature = "postgres", feature = "chrono"))]
    #[test]
    fn what_one_of_the_databases_holds_is_kept() {
        let far = chrono::NaiveDate::from_ymd_opt(12_000, 1, 31).unwrap();
        let cell = OwnedCell::of_value(&Value::Date(far)).unwrap();
        assert_eq!(cell.value(FieldType::Date).unwrap(), Value::Date(far));
        let nan = OwnedCell::of_value(&Value::Float(f64::NAN)).unwrap();
        assert!(f64::decode(nan.cell()).unwrap().is_nan());
        let nul = OwnedCell::of_value(&Value::from("a\0b")).unwrap();
        assert_eq!(String::decode(nul.cell()).unwrap(), "a\0b");
        let refused = OwnedCell::of_value(&Value::Refused("no such value")).unwrap_err();
        assert_eq!(refused.to_string(), "no such value");
    }
}
