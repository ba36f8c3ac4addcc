//! Arithmetic of dates with a time and of durations: `a.ends - a.starts`, `a.starts + TimeDelta::hours(1)`.

use std::ops::{Add, Sub};
use std::time::Duration;

use crate::expr::{ExprTokens, Function};
use crate::model::{Inner, Join, Outer};
use crate::value::ColumnType;

use super::{Expr, Expression, Extreme, Field, Operand, Ordered, Summable};

/// Dates with a time, in a zone or without one, whose columns durations are added to and taken from.
///
/// # Example: an hour later
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use std::time::Duration;
///
/// let hour = Duration::from_secs(3600);
/// let published = Post::objects().filter(|p| p.published_at.is_not_null());
/// let later: Vec<Option<DateTime<Utc>>> = published.values(|p| p.published_at + hour).all(&db)?;
/// assert_eq!(Post::objects().filter(|p| (p.published_at + hour).eq(later[0])).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not dates with a time",
    label = "a duration is added to a date with a time"
)]
pub trait Moment: ColumnType<Base = Self> {
    /// What one minus another is.
    type Difference: ColumnType<Base = Self::Difference>;
}

/// Durations, whose columns are added, summed up and compared.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not durations",
    label = "expected a duration"
)]
pub trait Span: ColumnType<Base = Self> {}

/// What is taken from a date with a time: a duration, which leaves such a date, or another date, which leaves a duration.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from a date with a time of type `{M}`",
    label = "expected a duration, or a date with a time of the same type"
)]
pub trait Subtrahend<M>: ColumnType<Base = Self> {
    /// What is left.
    type Left: ColumnType<Base = Self::Left>;

    #[doc(hidden)]
    const FUNCTION: Function;
}

impl<M: Moment, D: Span> Subtrahend<M> for D {
    type Left = M;
    const FUNCTION: Function = Function::TimeSub;
}

/// A value or expression that is added to a date with a time of type `M`, or taken from one.
#[diagnostic::on_unimplemented(
    message = "a date with a time of type `{M}` cannot be combined with `{Self}`",
    label = "expected a duration, or for `-` a date with a time of the same type"
)]
pub trait MomentOperand<M> {
    /// The type that it has as a column.
    type Of: Subtrahend<M>;
    /// [`Outer`](crate::queries::Outer) if it may be NULL.
    #[doc(hidden)]
    type Joined: Join;

    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);
}

impl<M, D: Subtrahend<M>> MomentOperand<M> for D {
    type Of = D;
    type Joined = Inner;

    fn append(self, to: &mut ExprTokens) {
        to.param(self.into_value());
    }
}

impl<M, D: Subtrahend<M>> MomentOperand<M> for Option<D> {
    type Of = D;
    type Joined = Outer;

    fn append(self, to: &mut ExprTokens) {
        to.param(self.into_value());
    }
}

macro_rules! operands {
    ($([$($join:tt)*] $this:ty, $joined:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M, D: Subtrahend<M>, $($join)*> MomentOperand<M> for $this {
            type Of = D;
            type Joined = $joined;

            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }
        }
    )*};
}
operands! {
    [J: Join] Field<D, J>, J;
    [J: Join] Field<Option<D>, J>, Outer;
    [] Expr<D>, Inner;
    [] Expr<Option<D>>, Outer;
}

fn both<T>(first: impl Expression, second: impl FnOnce(&mut ExprTokens), function: Function) -> Expr<T> {
    let mut tokens = first.into_tokens();
    second(&mut tokens);
    tokens.call(function, 2);
    Expr::new(tokens)
}

#[cfg(feature = "chrono")]
macro_rules! moments {
    ($($moment:ty => $difference:ty;)*) => {$(
        impl Moment for $moment {
            type Difference = $difference;
        }

        impl Subtrahend<$moment> for $moment {
            type Left = $difference;
            const FUNCTION: Function = Function::TimeDifference;
        }

        moments!(@one $moment; [J: Join] Field<$moment, J>, Field<Option<$moment>, J>, J);
        moments!(@one $moment; [] Expr<$moment>, Expr<Option<$moment>>, Inner);
    )*};
    (@one $moment:ty; [$($join:tt)*] $some:ty, $option:ty, $joined:ty) => {
        moments!(@operators $moment; [$($join)*] $some, $joined);
        moments!(@operators $moment; [$($join)*] $option, Outer);
    };
    (@operators $moment:ty; [$($join:tt)*] $this:ty, $joined:ty) => {
        impl<R: MomentOperand<$moment, Of: Span>, $($join)*> Add<R> for $this {
            type Output = Expr<<R::Joined as Join>::Of<<$joined as Join>::Of<$moment>>>;

            fn add(self, other: R) -> Self::Output {
                both(self, |to| other.append(to), Function::TimeAdd)
            }
        }

        impl<R: MomentOperand<$moment>, $($join)*> Sub<R> for $this {
            type Output = Expr<
                <R::Joined as Join>::Of<<$joined as Join>::Of<<R::Of as Subtrahend<$moment>>::Left>>,
            >;

            fn sub(self, other: R) -> Self::Output {
                both(self, |to| other.append(to), <R::Of as Subtrahend<$moment>>::FUNCTION)
            }
        }
    };
}

macro_rules! spans {
    ($($span:ty),*) => {$(
        impl Span for $span {}
        impl Ordered for $span {}
        impl Extreme for $span {}

        impl Summable for $span {
            type Sum = $span;
            type Mean = $span;
        }

        spans!(@one $span; [J: Join] Field<$span, J>, Field<Option<$span>, J>, J);
        spans!(@one $span; [] Expr<$span>, Expr<Option<$span>>, Inner);
    )*};
    (@one $span:ty; [$($join:tt)*] $some:ty, $option:ty, $joined:ty) => {
        spans!(@operator $span; [$($join)*] $some, $joined; Add, add, DurationAdd);
        spans!(@operator $span; [$($join)*] $option, Outer; Add, add, DurationAdd);
        spans!(@operator $span; [$($join)*] $some, $joined; Sub, sub, DurationSub);
        spans!(@operator $span; [$($join)*] $option, Outer; Sub, sub, DurationSub);
    };
    (@operator $span:ty; [$($join:tt)*] $this:ty, $joined:ty; $trait:ident, $method:ident, $function:ident) => {
        impl<R: Operand<$span>, $($join)*> $trait<R> for $this {
            type Output = Expr<<R::Joined as Join>::Of<<$joined as Join>::Of<$span>>>;

            fn $method(self, other: R) -> Self::Output {
                both(self, |to| other.append(to), Function::$function)
            }
        }
    };
}

spans!(Duration);
#[cfg(feature = "chrono")]
spans!(chrono::TimeDelta);
#[cfg(feature = "time")]
spans!(time::Duration);
#[cfg(feature = "jiff")]
spans!(jiff::SignedDuration);
#[cfg(feature = "chrono")]
moments! {
    chrono::NaiveDateTime => chrono::TimeDelta;
    chrono::DateTime<chrono::Utc> => chrono::TimeDelta;
}
#[cfg(feature = "time")]
moments! {
    time::PrimitiveDateTime => time::Duration;
    time::UtcDateTime => time::Duration;
    time::OffsetDateTime => time::Duration;
}
#[cfg(feature = "jiff")]
moments! {
    jiff::civil::DateTime => jiff::SignedDuration;
    jiff::Timestamp => jiff::SignedDuration;
}
