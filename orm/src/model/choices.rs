//! Enums as columns.

use crate::error::{Error, Kind, Result};
use crate::value::Cell;

/// An enum without data whose variants are the allowed values of a column. Derive it: [`derive@Choices`](crate::Choices) says how.
///
/// A variant is stored as its name in snake case; `#[orm(value = "…")]` on the variant stores another string.
///
/// # Example: from a string, and to one
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Choices as _;
///
/// assert_eq!(Status::VALUES, ["draft", "published", "archived"]);
/// assert_eq!(Status::from_str("draft"), Some(Status::Draft));
/// # Ok::<(), orm::Error>(())
/// ```
pub trait Choices: Sized + Send + Sync + 'static {
    /// The stored strings, in the order of the variants.
    const VALUES: &'static [&'static str];

    /// The stored string of this variant.
    ///
    /// # Example: for people, and for other programs
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::Choices as _;
    ///
    /// assert_eq!(Status::Published.as_str(), "published");
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn as_str(&self) -> &'static str;

    /// The variant of a stored string, if it is one.
    ///
    /// # Example: from a form
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::Choices as _;
    ///
    /// assert_eq!(Status::from_str("published"), Some(Status::Published));
    /// assert_eq!(Status::from_str("Published"), None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn from_str(text: &str) -> Option<Self>;
}

/// Reads a derived enum from a column.
///
/// # Errors
/// If the column does not hold a string, or not one of the allowed ones; the error lists those, and not the one found.
#[doc(hidden)]
pub fn decode_choice<T: Choices>(cell: Cell<'_>) -> Result<T> {
    T::from_str(cell.string()?).ok_or_else(|| {
        let name = std::any::type_name::<T>();
        let name = name.rsplit("::").next().unwrap_or(name);
        Error::new(
            Kind::Decode,
            format!(
                "expected a value of {name} ({}), the database holds another string",
                T::VALUES.join(", ")
            ),
        )
        .with_hint("add a variant for it, or change the rows")
    })
}

/// An enum without data whose variants are the allowed numbers of a column: what [`derive@Choices`](crate::Choices) writes where each
/// variant has a number.
///
/// # Example: from a number, and to one
///
/// ```
/// use orm::Choices;
/// use orm::fields::IntegerChoices as _;
///
/// #[derive(Choices, Debug, Clone, Copy, PartialEq)]
/// #[orm(integer = u8)]
/// enum Priority {
///     Low = 1,
///     High = 9,
/// }
///
/// assert_eq!(Priority::VALUES, [1, 9]);
/// assert_eq!(Priority::from_number(9), Some(Priority::High));
/// assert_eq!(Priority::from_number(2), None);
/// ```
pub trait IntegerChoices: Sized + Send + Sync + 'static {
    /// The stored numbers, in the order of the variants.
    const VALUES: &'static [i64];

    /// The stored number of this variant.
    fn as_number(&self) -> i64;

    /// The variant of a stored number, if it is one.
    fn from_number(number: i64) -> Option<Self>;
}

/// Reads a derived enum of numbers from a column.
///
/// # Errors
/// If the column does not hold a whole number, or not one of the allowed ones; the error lists those, and not the one found.
#[doc(hidden)]
pub fn decode_number<T: IntegerChoices>(cell: Cell<'_>) -> Result<T> {
    T::from_number(cell.int()?).ok_or_else(|| {
        let name = std::any::type_name::<T>();
        let name = name.rsplit("::").next().unwrap_or(name);
        let numbers: Vec<String> = T::VALUES.iter().map(i64::to_string).collect();
        Error::new(
            Kind::Decode,
            format!(
                "expected a value of {name} ({}), the database holds another number",
                numbers.join(", ")
            ),
        )
        .with_hint("add a variant for it, or change the rows")
    })
}
