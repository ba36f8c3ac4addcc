//! Literals that models and migration files hold: defaults and the constants of expressions.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FieldType;

/// A constant of a model. What TOML can write stands for itself; other types say what they are:
/// `{ decimal = "12.5" }`, `{ date = "2026-11-22" }`, `{ null = true }`.
///
/// The default of a field may be a plain string whatever its type, because the type stands beside it.
///
/// # Example: the default of a field
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::fields::Literal;
/// use orm::models::{ModelKey, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// assert_eq!(post.def.field("views").and_then(|field| field.default.clone()), Some(Literal::Int(0)));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// NULL
    Null,
    /// true or false
    Bool(bool),
    /// A whole number
    Int(i64),
    /// A floating-point number
    Float(f64),
    /// A string
    Str(String),
    /// Bytes, as hexadecimal digits
    Bytes(String),
    /// A day: `2026-11-22`
    Date(String),
    /// A time of day: `18:05:00`
    Time(String),
    /// A day and a time: `2026-11-22T18:05:00`
    DateTime(String),
    /// An instant: `2026-11-22T18:05:00Z`
    Timestamp(String),
    /// A duration in ISO 8601: `PT1H30M`
    Duration(String),
    /// A UUID with hyphens
    Uuid(String),
    /// An IP address, with its network or without: `10.1.2.3`, `10.0.0.0/8`
    Inet(String),
    /// A MAC address: `08:00:2b:01:02:03`
    MacAddress(String),
    /// An exact decimal number: `-12.5`
    Decimal(String),
    /// A range: `[1,10)`, `empty`
    Range(String),
    /// JSON
    Json(String),
    /// A list of literals of one type
    List(Vec<Literal>),
}

