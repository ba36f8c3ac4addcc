//! `select_for_update`: rows that are read and locked until the transaction ends.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::expr::{Path, RowSource, Scope};
use crate::model::{HasRowSource, Inner, Model, Writable};

use super::path::closure;

use super::tuples::each_element;
use super::{Append, Fields, Loadable, OfGroups, QuerySet, Rows, Selection, Tuples};

/// Output of a query whose rows are locked as they are read, from [`select_for_update`](QuerySet::select_for_update);
/// `O` is the output without the lock. Its terminals take only transactions.
///
/// # Example: a function that takes from a queue
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Tx;
///
/// fn next(tx: &Tx) -> orm::Result<Option<Post>> {
///     Post::objects().filter(|p| p.status.eq(Status::Draft)).select_for_update().skip_locked().first(tx)
/// }
/// let post = db.transaction(|tx| next(tx))?;
/// assert_eq!(post.map(|post| post.title).as_deref(), Some("Later"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ForUpdate<O>(pub(crate) O);

/// Which rows a query locks, and what it does about those that are locked already.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    /// Whether others may still insert rows that point at these.
    pub(crate) no_key: bool,
    pub(crate) wait: WhenLocked,
    /// The paths of the rows to lock; empty means all joined rows.
    pub(crate) of: SmallVec<[Path; 2]>,
}

/// What a query does about rows that another transaction has locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenLocked {
    /// Wait for the other transaction to end.
    #[default]
    Wait,
    /// Return an error.
    Fail,
    /// Leave them out.
    Skip,
}

impl<M: Model, L> QuerySet<M, Rows<L>> {
    /// Locks the rows that are read until the transaction ends: other transactions cannot change, delete or lock them
    /// meanwhile. So a value that is computed from a row and saved does not overwrite a concurrent change.
    ///
    /// It runs only in a transaction; the SQL is `FOR UPDATE` on Postgres. SQLite has one writing transaction at a
    /// time, which waits when it begins, so that there is nothing to lock, to fail at or to skip.
    ///
    /// Rows of relations to one that are joined (by [`with`](QuerySet::with) or in a condition) are locked too, unless
    /// [`of`](QuerySet::of) says otherwise. Rows of relations to many are loaded after, without a lock.
    ///
    /// # Errors
    /// When it runs: if the transaction is read-only; if it reads groups, aggregates or distinct values
    /// instead of rows; if a joined relation is nullable and `of` does not say what to lock. Each is
    /// [`is_unsupported`](crate::Error::is_unsupported).
    ///
    /// # Example: read, compute, save
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     let mut post = Post::objects().filter(|p| p.title.eq("Hello")).select_for_update().get(tx)?;
    ///     post.views += 1;
    ///     post.save(tx)
    /// })?;
    /// assert_eq!(Post::get(1, &db)?.views, 8);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: outside of a transaction the lock would end with the statement
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::objects().select_for_update().first(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn select_for_update(self) -> QuerySet<M, ForUpdate<Rows<L>>>
    where
        M: Writable,
    {
        self.locked()
    }
}

impl<M: Model, O: OfGroups> QuerySet<M, O> {
    /// Locks the rows that the values are read from, as [`select_for_update`](QuerySet::select_for_update) of whole rows. Of a
    /// projection these are its own rows and those that relations to one lead to, not those of its lists.
    pub fn select_for_update(self) -> QuerySet<M, ForUpdate<O>>
    where
        M: Writable,
    {
        self.locked()
    }
}

impl<M: Model, O> QuerySet<M, O> {
    pub(crate) fn locked(mut self) -> QuerySet<M, ForUpdate<O>> {
        self.select.lock_mut();
        QuerySet {
            select: self.select,
            output: ForUpdate(self.output),
            model: PhantomData,
        }
    }
}

impl<M: Model, O> QuerySet<M, ForUpdate<O>> {
    /// Fails if another transaction has locked a row, instead of waiting for it: `FOR UPDATE NOWAIT`, and
    /// [`is_lock_not_available`](crate::Error::is_lock_not_available) when it runs.
    ///
    /// On Postgres every further statement of the transaction then fails; a nested transaction around the query
    /// limits this to itself.
    ///
    /// # Example: somebody else is at it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let changed = db.transaction(|tx| {
    ///     let mut post = match Post::objects().filter(|p| p.id.eq(1)).select_for_update().nowait().get(tx) {
    ///         Err(error) if error.is_lock_not_available() => return Ok(false),
    ///         post => post?,
    ///     };
    ///     post.views += 1;
    ///     post.save(tx)?;
    ///     Ok(true)
    /// })?;
    /// assert!(changed);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn nowait(mut self) -> Self {
        self.select.lock_mut().wait = WhenLocked::Fail;
        self
    }

