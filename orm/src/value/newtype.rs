//! Types of a program's own around a type that columns hold.

use crate::error::{Error, Kind, Result};

use super::ColumnType;

/// A type of your own around one type that columns hold, which lends it its lookups, its order and its arithmetic: columns of an
/// `Email` around a `String` have `contains`, and those of `Cents` around an `i64` have `sum`.
///
/// [`derive@ColumnType`](crate::ColumnType) implements it. By hand it stands beside a [`ColumnType`] whose column is that of
/// `Inner`; without it a type has what every column has: `eq`, `in_`, NULL, `count`.
///
/// # Example: by the derive
///
/// ```
/// use orm::ColumnType;
/// use orm::fields::{FieldType, Newtype};
///
/// #[derive(ColumnType, Debug, Clone, PartialEq)]
/// struct Cents(i64);
///
/// fn inner<T: Newtype>() -> FieldType {
///     <T::Inner as ColumnType>::field_type()
/// }
/// assert_eq!(inner::<Cents>(), FieldType::BigInt);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type around a type of columns",
    note = "derive it: #[derive(ColumnType)] struct Email(String);"
)]
pub trait Newtype: ColumnType<Base = Self> {
    /// The type inside, which is the column's.
    type Inner: ColumnType<Base = Self::Inner>;
}

/// Whether the database generates a primary key of a type, as a type.
#[doc(hidden)]
pub struct IsGeneratedKey<const GENERATED: bool>;

/// Whether `create()` needs a key: `Missing` until it is given, where the database does not generate it.
#[doc(hidden)]
pub trait KeyOr<Given, Missing> {
    type State;
}

impl<Given, Missing> KeyOr<Given, Missing> for IsGeneratedKey<true> {
    type State = Given;
}

impl<Given, Missing> KeyOr<Given, Missing> for IsGeneratedKey<false> {
    type State = Missing;
}

/// Refuses a value that the derived type does not allow.
#[doc(hidden)]
#[inline]
pub fn allowed(name: &str, checked: std::result::Result<(), &'static str>) -> Result<()> {
    checked.map_err(|reason| {
        let said = format!("what the database returns is not of the type {name}: {reason}");
        Error::new(Kind::Decode, said).with_hint(
            "repair the row, or read the column by a model that has the type inside; what a query computes from such a column has \
             that type, too",
        )
    })
}
