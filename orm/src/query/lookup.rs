//! Lookups: comparisons of fields and expressions.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::expr::{ExprTokens, Function};
use crate::model::Join;
use crate::value::{ColumnType, Value};

use super::{Expr, Expression, Extreme, Field, InValues, Operand, Ordered};

/// Types whose columns can be added and multiplied.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not numbers",
    label = "arithmetic needs numbers"
)]
pub trait Number {}

impl Number for i16 {}
impl Number for i32 {}
impl Number for i64 {}
impl Number for f32 {}
impl Number for f64 {}
#[cfg(feature = "decimal")]
impl Number for rust_decimal::Decimal {}

/// Types whose columns hold text.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no text",
    label = "`contains`, `starts_with` and their like look in text"
)]
pub trait StringValue {}

impl StringValue for String {}

/// `left op right` in postfix; a right side of NULL becomes `IS NULL` where that is what is meant.
#[inline]
fn compare<B>(left: impl Expression, right: impl Operand<B>, function: Function) -> Expr<bool> {
    let mut tokens = left.into_tokens();
    let is_null = match function {
        Function::Eq | Function::EqIgnoringCase => Some(Function::IsNull),
        Function::Ne => Some(Function::IsNotNull),
        _ => None,
    };
    match is_null {
        Some(is_null) if right.is_null() => tokens.call(is_null, 1),
        _ => {
            right.append(&mut tokens);
            tokens.call(function, 2);
        }
    }
    Expr::new(tokens)
}

fn unary<T>(operand: impl Expression, function: Function) -> Expr<T> {
    let mut out = Expr::new(operand.into_tokens());
    out.tokens.call(function, 1);
    out
}

macro_rules! lookups {
    ([$($join:tt)*] $this:ty, $ty:ty, $condition:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// Equal. `None` is compared by `IS NULL`.
            #[doc(alias("exact", "=="))]
            pub fn eq(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Function::Eq)
            }

            /// Different: every row that `eq` does not match, also those that hold NULL.
            #[doc(alias("not_equal", "!="))]
            pub fn ne(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Function::Ne)
            }

            /// Less.
            #[doc(alias("<"))]
            pub fn lt(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Lt)
            }

            /// Less or equal.
            #[doc(alias("lte", "<="))]
            pub fn le(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Le)
            }

            /// Greater.
            #[doc(alias(">"))]
            pub fn gt(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Gt)
            }

            /// Greater or equal.
            #[doc(alias("gte", ">="))]
            pub fn ge(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Ge)
            }

            /// One of the values, however many: they are one parameter. Or one of those that a query gives, one per row:
            /// `p.author.in_(Author::objects().values(|a| a.id))`.
            ///
            /// NULL is in no list, and `!` turns that around. A query that gives NULL beside other values leaves unknown what
            /// is not among those, so `!` finds it; narrow such a query by `is_not_null()` if that is meant.
            #[doc(alias("is_in", "eq_any"))]
            pub fn in_(self, values: impl InValues<T::Base>) -> Expr<bool> {
                let mut tokens = self.into_tokens();
                values.append(&mut tokens);
                tokens.call(Function::In, 2);
                Expr::new(tokens)
            }

            /// Between two values, both included.
            pub fn between(self, low: impl Operand<T::Base>, high: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                let mut tokens = self.into_tokens();
                low.append(&mut tokens);
                high.append(&mut tokens);
                tokens.call(Function::Between, 3);
                Expr::new(tokens)
            }

            /// NULL.
            #[doc(alias("isnull", "is_none"))]
            pub fn is_null(self) -> Expr<bool> {
                unary(self, Function::IsNull)
            }

            /// Anything but NULL.
            pub fn is_not_null(self) -> Expr<bool> {
                unary(self, Function::IsNotNull)
            }

            /// How many rows hold a value.
            pub fn count(self) -> Expr<i64> {
                unary(self, Function::Count)
            }

            /// How many different values there are.
            pub fn count_distinct(self) -> Expr<i64> {
                unary(self, Function::CountDistinct)
            }

            /// The least value; `None` without rows.
            pub fn min(self) -> Expr<Option<T::Base>>
            where
                T::Base: Extreme,
            {
                unary(self, Function::Min)
            }

            /// The greatest value; `None` without rows.
            pub fn max(self) -> Expr<Option<T::Base>>
            where
                T::Base: Extreme,
            {
                unary(self, Function::Max)
            }
        }

        // Bounds stand on the methods: the compiler then says what a column of another type lacks.
        impl<T: ColumnType, $($join)*> $this {
            /// Contains the text; wildcards in it stand for themselves.
            #[doc(alias("like"))]
            pub fn contains(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::Contains)
            }

            /// Contains the text, whatever the case.
            #[doc(alias("ilike"))]
            pub fn icontains(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::ContainsIgnoringCase)
            }

            /// Starts with the text; wildcards in it stand for themselves.
            pub fn starts_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::StartsWith)
            }

            /// Starts with the text, whatever the case.
            pub fn istarts_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::StartsWithIgnoringCase)
            }

            /// Ends with the text; wildcards in it stand for themselves.
            pub fn ends_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::EndsWith)
            }

            /// Ends with the text, whatever the case.
            pub fn iends_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::EndsWithIgnoringCase)
            }

            /// Equal, whatever the case.
            pub fn ieq(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::EqIgnoringCase)
            }

            /// In lower case, as the database knows it. What a table keeps (a check, a generated column) takes
            /// [`ascii_lower`](Self::ascii_lower), which is the same on every database.
            pub fn lower(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Lower)
            }

            /// In upper case, as the database knows it.
            pub fn upper(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Upper)
            }

            /// Without spaces at both ends.
            pub fn trim(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Trim)
            }

            /// Number of characters.
            pub fn length(self) -> Expr<i64>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Length)
            }
        }

        impl<T: ColumnType, $($join)*> $this {
            /// The sum; `None` without rows.
            pub fn sum<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Sum = S>,
            {
                unary(self, Function::Sum)
            }

            /// The mean; `None` without rows.
            pub fn avg<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Mean = S>,
            {
                unary(self, Function::Avg)
            }
        }

        impl<$($join)*> Not for $condition {
            type Output = Expr<bool>;

            /// Every row that the condition does not match.
            fn not(self) -> Expr<bool> {
                unary(self, Function::Not)
            }
        }

        impl<C: IntoCondition, $($join)*> BitAnd<C> for $condition {
            type Output = Expr<bool>;

            fn bitand(self, other: C) -> Expr<bool> {
                logic(self, other, Function::And)
            }
        }

        impl<C: IntoCondition, $($join)*> BitOr<C> for $condition {
            type Output = Expr<bool>;

            fn bitor(self, other: C) -> Expr<bool> {
                logic(self, other, Function::Or)
            }
        }

        impl<T: ColumnType, $($join)*> Neg for $this
        where
            T::Base: Number,
        {
            type Output = Expr<$ty>;

            fn neg(self) -> Expr<$ty> {
                unary(self, Function::Neg)
            }
        }

        arithmetic!([$($join)*] $this, $ty; Add, add);
        arithmetic!([$($join)*] $this, $ty; Sub, sub);
        arithmetic!([$($join)*] $this, $ty; Mul, mul);
        arithmetic!([$($join)*] $this, $ty; Div, div);
    };
}

