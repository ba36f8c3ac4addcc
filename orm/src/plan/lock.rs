//! Terminals of queries that lock their rows. They are those of other queries, but need a transaction.

use crate::error::{Error, Result};
use crate::model::Model;
use crate::query::{ForUpdate, QuerySet};
use crate::sql::Dialect;

use super::aggregate::CountOrExists;
use super::reader::Output;
use super::{Executor, InTransaction};

impl<M: Model, O: Output> QuerySet<M, ForUpdate<O>> {
    /// All rows, locked.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all) without a lock; what [`select_for_update`](QuerySet::select_for_update) refuses;
    /// [`is_lock_not_available`](crate::Error::is_lock_not_available) after [`nowait`](QuerySet::nowait).
    ///
    /// # Example: every draft
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = db.transaction(|tx| {
    ///     Post::objects().filter(|p| p.status.eq(Status::Draft)).select_for_update().all(tx)
    /// })?;
    /// assert_eq!(drafts.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Vec<O::Row<M>>> {
        self.into_inner().all(tx)
    }

    /// The first row, locked; `None` if there is none. It may be none, too, where the one that was first has been changed by the
    /// transaction that was waited for.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    ///
    /// # Example: the oldest draft
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let draft = db.transaction(|tx| {
    ///     Post::objects().filter(|p| p.status.eq(Status::Draft)).select_for_update().first(tx)
    /// })?;
    /// assert!(draft.is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn first<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Option<O::Row<M>>> {
        self.into_inner().first(tx)
    }

    /// The last row, locked; `None` if there is none.
    ///
    /// # Errors
    /// [`is_unsupported`](crate::Error::is_unsupported) if the query has a limit or an offset; as [`all`](QuerySet::all).
    ///
    /// # Example: the newest post
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let newest = db.transaction(|tx| Post::objects().select_for_update().last(tx))?;
    /// assert_eq!(newest.map(|post| post.title).as_deref(), Some("Later"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn last<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Option<O::Row<M>>> {
        self.into_inner().last(tx)
    }

    /// The one row that matches, locked.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if none does, [`is_multiple`](crate::Error::is_multiple) if several do; as
    /// [`all`](QuerySet::all).
    ///
    /// # Example: read, compute, save
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     let mut post = Post::objects().filter(|p| p.id.eq(1)).select_for_update().get(tx)?;
    ///     post.views *= 2;
    ///     post.save(tx)
    /// })?;
    /// assert_eq!(Post::get(1, &db)?.views, 14);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<O::Row<M>> {
        self.into_inner().get(tx)
    }

    /// The one row that matches, locked, or `None`.
    ///
    /// # Errors
    /// [`is_multiple`](crate::Error::is_multiple) if several match; as [`all`](QuerySet::all).
    ///
    /// # Example: a row that may be gone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let gone = db.transaction(|tx| Post::objects().filter(|p| p.id.eq(99)).select_for_update().get_or_none(tx))?;
    /// assert_eq!(gone, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get_or_none<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Option<O::Row<M>>> {
        self.into_inner().get_or_none(tx)
    }

    /// Does not compile: a count reads no rows that could be locked.
    ///
    /// # Errors
    /// Never: it cannot be called.
    ///
    /// # Example: count without the lock, or lock and take the length
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| Post::objects().select_for_update().count(tx))?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count<'e, E: Executor<'e>>(self, tx: E) -> E::Out<i64>
    where
        ForUpdate<O>: Unlocked,
    {
        tx.run(Err::<CountOrExists, _>(locks_nothing()), Ok)
    }

    /// Does not compile: whether there is a row reads none that could be locked.
    ///
    /// # Errors
    /// Never: it cannot be called.
    ///
    /// # Example: ask without the lock, or lock and look
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| Post::objects().select_for_update().exists(tx))?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exists<'e, E: Executor<'e>>(self, tx: E) -> E::Out<bool>
    where
        ForUpdate<O>: Unlocked,
    {
        tx.run(Err::<CountOrExists, _>(locks_nothing()), |answer| Ok(answer != 0))
    }

    /// The SQL of the query, as [`sql`](QuerySet::sql) without a lock.
    ///
    /// # Errors
    /// If the query cannot be rendered for the dialect.
    ///
    /// # Example: SQLite has nothing to lock
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let locked = || Tag::objects().values(|t| t.id).select_for_update().skip_locked();
    /// assert!(locked().sql(Dialect::POSTGRES)?.ends_with("FOR UPDATE SKIP LOCKED"));
    /// assert!(!locked().sql(Dialect::SQLITE)?.contains("UPDATE"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        self.into_inner().sql(dialect)
    }
}

/// Never implemented; carries the message of the methods that a locking query does not have.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a query that locks rows reads them: it cannot be counted",
    label = "leave `select_for_update()` out, or read the rows with `all(tx)`"
)]
pub trait Unlocked {}

#[cold]
fn locks_nothing() -> Error {
    Error::unsupported("a query that locks rows reads them: it cannot be counted")
}
