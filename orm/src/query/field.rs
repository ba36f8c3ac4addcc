//! Fields and expressions, which closures such as `filter(|p| ..)` consist of.

use std::marker::PhantomData;

use crate::expr::{Direction, ExprTokens, NullsPlace, RowSource, TokenBits};
use crate::model::{Inner, Join};
use crate::value::ColumnType;

use super::{Assignable, Assignment, ForColumn, Order, Ordered};

/// A column of type `T` of a query's rows or of related rows: `p.title` in `filter(|p| p.title.eq("x"))`. It can be
/// copied and passed to functions.
///
/// The rows are joined as `J` says: where there may be no row ([`Outer`](crate::queries::Outer)), its values are
/// `Option`s. Its methods compare, compute and order, and expressions ([`Expr`]) have the same ones;
/// [`queries`](crate::queries) lists them with their SQL, and has the models of the examples.
///
/// # Example: a function about any column of strings
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// fn is_blank(column: Field<String>) -> Expr<bool> {
///     column.trim().eq("")
/// }
/// assert_eq!(Post::objects().filter(|p| is_blank(p.title)).count(&db)?, 0);
/// assert_eq!(Post::objects().filter(|p| is_blank(p.body)).count(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a column of a foreign key is not the related row
///
/// ```compile_fail,E0609
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().filter(|p| p.author.name.eq("Ann")).all(&db)?; // write `p.author().name`
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Field<T, J = Inner> {
    /// As stored in expressions.
    column: TokenBits,
    ty: PhantomData<fn() -> (T, J)>,
}

impl<T, J> Clone for Field<T, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, J> Copy for Field<T, J> {}

impl<T, J> Field<T, J> {
    #[doc(hidden)]
    pub const fn new(at: RowSource, column: u16) -> Self {
        Field {
            column: TokenBits::column(at, column),
            ty: PhantomData,
        }
    }
}

impl<T> Field<T> {
    /// As it stands in expressions.
    pub(super) fn bits(self) -> TokenBits {
        self.column
    }

    /// As it stands in assignments, behind the new value.
    pub(super) fn assigned(self) -> TokenBits {
        self.column.assigned()
    }

    /// The path to its rows.
    pub(crate) fn row_source(self) -> RowSource {
        self.column.row_source()
    }

    /// Which column of its rows.
    pub(crate) fn position(self) -> u16 {
        self.column.position()
    }
}

/// An expression of type `T`: a computed value, a condition (`Expr<bool>`) or an aggregate. It has the methods of
/// [`Field`] and can be cloned and returned from functions.
///
/// # Example: conditions that are named once
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// fn is_recent(p: PostFields) -> Expr<bool> {
///     p.status.eq(Status::Published) & p.views.lt(100)
/// }
/// assert_eq!(Post::objects().filter(is_recent).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "an expression does nothing until a query uses it"]
pub struct Expr<T> {
    pub(crate) tokens: ExprTokens,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Expr::new(self.tokens.clone())
    }
}

impl<T> std::fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({:?})", self.tokens.tokens())
    }
}

impl<T, J> std::fmt::Debug for Field<T, J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({:?})", self.column)
    }
}

impl<T> Expr<T> {
    #[inline]
    pub(crate) fn new(tokens: ExprTokens) -> Self {
        Expr {
            tokens,
            ty: PhantomData,
        }
    }
}

/// A field or an expression: anything with a value of type `Type` in each row. For functions that take either.
///
/// # Example: a function that takes fields and expressions
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Expression;
///
/// fn echo<E: Expression<Type = String>>(expression: E) -> E {
///     expression
/// }
/// let rows: Vec<(String, String)> =
///     Post::objects().values(|p| (echo(p.title), echo(p.title.upper()))).all(&db)?;
/// assert_eq!(rows[0].1, "HELLO");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field and not an expression",
    label = "expected a field or an expression, such as `p.views` or `p.views + 1`",
    note = "of what a relation to one leads to take a field: `p.author().name`; of related rows what they come to: `a.posts().count()`, \
            `a.posts().sum(|p| p.views)`, `a.posts().first(|p| p.title)`"
)]
pub trait Expression: Sized {
    /// Its Rust type, `Option` where it may be NULL.
    type Type;

    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);

    #[doc(hidden)]
    fn into_tokens(self) -> ExprTokens {
        let mut tokens = ExprTokens::default();
        self.append(&mut tokens);
        tokens
    }
}

