//! Which types have an order, and a least and a greatest value, on every database.

use crate::model::{ForeignKey, KeyTo, Model, OneToOne};

/// Types whose values have an order that is the same on both databases: all but [`Json`](crate::value::Json). Orders,
/// and comparisons such as `lt` and `between`, require it.
///
/// # Example: numbers, strings and moments have an order
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let old = Post::objects().filter(|p| p.published_at.lt(Utc::now())).count(&db)?;
/// assert_eq!(old, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` have no order",
    label = "neither comparisons such as `lt` and `between` nor orders are there for it",
    note = "JSON and arrays are compared by `eq`, `ne` and `in_`; what they are ordered by has to be a column of its own"
)]
pub trait Ordered {}

/// Types whose columns have a least and a greatest value on both databases: all that have an order but UUIDs and bytes.
///
/// # Example: the first and the last key
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let ends = Post::objects().aggregate(|p| (p.id.min(), p.id.max())).run(&db)?;
/// assert_eq!(ends, (Some(1), Some(2)));
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` have no `min` and no `max`",
    label = "not every database has a least and a greatest one",
    note = "the first row of an order says it: `.order_by(|p| p.id).first(&db)`, `.desc()` for the greatest"
)]
pub trait Extreme: Ordered {}

macro_rules! ordered {
    ($($ty:ty),*) => {$(
        impl Ordered for $ty {}
        impl Extreme for $ty {}
    )*};
}
ordered!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, String);
#[cfg(feature = "decimal")]
ordered!(rust_decimal::Decimal);
#[cfg(feature = "chrono")]
ordered!(
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>
);
#[cfg(feature = "uuid")]
impl Ordered for uuid::Uuid {}
impl Ordered for Vec<u8> {}
impl<M: Model, K: KeyTo<M>> Ordered for ForeignKey<M, K> {}
impl<M: Model, K: KeyTo<M>> Ordered for OneToOne<M, K> {}
impl<M: Model, K: KeyTo<M, Key: Extreme>> Extreme for ForeignKey<M, K> {}
impl<M: Model, K: KeyTo<M, Key: Extreme>> Extreme for OneToOne<M, K> {}
