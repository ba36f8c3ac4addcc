//! The types of columns, the same on every backend.

use std::ops::RangeInclusive;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ArrayType;

/// The type of a field, the same on every backend. Attributes such as length, digits and choices are in
/// [`FieldDef`](crate::model::FieldDef).
///
/// # Example: of a field
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::fields::FieldType;
/// use orm::models::{ModelKey, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// assert_eq!(post.def.field("rating").map(|field| field.ty), Some(FieldType::Double));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum FieldType {
    /// `bool`
    Bool,
    /// `i16`
    SmallInt,
    /// `i32`
    Int,
    /// `i64`
    BigInt,
    /// `i8`
    TinyInt,
    /// `u8`
    UnsignedTinyInt,
    /// `u16`
    UnsignedSmallInt,
    /// `u32`
    UnsignedInt,
    /// `u64` up to the greatest `i64`, which is the greatest whole number that the databases have
    UnsignedBigInt,
    /// `f32`
    Real,
    /// `f64`
    Double,
    /// `String`, with `max_length` if the model sets one
    Text,
    /// `Vec<u8>`
    Bytes,
    /// A day without a time
    Date,
    /// A time of day, to the microsecond
    Time,
    /// A date and time without a zone, to the microsecond
    DateTime,
    /// An instant in UTC, to the microsecond
    Timestamp,
    /// A duration, to the microsecond, in either direction
    Duration,
    /// A UUID
    Uuid,
    /// An IP address
    IpAddress,
    /// An IP address of version 4
    Ipv4Address,
    /// An IP address of version 6
    Ipv6Address,
    /// An IP address and the network that it is in
    Inet,
    /// A network of IP addresses
    Cidr,
    /// A MAC address
    MacAddress,
    /// An exact decimal number; `max_digits` and `decimal_places` if the model sets them
    Decimal,
    /// A range of `i32`
    IntRange,
    /// A range of `i64`
    BigIntRange,
    /// A range of exact decimal numbers
    DecimalRange,
    /// A range of days
    DateRange,
    /// A range of dates with a time and without a zone
    DateTimeRange,
    /// A range of instants
    TimestampRange,
    /// Ranges of `i32` that lie apart
    IntMultirange,
    /// Ranges of `i64` that lie apart
    BigIntMultirange,
    /// Ranges of exact decimal numbers that lie apart
    DecimalMultirange,
    /// Ranges of days that lie apart
    DateMultirange,
    /// Ranges of dates with a time and without a zone that lie apart
    DateTimeMultirange,
    /// Ranges of instants that lie apart
    TimestampMultirange,
    /// JSON of any serde type
    Json,
    /// One of the model's `choices`, stored as a string
    Choices,
    /// `Vec` of another column type: an array, with `max_length` if the model sets one
    #[serde(skip)]
    Array(ArrayType),
    /// The primary key of one row of the related model; many rows may refer to the same row
    ForeignKey,
    /// The primary key of one row of the related model, unique
    OneToOne,
    /// Rows of the related model through a join table; the field itself has no column
    ManyToMany,
}

// The type of an array has parts, and is one string all the same.
impl Serialize for FieldType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FieldType::Array(ty) => serializer.collect_str(ty),
            other => FieldType::serialize(other, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FieldType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.contains('[') {
            true => name
                .parse()
                .map(FieldType::Array)
                .map_err(serde::de::Error::custom),
            false => FieldType::deserialize(name.into_deserializer()),
        }
    }
}

