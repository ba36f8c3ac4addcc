//! What the client knows about a connection, blocking or async.

use std::time::Duration;

use rustc_hash::FxHashMap;
use tokio_postgres::Statement as Prepared;

use crate::connect::{Isolation, TxOptions};
use crate::error::{Error, Kind, Result};
use crate::sql::{Dialect, Statement};

use super::error::{map, misread, poisons, refused_parameter};

/// Maximum number of prepared statements per connection. Beyond it all are dropped, because only generated queries
/// have that many shapes.
const STATEMENTS: usize = 1000;

/// What OpenTelemetry calls the database.
pub(super) const SYSTEM: &str = "postgresql";

/// How often a statement is prepared again before its error is returned.
pub(super) const AGAIN: u32 = 3;

/// Prepared statements and transaction state.
pub(super) struct ConnState {
    statements: FxHashMap<u32, Prepared>,
    /// How queries are rendered for it.
    pub dialect: &'static Dialect,
    /// How long a statement may take without a warning.
    pub slow_statement: Option<Duration>,
    /// Whether statements are sent unnamed, and none is prepared.
    pub unnamed: bool,
    /// Whether each transaction may run on another connection of a pooler, so that no session state outlives it.
    pub pooled: bool,
    /// Whether it has session state that makes it unfit for other callers.
    pub spoiled: bool,
    /// Whether the protocol is out of sync, so that nothing may be sent on it.
    lost: bool,
    /// Whether a transaction is open.
    pub open: bool,
    /// Whether it is read-only.
    pub read_only: bool,
    /// Whether it has failed, so that the server refuses all further statements.
    pub failed: bool,
    /// Whether an answer is outstanding.
    busy: bool,
    /// Whether the answer to a statement of the transaction was never read.
    missed: bool,
}

impl ConnState {
    /// On a connection to the server itself.
    pub(super) fn direct() -> Self {
        ConnState {
            statements: FxHashMap::default(),
            dialect: Dialect::POSTGRES,
            slow_statement: None,
            unnamed: false,
            pooled: false,
            spoiled: false,
            lost: false,
            open: false,
            read_only: false,
            failed: false,
            busy: false,
            missed: false,
        }
    }

    /// On a connection to a pooler, which may or may not support prepared statements.
    pub(super) fn pooled(unnamed: bool) -> Self {
        ConnState {
            dialect: match unnamed {
                true => Dialect::POSTGRES_UNNAMED,
                false => Dialect::POSTGRES,
            },
            unnamed,
            pooled: true,
            ..Self::direct()
        }
    }

    pub(super) fn prepared(&self, statement: &Statement) -> Option<&Prepared> {
        self.statements.get(&statement.id)
    }

    pub(super) fn keep(&mut self, statement: &Statement, prepared: Prepared) {
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(statement.id, prepared);
    }

    /// Whether to try again: the statement was prepared for a table that has changed since, and nothing else
    /// was affected.
    pub(super) fn retry(&mut self, statement: &Statement, error: &tokio_postgres::Error) -> bool {
        super::error::outdated(error) && self.statements.remove(&statement.id).is_some() && !self.open
    }

    /// Records what an error means for the transaction, and returns it.
    #[cold]
    pub(super) fn note(&mut self, error: tokio_postgres::Error) -> Error {
        if misread(&error) {
            self.lose();
        }
        self.failed |= self.open && (self.lost || poisons(&error));
        map(error)
    }

    /// The same for a failure of a statement, with the field that a refused value is for.
    #[cold]
    pub(super) fn note_of(&mut self, statement: &Statement, error: tokio_postgres::Error) -> Error {
        let parameter = refused_parameter(&error);
        let error = self.note(error);
        match parameter {
            Some(at) => statement.explain_parameter(at, error),
            None => error,
        }
    }

    /// Refuses a connection that is out of sync: there may never be an answer.
    ///
    /// # Errors
    /// If it is one.
    #[inline]
    pub(super) fn ensure_understood(&self) -> Result<()> {
        if self.lost { Err(lost()) } else { Ok(()) }
    }

    /// The server does not answer, and is no longer waited for.
    #[cold]
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.spoiled = true;
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether there is a transaction that can be rolled back.
    pub(super) fn is_open(&self) -> bool {
        self.open && !self.lost
    }

    /// The transaction is over.
    pub(super) fn ended(&mut self) {
        self.open = false;
        self.read_only = false;
        self.failed = false;
        self.busy = false;
        self.missed = false;
    }

    /// Whether a commit would commit anything.
    pub(super) fn ensure_sound(&self) -> Result<()> {
        if self.failed {
            return Err(Error::new(
                Kind::Database,
                "the transaction was rolled back because a statement in it had failed",
            )
            .with_hint(
                "return the error of that statement, or run it in a nested transaction to go on after it",
            ));
        }
        Ok(())
    }

    /// After `sql`, which is one of our statements around transactions, has succeeded.
    pub(super) fn after_control(&mut self, sql: &str) {
        if sql.starts_with("ROLLBACK TO") {
            self.failed = false;
        }
    }
}

/// Calls can be dropped halfway: async ones at any time, blocking ones by a panic.
impl ConnState {
    pub(super) fn sent(&mut self) {
        self.missed |= self.busy;
        self.busy = true;
    }

    pub(super) fn answered(&mut self) {
        self.busy = false;
    }

    #[cfg(feature = "async")]
    pub(super) fn busy(&self) -> bool {
        self.busy
    }

    pub(super) fn doubtful(&self) -> bool {
        self.busy || self.missed
    }
}

#[cold]
fn lost() -> Error {
    Error::new(
        Kind::Connection,
        "the connection is not used any more, since the server's answer to an earlier statement was not understood",
    )
    .with_hint("see the error of that statement; what was not committed before it is rolled back")
}

/// The statement that opens a transaction.
pub(super) fn begin_text(options: &TxOptions) -> &'static str {
    match (options.isolation, options.read_only) {
        (None, false) => "BEGIN",
        (None, true) => "BEGIN READ ONLY",
        (Some(Isolation::ReadCommitted), false) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        (Some(Isolation::ReadCommitted), true) => "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
        (Some(Isolation::RepeatableRead), false) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        (Some(Isolation::RepeatableRead), true) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        (Some(Isolation::Serializable), false) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        (Some(Isolation::Serializable), true) => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
    }
}
