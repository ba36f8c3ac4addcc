//! `QuerySet`: which rows, in which order, in which form.

use std::marker::PhantomData;

use crate::expr::{Again, ExprTokens, Function, RowSource};
use crate::model::{LeftOut, Model};

use super::derived::DerivedRows;
use super::path::closure;
use super::{Append, Fields, IntoCondition, IntoOrder, Loadable, Lock, Selection};

/// A query over rows of `M`: which rows, in which order, and in which form. It does nothing until a terminal such as
/// `all(&db)` runs it; it borrows nothing, so it can be kept, cloned, returned from a function and built up step by step.
///
/// `O` is the form of a result: whole rows, with what is loaded beside them, or tuples of values. A function that returns whole
/// rows of a query names none of it: `fn published() -> QuerySet<Post>`. In the signatures of terminals `E::Out<T>` is a
/// `Result<T>` on `&Db` and `&Tx`, and a future of one on `&AsyncDb` and `&AsyncTx`; `O::Row<M>` is what one row becomes.
///
/// The examples use the blog of [`queries`](crate::queries), and `db` is a [`Db`](crate::Db).
///
/// | step | what it adds |
/// |---|---|
/// | [`filter`](QuerySet::filter), [`exclude`](QuerySet::exclude) | `WHERE` |
/// | [`order_by`](QuerySet::order_by), [`reverse`](QuerySet::reverse) | `ORDER BY` |
/// | [`filter_str`](QuerySet::filter_str), [`exclude_str`](QuerySet::exclude_str), [`order_by_str`](QuerySet::order_by_str) | the same by names that are data |
/// | [`limit`](QuerySet::limit), [`offset`](QuerySet::offset), [`distinct`](QuerySet::distinct), [`none`](QuerySet::none) | `LIMIT`, `OFFSET`, `DISTINCT`, no statement at all |
/// | [`distinct_on`](QuerySet::distinct_on) | the first row of each group: `row_number() OVER (PARTITION BY ..)` |
/// | [`with`](QuerySet::with) | related rows beside each row, in the type of the result |
/// | [`annotate`](QuerySet::annotate) | values beside each row: how many related rows, a sum of them, an expression |
/// | [`descendants`](QuerySet::descendants), [`ancestors`](QuerySet::ancestors) | what is below and above in a tree: `WITH RECURSIVE` |
/// | [`qualify`](QuerySet::qualify) | rows by what was annotated: `FROM (SELECT ..) WHERE ..` |
/// | [`values`](QuerySet::values), [`group_by`](QuerySet::group_by), [`having`](QuerySet::having) | single columns and expressions, groups |
/// | [`select`](QuerySet::select) | what a struct names of each row, with its lists |
/// | [`select_for_update`](QuerySet::select_for_update) | row locks, in a transaction |
///
/// | terminal | answers with |
/// |---|---|
/// | [`all`](QuerySet::all) | every row, a `Vec` |
/// | [`first`](QuerySet::first), [`last`](QuerySet::last) | one row or `None` |
/// | [`get`](QuerySet::get), [`get_or_none`](QuerySet::get_or_none) | the only row; several are an error |
/// | [`count`](QuerySet::count), [`exists`](QuerySet::exists) | a number, a `bool` |
/// | [`latest`](QuerySet::latest), [`earliest`](QuerySet::earliest) | one row or `None`, by an order of its own |
/// | [`in_bulk`](QuerySet::in_bulk), [`contains`](QuerySet::contains) | rows by their keys, whether a row is one of the query's |
/// | [`page`](QuerySet::page), [`after`](QuerySet::after), [`before`](QuerySet::before) | a page by its number, and by the place of another |
/// | [`iter`](QuerySet::iter), [`stream`](QuerySet::stream) | rows one after another, in constant memory |
/// | [`aggregate`](QuerySet::aggregate) | sums and their like over all rows |
/// | [`update`](QuerySet::update), [`delete`](QuerySet::delete) | how many rows they were |
/// | [`sql`](QuerySet::sql) | the SQL, without asking the database |
///
/// # Example: a reusable query, narrowed down where it is used
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// fn published() -> QuerySet<Post> {
///     Post::objects().filter(|p| p.status.eq(Status::Published))
/// }
///
/// let read = published().filter(|p| p.views.gt(3)).order_by(|p| p.views.desc()).all(&db)?;
/// assert_eq!(read[0].title, "Hello");
/// assert_eq!(published().count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a filter that is only there if somebody asked for it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let asked: Option<&str> = Some("Hel");
/// let mut posts = Post::objects();
/// if let Some(start) = asked {
///     posts = posts.filter(|p| p.title.starts_with(start));
/// }
/// assert_eq!(posts.count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a query is not rows
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// for post in Post::objects() { // where is `.all(&db)?`
///     println!("{}", post.title);
/// }
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a query does nothing until a terminal such as `.all(&db)` runs it"]
pub struct QuerySet<M: Model, O = Rows<()>> {
    pub(crate) select: Select,
    pub(crate) output: O,
    pub(crate) model: PhantomData<fn() -> M>,
}

