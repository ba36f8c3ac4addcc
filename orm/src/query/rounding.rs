//! Numbers rounded, their signs and their roots.

use crate::expr::Function;
use crate::model::Join;
use crate::value::ColumnType;
#[cfg(feature = "decimal")]
use crate::value::Value;

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
#[cfg(feature = "bigdecimal")]
impl Fractional for bigdecimal::BigDecimal {}

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

        impl<T: ColumnType, $($join)*> $this {
            /// -1, 0 or 1, as a number of the same type: `sign(views)`. Unlike `f64::signum` of Rust, that of 0 is 0.
            ///
            /// # Example: more or less than five
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| (p.views - 5).sign()).all(&db)?, [1, -1]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("signum"))]
            pub fn sign(self) -> Expr<$ty>
            where
                T::Base: Number,
            {
                call(self, Function::Sign, 1, |_| {})
            }

            /// The square root of an `f64`, the same to the last bit on both databases: `sqrt(..)` on Postgres, a function of the connection
            /// on SQLite. That of a negative number is NULL on both, as a quotient by zero is; so the result is an `Option`. Whole numbers
            /// are cast: `p.views.cast::<f64>().sqrt()`.
            ///
            /// # Example: of views
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let roots: Vec<Option<f64>> =
            ///     Post::objects().values(|p| (p.views.cast::<f64>() - 3.0).sqrt()).all(&db)?;
            /// assert_eq!(roots, [Some(2.0), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn sqrt(self) -> Expr<Option<f64>>
            where
                T: ColumnType<Base = f64>,
            {
                call(self, Function::Sqrt, 1, |_| {})
            }

            /// A `Decimal` with at most so many digits behind the point; what is in the middle goes away from 0: `round(price, 2)` on Postgres,
            /// a function of the connection on SQLite. A decimal has at most 28, and more round nothing. Floating-point numbers have
            /// no such digits: keep a `Decimal`, or round in Rust.
            ///
            /// # Example: cents
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// use rust_decimal::Decimal;
            ///
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_weighed")]
            /// struct Weighed {
            ///     id: i64,
            ///     price: Decimal,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_weighed (id INTEGER PRIMARY KEY, price TEXT NOT NULL)")?;
            /// Weighed::create().price(Decimal::new(1005, 3)).save(&db)?;
            /// let cents = Weighed::objects().values(|w| w.price.round_to(2)).get(&db)?;
            /// assert_eq!(cents, Decimal::new(101, 2));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[cfg(feature = "decimal")]
            pub fn round_to(self, places: u8) -> Expr<$ty>
            where
                T: ColumnType<Base = rust_decimal::Decimal>,
            {
                call(self, Function::RoundTo, 2, |to| to.param(Value::Int(places.min(28).into())))
            }
        }
    };
}
rounding!([J: Join] Field<T, J>, J::Of<T>);
rounding!([] Expr<T>, T);
