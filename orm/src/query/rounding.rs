//! Numbers rounded to whole ones.

use crate::expr::Function;
use crate::model::Join;
use crate::value::ColumnType;

use super::functions::call;
use super::{Expr, Field, Number};

/// Types whose columns hold numbers between whole ones: `f32`, `f64`, `Decimal`. Rounding asks for it.
///
/// # Example: a rating in whole stars
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let stars: Vec<Option<f64>> = Post::objects().values(|p| p.rating.floor()).all(&db)?;
/// assert_eq!(stars, [Some(4.0), None]);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold nothing between whole numbers",
    label = "there is nothing to round"
)]
pub trait Fractional: Number {}

impl Fractional for f32 {}
impl Fractional for f64 {}
#[cfg(feature = "decimal")]
impl Fractional for rust_decimal::Decimal {}

macro_rules! rounding {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this
        where
            T::Base: Fractional,
        {
            /// The least whole number that is not less than this: `ceil(rating)`; a function of the connection on SQLite.
            ///
            /// # Example: up
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.rating.ceil()).all(&db)?, [Some(5.0), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("ceiling"))]
            pub fn ceil(self) -> Expr<$ty> {
                call(self, Function::Ceil, 1, |_| {})
            }

            /// The greatest whole number that is not greater than this: `floor(rating)`; a function of the connection on SQLite.
            ///
            /// # Example: down
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.rating.floor()).all(&db)?, [Some(4.0), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn floor(self) -> Expr<$ty> {
                call(self, Function::Floor, 1, |_| {})
            }

            /// The nearest whole number: `round(rating)`; a function of the connection on SQLite. In the middle, a floating-point number
            /// goes to the even one and a decimal away from 0, as on Postgres.
            ///
            /// # Example: 4.5 is as near to 5 as to 4
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.rating.round()).all(&db)?, [Some(4.0), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn round(self) -> Expr<$ty> {
                call(self, Function::Round, 1, |_| {})
            }
        }
    };
}
rounding!([J: Join] Field<T, J>, J::Of<T>);
rounding!([] Expr<T>, T);
