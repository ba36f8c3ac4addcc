//! `annotate`: values beside each row.

use std::marker::PhantomData;

use crate::expr::{ExprTokens, RowSource};
use crate::model::Model;

use super::path::closure;
use super::qualify::append_derived;
use super::{Append, Fields, ForUpdate, Loadable, QuerySet, Rows, Selection, ToMany};

/// Values that [`annotate`](QuerySet::annotate) puts beside each row, as part of a query's type.
///
/// # Example: the type of a query with one number beside its rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::{Annotated, Rows};
///
/// fn counted() -> QuerySet<Author, Rows<(Annotated<Expr<i64>>,)>> {
///     Author::objects().annotate(|a| a.posts().count())
/// }
/// let authors: Vec<(Author, i64)> = counted().all(&db)?;
/// assert_eq!(authors[0].1, 2);
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Annotated<S>(pub(crate) PhantomData<fn() -> S>);

impl<S> Clone for Annotated<S> {
    fn clone(&self) -> Self {
        Annotated(PhantomData)
    }
}

impl<S> std::fmt::Debug for Annotated<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Annotated")
    }
}

/// Its expressions are those of the query.
#[diagnostic::do_not_recommend]
impl<S: Selection> Loadable for Annotated<S> {
    fn resolve_scope(&mut self, _: RowSource) {}

    fn derived(nth: usize, to: &mut ExprTokens) -> usize {
        append_derived::<S>(nth, to);
        S::VALUES
    }
}

impl<M: Model, L> QuerySet<M, Rows<L>> {
    /// Puts a value, or a tuple of up to twelve, beside each row: columns of related rows, expressions, and what related rows come to.
    ///
    /// The result type says what there is, in the order of the calls with those of [`with`](QuerySet::with): `Vec<Author>` becomes
    /// `Vec<(Author, i64)>` or `Vec<(Author, (i64, Option<i64>))>`. Everything else of the query is as without it: which rows there
    /// are, their order, `get`, `first`, limits. A filter or an order names the value by its expression, again.
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) for an aggregate over the rows themselves, which is one value of
    /// many rows, and for more than 32 values.
    ///
    /// # Example: how many posts, how many views
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, (i64, Option<i64>))> =
    ///     Author::objects().annotate(|a| (a.posts().count(), a.posts().sum(|p| p.views))).all(&db)?;
    /// assert_eq!(authors[0].0.name, "Ann");
    /// assert_eq!(authors[0].1, (2, Some(7)));
    /// assert_eq!(authors[1].1, (0, None));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: filtered and ordered by it, beside related rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let first: Option<(Author, i64, Vec<Post>)> = Author::objects()
    ///     .annotate(|a| a.posts().count())
    ///     .with(|a| a.posts())
    ///     .filter(|a| a.posts().count().gt(0))
    ///     .order_by(|a| a.posts().count().desc())
    ///     .first(&db)?;
    /// let (author, number, posts) = first.expect("an author who has written");
    /// assert_eq!((author.name.as_str(), number, posts.len()), ("Ann", 2, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: an aggregate of the rows themselves is not a value of each
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().annotate(|p| p.views.sum()).all(&db).unwrap_err();
    /// assert!(refused.to_string().contains("annotate() of blog.Post puts a value beside each row"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the values stand in the type
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<Author> = Author::objects().annotate(|a| a.posts().count()).all(&db)?; // `Vec<(Author, i64)>`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn annotate<S: Selection>(mut self, values: impl FnOnce(Fields<M>) -> S) -> QuerySet<M, Rows<L::Out>>
    where
        L: Append<Annotated<S>>,
    {
        self.select.annotate(annotation::<M, S>(values));
        QuerySet {
            select: self.select,
            output: Rows(self.output.0.append(Annotated(PhantomData))),
            model: PhantomData,
        }
    }
}

impl<M: Model, L> QuerySet<M, ForUpdate<Rows<L>>> {
    /// Puts values beside each row, as [`annotate`](QuerySet::annotate) does before the lock; the rows that the values come from are not
    /// locked.
    ///
    /// # Example: an author who is locked, and how many posts there are
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (author, posts) = db.transaction(|tx| {
    ///     Author::objects().filter(|a| a.id.eq(1)).select_for_update().annotate(|a| a.posts().count()).get(tx)
    /// })?;
    /// assert_eq!((author.name.as_str(), posts), ("Ann", 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn annotate<S: Selection>(
        self,
        values: impl FnOnce(Fields<M>) -> S,
    ) -> QuerySet<M, ForUpdate<Rows<L::Out>>>
    where
        L: Append<Annotated<S>>,
    {
        self.into_inner().annotate(values).locked()
    }
}

impl<M: Model, L, K> ToMany<M, L, K> {
    /// Puts values beside each related row that is loaded, as [`QuerySet::annotate`] does beside the rows of a query.
    ///
    /// # Example: authors, their posts, and how many comments each has
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<(Post, i64)>)> =
    ///     Author::objects().with(|a| a.posts().annotate(|p| p.comments().count())).all(&db)?;
    /// assert_eq!(authors[0].1[0].1, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn annotate<S: Selection>(mut self, values: impl FnOnce(Fields<M>) -> S) -> ToMany<M, L::Out, K>
    where
        L: Append<Annotated<S>>,
    {
        self.select.annotate(annotation::<M, S>(values));
        self.loading(|loads| loads.append(Annotated(PhantomData)))
    }
}

fn annotation<M: Model, S: Selection>(values: impl FnOnce(Fields<M>) -> S) -> ExprTokens {
    let (values, own) = closure::<M, _>(values);
    let mut tokens = ExprTokens::default();
    values.append(&mut tokens);
    tokens.resolve_scope(own);
    tokens
}
