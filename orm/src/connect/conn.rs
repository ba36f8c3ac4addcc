//! One blocking connection of either backend.

use crate::error::{Error, Result};
use crate::plan::{ErrorContext, Job};
#[cfg(all(feature = "async", feature = "sqlite"))]
use crate::sql::Cursor;
use crate::sql::Dialect;
use crate::value::{Row, Value};

use super::TxOptions;
use super::cancel::CancelFn;
use super::loans::Holder;

/// A connection, checked out; returned clean when dropped.
pub(super) enum Conn {
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Conn),
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::Conn),
}

/// Dispatches a call to the backend.
macro_rules! either {
    ($conn:expr, $inner:ident => $call:expr) => {
        match $conn {
            #[cfg(feature = "sqlite")]
            Conn::Sqlite($inner) => $call,
            #[cfg(feature = "postgres")]
            Conn::Postgres($inner) => $call,
        }
    };
}

impl Conn {
    pub(super) fn dialect(&self) -> &'static Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Conn::Sqlite(_) => Dialect::SQLITE,
            #[cfg(feature = "postgres")]
            Conn::Postgres(_) => Dialect::POSTGRES,
        }
    }

    /// Runs a job outside a transaction, in one of its own if it needs one. Inlined into its only caller, because the job would
    /// be copied on its way.
    #[inline(always)]
    pub(super) fn run_alone<J: Job>(&mut self, job: J) -> Result<J::Output> {
        let context = job.error_context();
        either!(self, conn => conn.run_alone(job)).map_err(|error| ErrorContext::explain(context, error))
    }

    /// Runs a job inside a transaction, in a savepoint if it has to succeed or fail as a whole.
    pub(super) fn run_within<J: Job>(&mut self, job: J, savepoint: Savepoint) -> Result<J::Output> {
        let context = job.error_context();
        either!(self, conn => conn.run_within(job, savepoint))
            .map_err(|error| ErrorContext::explain(context, error))
    }

    /// Records who has the connection, for the error of a waiter.
    pub(super) fn note(&mut self, holder: Holder) {
        either!(self, conn => conn.note(holder));
    }

    /// Rolls back to a savepoint. If this fails, the transaction is lost, and its next use returns an error.
    pub(super) fn undo(&mut self, savepoint: Savepoint) {
        let _ = self.control(&savepoint.undo());
    }

    pub(super) fn begin(&mut self, options: &TxOptions) -> Result<()> {
        either!(self, conn => conn.begin(options))
    }

    /// Commits, or rolls back if that fails.
    pub(super) fn commit(&mut self) -> Result<()> {
        either!(self, conn => conn.commit()).map_err(|error| ErrorContext::explain(None, error))
    }

    pub(super) fn rollback(&mut self) {
        either!(self, conn => conn.rollback());
    }

    /// Whether a transaction is still open: the database may have rolled it back itself.
    pub(super) fn ensure_transaction(&self) -> Result<()> {
        either!(self, conn => conn.ensure_transaction())
    }

    pub(super) fn control(&mut self, sql: &str) -> Result<()> {
        either!(self, conn => conn.control(sql))
    }

    /// Whether session state outlives a transaction.
    pub(super) fn keeps_session(&mut self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Conn::Sqlite(_) => true,
            #[cfg(feature = "postgres")]
            Conn::Postgres(conn) => conn.keeps_session(),
        }
    }

    pub(super) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        either!(self, conn => conn.execute(sql, values))
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        either!(self, conn => conn.query(sql, values, each))
    }

    /// Closes a cursor without a statement, where that is possible.
    #[cfg(all(feature = "async", feature = "sqlite"))]
    pub(super) fn close_cursor(&mut self, cursor: Cursor) {
        match self {
            Conn::Sqlite(conn) => conn.close_cursor(cursor.number()),
            #[cfg(feature = "postgres")]
            Conn::Postgres(_) => {}
        }
    }

    /// The connection as the turn of the next waiter, unless it has to be cleaned first.
    #[cfg(all(feature = "async", feature = "sqlite"))]
    pub(super) fn into_turn(self) -> Option<super::pool::Turn<super::sqlite::Raw>> {
        match self {
            Conn::Sqlite(conn) => conn.into_turn(),
            #[cfg(feature = "postgres")]
            Conn::Postgres(_) => None,
        }
    }

    /// How to cancel what runs on it.
    pub(super) fn cancel_way(&mut self) -> Result<CancelFn> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Conn::Sqlite(conn) => {
                let interrupt = conn.interrupt();
                Box::new(move || {
                    interrupt.send();
                    Ok(())
                })
            }
            #[cfg(feature = "postgres")]
            Conn::Postgres(conn) => {
                let cancel = conn.cancel()?;
                Box::new(move || cancel.send())
            }
        })
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<()> {
        either!(self, conn => conn.batch(sql))
    }
}

/// The refusal to lock rows in a transaction that could not change them.
#[cold]
pub(super) fn locks_nothing() -> Error {
    Error::unsupported("select_for_update() locks rows for a change, and this transaction only reads")
        .with_hint(
            "run it in a transaction without `read_only()`, or read the rows without select_for_update()",
        )
}

/// The statements around a nested transaction, or around a job that succeeds or fails as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Savepoint {
    /// 1 is the first within the transaction itself.
    pub depth: usize,
}

impl Savepoint {
    pub(super) fn start(self) -> String {
        format!("SAVEPOINT orm_{}", self.depth)
    }

    pub(super) fn release(self) -> String {
        format!("RELEASE orm_{}", self.depth)
    }

    pub(super) fn undo(self) -> String {
        format!("ROLLBACK TO orm_{0}; RELEASE orm_{0}", self.depth)
    }
}
