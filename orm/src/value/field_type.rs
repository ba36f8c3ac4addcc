//! The types of columns, the same on every backend.

use serde::{Deserialize, Serialize};

/// The type of a field, the same on every backend. Attributes such as length, digits and choices are in
/// [`FieldDef`](crate::model::FieldDef).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// `bool`
    Bool,
    /// `i16`
    SmallInt,
    /// `i32`
    Int,
    /// `i64`
    BigInt,
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
    /// A UUID
    Uuid,
    /// An exact decimal number; `max_digits` and `decimal_places` if the model sets them
    Decimal,
    /// JSON of any serde type
    Json,
    /// One of the model's `choices`, stored as a string
    Choices,
    /// The primary key of one row of the related model; many rows may refer to the same row
    ForeignKey,
    /// The primary key of one row of the related model, unique
    OneToOne,
    /// Rows of the related model through a join table; the field itself has no column
    ManyToMany,
}

impl FieldType {
    /// Whether the field is a column of its model's table.
    pub fn is_column(self) -> bool {
        self != FieldType::ManyToMany
    }

    /// Whether the field points at another model.
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany
        )
    }

    /// Whether its values are strings, which a column's collation may compare as equal although they differ.
    pub fn is_collated(self) -> bool {
        matches!(self, FieldType::Text | FieldType::Choices)
    }

    /// Whether the database can generate it as a primary key.
    pub fn is_integer(self) -> bool {
        matches!(self, FieldType::SmallInt | FieldType::Int | FieldType::BigInt)
    }
}
