//! `QuerySet`: which rows, in which order, in which form.

use std::marker::PhantomData;

use crate::expr::{Fragment, Function};
use crate::model::{Join, Model};
use crate::value::ColumnType;

use super::path::closure;
use super::{Append, Expression, Fields, IntoCondition, IntoOrder, Loadable, Lock};

/// A query over rows of `M`. It does nothing until a terminal such as `all(&db)` runs it.
///
/// `O` is the form of a result: whole rows, with what is loaded beside them, or tuples of values.
#[must_use = "a query does nothing until a terminal such as `.all(&db)` runs it"]
pub struct QuerySet<M: Model, O = Rows<()>> {
    pub(crate) select: Select,
    pub(crate) output: O,
    pub(crate) model: PhantomData<fn() -> M>,
}

/// Whole rows, each beside what the loads `L` bring.
#[derive(Debug, Clone)]
pub struct Rows<L>(pub(crate) L);

/// Tuples of values; `S` says of which.
#[derive(Debug)]
pub struct Tuples<S>(pub(crate) PhantomData<fn() -> S>);

// By hand, for a derive would ask that models and values can be cloned too.
impl<M: Model, O: Clone> Clone for QuerySet<M, O> {
    fn clone(&self) -> Self {
        QuerySet {
            select: self.select.clone(),
            output: self.output.clone(),
            model: PhantomData,
        }
    }
}

impl<S> Clone for Tuples<S> {
    fn clone(&self) -> Self {
        Tuples(PhantomData)
    }
}

/// Without values, and without what is loaded beside its rows.
impl<M: Model, O> std::fmt::Debug for QuerySet<M, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("QuerySet").field(&self.select).finish()
    }
}

/// What every query has, whatever its types. Small, for it is passed on by value from call to call.
#[derive(Debug, Clone, Default)]
pub struct Select {
    pub(crate) filter: Fragment,
    /// Of an update, which has no order, the assignments.
    pub(crate) order: Fragment,
    /// Apart, since most queries have none of it.
    more: Option<Box<More>>,
    pub(crate) distinct: bool,
    /// The model's own order is wanted the other way round; an order of the query is turned at once.
    pub(crate) reversed: bool,
    /// Nothing is asked of the database.
    pub(crate) nothing: bool,
}

/// What some queries have.
#[derive(Debug, Clone, Default)]
struct More {
    limit: Option<u64>,
    offset: Option<u64>,
    groups: Groups,
    lock: Option<Box<Lock>>,
}

/// What a query of tuples and groups has beside conditions and order.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    /// Expressions of a tuple query.
    pub(crate) columns: Fragment,
    /// Expressions that rows are grouped by.
    pub(crate) by: Fragment,
    /// Condition on groups.
    pub(crate) having: Fragment,
}

impl Select {
    /// The rows that match, in an order.
    pub(crate) fn of(filter: Fragment, order: Fragment) -> Self {
        Select {
            filter,
            order,
            ..Select::default()
        }
    }

    /// No rows, and nothing to ask the database for.
    pub(crate) fn nothing() -> Self {
        Select {
            nothing: true,
            ..Select::default()
        }
    }

    /// At most so many rows.
    #[inline]
    pub(crate) fn limit(&self) -> Option<u64> {
        self.more.as_ref()?.limit
    }

    /// After so many rows that are left out.
    #[inline]
    pub(crate) fn offset(&self) -> Option<u64> {
        self.more.as_ref()?.offset
    }

    /// Whether it is cut off at either end.
    #[inline]
    pub(crate) fn is_cut(&self) -> bool {
        self.limit().is_some() || self.offset().is_some()
    }

    pub(crate) fn set_limit(&mut self, rows: Option<u64>) {
        if rows.is_some() || self.more.is_some() {
            self.more.get_or_insert_default().limit = rows;
        }
    }

    fn set_offset(&mut self, rows: u64) {
        self.more.get_or_insert_default().offset = Some(rows);
    }

    #[inline]
    pub(crate) fn groups(&self) -> &Groups {
        static NONE: Groups = Groups {
            columns: Fragment::EMPTY,
            by: Fragment::EMPTY,
            having: Fragment::EMPTY,
        };
        self.more.as_ref().map_or(&NONE, |more| &more.groups)
    }

    pub(super) fn groups_mut(&mut self) -> &mut Groups {
        &mut self.more.get_or_insert_default().groups
    }

