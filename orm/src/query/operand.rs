//! Operands: the other side of a comparison, of an assignment, or of a field in `create()`.

use crate::expr::ExprTokens;
use crate::model::{ForeignKey, Inner, Join, Model, OneToOne, Outer, PrimaryKey};
use crate::value::{ColumnType, Json, SmallString, Value};

use super::{Expr, Expression, Field, ForColumn};

/// A value or expression that a column of type `B` (without `Option`) can be compared or computed with: the type itself, an
/// `Option` of it, a column or expression of it, and what converts without loss (`&str` for `String`, a row or its key for
/// `ForeignKey`, whole numbers for `Decimal`).
///
/// # Example: values, options, columns, rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let ann = Author::get(1, &db)?;
/// assert_eq!(Post::objects().filter(|p| p.author.eq(&ann)).count(&db)?, 2);
/// assert_eq!(Post::objects().filter(|p| p.author.eq(1)).count(&db)?, 2);
/// assert_eq!(Post::objects().filter(|p| p.views.gt(p.id)).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a string is not a number
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().filter(|p| p.views.eq("7")).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{B}` cannot be compared or combined with `{Self}`",
    label = "expected `{B}`, or a field or expression of that type",
    note = "numbers of another type are converted first, as by `i64::from(n)` or `i64::try_from(n)?`, columns of whole numbers by `.to_i64()`, beside a decimal by `.cast::<Decimal>()`",
    note = "a key is compared with a row (`&author`), a key or its value; what it points at is reached by parentheses: \
            `p.author().name`"
)]
pub trait Operand<B> {
    /// [`Outer`] if it may be NULL.
    #[doc(hidden)]
    type Joined: Join;

    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);

    /// Whether it is NULL, which is compared by `IS NULL`.
    #[doc(hidden)]
    fn is_null(&self) -> bool {
        false
    }
}

/// A value or expression that can be assigned to a column of type `T`: what [`set`](super::Field::set) takes.
///
/// # Example: a value, an expression, nothing
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects()
///     .filter(|p| p.title.eq("Hello"))
///     .update(|p| (p.views.set(p.views + 1), p.title.set("Hi"), p.rating.set(None)))
///     .run(&db)?;
/// assert_eq!(Post::objects().filter(|p| p.rating.is_null()).count(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a column that takes no NULL
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().update(|p| p.title.set(None)).run(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set to `{Self}`",
    label = "expected `{T}`, or a field or expression of that type",
    note = "numbers of another type are converted first, as by `i64::from(n)` or `i64::try_from(n)?`",
    note = "a key is set to a row (`&author`), a key or its value"
)]
pub trait Assignable<T>: Sized {
    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);

    /// The same, where the column is known.
    #[doc(hidden)]
    #[inline]
    fn append_for(self, column: ForColumn, to: &mut ExprTokens) {
        let _ = column;
        self.append(to);
    }
}

/// A value that a column of type `T` can hold: what the fields of `create()` take.
///
/// # Example: `&str` for `String`, a row for a foreign key, `T` for `Option<T>`
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let ann = Author::get(1, &db)?;
/// let post = Post::create().author(&ann).title("New").rating(5.0).save(&db)?;
/// assert_eq!(post.rating, Some(5.0));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a moment is not a string
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::create().author(1).title("New").published_at("2026-11-27").save(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot hold `{Self}`",
    label = "expected `{T}`",
    note = "numbers of another type are converted first, as by `i64::from(n)` or `i64::try_from(n)?`",
    note = "a key is given as a row (`&author`), a key or its value",
    note = "what may be missing is an `Option` of the column's own type: `name.map(str::to_owned)`, `key.map(ForeignKey::new)`"
)]
pub trait ToValue<T>: Sized {
    /// Whether the program has to convert it: what a database has read it cannot store.
    #[doc(hidden)]
    const IN_PROGRAM: bool = false;

    #[doc(hidden)]
    fn to_value(self) -> Value<'static>;

    /// The same, where the column is known.
    #[doc(hidden)]
    #[inline]
    fn to_value_for(self, column: ForColumn) -> Value<'static> {
        let _ = column;
        self.to_value()
    }
}

impl<T: ColumnType> ToValue<T> for T {
    #[inline]
    fn to_value(self) -> Value<'static> {
        self.into_value()
    }
}

impl<T: ColumnType<Base = T>> ToValue<Option<T>> for T {
    #[inline]
    fn to_value(self) -> Value<'static> {
        self.into_value()
    }
}

impl<T: ColumnType> Assignable<T> for T {
    fn append(self, to: &mut ExprTokens) {
        to.param(self.into_value());
    }
}

impl<T: ColumnType<Base = T>> Assignable<Option<T>> for T {
    fn append(self, to: &mut ExprTokens) {
        to.param(self.into_value());
    }
}

impl<T: ColumnType<Base = T>> Operand<T> for T {
    type Joined = Inner;

    fn append(self, to: &mut ExprTokens) {
        to.param(self.into_value());
    }
}

impl<T: ColumnType<Base = T>> Operand<T> for Option<T> {
    type Joined = Outer;

    fn append(self, to: &mut ExprTokens) {
        to.param(self.into_value());
    }

    fn is_null(&self) -> bool {
        self.is_none()
    }
}

macro_rules! expressions {
    ($([$($join:tt)*] $some:ty, $option:ty, $joined:ty, $any:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ColumnType<Base = T>, $($join)*> Operand<T> for $some {
            type Joined = $joined;

            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: ColumnType<Base = T>, $($join)*> Operand<T> for $option {
            type Joined = Outer;

            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: ColumnType> Assignable<T> for $any {
            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: ColumnType<Base = T>, $($join)*> Assignable<Option<T>> for $some {
            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }
        }
    )*};
}
expressions! {
    [J: Join] Field<T, J>, Field<Option<T>, J>, J, Field<T>;
    [] Expr<T>, Expr<Option<T>>, Inner, Expr<T>;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType<Base = T>> Assignable<Option<T>> for Field<Option<T>, Outer> {
    fn append(self, to: &mut ExprTokens) {
        Expression::append(self, to);
    }
}

/// Other Rust types for the same column: `impl<generics> From => column type, by converting`.
macro_rules! also {
    ($([$($generics:tt)*] $from:ty => $column:ty, $convert:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ToValue<$column> for $from {
            #[inline]
            fn to_value(self) -> Value<'static> {
                let convert: fn(Self) -> Value<'static> = $convert;
                convert(self)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ToValue<Option<$column>> for $from {
            fn to_value(self) -> Value<'static> {
                ToValue::<$column>::to_value(self)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Assignable<$column> for $from {
            fn append(self, to: &mut ExprTokens) {
                to.param(ToValue::<$column>::to_value(self));
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Assignable<Option<$column>> for $from {
            fn append(self, to: &mut ExprTokens) {
                to.param(ToValue::<$column>::to_value(self));
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$column> for $from {
            type Joined = Inner;

            fn append(self, to: &mut ExprTokens) {
                to.param(ToValue::<$column>::to_value(self));
            }
        }
    )*};
}
also! {
    [] &str => String, |text| Value::Str(SmallString::copy(text));
    [] &String => String, |text| Value::Str(SmallString::copy(text));
    [] &&str => String, |text| Value::Str(SmallString::copy(text));
    [] &[u8] => Vec<u8>, |bytes| Value::Bytes(bytes.to_vec().into());
    [] i32 => f64, |number| Value::Float(number.into());
    [M: Model] &M => ForeignKey<M>, |row| row.key().value().into_owned();
    [M: Model] &M => OneToOne<M>, |row| row.key().value().into_owned();
    [M: Model<Key = String>] &str => ForeignKey<M>, |text| Value::from(text).into_owned();
    [M: Model<Key = String>] &str => OneToOne<M>, |text| Value::from(text).into_owned();
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {
        also! {$(
            [] &$number => $number, |number| number.into_value();
            [M: Model<Key = $number>] $number => ForeignKey<M>, ColumnType::into_value;
            [M: Model<Key = $number>] $number => OneToOne<M>, ColumnType::into_value;
        )*}
    };
}
whole_numbers!(i8, i16, i32, i64, u8, u16, u32, u64);

#[cfg(feature = "uuid")]
also! {
    [] &uuid::Uuid => uuid::Uuid, |uuid| Value::Uuid(*uuid);
    [M: Model<Key = uuid::Uuid>] uuid::Uuid => ForeignKey<M>, Value::Uuid;
    [M: Model<Key = uuid::Uuid>] uuid::Uuid => OneToOne<M>, Value::Uuid;
}

// For whole numbers, so that literals work: `default = 0`, `p.price.gt(5)`.
#[cfg(feature = "decimal")]
also! {
    [] i32 => rust_decimal::Decimal, |number| Value::Decimal(number.into());
    [] i64 => rust_decimal::Decimal, |number| Value::Decimal(number.into());
}

#[cfg(feature = "bigdecimal")]
also! {
    [] i32 => bigdecimal::BigDecimal, |number| Value::Decimal(number.into());
    [] i64 => bigdecimal::BigDecimal, |number| Value::Decimal(number.into());
    [] &bigdecimal::BigDecimal => bigdecimal::BigDecimal, |number| ColumnType::encode(number).into_owned();
}

pub(super) use also;

// After the macros, which it uses.
mod relations;

impl<T> ToValue<Json<T>> for T
where
    Json<T>: ColumnType,
{
    const IN_PROGRAM: bool = true;

    fn to_value(self) -> Value<'static> {
        Json(self).into_value()
    }
}

impl<T> ToValue<Option<Json<T>>> for T
where
    Json<T>: ColumnType,
{
    const IN_PROGRAM: bool = true;

    fn to_value(self) -> Value<'static> {
        ToValue::<Json<T>>::to_value(self)
    }
}