macro_rules! arithmetic {
    ([$($join:tt)*] $this:ty, $ty:ty; $trait:ident, $method:ident) => {
        impl<T: ColumnType, R: Operand<T::Base>, $($join)*> $trait<R> for $this
        where
            T::Base: Number,
        {
            type Output = Expr<<R::Joined as Join>::Of<$ty>>;

            fn $method(self, other: R) -> Self::Output {
                let mut out = Expr::new(self.into_tokens());
                other.append(&mut out.tokens);
                out.tokens.call(Function::$trait, 2);
                out
            }
        }
    };
}

lookups!([J: Join] Field<T, J>, J::Of<T>, Field<bool, J>);
lookups!([] Expr<T>, T, Expr<bool>);

#[inline]
fn logic(left: impl Expression, right: impl IntoCondition, by: Function) -> Expr<bool> {
    let mut tokens = left.into_tokens();
    tokens.join(right.into_condition(), by);
    Expr::new(tokens)
}

/// What `filter` takes: a condition, or a column of type `bool`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition",
    label = "expected a comparison such as `p.title.eq(\"x\")`, or a field of type `bool`",
    note = "conditions are joined by `&` and `|` and turned around by `!`; `&&`, `||`, `==` and `<` are Rust's own, and make a \
            `bool` at once"
)]
pub trait IntoCondition {
    #[doc(hidden)]
    fn into_condition(self) -> ExprTokens;
}

impl IntoCondition for Expr<bool> {
    #[inline]
    fn into_condition(self) -> ExprTokens {
        self.tokens
    }
}

impl<J: Join> IntoCondition for Field<bool, J> {
    fn into_condition(self) -> ExprTokens {
        self.into_tokens()
    }
}

/// What the sum and the mean of a column are.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` have no sum and no mean",
    label = "sums and means need numbers"
)]
pub trait Summable {
    /// Type of the sum.
    type Sum: ColumnType<Base = Self::Sum>;
    /// Type of the mean.
    type Mean: ColumnType<Base = Self::Mean>;
}

macro_rules! summable {
    ($($ty:ty => $sum:ty, $mean:ty;)*) => {$(
        impl Summable for $ty {
            type Sum = $sum;
            type Mean = $mean;
        }
    )*};
}
summable! {
    i16 => i64, f64;
    i32 => i64, f64;
    i64 => i64, f64;
    f32 => f64, f64;
    f64 => f64, f64;
}
#[cfg(feature = "decimal")]
summable! {
    rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal;
}

/// A value that can stand in the list of `in_`.
#[diagnostic::on_unimplemented(
    message = "a list for a column of type `{B}` cannot hold `{Self}`",
    label = "expected values of type `{B}`"
)]
pub trait ToListItem<B> {
    #[doc(hidden)]
    fn to_item(self) -> Value<'static>;
}

impl<B: ColumnType<Base = B>, V: super::ToValue<B>> ToListItem<B> for V {
    fn to_item(self) -> Value<'static> {
        self.to_value()
    }
}

/// How many rows there are: `count(*)`.
pub fn count() -> Expr<i64> {
    let mut tokens = ExprTokens::default();
    tokens.call(Function::CountRows, 0);
    Expr::new(tokens)
}