/// Whole rows, each with what the loads `L` add: the form of a [`QuerySet`] without [`values`](QuerySet::values). It
/// is the default, so types seldom have to name it.
///
/// # Example: a query of rows with their authors, as the type of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Rows;
///
/// fn titles(posts: QuerySet<Post, Rows<()>>, db: &Db) -> orm::Result<Vec<String>> {
///     posts.values(|p| p.title).all(db)
/// }
/// assert_eq!(titles(Post::objects(), &db)?, ["Hello", "Later"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rows<L>(pub(crate) L);

/// Tuples of values, selected by `S`: the form of a [`QuerySet`] after [`values`](QuerySet::values).
///
/// # Example: rows become tuples
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows: Vec<(String, i64)> = Post::objects().values(|p| (p.title, p.views)).all(&db)?;
/// assert_eq!(rows[0], ("Hello".to_owned(), 7));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug)]
pub struct Tuples<S>(pub(crate) PhantomData<fn() -> S>);

// By hand, because a derive would require models and values to be `Clone` too.
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

/// Without the values and without the loads.
impl<M: Model, O> std::fmt::Debug for QuerySet<M, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("QuerySet").field(&self.select).finish()
    }
}

/// The untyped part of every query. Small, because it is passed by value from call to call.
#[derive(Debug, Clone, Default)]
pub struct Select {
    pub(crate) filter: ExprTokens,
    /// For an update, which has no order, the assignments.
    pub(crate) order: ExprTokens,
    /// Boxed, since most queries have none of it.
    pub(super) more: Option<Box<More>>,
    pub(crate) distinct: bool,
    /// The model's default ordering is to be reversed; an order of the query is reversed immediately.
    pub(crate) reversed: bool,
    /// No statement is sent.
    pub(crate) nothing: bool,
    /// Which scopes of the model do not apply.
    pub(crate) left_out: LeftOut,
}

/// The rarer parts of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct More {
    limit: Option<u64>,
    offset: Option<u64>,
    pub(super) groups: Groups,
    /// The columns of `groups` are values beside whole rows.
    pub(super) annotated: bool,
    /// They are all that is read of the rows, as a projection names it.
    projected: bool,
    lock: Option<Box<Lock>>,
    /// The query whose rows these are, in place of the model's.
    pub(super) derived: Option<Box<DerivedRows>>,
}

/// The parts of a query of tuples and groups beside conditions and order.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    /// Expressions of a tuple query.
    pub(crate) columns: ExprTokens,
    /// Expressions that rows are grouped by.
    pub(crate) by: ExprTokens,
    /// Condition on groups.
    pub(crate) having: ExprTokens,
}

impl Select {
    /// The rows that match a condition, in an order.
    pub(crate) fn of(filter: ExprTokens, order: ExprTokens) -> Self {
        Select {
            filter,
            order,
            ..Select::default()
        }
    }

