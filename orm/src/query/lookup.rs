//! Lookups: comparisons of fields and expressions.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::expr::{ExprTokens, Function};
use crate::model::Join;
use crate::value::{ColumnType, Value};

use super::{Container, Expr, Expression, Extreme, Field, ForColumn, InValues, Operand, Ordered};

/// Types whose columns can be added, multiplied and summed: `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, `Decimal`.
///
/// `+ - * /` between them become SQL. On both databases a division of whole numbers truncates towards zero, and
/// division by zero gives NULL.
///
/// # Example: computed by the database
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows: Vec<i64> = Post::objects().values(|p| (p.views + 1) * 2).all(&db)?;
/// assert_eq!(rows, [16, 2]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: numbers of another type are converted first
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let more: u32 = 3;
/// Post::objects().filter(|p| p.views.gt(more)).all(&db)?; // `i64::from(more)`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not numbers",
    label = "arithmetic needs numbers"
)]
pub trait Number {}

macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl Number for $ty {}
    )*};
}
numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

/// Types whose columns hold numbers that may be negative: `-p.views` asks for it.
///
/// # Example: the other way round
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows: Vec<i64> = Post::objects().values(|p| -p.views).all(&db)?;
/// assert_eq!(rows, [-7, 0]);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no negative numbers",
    label = "cannot be negated",
    note = "`.to_i64()` makes an `i64` of it: `-p.views.to_i64()`"
)]
pub trait SignedNumber: Number {}

macro_rules! signed {
    ($($ty:ty),*) => {$(
        impl SignedNumber for $ty {}
    )*};
}
signed!(i8, i16, i32, i64, f32, f64);
#[cfg(feature = "decimal")]
signed!(rust_decimal::Decimal);
#[cfg(feature = "decimal")]
impl Number for rust_decimal::Decimal {}

