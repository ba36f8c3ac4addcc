//! `select_for_update`: rows that are read and kept from others until the transaction ends.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::expr::{Path, RowSource, Scope};
use crate::model::{HasRowSource, Inner, Model};

use super::path::closure;

use super::{Append, Fields, Loadable, QuerySet, Rows, Selection, Tuples};

/// Output of a query whose rows are locked as they are read; `O` is what it is without.
#[derive(Debug, Clone)]
pub struct ForUpdate<O>(pub(crate) O);

/// Which rows a query locks, and what it does about those that are locked already.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    /// Whether other rows may still be made to point at these.
    pub(crate) no_key: bool,
    pub(crate) wait: WhenLocked,
    /// Where the rows to lock stand; all that are joined, if it names none.
    pub(crate) of: SmallVec<[Path; 2]>,
}

/// What a query does about rows that another transaction has locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenLocked {
    /// It waits for the other transaction to end.
    #[default]
    Wait,
    /// It is an error.
    Fail,
    /// They are left out.
    Skip,
}

impl<M: Model, L> QuerySet<M, Rows<L>> {
    /// Locks the rows that are read until the transaction ends: nobody else changes, deletes or locks them meanwhile.
    /// So what is computed from a row and saved loses no change that another has made.
    ///
    /// It runs in a transaction only, `FOR UPDATE` on Postgres. SQLite has one transaction that writes at a time, which
    /// waits when it begins: nothing is left to lock, to fail at or to skip.
    ///
    /// Rows of relations to one that are joined (by [`with`](QuerySet::with) or in a condition) are locked too, unless
    /// [`of`](QuerySet::of) says otherwise. Rows of relations to many are loaded after, without a lock.
    ///
    /// # Errors
    /// When it runs: if the transaction is read-only; if what it reads are no rows but groups, aggregates or distinct
    /// values; if a joined relation may lead nowhere and `of` does not say what to lock.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// # fn main() -> orm::Result<()> {
    /// # use orm::prelude::*;
    /// # orm::app!("bank");
    /// # #[derive(Model)] struct Account { id: i64, balance: i64 }
    /// # let db = orm::Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE bank_account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)")?;
    /// # Account::create().balance(7).save(&db)?;
    /// db.transaction(|tx| {
    ///     let mut account = Account::objects().filter(|a| a.id.eq(1)).select_for_update().get(tx)?;
    ///     account.balance += 10;
    ///     account.save(tx)
    /// })?;
    /// # assert_eq!(Account::objects().get(&db)?.balance, 17);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Outside of a transaction the lock would end with the statement, so that does not compile:
    ///
    /// ```compile_fail,E0277
    /// # use orm::prelude::*;
    /// # #[derive(Model)] struct Account { id: i64, balance: i64 }
    /// fn read(db: &orm::Db) -> orm::Result<Account> {
    ///     Account::objects().select_for_update().get(db)
    /// }
    /// ```
    pub fn select_for_update(self) -> QuerySet<M, ForUpdate<Rows<L>>> {
        self.locked()
    }
}

impl<M: Model, S> QuerySet<M, Tuples<S>> {
    /// Locks the rows that the values are read from, as [`select_for_update`](QuerySet::select_for_update) of whole rows.
    pub fn select_for_update(self) -> QuerySet<M, ForUpdate<Tuples<S>>> {
        self.locked()
    }
}

impl<M: Model, O> QuerySet<M, O> {
    fn locked(mut self) -> QuerySet<M, ForUpdate<O>> {
        self.select.lock_mut();
        QuerySet {
            select: self.select,
            output: ForUpdate(self.output),
            model: PhantomData,
        }
    }
}

impl<M: Model, O> QuerySet<M, ForUpdate<O>> {
    /// Fails where another transaction has locked a row, instead of waiting for it:
    /// [`is_lock_not_available`](crate::Error::is_lock_not_available).
    ///
    /// On Postgres every further statement of the transaction is refused then; what is run in a nested transaction fails
    /// alone.
    pub fn nowait(mut self) -> Self {
        self.select.lock_mut().wait = WhenLocked::Fail;
        self
    }

    /// Leaves out rows that another transaction has locked, instead of waiting for them: for work that several take from
    /// one table.
    pub fn skip_locked(mut self) -> Self {
        self.select.lock_mut().wait = WhenLocked::Skip;
        self
    }

    /// Lets others make rows that point at these meanwhile, as a change of anything but the key does: `FOR NO KEY UPDATE`.
    pub fn no_key(mut self) -> Self {
        self.select.lock_mut().no_key = true;
        self
    }

    /// Locks only these rows of those that are joined: `of(|p| p)` for the query's own, `of(|p| p.author())` for the related,
    /// `of(|p| (p, p.author()))` for both.
    pub fn of<T: LockTarget>(mut self, rows: impl FnOnce(Fields<M>) -> T) -> Self {
        let (rows, own) = closure::<M, _>(rows);
        let of = &mut self.select.lock_mut().of;
        of.clear();
        rows.paths(own, of);
        self
    }

    /// The query without this in its type; it locks as before.
    pub(crate) fn into_inner(self) -> QuerySet<M, O> {
        QuerySet {
            select: self.select,
            output: self.output.0,
            model: PhantomData,
        }
    }
}

impl<M: Model, L> QuerySet<M, ForUpdate<Rows<L>>> {
    /// Loads related rows beside each row, as [`with`](QuerySet::with) does before the lock.
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
    /// Only these values, as [`values`](QuerySet::values) before the lock.
    pub fn values<S: Selection>(
        self,
        columns: impl FnOnce(Fields<M>) -> S,
    ) -> QuerySet<M, ForUpdate<Tuples<S>>> {
        self.into_inner().values(columns).locked()
    }
}

/// What `of` takes: the query's own rows, those of a relation to one, or a tuple of them.
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
        // The rows of another closure are not joined to these.
        let path = if source.scope() == Scope::OWN {
            source.path()
        } else {
            Path(Path::MOST)
        };
        to.push(path);
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: LockTarget),+> LockTarget for ($($name,)+) {
            #[allow(non_snake_case, reason = "one name for type and value")]
            fn paths(self, own: RowSource, to: &mut SmallVec<[Path; 2]>) {
                let ($($name,)+) = self;
                $($name.paths(own, to);)+
            }
        }
    )+};
}
tuples! {
    A;
    A B;
    A B C;
    A B C D;
}