    /// No rows and no statement.
    pub(crate) fn nothing() -> Self {
        Select {
            nothing: true,
            ..Select::default()
        }
    }

    /// At most this number of rows.
    #[inline]
    pub(crate) fn limit(&self) -> Option<u64> {
        self.more.as_ref()?.limit
    }

    /// Skips this number of rows.
    #[inline]
    pub(crate) fn offset(&self) -> Option<u64> {
        self.more.as_ref()?.offset
    }

    /// Whether it has a limit or an offset.
    #[inline]
    pub(crate) fn is_cut(&self) -> bool {
        self.limit().is_some() || self.offset().is_some()
    }

    pub(crate) fn set_limit(&mut self, rows: Option<u64>) {
        if rows.is_some() || self.more.is_some() {
            self.more.get_or_insert_default().limit = rows;
        }
    }

    pub(crate) fn set_offset(&mut self, rows: u64) {
        self.more.get_or_insert_default().offset = Some(rows);
    }

    #[inline]
    pub(crate) fn groups(&self) -> &Groups {
        static NONE: Groups = Groups {
            columns: ExprTokens::EMPTY,
            by: ExprTokens::EMPTY,
            having: ExprTokens::EMPTY,
        };
        self.more.as_ref().map_or(&NONE, |more| &more.groups)
    }

    /// Whether it makes one row of all rows, and so has one where there are none.
    pub(crate) fn is_of_all_rows(&self) -> bool {
        let groups = self.groups();
        groups.by.is_empty() && groups.columns.has_aggregate()
    }

    pub(super) fn take_groups(&mut self) -> Groups {
        let more = self.more.as_mut();
        more.map_or_else(Groups::default, |more| std::mem::take(&mut more.groups))
    }

    pub(super) fn groups_mut(&mut self) -> &mut Groups {
        &mut self.more.get_or_insert_default().groups
    }

    /// Values beside whole rows or those of a projection, behind those that there are.
    pub(crate) fn annotate(&mut self, values: ExprTokens) {
        let more = self.more.get_or_insert_default();
        more.annotated = !more.projected;
        more.groups.columns.extend(values);
    }

    /// Values instead of whole rows, as a projection names them.
    pub(crate) fn project(&mut self, values: ExprTokens) {
        let more = self.more.get_or_insert_default();
        more.projected = true;
        more.groups.columns = values;
    }

    /// Whether its values are those of a projection.
    pub(crate) fn is_projected(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.projected)
    }

    /// The closure whose fields stand at `own` has returned this, `depth` queries deep.
    pub(super) fn resolve_scope_within(&mut self, own: RowSource, depth: usize) {
        self.filter.resolve_scope_within(own, depth);
        self.order.resolve_scope_within(own, depth);
        if let Some(more) = &mut self.more {
            more.groups.columns.resolve_scope_within(own, depth);
            more.groups.by.resolve_scope_within(own, depth);
        }
    }

    /// Whether it has values beside whole rows.
    pub(crate) fn is_annotated(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.annotated)
    }

    /// Whether it has none of the rarer parts.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.more.is_none()
    }

    /// Which rows it locks, if it does.
    #[inline]
    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.more.as_ref()?.lock.as_deref()
    }

    pub(super) fn lock_mut(&mut self) -> &mut Lock {
        self.more.get_or_insert_default().lock.get_or_insert_default()
    }

    /// Removes the values of repeated expressions: see [`Again`].
    pub(crate) fn name_again(&mut self) {
        let Some(more) = &mut self.more else { return };
        let groups = &mut more.groups;
        let mut again = Again::default();
        again.may_name(&groups.by);
        for part in [&mut groups.columns, &mut groups.having, &mut self.order] {
            again.name_in(part);
        }
        // The order of distinct values names the values themselves; values beside rows are computed once for both.
        if self.distinct || more.annotated {
            again.may_name(&groups.columns);
            again.name_in(&mut self.order);
        }
    }

    /// Shifts the positions of all values behind those of the filter.
    #[inline]
    pub(crate) fn put_values_in_bind_order(&mut self) {
        if let Some(more) = &mut self.more {
            let groups = &mut more.groups;
            for part in [&mut groups.columns, &mut groups.by, &mut groups.having] {
                self.filter.take_values_of(part);
            }
        }
        self.filter.take_values_of(&mut self.order);
        if let Some(derived) = self.more.as_mut().and_then(|more| more.derived.as_mut()) {
            self.filter.take_values_of(&mut derived.query);
        }
    }
}

