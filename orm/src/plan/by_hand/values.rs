//! The values of SQL by hand, by position or by name.

use crate::error::Result;
use crate::query::each_element;
use crate::sql::Parameters;
use crate::value::{ColumnType, Value};

/// A value in SQL by hand: of any type that a column holds, borrowed strings and bytes, or one with its name.
///
/// # Example: with a name and without
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let label = String::from("rust");
/// let by_position = orm::sql("SELECT id FROM blog_tag WHERE label = {}", (&label,)).rows::<i64>().get(&db)?;
/// let by_name = orm::sql("SELECT id FROM blog_tag WHERE label = {label}", (("label", label),)).rows::<i64>().get(&db)?;
/// assert_eq!(by_position, by_name);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of SQL",
    label = "expected a value of a type that columns hold, or `(\"name\", value)`",
    note = "a list is one value, of a `Vec`; what serde writes is `Json(value)`; a row is named by its key: `author.id`"
)]
pub trait SqlValue {
    #[doc(hidden)]
    fn append(self, to: &mut GivenValues);
}

/// The values of SQL by hand: a tuple of [`SqlValue`]s, `()` where there are none, an array or a `Vec` of values of one type.
///
/// # Example: as many as there are
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::TrustedSql;
///
/// let labels = vec!["rust", "sql"];
/// let marks = vec!["{}"; labels.len()].join(", ");
/// let text = TrustedSql::new(format!("SELECT count(*) FROM blog_tag WHERE label IN ({marks})"));
/// assert_eq!(orm::sql(text, labels).rows::<i64>().get(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of values",
    label = "expected a tuple: `(9,)`, `(9, \"Ann\")`, `((\"id\", 9),)`, or `()` for none",
    note = "a tuple of one value has a comma: `(9,)`"
)]
pub trait SqlValues {
    #[doc(hidden)]
    fn append(self, to: &mut GivenValues);
}

/// The values, and the names of those that have one.
#[doc(hidden)]
#[derive(Debug, Clone, Default)]
pub struct GivenValues {
    values: Vec<Value<'static>>,
    /// One for each value, or none at all.
    names: Vec<&'static str>,
}

impl GivenValues {
    pub(super) fn all(&self) -> &[Value<'static>] {
        &self.values
    }

    pub(super) fn into_values(self) -> Vec<Value<'static>> {
        self.values
    }

    /// Puts the values in the order of a text's parameters.
    ///
    /// # Errors
    /// If there are more or fewer, or other names.
    pub(super) fn put_in_order(&mut self, parameters: &Parameters) -> Result<()> {
        let places = parameters.places(self.values.len(), &self.names)?;
        if let Some(places) = places {
            self.names.clear();
            let mut given: Vec<Option<Value<'static>>> = self.values.drain(..).map(Some).collect();
            let in_order = places.iter().filter_map(|&at| given.get_mut(at)?.take());
            self.values.extend(in_order);
        }
        Ok(())
    }
}

impl<T: ColumnType> SqlValue for T {
    fn append(self, to: &mut GivenValues) {
        to.values.push(self.into_value());
    }
}

macro_rules! borrowed {
    ($($ty:ty, $convert:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl SqlValue for $ty {
            fn append(self, to: &mut GivenValues) {
                let convert: fn(Self) -> Value<'static> = $convert;
                to.values.push(convert(self));
            }
        }
    )*};
}
borrowed! {
    &str, |text| Value::from(text).into_owned();
    &String, |text| Value::from(text.as_str()).into_owned();
    Option<&str>, |text| text.map_or(Value::Null, |text| Value::from(text).into_owned());
    &[u8], |bytes| Value::Bytes(bytes.to_vec().into());
    Value<'_>, Value::into_owned;
}

/// `("name", value)`
#[diagnostic::do_not_recommend]
impl<T: SqlValue> SqlValue for (&'static str, T) {
    fn append(self, to: &mut GivenValues) {
        let before = to.values.len();
        self.1.append(to);
        if to.values.len() == before + 1 {
            to.names.push(self.0);
        }
    }
}

impl SqlValues for () {
    fn append(self, _: &mut GivenValues) {}
}

#[diagnostic::do_not_recommend]
impl<T: SqlValue> SqlValues for Vec<T> {
    fn append(self, to: &mut GivenValues) {
        self.into_iter().for_each(|value| value.append(to));
    }
}

#[diagnostic::do_not_recommend]
impl<T: SqlValue, const N: usize> SqlValues for [T; N] {
    fn append(self, to: &mut GivenValues) {
        self.into_iter().for_each(|value| value.append(to));
    }
}

each_element!(SqlValue in SqlValues::append(to: &mut GivenValues));