/// Types of strings: `contains`, `starts_with` and the like require it.
///
/// # Example: a number contains nothing
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().filter(|p| p.views.contains("7")).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` do not hold strings",
    label = "`contains`, `starts_with` and similar lookups search strings"
)]
pub trait StringValue: Container<Part = String> {}

impl StringValue for String {}

/// `left op right` in postfix; comparison with a NULL right side becomes `IS NULL` or `IS NOT NULL`.
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
            /// Equal: `title = 'Hello'`. `None` is compared by `IS NULL`. For a relation it takes a row (`&author`),
            /// a key or its value.
            ///
            /// # Example: a value, no value, a row
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.eq("Hello")).count(&db)?, 1);
            /// assert_eq!(Post::objects().filter(|p| p.rating.eq(None)).count(&db)?, 1);
            ///
            /// let ann = Author::objects().filter(|a| a.name.eq("Ann")).get(&db)?;
            /// assert_eq!(Post::objects().filter(|p| p.author.eq(&ann)).count(&db)?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("exact", "=="))]
            pub fn eq(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Function::Eq)
            }

            /// Different: every row that [`eq`](Self::eq) does not match, also those that hold NULL. `rating IS NOT
            /// 4.5` on SQLite, `rating IS DISTINCT FROM 4.5` on Postgres; SQL's own `<>` would leave out rows without
            /// a rating.
            ///
            /// # Example: no rating is another rating than 4.5
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let others = Post::objects().filter(|p| p.rating.ne(4.5)).all(&db)?;
            /// assert_eq!(others[0].title, "Later");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("not_equal", "!="))]
            pub fn ne(self, other: impl Operand<T::Base>) -> Expr<bool> {
                compare(self, other, Function::Ne)
            }

            /// Less: `views < 3`. NULL is neither less nor greater than anything.
            ///
            /// # Example: hardly read
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().filter(|p| p.views.lt(3)).all(&db)?;
            /// assert_eq!(posts[0].title, "Later");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("<"))]
            pub fn lt(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Lt)
            }

            /// Less or equal: `views <= 7`.
            ///
            /// # Example: up to seven, that one included
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.views.le(7)).count(&db)?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("lte", "<="))]
            pub fn le(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Le)
            }

            /// Greater: `views > 3`.
            ///
            /// # Example: read more than three times
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().filter(|p| p.views.gt(3)).all(&db)?;
            /// assert_eq!(posts[0].title, "Hello");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias(">"))]
            pub fn gt(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Gt)
            }

            /// Greater or equal: `views >= 7`. The other side may be a column, too.
            ///
            /// # Example: titles as long as the number of views, or shorter
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().filter(|p| p.views.ge(p.title.length())).all(&db)?;
            /// assert_eq!(posts[0].title, "Hello");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("gte", ">="))]
            pub fn ge(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Ordered,
            {
                compare(self, other, Function::Ge)
            }

            /// One of the values; any number of them is one parameter, `id IN rarray(?)` on SQLite and `id = ANY($1)`
            /// on Postgres. Or one of the values of a query with one column: `author_id IN (SELECT id ..)`.
            ///
            /// NULL matches no list, so `!` includes it. If a query returns NULL among its values, then for every
            /// value that is not among the others the result is unknown, and `!` includes it; filter such a query by
            /// `is_not_null()` to avoid that.
            ///
            /// # Example: values, or a query
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.in_(["Hello", "Gone"])).count(&db)?, 1);
            ///
            /// let anns = Author::objects().filter(|a| a.name.eq("Ann")).values(|a| a.id);
            /// assert_eq!(Post::objects().filter(|p| p.author.in_(anns)).count(&db)?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: none of them
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| !p.title.in_(["Hello"])).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: rows are not values
            ///
            /// ```compile_fail,E0277
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().filter(|p| p.author.in_(Author::objects())); // `.values(|a| a.id)`
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("is_in", "eq_any"))]
            pub fn in_(self, values: impl InValues<T::Base>) -> Expr<bool> {
                let mut tokens = self.into_tokens();
                values.append(&mut tokens);
                tokens.call(Function::In, 2);
                Expr::new(tokens)
            }

            /// Between two values, both included: `views BETWEEN 1 AND 9`.
            ///
            /// # Example: neither unread nor widely read
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.views.between(1, 9)).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
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

            /// NULL: `published_at IS NULL`.
            ///
            /// # Example: drafts
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.published_at.is_null()).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("isnull", "is_none"))]
            pub fn is_null(self) -> Expr<bool> {
                unary(self, Function::IsNull)
            }

            /// Anything but NULL: `published_at IS NOT NULL`.
            ///
            /// # Example: rated
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.rating.is_not_null()).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn is_not_null(self) -> Expr<bool> {
                unary(self, Function::IsNotNull)
            }

            /// The number of rows with a value: `count(rating)`. [`count()`](crate::queries::count) counts all rows.
            ///
            /// # Example: how many are rated
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| (p.rating.count(), count())).run(&db)?, (1, 2));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn count(self) -> Expr<i64> {
                unary(self, Function::Count)
            }

            /// The number of different values: `count(DISTINCT author_id)`.
            ///
            /// # Example: how many have written
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.author.count_distinct()).run(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn count_distinct(self) -> Expr<i64> {
                unary(self, Function::CountDistinct)
            }

            /// The least value: `min(views)`; `None` without rows.
            ///
            /// # Example: the least read
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.min()).run(&db)?, Some(0));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn min(self) -> Expr<Option<T::Base>>
            where
                T::Base: Extreme,
            {
                unary(self, Function::Min)
            }

            /// The greatest value: `max(views)`; `None` without rows.
            ///
            /// # Example: the most read, of none
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().none().aggregate(|p| p.views.max()).run(&db)?, None);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn max(self) -> Expr<Option<T::Base>>
            where
                T::Base: Extreme,
            {
                unary(self, Function::Max)
            }
        }

        // The bounds are on the methods, so that the compiler names the missing trait for a column of another type.
        impl<T: ColumnType, $($join)*> $this {
            /// Contains the string; `%` and `_` in it stand for themselves. Upper and lower case differ. `instr(title, ?) > 0` on SQLite,
            /// `title LIKE '%..%'` on Postgres.
            ///
            /// Of an array: has all elements of the other. `tags @> ?` on Postgres, where a GIN index serves it; NULL is never found. Of a range:
            /// the value is within it, `hours @> ?` on Postgres, where a GiST index serves it.
            ///
            /// # Example: an l in the middle
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.contains("ell")).count(&db)?, 1);
            /// assert_eq!(Post::objects().filter(|p| p.title.contains("%")).count(&db)?, 0);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: there is no `like`
            ///
            /// ```compile_fail,E0277
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().filter(|p| p.title.like("%ell%")).all(&db)?; // `p.title.contains("ell")`
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("like"))]
            pub fn contains(self, other: impl Operand<<T::Base as Container>::Part>) -> Expr<bool>
            where
                T::Base: Container,
            {
                compare(self, other, <T::Base as Container>::CONTAINS)
            }

            /// Contains the string, ignoring case, also of letters beyond A to Z: `ILIKE` on Postgres, the same by a
            /// function of this crate on SQLite.
            ///
            /// # Example: an upper-case L, too
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.icontains("LAT")).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("ilike"))]
            pub fn icontains(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::ContainsIgnoringCase)
            }

            /// Starts with the string; `%` and `_` in it stand for themselves. An index on the column serves it: on SQLite it is a range,
            /// `title >= 'He' AND title < 'Hf'`, on Postgres `title LIKE 'He%'`.
            ///
            /// # Example: by the first letters
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.starts_with("He")).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn starts_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::StartsWith)
            }

            /// Starts with the string, ignoring case.
            ///
            /// # Example: by the first letters, typed in a hurry
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.istarts_with("he")).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn istarts_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::StartsWithIgnoringCase)
            }

            /// Ends with the string; `%` and `_` in it stand for themselves.
            ///
            /// # Example: everybody of one host
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Author::objects().filter(|a| a.email.ends_with("@example.com")).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn ends_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::EndsWith)
            }

            /// Ends with the string, ignoring case.
            ///
            /// # Example: everybody of one host, whoever typed it
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Author::objects().filter(|a| a.email.iends_with("@EXAMPLE.com")).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn iends_with(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::EndsWithIgnoringCase)
            }

            /// Equal, ignoring case.
            ///
            /// # Example: an address is the same in capitals
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert!(Author::objects().filter(|a| a.email.ieq("ANN@example.com")).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn ieq(self, other: impl Operand<String>) -> Expr<bool>
            where
                T::Base: StringValue,
            {
                compare(self, other, Function::EqIgnoringCase)
            }

            /// In lower case by the database's rules: `lower(title)`. Checks and generated columns take
            /// [`ascii_lower`](Self::ascii_lower), which is the same on every database.
            ///
            /// # Example: lower-case titles
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<String> = Post::objects().values(|p| p.title.lower()).all(&db)?;
            /// assert_eq!(titles, ["hello", "later"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn lower(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Lower)
            }

            /// In upper case by the database's rules: `upper(title)`.
            ///
            /// # Example: titles in capitals
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<String> = Post::objects().values(|p| p.title.upper()).all(&db)?;
            /// assert_eq!(titles, ["HELLO", "LATER"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn upper(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Upper)
            }

            /// Without spaces at both ends: `trim(title)`.
            ///
            /// # Example: nothing but spaces
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert!(!Post::objects().filter(|p| p.title.trim().eq("")).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn trim(self) -> Expr<$ty>
            where
                T::Base: StringValue,
            {
                unary(self, Function::Trim)
            }
        }

        impl<T: ColumnType, $($join)*> $this {
            /// The sum: `sum(views)`; `None` without rows. Whole numbers sum up to `i64`, binary numbers to `f64`, decimals to `Decimal`.
            ///
            /// # Example: all views together
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.sum()).run(&db)?, Some(7));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn sum<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Sum = S>,
            {
                unary(self, Function::Sum)
            }

            /// The mean: `avg(views)`; `None` without rows. Rows with NULL are ignored. For decimals it is a
            /// `Decimal`, otherwise `f64`.
            ///
            /// # Example: views of a post, on average
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.avg()).run(&db)?, Some(3.5));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn avg<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Mean = S>,
            {
                unary(self, Function::Avg)
            }
        }

        impl<T: ColumnType, $($join)*> $this {
            /// All strings with another between them, in the order of their characters' numbers; `None` without rows. Rows that hold NULL
            /// do not count: `group_concat(title, ', ' ORDER BY title)` on SQLite,
            /// `string_agg(title, ', ' ORDER BY title COLLATE "C")` on Postgres.
            ///
            /// # Example: the titles of an author
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles = Post::objects().aggregate(|p| p.title.string_agg(", ")).run(&db)?;
            /// assert_eq!(titles.as_deref(), Some("Hello, Later"));
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a number is made a string first
            ///
            /// ```compile_fail,E0277
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().aggregate(|p| p.views.string_agg(", ")).run(&db)?; // `p.title.concat(p.views)`
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("group_concat", "StringAgg", "join"))]
            pub fn string_agg(self, between: &str) -> Expr<Option<String>>
            where
                T::Base: StringValue,
            {
                let mut tokens = self.into_tokens();
                tokens.param(Value::from(between).into_owned());
                tokens.call(Function::StringAgg, 2);
                Expr::new(tokens)
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
            T::Base: SignedNumber,
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
                if Function::$trait == Function::Div {
                    out.tokens.say_not_zero();
                }
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

/// What [`filter`](super::QuerySet::filter) takes: a condition, or a column of type `bool`.
///
/// # Example: a condition from a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::IntoCondition;
///
/// fn popular(p: PostFields) -> impl IntoCondition {
///     p.views.gt(3)
/// }
/// assert_eq!(Post::objects().filter(popular).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a Rust `bool` is not a condition
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().filter(|p| true).all(&db)?; // `Post::objects()`, or `.none()`
/// # Ok::<(), orm::Error>(())
/// ```
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

/// The types of the sum and the mean of a column: [`sum`](super::Field::sum) and [`avg`](super::Field::avg) require
/// it.
///
/// # Example: strings have no sum
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().aggregate(|p| p.title.sum()).run(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
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
    i8 => i64, f64;
    i16 => i64, f64;
    i32 => i64, f64;
    i64 => i64, f64;
    u8 => i64, f64;
    u16 => i64, f64;
    u32 => i64, f64;
    u64 => i64, f64;
    f32 => f64, f64;
    f64 => f64, f64;
}
#[cfg(feature = "decimal")]
summable! {
    rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal;
}

/// A value in the list of [`in_`](super::Field::in_): of the column's type, or convertible to it without loss.
///
/// # Example: keys, rows, references to strings
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let authors = Author::objects().all(&db)?;
/// assert_eq!(Post::objects().filter(|p| p.author.in_(&authors)).count(&db)?, 2);
/// assert_eq!(Post::objects().filter(|p| p.id.in_([1, 2])).count(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a list for a column of type `{B}` cannot hold `{Self}`",
    label = "expected values of type `{B}`"
)]
pub trait ToListItem<B> {
    #[doc(hidden)]
    fn to_item(self, column: ForColumn) -> Value<'static>;
}

impl<B: ColumnType<Base = B>, V: super::ToValue<B>> ToListItem<B> for V {
    fn to_item(self, column: ForColumn) -> Value<'static> {
        self.to_value_for(column)
    }
}

/// The number of rows, `count(*)`, as a value of a query: of a group, of an aggregate. The number of rows of a query
/// is [`QuerySet::count`](super::QuerySet::count).
///
/// # Example: how many posts in each state
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows: Vec<(Status, i64)> = Post::objects()
///     .group_by(|p| p.status)
///     .values(|p| (p.status, count()))
///     .order_by(|p| p.status)
///     .all(&db)?;
/// assert_eq!(rows, [(Status::Draft, 1), (Status::Published, 1)]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn count() -> Expr<i64> {
    let mut tokens = ExprTokens::default();
    tokens.call(Function::CountRows, 0);
    Expr::new(tokens)
}
