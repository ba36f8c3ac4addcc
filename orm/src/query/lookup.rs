//! Lookups: comparisons of fields and expressions.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::value::{ColumnType, Value};

use super::token::{Binary, Place, TextLookup, Unary};
use super::{Expr, Expression, Field, Fragment, Operand, Token};

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
pub trait Textual {}

impl Textual for String {}

/// `left op right` in postfix; a right side of NULL becomes `IS NULL` where that is what is meant.
#[inline]
fn compare<B>(left: impl Expression, right: impl Operand<B>, op: Binary) -> Expr<bool> {
    let mut fragment = left.into_fragment();
    let equality = match op {
        Binary::Text(lookup) => lookup.place == Place::Whole,
        op => matches!(op, Binary::Eq | Binary::Ne),
    };
    if equality && right.is_null() {
        fragment.push(Token::Unary(match op {
            Binary::Ne => Unary::IsNotNull,
            _ => Unary::IsNull,
        }));
    } else {
        right.append(&mut fragment);
        fragment.push(Token::Binary(op));
    }
    Expr::new(fragment)
}

fn unary<T>(operand: impl Expression, op: Unary) -> Expr<T> {
    let mut out = Expr::new(operand.into_fragment());
    out.fragment.push(Token::Unary(op));
    out
}

fn text(left: impl Expression, right: impl Operand<String>, place: Place, ignore_case: bool) -> Expr<bool> {
    compare(left, right, Binary::Text(TextLookup { place, ignore_case }))
}

