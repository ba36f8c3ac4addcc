//! The type of an array: what its elements are, and how deep they are nested.

use std::fmt;
use std::str::FromStr;

use super::{FieldType, Scalar};

/// The most levels of an array, which is Postgres' limit.
pub(crate) const MOST_LEVELS: u8 = 6;

/// The type of an array column: what its elements are, whether they may be NULL, and how deep they are nested.
///
/// In files it is written as the type of its elements, a `?` if they may be NULL, and `[]` for each level: `int[]`, `text?[]`,
/// `double[][]`.
///
/// # Example: of Rust's types
///
/// ```
/// use orm::fields::{ColumnType, FieldType};
///
/// let FieldType::Array(ty) = <Vec<Vec<Option<i32>>>>::field_type() else { panic!("it is an array") };
/// assert_eq!(ty.to_string(), "int?[][]");
/// assert_eq!((ty.element(), ty.levels(), ty.takes_null()), (FieldType::Int, 2, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArrayType {
    element: ElementType,
    levels: u8,
    nulls: bool,
}

macro_rules! elements {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// The field types that an element can have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[doc(hidden)]
        pub enum ElementType {
            $($variant),*
        }

        impl ElementType {
            const ALL: &'static [ElementType] = &[$(ElementType::$variant),*];

            /// As which type of element one of a field stands.
            #[doc(hidden)]
            pub const fn of(ty: FieldType) -> Option<Self> {
                match ty {
                    $(FieldType::$variant => Some(ElementType::$variant),)*
                    _ => None,
                }
            }

            fn field_type(self) -> FieldType {
                match self {
                    $(ElementType::$variant => FieldType::$variant),*
                }
            }

            fn name(self) -> &'static str {
                match self {
                    $(ElementType::$variant => $name),*
                }
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(ElementType::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
// A relation is kept by a table of its own, JSON has lists itself.
elements! {
    Bool = "bool",
    SmallInt = "small_int",
    Int = "int",
    BigInt = "big_int",
    Real = "real",
    Double = "double",
    Text = "text",
    Bytes = "bytes",
    Date = "date",
    Time = "time",
    DateTime = "date_time",
    Timestamp = "timestamp",
    Uuid = "uuid",
    Decimal = "decimal",
    Duration = "duration",
    TinyInt = "tiny_int",
    UnsignedTinyInt = "unsigned_tiny_int",
    UnsignedSmallInt = "unsigned_small_int",
    UnsignedInt = "unsigned_int",
    UnsignedBigInt = "unsigned_big_int",
    Choices = "choices",
    IpAddress = "ip_address",
    Ipv4Address = "ipv4_address",
    Ipv6Address = "ipv6_address",
    Inet = "inet",
    Cidr = "cidr",
    MacAddress = "mac_address",
    IntRange = "int_range",
    BigIntRange = "big_int_range",
    DecimalRange = "decimal_range",
    DateRange = "date_range",
    DateTimeRange = "date_time_range",
    TimestampRange = "timestamp_range",
}

impl ArrayType {
    /// An array of values of that type, or of such arrays; `None` if there are no arrays of it.
    ///
    /// # Example: one level more
    ///
    /// ```
    /// use orm::fields::{ArrayType, FieldType};
    ///
    /// let row = ArrayType::of(FieldType::Double).expect("numbers have arrays");
    /// let matrix = ArrayType::of(FieldType::Array(row)).expect("so have arrays");
    /// assert_eq!(matrix.to_string(), "double[][]");
    /// assert_eq!(ArrayType::of(FieldType::Json), None);
    /// ```
    pub fn of(element: FieldType) -> Option<Self> {
        match element {
            FieldType::Array(ty) => (ty.levels < MOST_LEVELS).then(|| ty.deeper()),
            ty => ElementType::of(ty).map(ArrayType::scalar),
        }
    }

    /// An array of values of a type.
    #[doc(hidden)]
    pub fn of_scalar<T: Scalar>() -> Self {
        ArrayType::scalar(T::ELEMENT)
    }

    /// An array of such values.
    fn scalar(element: ElementType) -> Self {
        ArrayType {
            element,
            levels: 1,
            nulls: false,
        }
    }

    /// An array of such arrays. One that is too deep for a database is refused where a model is resolved.
    pub(super) fn deeper(self) -> Self {
        ArrayType {
            levels: self.levels.saturating_add(1),
            ..self
        }
    }

    /// The same with elements that may be NULL.
    ///
    /// # Example: as files say it
    ///
    /// ```
    /// use orm::fields::{ArrayType, FieldType};
    ///
    /// let scores = ArrayType::of(FieldType::Int).expect("numbers have arrays").with_nulls();
    /// assert_eq!(scores.to_string(), "int?[]");
    /// ```
    pub fn with_nulls(self) -> Self {
        ArrayType { nulls: true, ..self }
    }

    /// The type of the elements.
    ///
    /// # Example: at the bottom
    ///
    /// ```
    /// use orm::fields::{ColumnType, FieldType};
    ///
    /// let FieldType::Array(ty) = <Vec<String>>::field_type() else { panic!("it is an array") };
    /// assert_eq!(ty.element(), FieldType::Text);
    /// ```
    pub fn element(self) -> FieldType {
        self.element.field_type()
    }

    /// The type of what it holds: its elements, or arrays of one level less.
    pub(crate) fn items(self) -> FieldType {
        match self.levels {
            0 | 1 => self.element(),
            levels => FieldType::Array(ArrayType {
                levels: levels - 1,
                ..self
            }),
        }
    }

    /// How many levels of arrays there are, at least 1.
    ///
    /// # Example: of a plain one
    ///
    /// ```
    /// use orm::fields::{ColumnType, FieldType};
    ///
    /// let FieldType::Array(ty) = <Vec<String>>::field_type() else { panic!("it is an array") };
    /// assert_eq!(ty.levels(), 1);
    /// ```
    pub fn levels(self) -> u8 {
        self.levels
    }

    /// Whether its elements may be NULL.
    ///
    /// # Example: by an `Option`
    ///
    /// ```
    /// use orm::fields::{ColumnType, FieldType};
    ///
    /// let FieldType::Array(ty) = <Vec<Option<i64>>>::field_type() else { panic!("it is an array") };
    /// assert!(ty.takes_null());
    /// ```
    pub fn takes_null(self) -> bool {
        self.nulls
    }

    /// A number that is the type's own.
    pub(crate) const fn number(self) -> u64 {
        self.element as u64 | (self.levels as u64) << 8 | (self.nulls as u64) << 16
    }

    /// The type of that number.
    pub(crate) fn of_number(number: u64) -> Option<Self> {
        let [element, levels, nulls, ..] = number.to_le_bytes();
        Some(ArrayType {
            element: *ElementType::ALL.get(usize::from(element))?,
            levels,
            nulls: nulls != 0,
        })
    }

    /// Whether values of both can be compared.
    pub(crate) fn compares_with(self, other: ArrayType) -> bool {
        let stored = |ty: ArrayType| (ty.element().without_choices(), ty.levels);
        stored(self) == stored(other)
    }

    /// The same of plain strings, where its elements are choices.
    pub(super) fn without_choices(self) -> Self {
        match self.element {
            ElementType::Choices => ArrayType {
                element: ElementType::Text,
                ..self
            },
            _ => self,
        }
    }
}

impl fmt::Display for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nulls = if self.nulls { "?" } else { "" };
        write!(f, "{}{nulls}", self.element.name())?;
        (0..self.levels).try_for_each(|_| f.write_str("[]"))
    }
}

impl FromStr for ArrayType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unreadable = || {
            format!(
                "`{text}` is not the type of an array: write the type of its elements, `?` if they may be NULL, and `[]` for each \
                 of at most {MOST_LEVELS} levels, as in `int[]` and `text?[][]`"
            )
        };
        let mut rest = text;
        let mut levels = 0;
        while let Some(before) = rest.strip_suffix("[]") {
            rest = before;
            levels += 1;
        }
        let (name, nulls) = match rest.strip_suffix('?') {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let element = ElementType::named(name).ok_or_else(unreadable)?;
        if !(1..=MOST_LEVELS).contains(&levels) {
            return Err(unreadable());
        }
        Ok(ArrayType {
            element,
            levels,
            nulls,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_in_a_file_reads_back() {
        for text in ["int[]", "text?[]", "date_time[][][]", "decimal?[][][][][][]"] {
            assert_eq!(text.parse::<ArrayType>().unwrap().to_string(), text);
            let json = format!("\"{text}\"");
            let ty: FieldType = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&ty).unwrap(), json);
        }
    }

    #[test]
    fn what_is_not_the_type_of_an_array_is_refused() {
        for text in [
            "int",
            "[]",
            "json[]",
            "int[]?",
            "int [] []",
            "int[][][][][][][]",
            "foreign_key[]",
        ] {
            assert!(text.parse::<ArrayType>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<FieldType>("\"int[3]\"").is_err());
    }
}
