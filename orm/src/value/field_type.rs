//! The kinds of column, the same on every backend.

use serde::{Deserialize, Serialize};

/// What a column holds, the same on every backend. Attributes (length, digits, choices) stand in
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
    /// `String`, with `max_length` if the model gives one
    Text,
    /// `Vec<u8>`
    Bytes,
    /// A day without a time
    Date,
    /// A time of day, microseconds
    Time,
    /// Date and time without a zone, microseconds
    DateTime,
    /// An instant in UTC, microseconds
    Timestamp,
    /// 16 bytes
    Uuid,
    /// Exact decimal number; `max_digits` and `decimal_places` if the model gives them
    Decimal,
    /// Any serde type
    Json,
    /// One of `choices`, stored as text
    Choices,
    /// Key of one row of `to`; many rows may hold the same
    ForeignKey,
    /// Key of one row of `to`, unique
    OneToOne,
    /// Rows of `to` through a join table; no column
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

    /// Whether its values are strings, of which a column's collation may take different ones for equal.
    pub fn is_collated(self) -> bool {
        matches!(self, FieldType::Text | FieldType::Choices)
    }

    /// Whether the database can generate it as a primary key.
    pub fn is_integer(self) -> bool {
        matches!(self, FieldType::SmallInt | FieldType::Int | FieldType::BigInt)
    }
}