impl Literal {
    /// The type that it declares.
    ///
    /// # Example: what each says
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::{FieldType, Literal};
    ///
    /// assert_eq!(Literal::Date("2026-11-22".to_owned()).ty(), Some(FieldType::Date));
    /// assert_eq!(Literal::Null.ty(), None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn ty(&self) -> Option<FieldType> {
        Some(match self {
            Literal::Null => return None,
            Literal::Bool(_) => FieldType::Bool,
            Literal::Int(_) => FieldType::BigInt,
            Literal::Float(_) => FieldType::Double,
            Literal::Str(_) => FieldType::Text,
            Literal::Bytes(_) => FieldType::Bytes,
            Literal::Date(_) => FieldType::Date,
            Literal::Time(_) => FieldType::Time,
            Literal::DateTime(_) => FieldType::DateTime,
            Literal::Timestamp(_) => FieldType::Timestamp,
            Literal::Duration(_) => FieldType::Duration,
            Literal::Uuid(_) => FieldType::Uuid,
            Literal::Inet(_) => FieldType::Inet,
            Literal::MacAddress(_) => FieldType::MacAddress,
            Literal::Decimal(_) => FieldType::Decimal,
            // Its text does not say what it is of.
            Literal::Range(_) => return None,
            Literal::Json(_) => FieldType::Json,
            Literal::List(items) => return items.iter().find_map(Literal::ty),
        })
    }

    /// Whether it is a number other than zero.
    pub(crate) fn is_not_zero(&self) -> bool {
        match self {
            Literal::Int(number) => *number != 0,
            Literal::Float(number) => *number != 0.0,
            Literal::Decimal(text) => canonical_decimal(text).is_some_and(|text| text != "0"),
            _ => false,
        }
    }

    /// The strings in it: itself, or those of its list.
    pub(crate) fn strings(&self) -> Vec<&str> {
        match self {
            Literal::Str(text) => vec![text],
            Literal::List(items) => items.iter().flat_map(Literal::strings).collect(),
            _ => Vec::new(),
        }
    }

    /// The string it is written as, whatever its type; `None` for what TOML writes without quotes.
    ///
    /// # Example: with quotes and without
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::Literal;
    ///
    /// assert_eq!(Literal::Decimal("12.5".to_owned()).as_str(), Some("12.5"));
    /// assert_eq!(Literal::Int(7).as_str(), None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Literal::Str(text)
            | Literal::Bytes(text)
            | Literal::Date(text)
            | Literal::Time(text)
            | Literal::DateTime(text)
            | Literal::Timestamp(text)
            | Literal::Duration(text)
            | Literal::Uuid(text)
            | Literal::Inet(text)
            | Literal::MacAddress(text)
            | Literal::Decimal(text)
            | Literal::Range(text)
            | Literal::Json(text) => Some(text),
            Literal::Null | Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) | Literal::List(_) => None,
        }
    }

    /// Replaces its strings, or those of its list, where there is another for one.
    #[cfg(feature = "migrations")]
    pub(crate) fn map_strings<'n>(&mut self, new: &dyn Fn(&str) -> Option<&'n str>) {
        match self {
            Literal::Str(text) => {
                if let Some(new) = new(text) {
                    new.clone_into(text);
                }
            }
            Literal::List(items) => items.iter_mut().for_each(|item| item.map_strings(new)),
            _ => {}
        }
    }

    /// Replaces one string, or the number that it says, by another.
    #[cfg(feature = "migrations")]
    pub(crate) fn rename_string(&mut self, old: &str, new: &str) {
        match self {
            Literal::Str(text) if text == old => new.clone_into(text),
            Literal::Int(number) if number.to_string() == old => {
                if let Ok(new) = new.parse() {
                    *number = new;
                }
            }
            Literal::List(items) => items.iter_mut().for_each(|item| item.rename_string(old, new)),
            _ => {}
        }
    }

    /// Whether it can be the default of a field of type `ty`: a plain string can, whatever the type.
    pub(crate) fn is_written_for(&self, ty: FieldType) -> bool {
        matches!(self, Literal::Str(_)) || self.ty() == Some(ty)
    }

    /// Whether it can be read as a value of `ty` where it is an operand beside one; otherwise it keeps its own type,
    /// as 0.5 does in `views * 0.5`.
    ///
    /// # Example: a whole number beside a decimal
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::{FieldType, Literal};
    ///
    /// assert!(Literal::Int(7).fits(FieldType::Decimal));
    /// assert!(!Literal::Str("7".to_owned()).fits(FieldType::Decimal));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn fits(&self, ty: FieldType) -> bool {
        use FieldType as Type;
        match self {
            Literal::Null => true,
            Literal::Bool(_) => matches!(ty, Type::Bool | Type::Json),
            Literal::Int(_) => {
                ty.is_integer() || matches!(ty, Type::Real | Type::Double | Type::Decimal | Type::Json)
            }
            Literal::Float(_) => matches!(ty, Type::Real | Type::Double | Type::Decimal | Type::Json),
            Literal::Str(_) => matches!(ty, Type::Text | Type::Choices | Type::Json),
            Literal::Decimal(_) => matches!(ty, Type::Decimal),
            Literal::Inet(_) => ty.is_network(),
            Literal::Range(_) => ty.is_range(),
            Literal::List(items) => {
                let of = match ty {
                    Type::Array(array) => array.items(),
                    ty => ty.range().unwrap_or(ty),
                };
                items.iter().all(|item| item.fits(of))
            }
            Literal::Bytes(_)
            | Literal::Date(_)
            | Literal::Time(_)
            | Literal::DateTime(_)
            | Literal::Timestamp(_)
            | Literal::Duration(_)
            | Literal::Uuid(_)
            | Literal::MacAddress(_)
            | Literal::Json(_) => self.ty() == Some(ty),
        }
    }
}

/// The serialized form.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "it is not a literal: write true, 1, 1.5, \"a string\", or a table such as `{ decimal = \"1.5\" }`"
)]
enum SerializedLiteral {
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
    List(Vec<Literal>),
    Typed(Typed),
}

