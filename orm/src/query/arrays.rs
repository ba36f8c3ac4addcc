//! Arrays in queries: what they contain, and what may stand for one.

use crate::expr::{ExprTokens, Function};
use crate::model::{Inner, Join};
use crate::value::array::checked;
use crate::value::{ArrayElement, ColumnType, Scalar, Value};

use super::{Assignable, Expr, Expression, Field, Operand, ToValue};

/// A type of values within which others are looked for: strings, arrays and ranges.
///
/// # Example: a lookup over either
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Post::objects().filter(|p| p.title.contains("ell")).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold neither strings, arrays nor ranges",
    label = "`contains` looks into strings, arrays, ranges and networks"
)]
pub trait Container {
    /// What is looked for: a string in a string, the elements of an array in an array, a value in a range.
    type Part: ColumnType<Base = Self::Part>;

    #[doc(hidden)]
    const CONTAINS: Function;
}

/// A container whose parts are counted: a string, or an array.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold neither strings nor arrays",
    label = "`length` counts characters and elements"
)]
pub trait Counted {
    const LENGTH: Function;
}

/// What has a length: a string or an array, which may be NULL.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold neither strings nor arrays",
    label = "`contains` and `length` look into strings and arrays"
)]
pub trait Measured {
    type Length: ColumnType<Base = i64>;
    const LENGTH: Function;
}

impl<C: Counted> Measured for C {
    type Length = i64;
    const LENGTH: Function = C::LENGTH;
}

impl<C: Counted> Measured for Option<C> {
    type Length = Option<i64>;
    const LENGTH: Function = C::LENGTH;
}

macro_rules! lengths {
    ([$($join:tt)*] $this:ty, $length:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// Number of characters, not of bytes: `length(title)`. Of an array: how many elements it has, or how many arrays. NULL of NULL.
            ///
            /// # Example: short titles
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().filter(|p| p.title.length().lt(6)).count(&db)?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn length(self) -> Expr<$length>
            where
                T: Measured,
            {
                let mut tokens = self.into_tokens();
                tokens.call(T::LENGTH, 1);
                Expr::new(tokens)
            }
        }
    };
}
lengths!([J: Join] Field<T, J>, J::Of<T::Length>);
lengths!([] Expr<T>, T::Length);

impl Container for String {
    type Part = String;
    const CONTAINS: Function = Function::Contains;
}

impl Counted for String {
    const LENGTH: Function = Function::Length;
}

impl<T: ArrayElement> Container for Vec<T> {
    type Part = Vec<T>;
    const CONTAINS: Function = Function::ArrayContains;
}

impl<T: ArrayElement> Counted for Vec<T> {
    const LENGTH: Function = Function::ArrayLength;
}

/// An array, by the type of its elements.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not arrays",
    label = "`has` and `item` look into arrays"
)]
pub trait Array: ColumnType<Base = Self> {
    /// What it holds.
    type Item: ArrayElement;
}

impl<T: ArrayElement> Array for Vec<T> {
    type Item = T;
}

/// What an array of one level holds, without `Option`.
#[diagnostic::on_unimplemented(
    message = "`item` takes an element out of an array of one level, and `{Self}` is none",
    label = "no database has the arrays within an array as values"
)]
pub trait ItemScalar {
    #[doc(hidden)]
    type Scalar: Scalar;
}

impl<T: Scalar> ItemScalar for T {
    type Scalar = T;
}

impl<T: Scalar> ItemScalar for Option<T> {
    type Scalar = T;
}

macro_rules! arrays {
    ([$($join:tt)*] $this:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// Has that element: `tags @> ARRAY[?]` on Postgres, where a GIN index serves it. NULL is never found.
            ///
            /// # Example: of a tag
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     tags: Vec<String>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, tags TEXT NOT NULL)")?;
            /// Article::create().tags(["rust", "sql"]).save(&db)?;
            /// assert_eq!(Article::objects().filter(|a| a.tags.has("rust")).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("any"))]
            pub fn has(self, item: impl ToValue<<T::Base as Array>::Item>) -> Expr<bool>
            where
                T::Base: Array,
            {
                let mut tokens = self.into_tokens();
                tokens.param(checked(vec![item.to_value()]));
                tokens.call(Function::ArrayContains, 2);
                Expr::new(tokens)
            }

            /// The element at a place, from 0; `None` where the array is shorter. `(tags)[? + 1]` on Postgres.
            ///
            /// # Example: the first tag
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     tags: Vec<String>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, tags TEXT NOT NULL)")?;
            /// Article::create().tags(["rust", "sql"]).save(&db)?;
            /// let first = Article::objects().values(|a| (a.tags.item(0), a.tags.item(7))).get(&db)?;
            /// assert_eq!(first, (Some("rust".to_owned()), None));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("index"))]
            pub fn item<E>(self, place: u32) -> Expr<Option<E>>
            where
                T::Base: Array<Item: ItemScalar<Scalar = E>>,
            {
                let mut tokens = self.into_tokens();
                // No array has as many elements, and Postgres counts them with 32 bits.
                tokens.param(Value::Int(place.min(i32::MAX as u32 - 1).into()));
                tokens.call(Function::ArrayGet, 2);
                Expr::new(tokens)
            }
        }
    };
}
arrays!([J: Join] Field<T, J>);
arrays!([] Expr<T>);

macro_rules! lists {
    ($([$($generics:tt)*] $from:ty, $item:ty, $values:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ToValue<Vec<$item>> for $from {
            fn to_value(self) -> Value<'static> {
                let values: fn(Self) -> Vec<Value<'static>> = $values;
                checked(values(self))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ToValue<Option<Vec<$item>>> for $from {
            fn to_value(self) -> Value<'static> {
                ToValue::<Vec<$item>>::to_value(self)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Assignable<Vec<$item>> for $from {
            fn append(self, to: &mut ExprTokens) {
                to.param(ToValue::<Vec<$item>>::to_value(self));
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Assignable<Option<Vec<$item>>> for $from {
            fn append(self, to: &mut ExprTokens) {
                to.param(ToValue::<Vec<$item>>::to_value(self));
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<Vec<$item>> for $from {
            type Joined = Inner;

            fn append(self, to: &mut ExprTokens) {
                to.param(ToValue::<Vec<$item>>::to_value(self));
            }
        }
    )*};
}
lists! {
    [T: ArrayElement, V: ToValue<T>, const N: usize] [V; N], T, |items| items.into_iter().map(ToValue::to_value).collect();
    [T: ArrayElement] &[T], T, |items| items.iter().map(|item| item.to_element().into_owned()).collect();
    [T: ArrayElement] &Vec<T>, T, |items| items.iter().map(|item| item.to_element().into_owned()).collect();
}