    /// Leaves out rows that another transaction has locked, instead of waiting for them: `FOR UPDATE SKIP LOCKED`,
    /// for workers that take tasks from one table.
    ///
    /// # Example: a worker takes the next draft
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let taken = db.transaction(|tx| {
    ///     let drafts = Post::objects().filter(|p| p.status.eq(Status::Draft));
    ///     let Some(mut post) = drafts.select_for_update().skip_locked().first(tx)? else {
    ///         return Ok(None);
    ///     };
    ///     post.status = Status::Published;
    ///     post.save(tx)?;
    ///     Ok(Some(post.title))
    /// })?;
    /// assert_eq!(taken.as_deref(), Some("Later"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn skip_locked(mut self) -> Self {
        self.select.lock_mut().wait = WhenLocked::Skip;
        self
    }

    /// Lets others insert rows that point at these meanwhile, as an update of anything but the primary key does: `FOR
    /// NO KEY UPDATE`.
    ///
    /// # Example: comments may come in while the post is changed
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     let mut post = Post::objects().filter(|p| p.id.eq(1)).select_for_update().no_key().get(tx)?;
    ///     post.views += 1;
    ///     post.save(tx)
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn no_key(mut self) -> Self {
        self.select.lock_mut().no_key = true;
        self
    }

    /// Locks only these rows of those that are joined (`FOR UPDATE OF ..`): `of(|p| p)` for the query's own, `of(|p| p.author())` for
    /// the related, `of(|p| (p, p.author()))` for both.
    ///
    /// # Example: the post, and not its author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     let posts = Post::objects().with(|p| p.author()).select_for_update().of(|p| p);
    ///     assert_eq!(posts.all(tx)?.len(), 2);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of<T: LockTarget>(mut self, rows: impl FnOnce(Fields<M>) -> T) -> Self {
        let (rows, own) = closure::<M, _>(rows);
        let of = &mut self.select.lock_mut().of;
        of.clear();
        rows.paths(own, of);
        self
    }

    /// The same query without the lock in its type; it still locks.
    pub(crate) fn into_inner(self) -> QuerySet<M, O> {
        QuerySet {
            select: self.select,
            output: self.output.0,
            model: PhantomData,
        }
    }
}

impl<M: Model, L> QuerySet<M, ForUpdate<Rows<L>>> {
    /// Loads related rows beside each row, as [`with`](QuerySet::with) does before the lock; rows of a relation to one are locked too.
    ///
    /// # Example: a post and its author, both locked
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     let rows: Vec<(Post, Author)> = Post::objects().select_for_update().with(|p| p.author()).all(tx)?;
    ///     assert_eq!(rows.len(), 2);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with<X: Loadable>(
        self,
        related: impl FnOnce(Fields<M>) -> X,
    ) -> QuerySet<M, ForUpdate<Rows<L::Out>>>
    where
        L: Append<X>,
    {
        self.into_inner().with(related).locked()
    }
}

impl<M: Model> QuerySet<M, ForUpdate<Rows<()>>> {
    /// Only these values, as [`values`](QuerySet::values) before the lock; the rows that they are read from are locked.
    ///
    /// # Example: the keys of rows that are locked
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let keys: Vec<i64> = db.transaction(|tx| Post::objects().select_for_update().values(|p| p.id).all(tx))?;
    /// assert_eq!(keys, [1, 2]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn values<S: Selection>(
        self,
        columns: impl FnOnce(Fields<M>) -> S,
    ) -> QuerySet<M, ForUpdate<Tuples<S>>> {
        self.into_inner().values(columns).locked()
    }
}

/// What [`of`](QuerySet::of) takes: the query's own rows, those of a to-one relation, or a tuple of them.
///
/// # Example: no database locks rows that may not be there
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// db.transaction(|tx| Post::objects().select_for_update().of(|p| p.editor()).all(tx))?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which rows to lock",
    label = "expected the rows themselves (`|p| p`), a relation to one (`|p| p.author()`), or a tuple of them",
    note = "no database locks rows that an outer join may not find: lock what a relation that may lead nowhere points at by a \
            query of its own, and so rows of a relation to many"
)]
pub trait LockTarget {
    #[doc(hidden)]
    fn paths(self, own: RowSource, to: &mut SmallVec<[Path; 2]>);
}

#[diagnostic::do_not_recommend]
impl<F: HasRowSource<Joined = Inner>> LockTarget for F {
    fn paths(self, own: RowSource, to: &mut SmallVec<[Path; 2]>) {
        let source = self.row_source().resolved(own, 0);
        // Rows of another closure are not joined to these.
        let path = if source.scope() == Scope::OWN {
            source.path()
        } else {
            Path(Path::MOST)
        };
        to.push(path);
    }
}

each_element!(LockTarget::paths(own: RowSource, to: &mut SmallVec<[Path; 2]>));