impl<M: Model> QuerySet<M> {
    /// The rows that a query selects.
    pub(crate) fn of(select: Select) -> Self {
        QuerySet {
            select,
            output: Rows(()),
            model: PhantomData,
        }
    }
}

impl<M: Model> Default for QuerySet<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> QuerySet<M> {
    /// All rows: what `Post::objects()` returns, for code that is generic over the model.
    ///
    /// # Example: a function for any model
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::Model;
    ///
    /// fn how_many<M: Model>(db: &Db) -> orm::Result<i64> {
    ///     QuerySet::<M>::new().count(db)
    /// }
    /// assert_eq!(how_many::<Author>(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new() -> Self {
        QuerySet {
            select: Select::default(),
            output: Rows(()),
            model: PhantomData,
        }
    }
}

impl<M: Model, O> QuerySet<M, O> {
    /// Only rows that match: `WHERE`. Several filters must all match (`AND`).
    ///
    /// The closure receives the columns of the model. `p.author` is the foreign key's column, `p.author()` the
    /// related row (a join); [`any`](crate::queries::ToMany::any) tests a to-many relation and never repeats a row.
    /// Conditions are combined by `&` and `|` and negated by `!`.
    ///
    /// # Example: conditions on the row and on a related one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let read = Post::objects()
    ///     .filter(|p| p.author().email.ends_with("@example.com") & p.views.gt(3))
    ///     .all(&db)?;
    /// assert_eq!(read[0].title, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: either of two
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let read = Post::objects().filter(|p| p.views.gt(3) | p.published_at.is_null()).count(&db)?;
    /// assert_eq!(read, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: `&&` is Rust's own and takes a `bool`
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().filter(|p| p.views.gt(3) && p.title.eq("Hello")).all(&db)?; // write `&`
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: so are `==` and `<`
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().filter(|p| p.title == "Hello").all(&db)?; // write `p.title.eq("Hello")`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        self.select.filter.and(condition);
        self
    }

    /// Only rows that do not match: exactly those that `filter` leaves out, also where the condition is unknown because of a
    /// NULL. `WHERE (..) IS NOT TRUE`.
    ///
    /// # Example: a rating that is NULL is not greater than 4
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let others = Post::objects().exclude(|p| p.rating.gt(4.0)).all(&db)?;
    /// assert_eq!(others[0].title, "Later");
    /// assert_eq!(others[0].rating, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        condition.call(Function::Not, 1);
        self.select.filter.and(condition);
        self
    }

    /// Order of the rows: `ORDER BY`. It replaces the one before, and the model's own (`#[orm(ordering(..))]`).
    ///
    /// A field alone is ascending; [`desc`](crate::queries::Field::desc) reverses it. NULL comes first ascending and
    /// last descending, on both databases, unless [`nulls_first`](crate::queries::Order::nulls_first) or
    /// [`nulls_last`](crate::queries::Order::nulls_last) says otherwise.
    ///
    /// # Example: most views first, then by key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().order_by(|p| (p.views.desc(), p.id)).all(&db)?;
    /// assert_eq!(posts[0].title, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: by a column of a related row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().order_by(|p| (p.author().name, p.title)).all(&db)?;
    /// assert_eq!(posts.len(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the direction is a method
    ///
    /// ```compile_fail,E0600
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().order_by(|p| -p.title).all(&db)?; // write `p.title.desc()`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by<T: IntoOrder>(mut self, order: impl FnOnce(Fields<M>) -> T) -> Self {
        self.select.order = ExprTokens::default();
        self.select.reversed = false;
        let (order, own) = closure::<M, _>(order);
        order.append(&mut self.select.order);
        self.select.order.resolve_scope(own);
        self.select.name_order();
        self
    }

    /// At most this number of rows: `LIMIT`. A later call replaces an earlier one.
    ///
    /// # Example: the first page of one row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let page = Post::objects().order_by(|p| p.id).limit(1).all(&db)?;
    /// assert_eq!(page.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.select.set_limit(Some(rows));
        self
    }

    /// Skips this number of rows: `OFFSET`. The database reads the skipped rows, so for long lists [`after`](QuerySet::after) is
    /// faster.
    ///
    /// # Example: the second page
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let page = Post::objects().order_by(|p| p.id).limit(1).offset(1).all(&db)?;
    /// assert_eq!(page[0].title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.select.set_offset(rows);
        self
    }

    /// No row twice: `SELECT DISTINCT`. It means something for [`values`](QuerySet::values); whole rows differ by their primary key.
    ///
    /// # Example: which authors have written
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<String> = Post::objects().values(|p| p.author().name).distinct().all(&db)?;
    /// assert_eq!(authors, ["Ann"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn distinct(mut self) -> Self {
        self.select.distinct = true;
        self
    }

    /// No rows, and no statement sent: for a function that has to return a query.
    ///
    /// # Example: nobody is logged in
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// fn mine(user: Option<&Author>) -> QuerySet<Post> {
    ///     match user {
    ///         Some(author) => author.posts(),
    ///         None => Post::objects().none(),
    ///     }
    /// }
    /// assert_eq!(mine(None).count(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn none(mut self) -> Self {
        self.select.nothing = true;
        self
    }

    /// The opposite of the order so far: of [`order_by`](QuerySet::order_by), else of the model's own.
    ///
    /// # Example: from the end of the alphabet
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors = Author::objects().reverse().all(&db)?;
    /// assert_eq!(authors[0].name, "Ben");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn reverse(mut self) -> Self {
        if self.select.order.is_empty() {
            self.select.reversed = !self.select.reversed;
        }
        self.select.order.reverse();
        self
    }
}

