//! Values between Rust and a database: the types of columns, bound parameters, and cells of rows.
//!
//! One file per integration; `sqlite` and `postgres` hold each backend's encoding of the same values.

pub(crate) mod array;
pub(crate) mod array_json;
mod array_type;
pub(crate) mod copy_text;
mod db_type;
pub(crate) mod duration;
mod field_type;
mod json;
mod json_form;
mod literal;
pub(crate) mod mac_address;
mod multirange;
pub(crate) mod multirange_form;
pub(crate) mod network;
mod newtype;
mod now;
mod owned_cell;
#[cfg(feature = "regex")]
mod pattern;
#[cfg(feature = "regex")]
mod pattern_lengths;
mod range;
pub(crate) mod range_bytes;
pub(crate) mod range_form;
mod row;
mod small_string;
mod std_types;
#[allow(clippy::module_inception, reason = "the file defines `Value`")]
mod value;
mod whole_numbers;

#[cfg(feature = "bigdecimal")]
mod big_decimal;
#[cfg(any(feature = "time", feature = "jiff"))]
mod by_chrono;
#[cfg(feature = "chrono")]
pub(crate) mod chrono;
#[cfg(feature = "decimal")]
pub(crate) mod decimal;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;
#[cfg(feature = "zones")]
mod zone;

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

#[doc(hidden)]
pub use array::Elements;
pub use array::{ArrayElement, Scalar};
pub use array_type::ArrayType;
#[doc(hidden)]
pub use array_type::ElementType;
pub(crate) use array_type::MOST_LEVELS;
pub use db_type::DbTypeSpec;
pub use field_type::FieldType;
pub use json::Json;
pub(crate) use json::canonical_json;
pub(crate) use json::{part_of_document, place_number};
pub(crate) use json_form::{JsonMismatch, from_json, to_json};
pub use literal::Literal;
pub(crate) use literal::canonical_decimal;
pub use multirange::Multirange;
pub use newtype::Newtype;
#[doc(hidden)]
pub use newtype::{IsGeneratedKey, KeyOr, allowed};
#[cfg(feature = "chrono")]
#[doc(hidden)]
pub use now::now_value;
#[cfg(feature = "uuid")]
#[doc(hidden)]
pub use now::uuid_v7;
#[doc(hidden)]
pub use now::{Clock, now};
pub(crate) use owned_cell::OwnedCell;
#[cfg(feature = "regex")]
pub use pattern::Pattern;
#[cfg(all(feature = "regex", feature = "sqlite"))]
pub(crate) use pattern::compiled;
pub use range::{Range, RangeBound};
#[doc(hidden)]
pub use row::ChoicesFacts;
pub use row::{Cell, ColumnFacts, ColumnType, Row};
pub(crate) use row::{KeptRow, ReorderedRow};
pub use small_string::SmallString;
pub use value::Value;
#[cfg(feature = "zones")]
pub use zone::TimeZone;