    /// Which rows it locks, if it does.
    #[inline]
    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.more.as_ref()?.lock.as_deref()
    }

    pub(super) fn lock_mut(&mut self) -> &mut Lock {
        self.more.get_or_insert_default().lock.get_or_insert_default()
    }

    /// Moves all values behind those of the filter, where its positions in SQL are counted from.
    #[inline]
    pub(crate) fn gather_values(&mut self) {
        if let Some(more) = &mut self.more {
            let groups = &mut more.groups;
            for part in [&mut groups.columns, &mut groups.by, &mut groups.having] {
                self.filter.take_values_of(part);
            }
        }
        self.filter.take_values_of(&mut self.order);
    }
}

impl<M: Model> Default for QuerySet<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> QuerySet<M> {
    /// All rows.
    pub fn new() -> Self {
        QuerySet {
            select: Select::default(),
            output: Rows(()),
            model: PhantomData,
        }
    }
}

impl<M: Model, O> QuerySet<M, O> {
    /// Only rows that match; several filters must all match.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// # fn main() -> orm::Result<()> {
    /// # use orm::prelude::*;
    /// # orm::app!("blog");
    /// # #[derive(Model)] struct Author { id: i64, name: String, email: String }
    /// # #[derive(Model)] struct Post { id: i64, #[orm(related_name = "posts")] author: ForeignKey<Author>, title: String, #[orm(default = 0)] views: i64 }
    /// # let db = orm::Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE blog_author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
    /// #     CREATE TABLE blog_post (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0)")?;
    /// # let ann = Author::create().name("Ann").email("ann@example.com").save(&db)?;
    /// # Post::create().author(&ann).title("Hello").views(7).save(&db)?;
    /// let read = Post::objects()
    ///     .filter(|p| p.author().email.ends_with("@example.com") & p.views.gt(3))
    ///     .all(&db)?;
    /// assert_eq!(read[0].title, "Hello");
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.settle(own);
        self.select.filter.and(condition);
        self
    }

    /// Only rows that do not match: exactly those that `filter` leaves out, also where the condition is unknown.
    pub fn exclude<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.settle(own);
        condition.call(Function::Not, 1);
        self.select.filter.and(condition);
        self
    }

    /// Order of the rows; replaces the one before, and the model's own.
    pub fn order_by<T: IntoOrder>(mut self, order: impl FnOnce(Fields<M>) -> T) -> Self {
        self.select.order = Fragment::default();
        self.select.reversed = false;
        let (order, own) = closure::<M, _>(order);
        order.append(&mut self.select.order);
        self.select.order.settle(own);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.select.set_limit(Some(rows));
        self
    }

    /// Without the first rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.select.set_offset(rows);
        self
    }

    /// No row twice.
    pub fn distinct(mut self) -> Self {
        self.select.distinct = true;
        self
    }

    /// No rows, and no statement sent.
    pub fn none(mut self) -> Self {
        self.select.nothing = true;
        self
    }

    /// The opposite of the order so far: of [`order_by`](QuerySet::order_by), else of the model's own.
    pub fn reverse(mut self) -> Self {
        if self.select.order.is_empty() {
            self.select.reversed = !self.select.reversed;
        }
        self.select.order.reverse();
        self
    }
}

impl<M: Model, L> QuerySet<M, Rows<L>> {
    /// Loads related rows beside each row: to one by a join, to many by one more query, whatever the number of rows.
    ///
    /// The result type says what was loaded: `Vec<Post>` becomes `Vec<(Post, Author)>`.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// # fn main() -> orm::Result<()> {
    /// # use orm::prelude::*;
    /// # orm::app!("blog");
    /// # #[derive(Model)] struct Author { id: i64, name: String, email: String }
    /// # #[derive(Model)] struct Post { id: i64, #[orm(related_name = "posts")] author: ForeignKey<Author>, title: String, #[orm(default = 0)] views: i64 }
    /// # let db = orm::Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE blog_author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
    /// #     CREATE TABLE blog_post (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0)")?;
    /// # let ann = Author::create().name("Ann").email("ann@example.com").save(&db)?;
    /// # Post::create().author(&ann).title("Hello").views(7).save(&db)?;
    /// let posts: Vec<(Post, Author)> = Post::objects().with(|p| p.author()).all(&db)?;
    /// assert_eq!(posts[0].1.name, "Ann");
    /// let authors: Vec<(Author, Vec<Post>)> = Author::objects().with(|a| a.posts().filter(|p| p.views.gt(9))).all(&db)?;
    /// assert!(authors[0].1.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn with<X: Loadable>(self, related: impl FnOnce(Fields<M>) -> X) -> QuerySet<M, Rows<L::Out>>
    where
        L: Append<X>,
    {
        let (mut related, own) = closure::<M, _>(related);
        related.settle(own);
        QuerySet {
            select: self.select,
            output: Rows(self.output.0.append(related)),
            model: PhantomData,
        }
    }
}

