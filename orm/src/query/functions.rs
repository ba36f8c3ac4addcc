//! Functions of fields and expressions. Each is a row of the table in `expr/` and a method here.

use std::ops::Rem;

use crate::expr::Function;
use crate::model::{Inner, Join, Outer};
use crate::value::{ColumnType, Value};

use super::{Expr, Expression, Field, Number, Operand, Ordered, StringValue};

/// Types whose columns hold whole numbers: `i8` to `i64`, `u8` to `u64`. The remainder `%` asks for it.
///
/// # Example: every second post
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Post::objects().filter(|p| (p.id % 2).eq(0)).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not whole numbers",
    label = "a remainder needs whole numbers"
)]
pub trait WholeNumber: Number {}

macro_rules! whole_numbers {
    ($($ty:ty),*) => {$(
        impl WholeNumber for $ty {}
        impl StringOrWholeNumber for $ty {}
        impl Widened for $ty {
            type Wide = i64;
        }
        impl Widened for Option<$ty> {
            type Wide = Option<i64>;
        }
    )*};
}
whole_numbers!(i8, i16, i32, i64, u8, u16, u32, u64);

/// What a column of whole numbers is as `i64`: NULL stays NULL.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not whole numbers",
    label = "`to_i64()` needs whole numbers"
)]
pub trait Widened {
    type Wide: ColumnType<Base = i64>;
}

/// What [`concat`](super::Field::concat) takes: strings and whole numbers, which every database writes the same.
///
/// # Example: a number becomes a string
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let lines: Vec<String> =
///     Post::objects().values(|p| p.title.concat(": ").concat(p.views)).all(&db)?;
/// assert_eq!(lines[0], "Hello: 7");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` has no string that is the same on every database",
    label = "expected a string, a whole number, or a field or expression of them"
)]
pub trait ConcatOperand {
    /// Whether it may be NULL: [`Outer`](crate::queries::Outer) if it is, or if its rows are joined by a left join.
    #[doc(hidden)]
    type Joined: Join;

    #[doc(hidden)]
    fn append(self, to: &mut crate::expr::ExprTokens);
}

impl ConcatOperand for &str {
    type Joined = Inner;

    fn append(self, to: &mut crate::expr::ExprTokens) {
        to.param(Value::from(self).into_owned());
    }
}

impl ConcatOperand for String {
    type Joined = Inner;

    fn append(self, to: &mut crate::expr::ExprTokens) {
        to.param(self.into_value());
    }
}

/// Calls a function with this as the first operand.
pub(super) fn call<T>(
    first: impl Expression,
    function: Function,
    operands: u16,
    rest: impl FnOnce(&mut crate::expr::ExprTokens),
) -> Expr<T> {
    let mut tokens = first.into_tokens();
    rest(&mut tokens);
    tokens.call(function, operands);
    Expr::new(tokens)
}

macro_rules! strings {
    ($([$($join:tt)*] $this:ty, $joined:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: StringOrWholeNumber + ColumnType<Base = T>, $($join)*> ConcatOperand for $this {
            type Joined = $joined;

            fn append(self, to: &mut crate::expr::ExprTokens) {
                Expression::append(self, to);
            }
        }
    )*};
}
strings! {
    [J: Join] Field<T, J>, J;
    [J: Join] Field<Option<T>, J>, Outer;
    [] Expr<T>, Inner;
    [] Expr<Option<T>>, Outer;
}

