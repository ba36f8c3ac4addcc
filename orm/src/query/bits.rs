//! The bits of whole numbers.

use crate::expr::Function;
use crate::model::Join;
use crate::value::ColumnType;

use super::functions::call;
use super::{Expr, Field, Operand, SignedNumber, WholeNumber};

macro_rules! bits {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this
        where
            T::Base: WholeNumber,
        {
            /// The bits that this number and another both have: `views & 6`. Numbers have 64 bits, the highest of which says that they
            /// are negative.
            ///
            /// # Example: a flag
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.views.bit_and(4).ne(0)).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("&", "bitand"))]
            pub fn bit_and<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Of<$ty>> {
                call(self, Function::BitAnd, 2, |to| other.append(to))
            }

            /// The bits that this number or another has: `views | 6`.
            ///
            /// # Example: a flag set
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().update(|p| p.views.set(p.views.bit_or(8))).run(&db)?;
            /// assert_eq!(Post::objects().order_by(|p| p.id).values(|p| p.views).all(&db)?, [15, 8]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("|", "bitor"))]
            pub fn bit_or<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Of<$ty>> {
                call(self, Function::BitOr, 2, |to| other.append(to))
            }

            /// The bits in which this number and another differ: `views # 6` on Postgres, a function of the connection on SQLite, and
            /// `(views | 6) & ~(views & 6)` in tables.
            ///
            /// # Example: a flag turned
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.views.bit_xor(1)).all(&db)?, [6, 1]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("^", "#", "bitxor"))]
            pub fn bit_xor<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Of<$ty>> {
                call(self, Function::BitXor, 2, |to| other.append(to))
            }

            /// The bits that this number has not: `~views`, which is `-views - 1`, so that a column of unsigned numbers is cast first:
            /// `d.level.cast::<i64>().bit_not()`.
            ///
            /// # Example: all but one
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.views.bit_not()).all(&db)?, [-8, -1]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("~", "!"))]
            pub fn bit_not(self) -> Expr<$ty>
            where
                T::Base: SignedNumber,
            {
                call(self, Function::BitNot, 1, |_| {})
            }
        }
    };
}
bits!([J: Join] Field<T, J>, J::Of<T>);
bits!([] Expr<T>, T);
