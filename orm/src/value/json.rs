//! Any serde type as a JSON column.

use std::ops::{Deref, DerefMut};

use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Kind, Result};

use super::{Cell, ColumnType, FieldType, Value};

/// A column that holds `T` as JSON: `jsonb` on Postgres, checked text on SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Json(value)
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> ColumnType for Json<T> {
    type Base = Json<T>;

    fn field_type() -> FieldType {
        FieldType::Json
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        let text = match cell {
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::json(ty, raw)?,
            other => other.text()?,
        };
        serde_json::from_str(text).map(Json).map_err(|source| {
            Error::new(
                Kind::Decode,
                format!("the JSON in the database is no {}", std::any::type_name::<T>()),
            )
            .with_source(source)
        })
    }

    fn encode(&self) -> Value<'_> {
        // A type that cannot be written as JSON (a map with keys that are no texts) is refused by the driver, which
        // can return an error where this signature cannot.
        match serde_json::to_string(&self.0) {
            Ok(text) => Value::Json(text.into()),
            Err(_) => Value::Json("".into()),
        }
    }
}