impl<T: ColumnType, J: Join> Expression for Field<T, J> {
    type Type = J::Of<T>;

    #[inline]
    fn append(self, to: &mut ExprTokens) {
        to.push_bits(self.column);
    }
}

impl<T> Expression for Expr<T> {
    type Type = T;

    #[inline]
    fn append(self, to: &mut ExprTokens) {
        to.extend(self.tokens);
    }

    #[inline]
    fn into_tokens(self) -> ExprTokens {
        self.tokens
    }
}

impl<T: ColumnType> Field<T> {
    /// Sets the column, in [`update`](super::QuerySet::update): to a value, or to an expression that the database
    /// computes from the old row.
    ///
    /// # Example: a counter that loses no change made by others
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let changed = Post::objects()
    ///     .filter(|p| p.title.eq("Hello"))
    ///     .update(|p| p.views.set(p.views + 1))
    ///     .run(&db)?;
    /// assert_eq!(changed, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a value of another type
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().update(|p| p.views.set("many")).run(&db)?; // a column of type `i64`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set(self, value: impl Assignable<T>) -> Assignment {
        let mut assignment = Assignment {
            tokens: ExprTokens::default(),
        };
        let column = ForColumn::Column(self.row_source(), self.position());
        value.append_for(column, &mut assignment.tokens);
        assignment.tokens.push_bits(self.column.assigned());
        assignment
    }
}

/// Methods that fields and expressions share.
macro_rules! shared {
    ([$($generics:tt)+] $this:ty) => {
        impl<$($generics)+> $this {
            /// Smallest first, NULL before everything on both databases: `ORDER BY views ASC`, with `NULLS FIRST` on
            /// Postgres. A field alone in `order_by` means the same; strings are ordered by the column's collation.
            ///
            /// # Example: oldest key first
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().order_by(|p| p.id.asc()).all(&db)?;
            /// assert_eq!(posts[0].title, "Hello");
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn asc(self) -> Order
            where
                T::Base: Ordered,
            {
                Order::new(self.into_tokens(), Direction::Asc, NullsPlace::Default)
            }

            /// Greatest first, NULL after everything on both databases: `ORDER BY views DESC`, with `NULLS LAST` on
            /// Postgres.
            ///
            /// # Example: best rated first, those without a rating last
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().order_by(|p| p.rating.desc()).all(&db)?;
            /// assert_eq!(posts[1].rating, None);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn desc(self) -> Order
            where
                T::Base: Ordered,
            {
                Order::new(self.into_tokens(), Direction::Desc, NullsPlace::Default)
            }

            /// The same value with a nullable type, for conditions on nullable values that are part of a result. The
            /// SQL stays the same.
            ///
            /// # Example: whether a rating is good, where there is one
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let good: Vec<Option<bool>> = Post::objects().values(|p| p.rating.gt(4.0).optional()).all(&db)?;
            /// assert_eq!(good, [Some(true), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: without it the query is refused, by name
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let refused = Post::objects().values(|p| p.rating.gt(4.0)).all(&db).unwrap_err();
            /// assert!(refused.to_string().contains("optional()"), "{refused}");
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn optional(self) -> Expr<Option<T::Base>> {
                Expr::new(self.into_tokens())
            }
        }
    };
}
shared!([T: ColumnType, J: Join] Field<T, J>);
shared!([T: ColumnType] Expr<T>);