macro_rules! lookups {
    ($name:ident) => {
        impl<T: ColumnType> $name<T> {
            /// Equal. `None` is compared by `IS NULL`.
            #[doc(alias("exact", "=="))]
            pub fn eq(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Binary::Eq)
            }

            /// Different: every row that `eq` does not match, also those that hold NULL.
            #[doc(alias("not_equal", "!="))]
            pub fn ne(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Binary::Ne)
            }

            /// Less.
            #[doc(alias("<"))]
            pub fn lt(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Binary::Lt)
            }

            /// Less or equal.
            #[doc(alias("lte", "<="))]
            pub fn le(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Binary::Le)
            }

            /// Greater.
            #[doc(alias(">"))]
            pub fn gt(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Binary::Gt)
            }

            /// Greater or equal.
            #[doc(alias("gte", ">="))]
            pub fn ge(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Binary::Ge)
            }

            /// One of the values, however many: they are one parameter.
            #[doc(alias("is_in", "eq_any"))]
            pub fn in_<V: ToListItem<T::Base>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
                let mut fragment = self.into_fragment();
                let values = values.into_iter().map(ToListItem::to_item).collect();
                fragment.param(Value::List(values));
                fragment.push(Token::Binary(Binary::In));
                Expr::new(fragment)
            }

            /// Between two values, both included.
            pub fn between(self, low: impl Operand<T::Base>, high: impl Operand<T::Base>) -> Expr<bool> {
                let mut fragment = self.into_fragment();
                low.append(&mut fragment);
                high.append(&mut fragment);
                fragment.push(Token::Between);
                Expr::new(fragment)
            }

            /// NULL.
            #[doc(alias("isnull", "is_none"))]
            pub fn is_null(self) -> Expr<bool> {
                unary(self, Unary::IsNull)
            }

            /// Anything but NULL.
            pub fn is_not_null(self) -> Expr<bool> {
                unary(self, Unary::IsNotNull)
            }

            /// How many rows hold a value.
            pub fn count(self) -> Expr<i64> {
                unary(self, Unary::Count)
            }

            /// How many different values there are.
            pub fn count_distinct(self) -> Expr<i64> {
                unary(self, Unary::CountDistinct)
            }

            /// The least value; `None` without rows.
            pub fn min(self) -> Expr<Option<T::Base>> {
                unary(self, Unary::Min)
            }

            /// The greatest value; `None` without rows.
            pub fn max(self) -> Expr<Option<T::Base>> {
                unary(self, Unary::Max)
            }
        }

        // Bounds stand on the methods: the compiler then says what a column of another type lacks.
        impl<T: ColumnType> $name<T> {
            /// Contains the text; wildcards in it stand for themselves.
            #[doc(alias("like"))]
            pub fn contains(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::Anywhere, false)
            }

            /// Contains the text, whatever the case.
            #[doc(alias("ilike"))]
            pub fn icontains(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::Anywhere, true)
            }

            /// Starts with the text; wildcards in it stand for themselves.
            pub fn starts_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::Start, false)
            }

            /// Starts with the text, whatever the case.
            pub fn istarts_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::Start, true)
            }

            /// Ends with the text; wildcards in it stand for themselves.
            pub fn ends_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::End, false)
            }

            /// Ends with the text, whatever the case.
            pub fn iends_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::End, true)
            }

            /// Equal, whatever the case.
            pub fn ieq(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: Textual,
            {
                text(self, other, Place::Whole, true)
            }

            /// In lower case, as the database knows it.
            pub fn lower(self) -> Expr<T>
            where
                T::Base: Textual,
            {
                unary(self, Unary::Lower)
            }

            /// In upper case, as the database knows it.
            pub fn upper(self) -> Expr<T>
            where
                T::Base: Textual,
            {
                unary(self, Unary::Upper)
            }

            /// Without spaces at both ends.
            pub fn trim(self) -> Expr<T>
            where
                T::Base: Textual,
            {
                unary(self, Unary::Trim)
            }

            /// Number of characters.
            pub fn length(self) -> Expr<i64>
            where
                T::Base: Textual,
            {
                unary(self, Unary::Length)
            }
        }

        impl<T: ColumnType> $name<T> {
            /// The sum; `None` without rows.
            pub fn sum<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Sum = S>,
            {
                unary(self, Unary::Sum)
            }

            /// The mean; `None` without rows.
            pub fn avg<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Mean = S>,
            {
                unary(self, Unary::Avg)
            }
        }

        impl Not for $name<bool> {
            type Output = Expr<bool>;

            /// Every row that the condition does not match.
            fn not(self) -> Expr<bool> {
                unary(self, Unary::Not)
            }
        }

        impl<C: IntoCondition> BitAnd<C> for $name<bool> {
            type Output = Expr<bool>;

            fn bitand(self, other: C) -> Expr<bool> {
                logic(self, other, Binary::And)
            }
        }

        impl<C: IntoCondition> BitOr<C> for $name<bool> {
            type Output = Expr<bool>;

            fn bitor(self, other: C) -> Expr<bool> {
                logic(self, other, Binary::Or)
            }
        }

        impl<T: ColumnType> Neg for $name<T>
        where
            T::Base: Number,
        {
            type Output = Expr<T>;

            fn neg(self) -> Expr<T> {
                unary(self, Unary::Negate)
            }
        }

        arithmetic!($name, Add, add, Add);
        arithmetic!($name, Sub, sub, Sub);
        arithmetic!($name, Mul, mul, Mul);
        arithmetic!($name, Div, div, Div);
    };
}

macro_rules! arithmetic {
    ($name:ident, $trait:ident, $method:ident, $op:ident) => {
        impl<T: ColumnType, R: Operand<T::Base>> $trait<R> for $name<T>
        where
            T::Base: Number,
        {
            type Output = Expr<T>;

            fn $method(self, other: R) -> Expr<T> {
                let mut out = Expr::new(self.into_fragment());
                other.append(&mut out.fragment);
                out.fragment.push(Token::Binary(Binary::$op));
                out
            }
        }
    };
}

lookups!(Field);
lookups!(Expr);

#[inline]
fn logic(left: impl Expression, right: impl IntoCondition, op: Binary) -> Expr<bool> {
    let mut fragment = left.into_fragment();
    fragment.join(right.into_condition(), op);
    Expr::new(fragment)
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
    fn into_condition(self) -> Fragment;
}

impl IntoCondition for Expr<bool> {
    #[inline]
    fn into_condition(self) -> Fragment {
        self.fragment
    }
}

impl IntoCondition for Field<bool> {
    fn into_condition(self) -> Fragment {
        self.into_fragment()
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
    let mut fragment = Fragment::default();
    fragment.push(Token::CountRows);
    Expr::new(fragment)
}
