//! Any serde type as a JSON column.

mod canonical;
mod finite;

pub(crate) use canonical::canonical_json;

use std::ops::{Deref, DerefMut};

use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Kind, Result};

use super::{Cell, ColumnType, FieldType, Value};

/// A column that holds `T` as JSON: `jsonb` on Postgres, checked text on SQLite. Any type that serde writes and reads back; it
/// dereferences to `T`, and `create()` takes a plain `T`.
///
/// # Example: in and out
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Debug, PartialEq)]
/// struct Size {
///     width: u32,
/// }
/// let size: Json<Size> = Size { width: 3 }.into();
/// assert_eq!(size.width, 3);
/// # Ok::<(), orm::Error>(())
/// ```
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

/// As the value.
impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.serialize(to)
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
            other => std::borrow::Cow::Borrowed(other.string()?),
        };
        serde_json::from_str(&text)
            .map(Json)
            .map_err(|source| unreadable(std::any::type_name::<T>(), &source))
    }

    fn encode(&self) -> Value<'_> {
        match text_of(&self.0) {
            Ok(text) => Value::Json(text.into()),
            // This signature cannot return an error; a driver can.
            Err(reason) => Value::Refused(reason),
        }
    }
}

/// The error for JSON that does not fit the type. Serde's message quotes values, so only what it expected is taken
/// from it.
#[cold]
fn unreadable(ty: &str, source: &serde_json::Error) -> Error {
    let said = source.to_string();
    let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
    let expected = match said.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if said.starts_with("missing field ") => said.to_owned(),
        None => "it does not fit".to_owned(),
    };
    Error::new(
        Kind::Decode,
        format!(
            "expected {} as JSON, the database holds other JSON: {expected}, at line {} column {}",
            plain_name(ty),
            source.line(),
            source.column()
        ),
    )
}

/// A type's name without module paths: `Vec<Point>`.
fn plain_name(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut word = String::new();
    for character in path.chars() {
        match character {
            ':' => word.clear(),
            character if character.is_alphanumeric() || character == '_' => word.push(character),
            other => {
                out.push_str(&std::mem::take(&mut word));
                out.push(other);
            }
        }
    }
    out + &word
}

/// Anything that serde writes, as JSON that is so many levels deep within a document: what reads it is the type of the whole.
pub(crate) fn part_of_document<T: Serialize>(value: &T, levels: usize) -> Value<'static> {
    let Ok(text) = serde_json::to_string(value) else {
        return Value::Refused("the value cannot be written as JSON");
    };
    let within = format!("{}{text}{}", "[".repeat(levels), "]".repeat(levels));
    // Numbers out of range are left to the type of the column.
    let read = serde_json::from_str::<serde_json::Value>(&within);
    if read.is_err_and(|error| error.to_string().starts_with("recursion limit")) {
        return Value::Refused(TOO_DEEP);
    }
    match text.contains("null") && !finite::is_finite(value) {
        true => Value::Refused(NOT_FINITE),
        false => Value::Json(text.into()),
    }
}

/// The number that a part of a path is, if it is one, as Postgres reads it.
pub(crate) fn place_number(part: &str) -> Option<i32> {
    let digits = part.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    digits.parse().ok()
}

const TOO_DEEP: &str = "the JSON is nested deeper than 127 levels, and would not be read back";

/// JSON has no such numbers. serde_json writes `null` for them, which an `Option` would read as `None`.
const NOT_FINITE: &str = "a number in the JSON is infinite or not a number (NaN), and would become null";

/// The value as JSON, verified to read back. Only reading it shows that: serializing and deserializing are two
/// implementations, and one unreadable row makes every query of its table fail.
fn text_of<T: Serialize + DeserializeOwned>(value: &T) -> Result<String, &'static str> {
    let text = serde_json::to_string(value).map_err(|_| "the value cannot be written as JSON")?;
    if text.contains("null") && !finite::is_finite(value) {
        return Err(NOT_FINITE);
    }
    match serde_json::from_str::<T>(&text) {
        Ok(_) => Ok(text),
        Err(error) if error.is_data() => Err(
            "the type does not read back the JSON that it writes; see what its serde attributes leave out",
        ),
        // A number out of range is the only valid JSON that the parser refuses.
        Err(_) => Err(TOO_DEEP),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Nothing,
        Point { x: f64, y: Option<f32> },
        Pair(f64, Vec<f64>),
        Named(BTreeMap<String, Option<f64>>),
    }

    #[derive(Serialize, Deserialize)]
    struct Hidden {
        #[serde(skip_serializing)]
        secret: i64,
        #[serde(skip_serializing, default)]
        forgotten: i64,
    }

    #[test]
    fn what_is_expected_is_said_and_what_is_there_is_not() {
        let refused = |text: &str| {
            let error = serde_json::from_str::<Vec<BTreeMap<String, u32>>>(text).unwrap_err();
            unreadable(std::any::type_name::<Vec<BTreeMap<String, u32>>>(), &error).to_string()
        };
        assert_eq!(
            refused("[{\"a\": \"secret, expected secret\"}]"),
            "expected Vec<BTreeMap<String, u32>> as JSON, the database holds other JSON: expected u32, at line 1 column 32"
        );
        assert!(!refused("[secret").contains("secret"), "{}", refused("[secret"));
    }

    fn refused<T: Serialize + DeserializeOwned + Send + Sync + 'static>(value: T) -> Option<&'static str> {
        match Json(value).encode() {
            Value::Refused(reason) => Some(reason),
            _ => None,
        }
    }

    #[test]
    fn what_would_not_read_back_is_refused_with_a_reason() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let named = BTreeMap::from([("a".to_owned(), None), ("b".to_owned(), Some(number))]);
            for shape in [
                Shape::Point { x: number, y: None },
                Shape::Point {
                    x: 0.5,
                    y: Some(number as f32),
                },
                Shape::Pair(0.0, vec![1.0, number]),
                Shape::Named(named),
            ] {
                assert!(refused(shape).is_some_and(|reason| reason.contains("not a number")));
            }
            assert!(refused(Some(number)).is_some());
        }
        assert!(refused(BTreeMap::from([(vec![1_u8], 1)])).is_some_and(|reason| reason.contains("written")));
        let hidden = Hidden {
            secret: 1,
            forgotten: 2,
        };
        assert_eq!(hidden.secret + hidden.forgotten, 3);
        assert!(refused(hidden).is_some_and(|reason| reason.contains("read back")));
        let nested = |levels| (0..levels).fold(serde_json::Value::Null, |inner, _| vec![inner].into());
        assert!(refused(nested(200)).is_some_and(|reason| reason.contains("nested")));
        assert!(refused(nested(128)).is_some());
        assert_eq!(refused(nested(127)), None);
    }

    #[test]
    fn what_reads_back_is_written() {
        for shape in [
            Shape::Nothing,
            Shape::Point { x: 1e300, y: None },
            Shape::Pair(-0.5, vec![]),
            Shape::Named(BTreeMap::from([("null".to_owned(), None)])),
        ] {
            let Value::Json(text) = Json(shape.clone()).encode().into_owned() else {
                panic!("refused: {shape:?}");
            };
            assert_eq!(serde_json::from_str::<Shape>(&text).ok(), Some(shape));
        }
        assert_eq!(refused(None::<f64>), None);
        assert_eq!(refused(()), None);
    }
}