impl<M: Model, L> QuerySet<M, Rows<L>> {
    /// Loads related rows beside each row: to one by a join, to many by one more statement, whatever the number of rows. There
    /// is never a hidden query per row.
    ///
    /// The result type says what was loaded: `Vec<Post>` becomes `Vec<(Post, Author)>`, `Vec<(Author, Vec<Post>)>`, and
    /// `Vec<(Post, Option<Author>)>` where the foreign key is an `Option`. Several calls put several beside it. Relations to many
    /// take `filter`, `order_by` and a `with` of their own.
    ///
    /// # Example: to one, and to many
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts: Vec<(Post, Author)> = Post::objects().with(|p| p.author()).all(&db)?;
    /// assert_eq!(posts[0].1.name, "Ann");
    ///
    /// let authors: Vec<(Author, Vec<Post>)> = Author::objects()
    ///     .with(|a| a.posts().filter(|p| p.views.gt(3)).order_by(|p| p.title))
    ///     .all(&db)?;
    /// assert_eq!(authors[0].1.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: nested, and two side by side
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<(Post, Vec<Comment>)>)> =
    ///     Author::objects().with(|a| a.posts().with(|p| p.comments())).all(&db)?;
    /// assert_eq!(authors[0].1[0].1[0].text, "First!");
    ///
    /// let posts: Vec<(Post, Option<Author>, Vec<Tag>)> =
    ///     Post::objects().with(|p| p.editor()).with(|p| p.tags()).all(&db)?;
    /// assert_eq!(posts[0].1, None);
    /// assert_eq!(posts[0].2[0].label, "rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: what is loaded stands in the type
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts: Vec<Post> = Post::objects().with(|p| p.author()).all(&db)?; // `Vec<(Post, Author)>`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with<X: Loadable>(self, related: impl FnOnce(Fields<M>) -> X) -> QuerySet<M, Rows<L::Out>>
    where
        L: Append<X>,
    {
        let (mut related, own) = closure::<M, _>(related);
        related.resolve_scope(own);
        QuerySet {
            select: self.select,
            output: Rows(self.output.0.append(related)),
            model: PhantomData,
        }
    }
}

