//! Values by name: what a text or JSON is as a value of a column's type.

use serde_json::Value as Plain;

use crate::value::{FieldType, JsonMismatch, Value, from_json};

use super::super::json::stray;
use super::exact;

/// What [`filter_str`](crate::queries::QuerySet::filter_str) compares with: a text, several texts, or JSON.
///
/// | given | is |
/// |---|---|
/// | `"7"`, `String` | one value; for `in`, `range` and arrays those that stand between commas, of which `""` has none |
/// | `["a", "b,c"]`, `Vec<String>` | several values, each as it is: `?tag=a&tag=b,c` |
/// | `&serde_json::Value` | JSON, in the [forms](crate::dynamic#json) of rows; `null` is NULL, for `exact` and `iexact` |
///
/// As a text a value is what its JSON says, without quotes: `true` (also `True`, `1`), `7`, `1.5`, `2026-11-22`,
/// `2026-11-22T18:05:00Z`.
///
/// # Example: the same three ways
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use serde_json::json;
///
/// assert_eq!(Post::objects().filter_str("views__in", "7,8")?.count(&db)?, 1);
/// assert_eq!(Post::objects().filter_str("views__in", ["7", "8"])?.count(&db)?, 1);
/// assert_eq!(Post::objects().filter_str("views__in", &json!([7, 8]))?.count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a filter by name",
    label = "expected a string, several of them, or a `&serde_json::Value`",
    note = "a value that has a type already is compared by a field: `filter(|p| p.views.gt(7))`"
)]
pub trait LookupValue {
    #[doc(hidden)]
    fn given(&self) -> Given<'_>;
}

/// What was given, before its type is known.
#[doc(hidden)]
#[derive(Clone)]
pub enum Given<'a> {
    Text(&'a str),
    Texts(Vec<&'a str>),
    Json(&'a Plain),
}

impl LookupValue for &str {
    fn given(&self) -> Given<'_> {
        Given::Text(self)
    }
}

impl LookupValue for String {
    fn given(&self) -> Given<'_> {
        Given::Text(self)
    }
}

impl LookupValue for &String {
    fn given(&self) -> Given<'_> {
        Given::Text(self)
    }
}

impl LookupValue for &Plain {
    fn given(&self) -> Given<'_> {
        Given::Json(self)
    }
}

macro_rules! several {
    ($([$($generics:tt)*] $ty:ty;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> LookupValue for $ty {
            fn given(&self) -> Given<'_> {
                Given::Texts(self.iter().map(AsRef::as_ref).collect())
            }
        }
    )+};
}
several! {
    [S: AsRef<str>] Vec<S>;
    [S: AsRef<str>] &Vec<S>;
    [S: AsRef<str>] &[S];
    [S: AsRef<str>, const N: usize] [S; N];
}

impl Given<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Given::Json(Plain::Null))
    }
}

/// What values are of: a type, and the choices among them if these are all.
#[derive(Clone, Copy)]
pub(super) struct ValueType {
    pub ty: FieldType,
    pub choices: &'static [String],
}

impl ValueType {
    pub fn of(ty: FieldType) -> Self {
        ValueType { ty, choices: &[] }
    }

    /// The type of what may be within a range.
    pub fn bound(self) -> Option<FieldType> {
        self.ty.bound()
    }

