//! Values of many rows as one array, which SQLite lacks: in the text that arrays have there (`value/array_json.rs`).

use std::ffi::CStr;

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::ValueRef;

use super::functions::FLAGS;
use crate::value::Value;
use crate::value::array_json::append_element;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let functions: [(&CStr, Elements); 4] = [
        (c"orm_array_agg", Elements::AsStored),
        (c"orm_array_agg_bool", Elements::Bool),
        (c"orm_array_agg_float", Elements::Float),
        (c"orm_array_agg_uuid", Elements::Uuid),
    ];
    functions
        .into_iter()
        .try_for_each(|(name, elements)| db.create_aggregate_function(name, 1, FLAGS, elements))
}

/// What the elements are, where SQLite stores others in the same way.
#[derive(Clone, Copy)]
enum Elements {
    AsStored,
    Bool,
    Float,
    Uuid,
}

impl Aggregate<String, String> for Elements {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<String> {
        Ok(String::new())
    }

    fn step(&self, context: &mut Context<'_>, array: &mut String) -> rusqlite::Result<()> {
        array.push(if array.is_empty() { '[' } else { ',' });
        append_element(&self.element(context.get_raw(0))?, array)
    }

    fn finalize(&self, _: &mut Context<'_>, array: Option<String>) -> rusqlite::Result<String> {
        // No step began it.
        let mut array = array.filter(|array| !array.is_empty()).unwrap_or("[".to_owned());
        array.push(']');
        Ok(array)
    }
}

impl Elements {
    fn element(self, stored: ValueRef<'_>) -> rusqlite::Result<Value<'_>> {
        Ok(match (stored, self) {
            (ValueRef::Null, _) => Value::Null,
            (ValueRef::Integer(value), Elements::Bool) => Value::Bool(value != 0),
            #[allow(
                clippy::cast_precision_loss,
                reason = "as the database takes it for a number of that type"
            )]
            (ValueRef::Integer(value), Elements::Float) => Value::Float(value as f64),
            #[cfg(feature = "uuid")]
            (ValueRef::Blob(bytes), Elements::Uuid) => match uuid::Uuid::from_slice(bytes) {
                Ok(uuid) => Value::Uuid(uuid),
                Err(_) => {
                    return Err(rusqlite::Error::UserFunctionError(
                        "a column of UUIDs holds other bytes".into(),
                    ));
                }
            },
            (ValueRef::Integer(value), _) => Value::Int(value),
            (ValueRef::Real(value), _) => Value::Float(value),
            (ValueRef::Text(_), _) => Value::from(stored.as_str()?),
            (ValueRef::Blob(bytes), _) => Value::Bytes(bytes.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sql: &str) -> String {
        let db = Connection::open_in_memory().unwrap();
        register(&db).unwrap();
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_array_has_the_text_that_a_stored_one_has() {
        for (sql, expected) in [
            ("SELECT orm_array_agg(1) FILTER (WHERE 0)", "[]"),
            (
                "SELECT orm_array_agg(column1 ORDER BY column1 DESC) FROM (VALUES (1), (NULL), (2))",
                "[2,1,null]",
            ),
            (
                "SELECT orm_array_agg(DISTINCT column1 ORDER BY column1) FROM (VALUES ('b'), ('a,'), ('b'))",
                "[\"a\\u002c\",\"b\"]",
            ),
            (
                "SELECT orm_array_agg_bool(column1 ORDER BY column1 DESC) FROM (VALUES (1), (0), (NULL))",
                "[true,false,null]",
            ),
            ("SELECT orm_array_agg_float(column1) FROM (VALUES (1))", "[1.0]"),
            ("SELECT orm_array_agg(x'00ff')", "[\"00ff\"]"),
        ] {
            assert_eq!(ask(sql), expected, "{sql}");
        }
    }
}