impl FieldType {
    /// Whether the field is a column of its model's table.
    ///
    /// # Example: a many-to-many relation is not a column
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::FieldType;
    ///
    /// assert!(FieldType::ForeignKey.is_column() && !FieldType::ManyToMany.is_column());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_column(self) -> bool {
        self != FieldType::ManyToMany
    }

    /// Whether the field points at another model.
    ///
    /// # Example: which fields lead to other models
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::FieldType;
    ///
    /// assert!(FieldType::OneToOne.is_relation() && !FieldType::Uuid.is_relation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany
        )
    }

    /// Whether its values are strings, which a column's collation may compare as equal although they differ.
    ///
    /// # Example: strings and choices
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(orm::fields::FieldType::Text.is_collated());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_collated(self) -> bool {
        matches!(self, FieldType::Text | FieldType::Choices)
    }

    /// Whether its values are IP addresses and networks of them.
    pub(crate) fn is_network(self) -> bool {
        self.is_address() || matches!(self, FieldType::Inet | FieldType::Cidr)
    }

    /// Whether its values are IP addresses without a network.
    pub(crate) fn is_address(self) -> bool {
        matches!(
            self,
            FieldType::IpAddress | FieldType::Ipv4Address | FieldType::Ipv6Address
        )
    }

    /// Whether its values are bytes where a database has no type of its own for them.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, FieldType::Bytes | FieldType::Uuid | FieldType::MacAddress)
            || self.is_network()
            || self.is_range()
    }

    /// Whether its values are arrays whose elements are bytes where a database has no type of its own for them.
    pub(crate) fn is_array_of_binary(self) -> bool {
        matches!(self, FieldType::Array(array) if array.element().is_binary())
    }

    /// The type of the bounds of its ranges, if its values are ranges or multiranges.
    pub(crate) fn bound(self) -> Option<FieldType> {
        Some(match self.range().unwrap_or(self) {
            FieldType::IntRange => FieldType::Int,
            FieldType::BigIntRange => FieldType::BigInt,
            FieldType::DecimalRange => FieldType::Decimal,
            FieldType::DateRange => FieldType::Date,
            FieldType::DateTimeRange => FieldType::DateTime,
            FieldType::TimestampRange => FieldType::Timestamp,
            _ => return None,
        })
    }

    /// The type of ranges of its values, if there are any.
    pub(crate) fn ranges(self) -> Option<FieldType> {
        use FieldType as Type;
        let all = [
            Type::IntRange,
            Type::BigIntRange,
            Type::DecimalRange,
            Type::DateRange,
            Type::DateTimeRange,
            Type::TimestampRange,
        ];
        all.into_iter().find(|range| range.bound() == Some(self))
    }

    /// Whether its values are ranges.
    pub(crate) fn is_range(self) -> bool {
        self.bound().is_some() && !self.is_multirange()
    }

    /// The type of the ranges that its values are made of, if those are multiranges.
    pub(crate) fn range(self) -> Option<FieldType> {
        Some(match self {
            FieldType::IntMultirange => FieldType::IntRange,
            FieldType::BigIntMultirange => FieldType::BigIntRange,
            FieldType::DecimalMultirange => FieldType::DecimalRange,
            FieldType::DateMultirange => FieldType::DateRange,
            FieldType::DateTimeMultirange => FieldType::DateTimeRange,
            FieldType::TimestampMultirange => FieldType::TimestampRange,
            _ => return None,
        })
    }

    /// The type of multiranges made of its ranges, if its values are ranges.
    pub(crate) const fn multirange(self) -> Option<FieldType> {
        Some(match self {
            FieldType::IntRange => FieldType::IntMultirange,
            FieldType::BigIntRange => FieldType::BigIntMultirange,
            FieldType::DecimalRange => FieldType::DecimalMultirange,
            FieldType::DateRange => FieldType::DateMultirange,
            FieldType::DateTimeRange => FieldType::DateTimeMultirange,
            FieldType::TimestampRange => FieldType::TimestampMultirange,
            _ => return None,
        })
    }

    /// Whether its values are multiranges.
    pub(crate) fn is_multirange(self) -> bool {
        self.range().is_some()
    }

    /// Whether the databases agree on an order of its values.
    pub(crate) fn is_ordered(self) -> bool {
        !matches!(self, FieldType::Array(_) | FieldType::Json) && !self.is_multirange()
    }

    /// The type of one value: of an array, that of its elements.
    pub(crate) fn scalar(self) -> FieldType {
        match self {
            FieldType::Array(array) => array.element(),
            other => other,
        }
    }

    /// The same of plain strings, where its values are choices.
    pub(crate) fn without_choices(self) -> FieldType {
        match self {
            FieldType::Choices => FieldType::Text,
            FieldType::Array(array) => FieldType::Array(array.without_choices()),
            other => other,
        }
    }

    /// Whether the database can generate it as a primary key.
    ///
    /// # Example: whole numbers
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(orm::fields::FieldType::SmallInt.is_integer());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_integer(self) -> bool {
        self.whole_numbers().is_some()
    }

    /// The whole numbers that it holds; `None` for other types.
    ///
    /// # Example: of one byte, and of strings
    ///
    /// ```
    /// use orm::fields::FieldType;
    ///
    /// assert_eq!(FieldType::UnsignedTinyInt.whole_numbers(), Some(0..=255));
    /// assert_eq!(FieldType::Text.whole_numbers(), None);
    /// ```
    pub fn whole_numbers(self) -> Option<RangeInclusive<i64>> {
        Some(match self {
            FieldType::TinyInt => i8::MIN.into()..=i8::MAX.into(),
            FieldType::SmallInt => i16::MIN.into()..=i16::MAX.into(),
            FieldType::Int => i32::MIN.into()..=i32::MAX.into(),
            FieldType::BigInt => i64::MIN..=i64::MAX,
            FieldType::UnsignedTinyInt => 0..=u8::MAX.into(),
            FieldType::UnsignedSmallInt => 0..=u16::MAX.into(),
            FieldType::UnsignedInt => 0..=u32::MAX.into(),
            FieldType::UnsignedBigInt => 0..=i64::MAX,
            _ => return None,
        })
    }
}