impl<M: Model> QuerySet<M> {
    /// Only these values, as a tuple (or one value) per row.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// # fn main() -> orm::Result<()> {
    /// # use orm::prelude::*;
    /// # orm::app!("blog");
    /// # #[derive(Model)] struct Author { id: i64, name: String, email: String }
    /// # #[derive(Model)] struct Post { id: i64, #[orm(related_name = "posts")] author: ForeignKey<Author>, title: String, #[orm(default = 0)] views: i64 }
    /// # let db = orm::Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE blog_author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
    /// #     CREATE TABLE blog_post (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0)")?;
    /// # let ann = Author::create().name("Ann").email("ann@example.com").save(&db)?;
    /// # Post::create().author(&ann).title("Hello").views(7).save(&db)?;
    /// let rows: Vec<(String, String)> = Post::objects().values(|p| (p.title, p.author().name)).all(&db)?;
    /// assert_eq!(rows, [("Hello".to_owned(), "Ann".to_owned())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn values<S: Selection>(mut self, columns: impl FnOnce(Fields<M>) -> S) -> QuerySet<M, Tuples<S>> {
        let (columns, own) = closure::<M, _>(columns);
        let to = &mut self.select.groups_mut().columns;
        columns.append(to);
        to.settle(own);
        QuerySet {
            select: self.select,
            output: Tuples(PhantomData),
            model: PhantomData,
        }
    }
}

impl<M: Model> QuerySet<M> {
    /// One row per group of rows that are equal in these expressions; go on with `values` of them and of aggregates.
    pub fn group_by<S: Selection>(mut self, by: impl FnOnce(Fields<M>) -> S) -> Self {
        let groups = self.select.groups_mut();
        groups.by = Fragment::default();
        let (by, own) = closure::<M, _>(by);
        by.append(&mut groups.by);
        groups.by.settle(own);
        self
    }
}

impl<M: Model, S> QuerySet<M, Tuples<S>> {
    /// Only groups that match.
    pub fn having<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let having = &mut self.select.groups_mut().having;
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.settle(own);
        having.and(condition);
        self
    }
}

/// What `values` takes: a field, an expression, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values",
    label = "expected a field, an expression, or a tuple of them",
    note = "of what a relation leads to take the fields, as in `p.author().name`; for whole rows of it write `.with(|p| p.author())`"
)]
pub trait Selection {
    /// What each row becomes.
    type Row: Send + 'static;
    /// Which positions may be NULL, as bits.
    #[doc(hidden)]
    const NULLS: u32;

    #[doc(hidden)]
    fn append(self, to: &mut Fragment);

    #[doc(hidden)]
    fn decode(row: &crate::value::Row<'_>) -> crate::error::Result<Self::Row>;
}

macro_rules! single {
    ($([$($join:tt)*] $this:ty, $ty:ty;)*) => {$(
        impl<T: ColumnType, $($join)*> Selection for $this {
            type Row = $ty;
            const NULLS: u32 = <$ty>::NULLABLE as u32;

            fn append(self, to: &mut Fragment) {
                Expression::append(self, to);
            }

            fn decode(row: &crate::value::Row<'_>) -> crate::error::Result<$ty> {
                row.get(0)
            }
        }
    )*};
}
single! {
    [J: Join] super::Field<T, J>, J::Of<T>;
    [] super::Expr<T>, T;
}

macro_rules! tuples {
    ($($($name:ident $at:tt)+;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: Expression),+> Selection for ($($name,)+)
        where
            $($name::Type: ColumnType,)+
        {
            type Row = ($($name::Type,)+);
            const NULLS: u32 = 0 $(| ((<$name::Type as ColumnType>::NULLABLE as u32) << $at))+;

            fn append(self, to: &mut Fragment) {
                $(Expression::append(self.$at, to);)+
            }

            fn decode(row: &crate::value::Row<'_>) -> crate::error::Result<Self::Row> {
                Ok(($(row.get::<$name::Type>($at)?,)+))
            }
        }
    )+};
}
tuples! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 N 11;
}