/// A literal of a type that TOML lacks, with the type's name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Typed {
    Null(bool),
    Bytes(String),
    Date(String),
    Time(String),
    #[serde(rename = "date_time")]
    DateTime(String),
    Timestamp(String),
    Duration(String),
    Uuid(String),
    Inet(String),
    MacAddress(String),
    Decimal(String),
    Range(String),
    Json(String),
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match self.clone() {
            Literal::Null => SerializedLiteral::Typed(Typed::Null(true)),
            Literal::Bool(value) => SerializedLiteral::Bool(value),
            Literal::Int(value) => SerializedLiteral::Int(value),
            Literal::Float(value) => SerializedLiteral::Float(value),
            Literal::Str(value) => SerializedLiteral::String(value),
            Literal::Bytes(value) => SerializedLiteral::Typed(Typed::Bytes(value)),
            Literal::Date(value) => SerializedLiteral::Typed(Typed::Date(value)),
            Literal::Time(value) => SerializedLiteral::Typed(Typed::Time(value)),
            Literal::DateTime(value) => SerializedLiteral::Typed(Typed::DateTime(value)),
            Literal::Timestamp(value) => SerializedLiteral::Typed(Typed::Timestamp(value)),
            Literal::Duration(value) => SerializedLiteral::Typed(Typed::Duration(value)),
            Literal::Uuid(value) => SerializedLiteral::Typed(Typed::Uuid(value)),
            Literal::Inet(value) => SerializedLiteral::Typed(Typed::Inet(value)),
            Literal::MacAddress(value) => SerializedLiteral::Typed(Typed::MacAddress(value)),
            Literal::Decimal(value) => SerializedLiteral::Typed(Typed::Decimal(value)),
            Literal::Range(value) => SerializedLiteral::Typed(Typed::Range(value)),
            Literal::Json(value) => SerializedLiteral::Typed(Typed::Json(value)),
            Literal::List(items) => SerializedLiteral::List(items),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match SerializedLiteral::deserialize(deserializer)? {
            SerializedLiteral::Bool(value) => Literal::Bool(value),
            SerializedLiteral::Int(value) => Literal::Int(value),
            SerializedLiteral::Float(value) => Literal::Float(value),
            SerializedLiteral::String(value) => Literal::Str(value),
            SerializedLiteral::List(items) => Literal::List(items),
            SerializedLiteral::Typed(Typed::Null(true)) => Literal::Null,
            SerializedLiteral::Typed(Typed::Null(false)) => {
                return Err(serde::de::Error::custom(
                    "a literal is `null = false`: write `null = true` or the value",
                ));
            }
            SerializedLiteral::Typed(Typed::Bytes(value)) => Literal::Bytes(value),
            SerializedLiteral::Typed(Typed::Date(value)) => Literal::Date(value),
            SerializedLiteral::Typed(Typed::Time(value)) => Literal::Time(value),
            SerializedLiteral::Typed(Typed::DateTime(value)) => Literal::DateTime(value),
            SerializedLiteral::Typed(Typed::Timestamp(value)) => Literal::Timestamp(value),
            SerializedLiteral::Typed(Typed::Duration(value)) => Literal::Duration(value),
            SerializedLiteral::Typed(Typed::Uuid(value)) => Literal::Uuid(value),
            SerializedLiteral::Typed(Typed::Inet(value)) => Literal::Inet(value),
            SerializedLiteral::Typed(Typed::MacAddress(value)) => Literal::MacAddress(value),
            SerializedLiteral::Typed(Typed::Decimal(value)) => Literal::Decimal(value),
            SerializedLiteral::Typed(Typed::Range(value)) => Literal::Range(value),
            SerializedLiteral::Typed(Typed::Json(value)) => Literal::Json(value),
        })
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Literal::Bool(value)
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Literal::Int(value)
    }
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Literal::Float(value)
    }
}

impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Literal::Str(value.to_owned())
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Literal::Str(value)
    }
}

/// The canonical string of a decimal number: no sign on zero, no leading or trailing zeros; `None` if it has more
/// digits than a decimal can.
pub(crate) fn canonical_decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 28 || whole.len() + fraction.len() > 29 {
        return None;
    }
    let sign = if negative && !(whole == "0" && fraction.is_empty()) {
        "-"
    } else {
        ""
    };
    Some(match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_text() {
        for (text, expected) in [
            ("1.50", Some("1.5")),
            ("-0.00", Some("0")),
            ("+007", Some("7")),
            (".5", Some("0.5")),
            ("-12.", Some("-12")),
            ("1e3", None),
            ("", None),
            ("1.2.3", None),
            ("100000000000000000000000000000", None),
            ("0.00000000000000000000000000001", None),
            (
                "-0.0000000000000000000000000001",
                Some("-0.0000000000000000000000000001"),
            ),
        ] {
            assert_eq!(canonical_decimal(text).as_deref(), expected, "{text}");
        }
    }
}