impl<M: Model> QuerySet<M> {
    /// Only these values, as a tuple (or one value) per row, instead of whole rows: columns, columns of related rows, expressions,
    /// aggregates. At most twelve.
    ///
    /// A value behind a nullable relation is an `Option`; so is an aggregate other than a count, which is NULL over
    /// no rows.
    ///
    /// # Example: two columns, one of a related row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rows: Vec<(String, String)> = Post::objects().values(|p| (p.title, p.author().name)).all(&db)?;
    /// assert_eq!(rows[0], ("Hello".to_owned(), "Ann".to_owned()));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: one value, computed
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let lengths: Vec<i64> = Post::objects().values(|p| p.title.length()).all(&db)?;
    /// assert_eq!(lengths, [5, 5]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: an author who may not be there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let editors: Vec<Option<String>> = Post::objects().values(|p| p.editor().name).all(&db)?;
    /// assert_eq!(editors, [None, None]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn values<S: Selection>(mut self, columns: impl FnOnce(Fields<M>) -> S) -> QuerySet<M, Tuples<S>> {
        let (columns, own) = closure::<M, _>(columns);
        let to = &mut self.select.groups_mut().columns;
        columns.append(to);
        to.resolve_scope(own);
        QuerySet {
            select: self.select,
            output: Tuples(PhantomData),
            model: PhantomData,
        }
    }
}

impl<M: Model> QuerySet<M> {
    /// One row per group of rows that are equal in these expressions: `GROUP BY`. Go on with [`values`](QuerySet::values) of them
    /// and of aggregates.
    ///
    /// # Example: posts and views of each author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rows: Vec<(String, i64, Option<i64>)> = Post::objects()
    ///     .group_by(|p| p.author().name)
    ///     .values(|p| (p.author().name, count(), p.views.sum()))
    ///     .all(&db)?;
    /// assert_eq!(rows, [("Ann".to_owned(), 2, Some(7))]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn group_by<S: Selection>(mut self, by: impl FnOnce(Fields<M>) -> S) -> Self {
        let groups = self.select.groups_mut();
        groups.by = ExprTokens::default();
        let (by, own) = closure::<M, _>(by);
        by.append(&mut groups.by);
        groups.by.resolve_scope(own);
        self
    }
}

impl<M: Model, O> QuerySet<M, O> {
    /// Only groups that match: `HAVING`, a condition on the grouped expressions and on aggregates.
    ///
    /// # Example: authors of more than one post
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let names: Vec<String> = Post::objects()
    ///     .group_by(|p| p.author().name)
    ///     .values(|p| p.author().name)
    ///     .having(|_| count().gt(1))
    ///     .all(&db)?;
    /// assert_eq!(names, ["Ann"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: after the values
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().group_by(|p| p.author).having(|_| count().gt(1)).values(|p| p.author).all(&db)?; // `.values(..).having(..)`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn having<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self
    where
        O: OfGroups,
    {
        let having = &mut self.select.groups_mut().having;
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        having.and(condition);
        self
    }
}

/// A form of results that can be those of groups: values, and projections.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a form of rows, not of groups",
    note = "having() is a condition on groups, after `.group_by(..).values(..)`; on rows it is `filter(..)`"
)]
pub trait OfGroups {}

impl<S> OfGroups for Tuples<S> {}