    /// One value.
    pub fn one(self, given: Given<'_>) -> Result<Value<'static>, JsonMismatch> {
        match (given, self.ty) {
            (Given::Text(text), ty) => self.value(&json_of(text, ty)?),
            (Given::Texts(texts), FieldType::Array(array)) => self.value(
                &texts
                    .into_iter()
                    .map(|text| json_of(text, array.items()))
                    .collect::<Result<_, _>>()?,
            ),
            // Ranges have commas of their own, so each is a text.
            (Given::Texts(texts), ty) if ty.is_multirange() => {
                self.value(&texts.into_iter().map(Plain::from).collect())
            }
            (Given::Texts(texts), ty) => match *texts {
                [text] => self.value(&json_of(text, ty)?),
                _ => Err(mismatch("takes one value")),
            },
            (Given::Json(json), _) => self.value(json),
        }
    }

    /// Any number of values.
    pub fn list(self, given: Given<'_>) -> Result<Vec<Value<'static>>, JsonMismatch> {
        let texts = match given {
            Given::Text(_) if matches!(self.ty, FieldType::Array(_)) => {
                return Err(mismatch(
                    "takes several texts, or JSON: one text with commas is one array",
                ));
            }
            Given::Text(text) => parts(text).collect(),
            Given::Texts(texts) => texts,
            Given::Json(Plain::Array(items)) => return items.iter().map(|item| self.value(item)).collect(),
            Given::Json(_) => return Err(mismatch("takes a list")),
        };
        let values = texts.into_iter().map(|text| self.value(&json_of(text, self.ty)?));
        values.collect()
    }

    /// Two values.
    pub fn pair(self, given: Given<'_>) -> Result<[Value<'static>; 2], JsonMismatch> {
        let values = self.list(given)?;
        <[Value<'static>; 2]>::try_from(values)
            .map_err(|_| mismatch("takes two values, the least and the greatest"))
    }

    fn value(self, json: &Plain) -> Result<Value<'static>, JsonMismatch> {
        if json.is_null() && self.ty != FieldType::Json {
            return Err(JsonMismatch {
                hint: Some("`isnull` finds what has no value"),
                ..mismatch("does not take NULL")
            });
        }
        let value = from_json(json, self.ty)?;
        if let Some(said) = beyond(&value) {
            return Err(mismatch(said));
        }
        if self.ty == FieldType::Json && says_nul(json) {
            return Err(mismatch(NUL));
        }
        if !self.choices.is_empty()
            && let Some(said) = stray(&value, self.choices)
        {
            let choices = self.choices.join(", ");
            return Err(mismatch(&format!("{said}: there are {choices}")));
        }
        Ok(value)
    }
}

/// The place of an array that a part of a name says, and the type of what stands there.
pub(super) fn item(ty: FieldType, part: &str) -> Option<(i32, FieldType)> {
    let FieldType::Array(array) = ty else { return None };
    let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
    // No array has as many elements.
    let place = part.parse().ok();
    let place = place.filter(|place| is_number && *place < i32::MAX)?;
    (array.levels() == 1).then(|| (place, array.items()))
}

/// What a text has between its commas.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = (!text.is_empty()).then(|| text.split(','));
    parts.into_iter().flatten()
}

/// The JSON form of a text. One that is not of the type stays a string, and is refused as such; in a column of JSON it would be a
/// document.
fn json_of(text: &str, ty: FieldType) -> Result<Plain, JsonMismatch> {
    let parsed = match ty {
        FieldType::Bool => match text {
            "true" | "True" | "1" => Some(Plain::Bool(true)),
            "false" | "False" | "0" => Some(Plain::Bool(false)),
            _ => None,
        },
        ty if ty.is_integer() => number(text),
        FieldType::Real | FieldType::Double => number(text),
        FieldType::Json => {
            let json = exact::json(text)?;
            Some(json.ok_or_else(|| mismatch("takes JSON, not another string"))?)
        }
        ty if ty.is_multirange() => Some(Plain::from(vec![text])),
        FieldType::Array(array) if array.levels() > 1 => {
            return Err(mismatch("takes JSON: a text with commas has one level"));
        }
        FieldType::Array(array) => {
            let elements = parts(text).map(|part| json_of(part, array.items()));
            Some(elements.collect::<Result<_, _>>()?)
        }
        _ => None,
    };
    Ok(parsed.unwrap_or_else(|| Plain::from(text)))
}

fn number(text: &str) -> Option<Plain> {
    serde_json::from_str(text).ok().filter(Plain::is_number)
}

const NUL: &str = "does not take the character NUL, which strings of a database do not hold";

#[cfg(feature = "chrono")]
const YEARS: &str = "takes the years 0 to 9999, which every database has";

/// Why not every database takes it.
fn beyond(value: &Value<'_>) -> Option<&'static str> {
    #[cfg(feature = "chrono")]
    use chrono::Datelike as _;
    match value {
        Value::Str(text) if text.contains('\0') => Some(NUL),
        Value::Float(number) if number.is_nan() => Some("does not take NaN, which not every database has"),
        #[cfg(feature = "chrono")]
        Value::Date(at) if !(0..=9999).contains(&at.year()) => Some(YEARS),
        #[cfg(feature = "chrono")]
        Value::DateTime(at) if !(0..=9999).contains(&at.year()) => Some(YEARS),
        #[cfg(feature = "chrono")]
        Value::Timestamp(at) if !(0..=9999).contains(&at.year()) => Some(YEARS),
        Value::Array(elements) => elements.iter().find_map(beyond),
        _ => None,
    }
}

fn says_nul(json: &Plain) -> bool {
    match json {
        Plain::String(text) => text.contains('\0'),
        Plain::Array(items) => items.iter().any(says_nul),
        Plain::Object(members) => members
            .iter()
            .any(|(name, member)| name.contains('\0') || says_nul(member)),
        _ => false,
    }
}

pub(super) fn mismatch(said: &str) -> JsonMismatch {
    JsonMismatch {
        said: said.to_owned(),
        hint: None,
    }
}

/// A regular expression that means the same on every database.
#[cfg(feature = "regex")]
pub(super) fn pattern(name: &str, text: &Value<'_>) -> crate::error::Result<Value<'static>> {
    let text: &str = match text {
        Value::Str(text) => text,
        _ => "",
    };
    let pattern = crate::value::Pattern::new(text).map_err(|error| {
        let error = error.with_kind(crate::error::Kind::InvalidFilter);
        error
            .with_fields(vec![name.to_owned()])
            .context(format!("`{name}`"))
    })?;
    Ok(Value::from(pattern.as_str()).into_owned())
}
