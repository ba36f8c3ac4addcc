//! Values as another type: `cast`.

use crate::expr::Function;
use crate::model::Join;
use crate::value::ColumnType;

use super::functions::call;
use super::{Expr, Field};

/// What a column can be [cast](Field::cast) to: whole numbers to `i64`, `f64`, `Decimal` and `String`, a `Decimal` to `f64`, which every
/// database does alike.
///
/// # Example: a number as a string
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let views: Vec<String> = Post::objects().values(|p| p.views.cast::<String>()).all(&db)?;
/// assert_eq!(views, ["7", "0"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not cast to `{C}`",
    label = "no database does it as the other does",
    note = "whole numbers are cast to `i64`, `f64`, `Decimal` and `String`, a `Decimal` to `f64`; for one database there is `orm::raw::<{C}>(\"CAST({{}} AS ..)\", (..,))`"
)]
pub trait CastTo<C> {
    /// What it is then: NULL stays NULL.
    #[doc(hidden)]
    type Cast: ColumnType;

    #[doc(hidden)]
    const BY: Function;
}

macro_rules! casts {
    ($($from:ty),* => $to:ty, $by:ident) => {$(
        impl CastTo<$to> for $from {
            type Cast = $to;
            const BY: Function = Function::$by;
        }

        impl CastTo<$to> for Option<$from> {
            type Cast = Option<$to>;
            const BY: Function = Function::$by;
        }
    )*};
}
casts!(i8, i16, i32, i64, u8, u16, u32, u64 => i64, ToBigInt);
casts!(i8, i16, i32, i64, u8, u16, u32, u64 => f64, ToDouble);
casts!(i8, i16, i32, i64, u8, u16, u32, u64 => String, ToText);
#[cfg(feature = "decimal")]
casts!(i8, i16, i32, i64, u8, u16, u32, u64 => rust_decimal::Decimal, ToDecimal);
#[cfg(feature = "decimal")]
casts!(rust_decimal::Decimal => f64, DecimalToDouble);
#[cfg(feature = "bigdecimal")]
casts!(i8, i16, i32, i64, u8, u16, u32, u64 => bigdecimal::BigDecimal, ToDecimal);
#[cfg(feature = "bigdecimal")]
casts!(bigdecimal::BigDecimal => f64, DecimalToDouble);

macro_rules! cast {
    ([$($join:tt)*] $this:ty, $cast:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// The same as another type: `CAST(views AS double precision)`, `AS REAL` on SQLite. NULL stays NULL.
            ///
            /// # Example: a quotient that is no whole number
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let halves: Vec<f64> = Post::objects().values(|p| p.views.cast::<f64>() / 2.0).all(&db)?;
            /// assert_eq!(halves, [3.5, 0.0]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a price times how many
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let fee = Decimal::new(25, 2);
            /// let earned: Vec<Decimal> = Post::objects().values(|p| p.views.cast::<Decimal>() * fee).all(&db)?;
            /// assert_eq!(earned, [Decimal::new(175, 2), Decimal::ZERO]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: what databases do in different ways
            ///
            /// ```compile_fail,E0277
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().values(|p| p.title.cast::<i64>()).all(&db)?; // SQLite takes "x" for 0, Postgres refuses it
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn cast<C>(self) -> Expr<$cast>
            where
                T: CastTo<C>,
            {
                call(self, <T as CastTo<C>>::BY, 1, |_| {})
            }
        }
    };
}
cast!([J: Join] Field<T, J>, J::Of<<T as CastTo<C>>::Cast>);
cast!([] Expr<T>, <T as CastTo<C>>::Cast);
