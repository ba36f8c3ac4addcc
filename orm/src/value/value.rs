//! A value on its way into a statement.

use std::borrow::Cow;

use super::SmallString;

/// One bound parameter, neutral of backend. Models lend their texts and bytes; queries own theirs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// SQL NULL
    Null,
    /// true or false
    Bool(bool),
    /// Every whole number
    Int(i64),
    /// Every floating-point number
    Float(f64),
    /// Text, choices
    String(SmallString<'a>),
    /// Bytes
    Bytes(Cow<'a, [u8]>),
    /// A day
    #[cfg(feature = "chrono")]
    Date(::chrono::NaiveDate),
    /// A time of day
    #[cfg(feature = "chrono")]
    Time(::chrono::NaiveTime),
    /// Date and time without a zone
    #[cfg(feature = "chrono")]
    DateTime(::chrono::NaiveDateTime),
    /// An instant
    #[cfg(feature = "chrono")]
    Timestamp(::chrono::DateTime<::chrono::Utc>),
    /// A UUID
    #[cfg(feature = "uuid")]
    Uuid(::uuid::Uuid),
    /// An exact decimal number
    #[cfg(feature = "decimal")]
    Decimal(rust_decimal::Decimal),
    /// JSON text
    Json(SmallString<'a>),
    /// Values of one type, bound as one parameter (`in_`, keys of a relation)
    List(Vec<Value<'a>>),
    /// What no column can hold, with the reason: a statement that it is a value of is not sent.
    #[doc(hidden)]
    Refused(&'static str),
}

impl Value<'_> {
    /// The same value, owning what it lent.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Int(value) => Value::Int(value),
            Value::Float(value) => Value::Float(value),
            Value::String(text) => Value::String(text.into_owned()),
            Value::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            #[cfg(feature = "chrono")]
            Value::Date(value) => Value::Date(value),
            #[cfg(feature = "chrono")]
            Value::Time(value) => Value::Time(value),
            #[cfg(feature = "chrono")]
            Value::DateTime(value) => Value::DateTime(value),
            #[cfg(feature = "chrono")]
            Value::Timestamp(value) => Value::Timestamp(value),
            #[cfg(feature = "uuid")]
            Value::Uuid(value) => Value::Uuid(value),
            #[cfg(feature = "decimal")]
            Value::Decimal(value) => Value::Decimal(value),
            Value::Json(text) => Value::Json(text.into_owned()),
            Value::List(values) => Value::List(values.into_iter().map(Value::into_owned).collect()),
            Value::Refused(reason) => Value::Refused(reason),
        }
    }

    /// Drops it. A number has nothing to give back, and the call that finds that out would cost more than all else that an
    /// expression leaves behind.
    #[inline]
    pub(crate) fn discard(self) {
        if matches!(
            self,
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_)
        ) {
            std::mem::forget(self);
        }
    }

    /// What kind of value it is, for error messages, which never show the value itself.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Bool(_) => "bool",
            Value::Int(_) => "integer",
            Value::Float(_) => "float",
            Value::String(_) => "text",
            Value::Bytes(_) => "bytes",
            #[cfg(feature = "chrono")]
            Value::Date(_) => "date",
            #[cfg(feature = "chrono")]
            Value::Time(_) => "time",
            #[cfg(feature = "chrono")]
            Value::DateTime(_) => "datetime",
            #[cfg(feature = "chrono")]
            Value::Timestamp(_) => "timestamp",
            #[cfg(feature = "uuid")]
            Value::Uuid(_) => "uuid",
            #[cfg(feature = "decimal")]
            Value::Decimal(_) => "decimal",
            Value::Json(_) => "json",
            Value::List(_) => "list",
            Value::Refused(_) => "refused",
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::String(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::String(text.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
