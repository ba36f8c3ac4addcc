//! What `values` takes: fields, expressions and tuples of them, and what each row becomes.

use crate::error::Result;
use crate::expr::{ExprTokens, RowSource};
use crate::model::Join;
use crate::value::{ColumnType, FieldType, Row};

use super::derived::value_at;
use super::{Expr, Expression, Field};

/// What [`values`](super::QuerySet::values) takes: a field, an expression, or a tuple of up to twelve of them.
///
/// # Example: a field, an expression, a tuple
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let titles: Vec<String> = Post::objects().values(|p| p.title).all(&db)?;
/// let doubled: Vec<i64> = Post::objects().values(|p| p.views * 2).all(&db)?;
/// let both: Vec<(String, i64)> = Post::objects().values(|p| (p.title, p.views * 2)).all(&db)?;
/// assert_eq!((titles[0].as_str(), doubled[0]), (both[0].0.as_str(), both[0].1));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: whole related rows are loaded, not selected
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows = Post::objects().values(|p| p.author()).all(&db)?; // `.with(|p| p.author())`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values",
    label = "expected a field, an expression, or a tuple of them",
    note = "of what a relation leads to take the fields, as in `p.author().name`; for whole rows of it write `.with(|p| p.author())`; \
            of many rows what they come to, as in `a.posts().count()`",
    note = "a window function is a value once it says its window: `orm::row_number().over(|w| w.order_by(p.id))`"
)]
pub trait Selection {
    /// What each row becomes.
    type Row: Send + 'static;
    /// Which positions may be NULL, as bits.
    #[doc(hidden)]
    const NULLS: u32;
    /// How many values there are.
    #[doc(hidden)]
    const VALUES: usize;

    /// The values, as a query around the one that computes them names them.
    #[doc(hidden)]
    type Named: Selection<Named = Self::Named>;

    /// These names, of the values from the `nth` on.
    #[doc(hidden)]
    fn derived(rows: RowSource, nth: usize) -> Self::Named;

    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);

    /// What each value is stored as.
    #[doc(hidden)]
    fn types() -> Vec<Option<FieldType>>;

    /// Reads the values from a position on.
    #[doc(hidden)]
    fn decode(row: &Row<'_>, at: usize) -> Result<Self::Row>;
}

macro_rules! single {
    ($([$($join:tt)*] $this:ty, $ty:ty;)*) => {$(
        impl<T: ColumnType, $($join)*> Selection for $this {
            type Row = $ty;
            const NULLS: u32 = <$ty>::NULLABLE as u32;
            const VALUES: usize = 1;
            type Named = Field<$ty>;

            fn derived(rows: RowSource, nth: usize) -> Self::Named {
                value_at(rows, nth)
            }

            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }

            fn types() -> Vec<Option<FieldType>> {
                vec![<$ty>::stored_type()]
            }

            #[inline]
            fn decode(row: &Row<'_>, at: usize) -> Result<$ty> {
                row.get(at)
            }
        }
    )*};
}
single! {
    [J: Join] Field<T, J>, J::Of<T>;
    [] Expr<T>, T;
}

macro_rules! tuples {
    ($($($name:ident $at:tt)+;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: Expression),+> Selection for ($($name,)+)
        where
            $($name::Type: ColumnType,)+
        {
            type Row = ($($name::Type,)+);
            const NULLS: u32 = 0 $(| ((<$name::Type as ColumnType>::NULLABLE as u32) << $at))+;
            const VALUES: usize = [$($at),+].len();
            type Named = ($(Field<$name::Type>,)+);

            fn derived(rows: RowSource, nth: usize) -> Self::Named {
                ($(value_at::<$name::Type>(rows, nth + $at),)+)
            }

            fn append(self, to: &mut ExprTokens) {
                $(Expression::append(self.$at, to);)+
            }

            fn types() -> Vec<Option<FieldType>> {
                vec![$($name::Type::stored_type()),+]
            }

            #[inline]
            fn decode(row: &Row<'_>, at: usize) -> Result<Self::Row> {
                Ok(($(row.get::<$name::Type>(at + $at)?,)+))
            }
        }
    )+};
}
tuples! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 N 11;
}