macro_rules! functions {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// With the letters A to Z in lower case, and all others as they are: the same on every database, so that checks and generated
            /// columns take it. `lower(title)` on SQLite, `lower(title COLLATE "C")` on Postgres.
            ///
            /// # Example: lower case that a generated column could hold
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<String> = Post::objects().values(|p| p.title.ascii_lower()).all(&db)?;
            /// assert_eq!(titles[0], "hello");
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn ascii_lower(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::AsciiLower, 1, |_| {})
            }

            /// With the letters a to z in upper case, and all others as they are: the same on every database, so that checks and generated
            /// columns take it. `upper(title)` on SQLite, `upper(title COLLATE "C")` on Postgres.
            ///
            /// # Example: capitals that a generated column could hold
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<String> = Post::objects().values(|p| p.title.ascii_upper()).all(&db)?;
            /// assert_eq!(titles[0], "HELLO");
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn ascii_upper(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::AsciiUpper, 1, |_| {})
            }

            /// Without spaces at the start: `ltrim(title)`.
            ///
            /// # Example: no title begins with a space
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert!(!Post::objects().filter(|p| p.title.ne(p.title.trim_start())).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("ltrim"))]
            pub fn trim_start(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::TrimStart, 1, |_| {})
            }

            /// Without spaces at the end: `rtrim(title)`.
            ///
            /// # Example: no title ends with a space
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert!(!Post::objects().filter(|p| p.title.ne(p.title.trim_end())).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("rtrim"))]
            pub fn trim_end(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::TrimEnd, 1, |_| {})
            }

            /// Part of a string: from the character at this position (counted from 0), with a maximum length.
            ///
            /// In SQL positions are counted from 1: `substr(0, 3)` is `substr(title, 1, 3)`.
            ///
            /// # Example: the first two letters
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let starts: Vec<String> = Post::objects().values(|p| p.title.substr(0, 2)).all(&db)?;
            /// assert_eq!(starts, ["He", "La"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("substring", "left"))]
            pub fn substr(self, start: u32, length: u32) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::Substr, 3, |to| {
                    to.param(Value::Int(i64::from(start) + 1));
                    to.param(Value::Int(i64::from(length)));
                })
            }

            /// With every occurrence of a string replaced by another: `replace(title, 'l', 'L')`. An empty string is
            /// not replaced.
            ///
            /// # Example: every l
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<String> = Post::objects().values(|p| p.title.replace("l", "L")).all(&db)?;
            /// assert_eq!(titles[0], "HeLLo");
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn replace(self, from: &str, to: &str) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                if from.is_empty() {
                    return Expr::new(self.into_tokens());
                }
                call(self, Function::Replace, 3, |tokens| {
                    tokens.param(Value::from(from).into_owned());
                    tokens.param(Value::from(to).into_owned());
                })
            }

            /// This followed by another string or whole number: `title || '!'`. NULL if either is, so the result is
            /// an `Option` if either operand is.
            ///
            /// # Example: title and author
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let lines: Vec<String> =
            ///     Post::objects().values(|p| p.title.concat(" by ").concat(p.author().name)).all(&db)?;
            /// assert_eq!(lines[0], "Hello by Ann");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("||"))]
            pub fn concat<S: ConcatOperand>(self, other: S) -> Expr<<S::Joined as Join>::Of<$ty>>
            where
                T::Base: StringValue,
            {
                call(self, Function::Concat, 2, |to| other.append(to))
            }

            /// The absolute value: `abs(views)`.
            ///
            /// # Example: how far from five
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let far: Vec<i64> = Post::objects().values(|p| (p.views - 5).abs()).all(&db)?;
            /// assert_eq!(far, [2, 5]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn abs(self) -> Expr<$ty>
            where
                T::Base: Number,
            {
                call(self, Function::Abs, 1, |_| {})
            }

            /// This, or another value if it is NULL: `coalesce(rating, 0.0)`. If the other value cannot be NULL, the
            /// result is not an `Option`.
            ///
            /// # Example: no rating is a rating of 0
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let ratings: Vec<f64> = Post::objects().values(|p| p.rating.coalesce(0.0)).all(&db)?;
            /// assert_eq!(ratings, [4.5, 0.0]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("ifnull", "unwrap_or"))]
            pub fn coalesce<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Of<T::Base>> {
                call(self, Function::Coalesce, 2, |to| other.append(to))
            }

            /// The greater of this and another value, by the order that [`gt`](Self::gt) has. NULL beside a value is ignored, as
            /// [`max`](Self::max) ignores it, so the result is an `Option` only if both may be NULL: `greatest(views, 5)` on Postgres,
            /// `CASE WHEN 5 IS NULL OR views >= 5 THEN views ELSE 5 END` on SQLite, whose own `max(a, b)` is NULL beside NULL.
            /// There each of these within another doubles the text, and more than some ten are refused.
            ///
            /// # Example: at least five
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let views: Vec<i64> = Post::objects().values(|p| p.views.greatest(5)).all(&db)?;
            /// assert_eq!(views, [7, 5]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: no rating is never the greater
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let ratings: Vec<f64> = Post::objects().values(|p| p.rating.greatest(1.0)).all(&db)?;
            /// assert_eq!(ratings, [4.5, 1.0]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("max"))]
            pub fn greatest<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Beside<$ty>>
            where
                T::Base: Ordered,
            {
                call(self, Function::Greatest, 2, |to| other.append(to))
            }

            /// The lesser of this and another value, by the order that [`lt`](Self::lt) has. NULL beside a value is ignored, as for
            /// [`greatest`](Self::greatest).
            ///
            /// # Example: at most five
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let views: Vec<i64> = Post::objects().values(|p| p.views.least(5)).all(&db)?;
            /// assert_eq!(views, [5, 0]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("min"))]
            pub fn least<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Beside<$ty>>
            where
                T::Base: Ordered,
            {
                call(self, Function::Least, 2, |to| other.append(to))
            }

            /// This, or NULL if it equals another value: `nullif(views, 0)`.
            ///
            /// # Example: the average of posts that were read at all
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let average = Post::objects().aggregate(|p| p.views.nullif(0).avg()).run(&db)?;
            /// assert_eq!(average, Some(7.0));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn nullif(self, other: impl Operand<T::Base>) -> Expr<Option<T::Base>> {
                call(self, Function::NullIf, 2, |to| other.append(to))
            }
        }

        impl<T: ColumnType, R: Operand<T::Base>, $($join)*> Rem<R> for $this
        where
            T::Base: WholeNumber,
        {
            type Output = Expr<<R::Joined as Join>::Of<$ty>>;

            /// The remainder, with the sign of the dividend; NULL if the divisor is zero.
            fn rem(self, other: R) -> Self::Output {
                call(self, Function::Mod, 2, |to| {
                    other.append(to);
                    to.say_not_zero();
                })
            }
        }
    };
}

/// Types with the same string on every database.
#[doc(hidden)]
pub trait StringOrWholeNumber {}

impl StringOrWholeNumber for String {}

functions!([J: Join] Field<T, J>, J::Of<T>);
functions!([] Expr<T>, T);

macro_rules! widened {
    ([$($join:tt)*] $this:ty, $wide:ty) => {
        impl<T: ColumnType + Widened, $($join)*> $this {
            /// The same whole number as `i64`, which is how both databases compute: for results that the column's own type does not hold,
            /// such as differences of a `u32`.
            ///
            /// # Example: how many views are missing to ten
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let missing: Vec<i64> = Post::objects().values(|p| p.views.to_i64() - 10).all(&db)?;
            /// assert_eq!(missing, [-3, -10]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn to_i64(self) -> Expr<$wide> {
                call(self, Function::ToBigInt, 1, |_| {})
            }
        }
    };
}
widened!([J: Join] Field<T, J>, J::Of<T::Wide>);
widened!([] Expr<T>, T::Wide);
