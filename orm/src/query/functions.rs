//! Functions of fields and expressions. Each is a row of the table in `expr/` and a method here.

use std::ops::Rem;

use crate::expr::Function;
use crate::model::{Inner, Join, Outer};
use crate::value::{ColumnType, Value};

use super::{Assignable, Expr, Expression, Field, IntoCondition, Number, Operand, StringValue};

/// Types whose columns hold whole numbers.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not whole numbers",
    label = "a remainder needs whole numbers"
)]
pub trait WholeNumber: Number {}

impl WholeNumber for i16 {}
impl WholeNumber for i32 {}
impl WholeNumber for i64 {}

/// What `concat` takes: strings and whole numbers, whose text is the same on every database.
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` has no string that is the same on every database",
    label = "expected a string, a whole number, or a field or expression of them"
)]
pub trait ConcatOperand {
    /// Whether it may be NULL, as rows are joined that may not be there.
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

/// A call of a function whose first operand is this.
fn call<T>(
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

macro_rules! texts {
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
texts! {
    [J: Join] Field<T, J>, J;
    [J: Join] Field<Option<T>, J>, Outer;
    [] Expr<T>, Inner;
    [] Expr<Option<T>>, Outer;
}

macro_rules! functions {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// With the letters A to Z in lower case, and all others as they are: the same on every database, so that
            /// checks and generated columns take it.
            pub fn ascii_lower(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::AsciiLower, 1, |_| {})
            }

            /// With the letters a to z in upper case, and all others as they are: the same on every database, so that
            /// checks and generated columns take it.
            pub fn ascii_upper(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::AsciiUpper, 1, |_| {})
            }

            /// Without spaces at the start.
            #[doc(alias("ltrim"))]
            pub fn trim_start(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::TrimStart, 1, |_| {})
            }

            /// Without spaces at the end.
            #[doc(alias("rtrim"))]
            pub fn trim_end(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                call(self, Function::TrimEnd, 1, |_| {})
            }

            /// Part of a string: from the character at this position on, counted from 0, at most so many.
            ///
            /// In SQL positions are counted from 1: `substr(0, 3)` is `substr(x, 1, 3)`.
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

            /// With another string wherever one stands in it. With nothing to look for it stays as it is.
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

            /// This and then another string; NULL if one of both is.
            #[doc(alias("||"))]
            pub fn concat<S: ConcatOperand>(self, other: S) -> Expr<<S::Joined as Join>::Of<$ty>>
            where
                T::Base: StringValue,
            {
                call(self, Function::Concat, 2, |to| other.append(to))
            }

            /// Without its sign.
            pub fn abs(self) -> Expr<$ty>
            where
                T::Base: Number,
            {
                call(self, Function::Abs, 1, |_| {})
            }

            /// This, or another value where it is NULL.
            #[doc(alias("ifnull", "unwrap_or"))]
            pub fn coalesce<O: Operand<T::Base>>(self, other: O) -> Expr<<O::Joined as Join>::Of<T::Base>> {
                call(self, Function::Coalesce, 2, |to| other.append(to))
            }

            /// This, or NULL where it equals another value.
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
                call(self, Function::Mod, 2, |to| other.append(to))
            }
        }
    };
}

/// What has a text that is the same on every database.
#[doc(hidden)]
pub trait StringOrWholeNumber {}

impl StringOrWholeNumber for String {}
impl StringOrWholeNumber for i16 {}
impl StringOrWholeNumber for i32 {}
impl StringOrWholeNumber for i64 {}

functions!([J: Join] Field<T, J>, J::Of<T>);
functions!([] Expr<T>, T);

/// One value where a condition holds, another where it does not or is NULL: `CASE WHEN … THEN … ELSE … END`.
///
/// # Examples
///
/// ```standalone_crate
/// # fn main() -> orm::Result<()> {
/// # use orm::prelude::*;
/// # orm::app!("blog");
/// # #[derive(Model)] struct Post { id: i64, title: String, views: i64 }
/// # let db = orm::Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE blog_post (id INTEGER PRIMARY KEY, title TEXT NOT NULL, views INTEGER NOT NULL)")?;
/// # Post::create().title("Hello").views(7).save(&db)?;
/// let read: Vec<String> = Post::objects()
///     .values(|p| orm::if_(p.views.gt(3), p.title, "too few"))
///     .all(&db)?;
/// assert_eq!(read, ["Hello"]);
/// # Ok(())
/// # }
/// ```
pub fn if_<T: ColumnType>(
    condition: impl IntoCondition,
    then: impl Assignable<T>,
    otherwise: impl Assignable<T>,
) -> Expr<T> {
    let mut tokens = condition.into_condition();
    then.append(&mut tokens);
    tokens.say_type(T::field_type());
    otherwise.append(&mut tokens);
    tokens.say_type(T::field_type());
    tokens.call(Function::If, 3);
    Expr::new(tokens)
}
