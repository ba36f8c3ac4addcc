//! Values of a query within an expression: of one with one column, or of the rows that another finds.

use crate::expr::{ExprTokens, Form, Function, RowSource, Takes, Token};
use crate::model::Model;
use crate::registry::meta;
use crate::value::ColumnType;

use super::order::{default_order, key_order};
use super::path::{closure, start_without};
use super::subquery::{tokens, tokens_of};
use super::{
    Compound, Expr, Expression, Extreme, Fields, QuerySet, Rows, Select, Selection, Summable, Tuples,
};

/// A query as a value of each row of the query around it, whose fields it may name.
///
/// A query with one column is its value, `(SELECT .. LIMIT 1)`, and `None` if it finds no row. SQLite takes the first of several
/// rows, Postgres fails if there is more than one; use `limit(1)`. A query of rows gives a [`Subquery`], whose rows are counted,
/// summed up or asked for the first. For rows related by a foreign key there is a shorter form: `a.posts().count()`.
///
/// # Example: each post with its newest comment
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows: Vec<(String, Option<String>)> = Post::objects()
///     .values(|p| {
///         let newest = Comment::objects().filter(|c| c.post.eq(p.id)).order_by(|c| c.id.desc());
///         (p.title, orm::subquery(newest.values(|c| c.text).limit(1)))
///     })
///     .all(&db)?;
/// assert_eq!(rows, [("Hello".to_owned(), Some("First!".to_owned())), ("Later".to_owned(), None)]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: how many posts are read more
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let ranks: Vec<(String, i64)> = Post::objects()
///     .values(|p| {
///         let above = Post::objects().filter(|q| q.views.gt(p.views));
///         (p.title, orm::subquery(above).count())
///     })
///     .all(&db)?;
/// assert_eq!(ranks, [("Hello".to_owned(), 0), ("Later".to_owned(), 1)]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn subquery<Q: IntoSubquery>(query: Q) -> Q::Out {
    query.into_subquery()
}

/// What [`subquery`] takes: a query with one column, or one of rows.
///
/// # Example: related rows have their values as methods
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Author::objects().values(|a| orm::subquery(a.posts()).count()).all(&db)?; // `a.posts().count()`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query with one column, and not one of rows",
    label = "expected a query such as `Post::objects().filter(|p| ..)`, or `.values(|p| p.title)` of one field or expression",
    note = "related rows have their values as methods: `a.posts().count()`, `a.posts().sum(|p| p.views)`"
)]
pub trait IntoSubquery {
    /// What it becomes: a value, or rows.
    type Out;

    #[doc(hidden)]
    fn into_subquery(self) -> Self::Out;
}

#[diagnostic::do_not_recommend]
impl<M, S> IntoSubquery for QuerySet<M, Tuples<S>>
where
    M: Model,
    S: Expression,
    S::Type: ColumnType,
{
    type Out = Expr<Option<<S::Type as ColumnType>::Base>>;

    fn into_subquery(self) -> Self::Out {
        Expr::new(tokens::<M>(self.select, Form::Value))
    }
}

