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
