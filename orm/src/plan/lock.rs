//! Terminals of queries that lock their rows: those of other queries, on a transaction.

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
    pub fn all<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Vec<O::Row<M>>> {
        self.into_inner().all(tx)
    }

    /// The first row, locked; `None` if there is none. It may be none, too, where the one that was first has been changed by
    /// the transaction that was waited for.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub fn first<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Option<O::Row<M>>> {
        self.into_inner().first(tx)
    }

    /// The last row, locked; `None` if there is none.
    ///
    /// # Errors
    /// If the query has a limit or an offset; as [`all`](QuerySet::all).
    pub fn last<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Option<O::Row<M>>> {
        self.into_inner().last(tx)
    }

    /// The one row that matches, locked.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if none does, [`is_multiple`](crate::Error::is_multiple) if several do;
    /// as [`all`](QuerySet::all).
    pub fn get<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<O::Row<M>> {
        self.into_inner().get(tx)
    }

    /// The one row that matches, locked, or `None`.
    ///
    /// # Errors
    /// [`is_multiple`](crate::Error::is_multiple) if several match; as [`all`](QuerySet::all).
    pub fn get_or_none<'e, E: Executor<'e> + InTransaction>(self, tx: E) -> E::Out<Option<O::Row<M>>> {
        self.into_inner().get_or_none(tx)
    }

    /// Does not compile: a count reads no rows that could be locked.
    pub fn count<'e, E: Executor<'e>>(self, tx: E) -> E::Out<i64>
    where
        ForUpdate<O>: Unlocked,
    {
        tx.run(Err::<CountOrExists, _>(locks_nothing()), Ok)
    }

    /// Does not compile: whether there is a row reads none that could be locked.
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
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        self.into_inner().sql(dialect)
    }
}

/// Implemented by nothing, for the methods that say why they are not there.
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