#[diagnostic::do_not_recommend]
impl<M, C> IntoSubquery for Compound<M, C>
where
    M: Model,
    C: Expression + Selection<Named = C>,
    C::Type: ColumnType,
{
    type Out = Expr<Option<<C::Type as ColumnType>::Base>>;

    fn into_subquery(self) -> Self::Out {
        self.into_query().into_subquery()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> IntoSubquery for QuerySet<M, Rows<()>> {
    type Out = Subquery<M>;

    fn into_subquery(mut self) -> Subquery<M> {
        // Whole rows are distinct by their primary key.
        self.select.distinct = false;
        Subquery {
            select: self.select,
            model: std::marker::PhantomData,
        }
    }
}

/// The rows of a query within an expression, from [`subquery`]: how many there are, a sum, the first one's value.
///
/// # Example: authors with more posts than there are profiles
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let names: Vec<String> = Author::objects()
///     .filter(|a| a.posts().count().gt(orm::subquery(Profile::objects()).count()))
///     .values(|a| a.name)
///     .all(&db)?;
/// assert_eq!(names, ["Ann"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a query within an expression does nothing until its value is used"]
pub struct Subquery<M: Model> {
    select: Select,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<M: Model> Clone for Subquery<M> {
    fn clone(&self) -> Self {
        Subquery {
            select: self.select.clone(),
            ..*self
        }
    }
}

/// Without the values.
impl<M: Model> std::fmt::Debug for Subquery<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Subquery").field(&self.select).finish()
    }
}

impl<M: Model> Subquery<M> {
    /// How many rows there are.
    ///
    /// # Example: who shares the first letter
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let alike: Vec<i64> = Author::objects()
    ///     .values(|a| orm::subquery(Author::objects().filter(|b| b.name.substr(0, 1).eq(a.name.substr(0, 1)))).count())
    ///     .all(&db)?;
    /// assert_eq!(alike, [1, 1]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count(self) -> Expr<i64> {
        let mut rows = ExprTokens::default();
        rows.call(Function::CountRows, 0);
        Expr::new(self.together(rows))
    }

    /// The sum of a value of the rows; `None` without rows. With a [`limit`](QuerySet::limit) it is of those rows only.
    ///
    /// # Example: views of the two posts that are read most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let best = Post::objects().order_by(|p| p.views.desc()).limit(2);
    /// let share = Post::objects().values(|p| p.views * 100 / orm::subquery(best).sum(|b| b.views));
    /// assert_eq!(share.all(&db)?, [Some(100), Some(0)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sum<E: Expression, S>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<S>>
    where
        E::Type: ColumnType<Base: Summable<Sum = S>>,
    {
        Expr::new(self.together(aggregated::<M, _>(value, Function::Sum)))
    }

    /// The mean of a value of the rows; `None` without rows.
    ///
    /// # Example: rated like the average, or better
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let read = Post::objects()
    ///     .filter(|p| p.rating.ge(orm::subquery(Post::objects()).avg(|q| q.rating)))
    ///     .all(&db)?;
    /// assert_eq!(read[0].title, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn avg<E: Expression, S>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<S>>
    where
        E::Type: ColumnType<Base: Summable<Mean = S>>,
    {
        Expr::new(self.together(aggregated::<M, _>(value, Function::Avg)))
    }

    /// The least value of the rows; `None` without rows.
    ///
    /// # Example: the least read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let least = Post::objects().filter(|p| p.views.eq(orm::subquery(Post::objects()).min(|q| q.views)));
    /// assert_eq!(least.get(&db)?.title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn min<E: Expression, T>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<T>>
    where
        E::Type: ColumnType<Base = T>,
        T: Extreme,
    {
        Expr::new(self.together(aggregated::<M, _>(value, Function::Min)))
    }

    /// The greatest value of the rows; `None` without rows.
    ///
    /// # Example: the most read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most = Post::objects().filter(|p| p.views.eq(orm::subquery(Post::objects()).max(|q| q.views)));
    /// assert_eq!(most.get(&db)?.title, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn max<E: Expression, T>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<T>>
    where
        E::Type: ColumnType<Base = T>,
        T: Extreme,
    {
        Expr::new(self.together(aggregated::<M, _>(value, Function::Max)))
    }

    /// Any aggregate over the rows.
    ///
    /// # Example: how many authors write
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let writing: Vec<i64> = Author::objects()
    ///     .limit(1)
    ///     .values(|_| orm::subquery(Post::objects()).aggregate(|p| p.author.count_distinct()))
    ///     .all(&db)?;
    /// assert_eq!(writing, [1]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn aggregate<E: Expression>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<E::Type> {
        let (value, own) = closure::<M, _>(value);
        let mut value = value.into_tokens();
        value.resolve_scope(own);
        Expr::new(self.together(value))
    }

    /// A value of the first row, by the query's order, the model's, or the primary key; `None` without rows.
    ///
    /// # Example: the post that was read next most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let next: Vec<Option<String>> = Post::objects()
    ///     .values(|p| {
    ///         let less = Post::objects().filter(|q| q.views.lt(p.views)).order_by(|q| q.views.desc());
    ///         orm::subquery(less).first(|q| q.title)
    ///     })
    ///     .all(&db)?;
    /// assert_eq!(next, [Some("Later".to_owned()), None]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn first<E: Expression, T>(mut self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<T>>
    where
        E::Type: ColumnType<Base = T>,
    {
        let (value, own) = closure::<M, _>(value);
        let mut value = value.into_tokens();
        value.resolve_scope(own);
        if let Some(most) = self.select.limit() {
            self.select.set_limit(Some(most.min(1)));
        }
        Expr::new(self.tokens(Takes::First, value))
    }

    /// An aggregate over the rows. Where some are cut off, those that are left are a list of their own, for SQL cuts off rows of
    /// the result, after they were aggregated.
    pub(super) fn together(mut self, value: ExprTokens) -> ExprTokens {
        let meta = meta(M::slot()).ok();
        if self.select.is_cut()
            && let Some(&[key]) = meta.map(|meta| &*meta.key)
            && let Ok(key) = u16::try_from(key)
        {
            let mut filter = ExprTokens::default();
            filter.push(Token::Column(RowSource::OWN, key));
            self.select.groups_mut().columns = filter.clone();
            let left_out = self.select.left_out;
            filter.join(tokens::<M>(self.select, Form::List), Function::In);
            self.select = Select::of(filter, ExprTokens::EMPTY);
            self.select.left_out = left_out;
        }
        if !self.select.is_cut() {
            self.select.order = ExprTokens::EMPTY;
        }
        self.tokens(Takes::Together, value)
    }

    /// The order of its rows.
    pub(super) fn order(&self) -> ExprTokens {
        order_of_rows::<M>(&self.select)
    }

    fn tokens(mut self, takes: Takes, value: ExprTokens) -> ExprTokens {
        self.select.groups_mut().columns = value;
        let rows = RowSource::along(start_without(M::slot(), self.select.left_out));
        tokens_of(rows, M::slot(), self.select, takes, Form::Value)
    }
}

/// The order of the rows of a query: its own or the model's; empty where it is that of the primary key.
pub(super) fn order_of_rows<M: Model>(select: &Select) -> ExprTokens {
    if !select.order.is_empty() {
        return select.order.clone();
    }
    // Without a registry the query is refused where it is rendered.
    let Ok(meta) = meta(M::slot()) else {
        return ExprTokens::EMPTY;
    };
    match default_order(meta, select.reversed) {
        order if order.is_empty() && select.reversed => key_order(meta, true).unwrap_or_default(),
        order => order,
    }
}

/// The tokens of an aggregate of a value.
pub(super) fn aggregated<M: Model, E: Expression>(
    value: impl FnOnce(Fields<M>) -> E,
    by: Function,
) -> ExprTokens {
    let (mut value, own) = closure::<M, _>(|fields| value(fields).into_tokens());
    value.resolve_scope(own);
    value.call(by, 1);
    value
}
