//! A bound parameter.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{Range, SmallString};

/// One bound parameter, the same for both databases: what stands where SQL text says `?` or `$1`.
///
/// # Example: from Rust's types
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::Value;
///
/// let values: [Value<'_>; 4] = ["Ann".into(), 7_i64.into(), true.into(), Value::Null];
/// db.session()?.execute("SELECT ?, ?, ?, ?", &values)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// SQL NULL
    Null,
    /// true or false
    Bool(bool),
    /// A whole number of any width
    Int(i64),
    /// A floating-point number of either width
    Float(f64),
    /// A string, or a value of `choices`
    Str(SmallString<'a>),
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
    /// A duration, in microseconds
    Duration(i64),
    /// A UUID
    #[cfg(feature = "uuid")]
    Uuid(::uuid::Uuid),
    /// An IP address, and how many of its bits are those of its network
    Inet(IpAddr, u8),
    /// A MAC address
    MacAddress([u8; 6]),
    /// An exact decimal number
    #[cfg(feature = "decimal")]
    Decimal(rust_decimal::Decimal),
    /// A range, by its bounds
    Range(Box<Range<Value<'static>>>),
    /// A multirange, by its ranges in their order, which lie apart
    Multirange(Vec<Range<Value<'static>>>),
    /// JSON, as a string
    Json(SmallString<'a>),
    /// An array, whose elements are of one type or arrays of one shape
    Array(Vec<Value<'a>>),
    /// Values of one type, bound as one parameter (`in_`, or the keys when loading a relation)
    List(Vec<Value<'a>>),
    /// A value that no column can hold, with the reason: a statement it is bound to is refused before it is sent.
    #[doc(hidden)]
    Refused(&'static str),
}

impl Value<'_> {
    /// Whether it is a number other than zero.
    pub(crate) fn is_not_zero(&self) -> bool {
        match self {
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            #[cfg(feature = "decimal")]
            Value::Decimal(number) => !number.is_zero(),
            _ => false,
        }
    }

    /// About how much memory it takes beside itself.
    #[cfg(feature = "async")]
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Value::Str(text) | Value::Json(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(values) | Value::List(values) => values
                .iter()
                .map(|value| size_of::<Value<'_>>() + value.bytes())
                .sum(),
            Value::Multirange(ranges) => ranges.len() * 2 * size_of::<Value<'_>>(),
            _ => 0,
        }
    }

    /// The same value, owned.
    ///
    /// # Example: to be kept
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Value;
    ///
    /// let kept: Value<'static> = { let text = String::from("Ann"); Value::from(text.as_str()).into_owned() };
    /// assert_eq!(kept, Value::from("Ann"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Int(value) => Value::Int(value),
            Value::Float(value) => Value::Float(value),
            Value::Str(text) => Value::Str(text.into_owned()),
            Value::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            #[cfg(feature = "chrono")]
            Value::Date(value) => Value::Date(value),
            #[cfg(feature = "chrono")]
            Value::Time(value) => Value::Time(value),
            #[cfg(feature = "chrono")]
            Value::DateTime(value) => Value::DateTime(value),
            #[cfg(feature = "chrono")]
            Value::Timestamp(value) => Value::Timestamp(value),
            Value::Duration(micros) => Value::Duration(micros),
            #[cfg(feature = "uuid")]
            Value::Uuid(value) => Value::Uuid(value),
            Value::Inet(address, prefix) => Value::Inet(address, prefix),
            Value::MacAddress(octets) => Value::MacAddress(octets),
            #[cfg(feature = "decimal")]
            Value::Decimal(value) => Value::Decimal(value),
            Value::Range(range) => Value::Range(range),
            Value::Multirange(ranges) => Value::Multirange(ranges),
            Value::Json(text) => Value::Json(text.into_owned()),
            Value::Array(values) => Value::Array(values.into_iter().map(Value::into_owned).collect()),
            Value::List(values) => Value::List(values.into_iter().map(Value::into_owned).collect()),
            Value::Refused(reason) => Value::Refused(reason),
        }
    }

    /// Drops the value. Numbers own nothing, and the call to drop glue would cost more than everything else an
    /// expression does on drop.
    #[inline]
    pub(crate) fn discard(self) {
        if matches!(
            self,
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_)
        ) {
            std::mem::forget(self);
        }
    }

    /// The kind of value for error messages, which never contain the value itself.
    ///
    /// # Example: never the value
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::db::Value::from("secret").kind(), "string");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Bool(_) => "bool",
            Value::Int(_) => "integer",
            Value::Float(_) => "float",
            Value::Str(_) => "string",
            Value::Bytes(_) => "bytes",
            #[cfg(feature = "chrono")]
            Value::Date(_) => "date",
            #[cfg(feature = "chrono")]
            Value::Time(_) => "time",
            #[cfg(feature = "chrono")]
            Value::DateTime(_) => "datetime",
            #[cfg(feature = "chrono")]
            Value::Timestamp(_) => "timestamp",
            Value::Duration(_) => "duration",
            #[cfg(feature = "uuid")]
            Value::Uuid(_) => "uuid",
            Value::Inet(..) => "IP address",
            Value::MacAddress(_) => "MAC address",
            #[cfg(feature = "decimal")]
            Value::Decimal(_) => "decimal",
            Value::Range(_) => "range",
            Value::Multirange(_) => "multirange",
            Value::Json(_) => "json",
            Value::Array(_) => "array",
            Value::List(_) => "list",
            Value::Refused(_) => "refused",
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Str(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Str(text.into())
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
