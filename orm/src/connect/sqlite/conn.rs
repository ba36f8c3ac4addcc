//! The driver loop: a job's statements on one connection.

use std::borrow::Cow;
use std::sync::LazyLock;

use rusqlite::{Connection, InterruptHandle, StatementStatus};

use crate::connect::TxOptions;
use crate::connect::conn::{Savepoint, locks_nothing};
use crate::connect::loans::Holder;
use crate::connect::trace::Timer;
use crate::error::{Error, Kind, Result};
use crate::plan::{Access, ErasedJob, Job};
use crate::sql::{CursorStep, Dialect, OnCursor, Placeholder, Statement, ensure_few};
use crate::value::sqlite::bind;
use crate::value::{Row, Value};

use super::error::map;
use super::foreign_key;
use super::pool::{Changed, Pooled};
#[cfg(feature = "async")]
use {
    super::pool::Raw,
    crate::connect::pool::{self, Turn},
};

/// What OpenTelemetry calls it.
const SYSTEM: &str = "sqlite";

/// One connection, checked out.
pub(in crate::connect) struct Conn(Pooled);

/// Ends what a connection is doing, from another thread.
pub(in crate::connect) struct Interrupt(InterruptHandle);

impl Interrupt {
    pub(in crate::connect) fn send(&self) {
        self.0.interrupt();
    }
}

/// The statements around transactions are cached like queries: looking them up in the driver's cache takes a tenth
/// of the time of inserting ten rows.
static AROUND: LazyLock<[Statement; 4]> = LazyLock::new(|| {
    ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "BEGIN"]
        .map(|sql| Statement::new(sql.to_owned(), Vec::new(), false))
});

impl Conn {
    pub(super) fn new(pooled: Pooled) -> Self {
        Conn(pooled)
    }

    pub(in crate::connect) fn db(&self) -> &Connection {
        self.0.db.db()
    }

    #[cfg(test)]
    pub(in crate::connect) fn prepared<T>(
        &mut self,
        statement: &Statement,
        work: impl FnOnce(&mut rusqlite::Statement<'_>) -> T,
    ) -> T {
        let lent = self
            .0
            .db
            .with(statement, map, |_, prepared| Ok::<_, Error>(work(prepared)));
        lent.unwrap()
    }

    /// The connection, unless it must be cleaned first.
    #[inline]
    pub(super) fn into_clean(self) -> Option<Pooled> {
        (self.0.is_clean() && self.db().is_autocommit()).then_some(self.0)
    }

    /// The connection as the turn of the next waiter, unless it has to be cleaned first.
    #[cfg(feature = "async")]
    pub(in crate::connect) fn into_turn(self) -> Option<Turn<Raw>> {
        self.into_clean().map(pool::as_turn)
    }

    pub(in crate::connect) fn interrupt(&self) -> Interrupt {
        Interrupt(self.db().get_interrupt_handle())
    }

    /// From here on the caller may change session state, which is cleared before the connection is used again.
    pub(in crate::connect) fn start_session(&mut self) {
        self.0.start_session();
    }

    /// Records who has the connection, for the error of a waiter.
    pub(in crate::connect) fn note(&mut self, holder: Holder) {
        self.0.note(holder);
    }

    /// Runs a job outside a transaction, in one of its own if it needs one.
    #[inline]
    pub(in crate::connect) fn run_alone<J: Job>(&mut self, mut job: J) -> Result<J::Output> {
        if job.access() != Access::Atomic || job.is_one_statement(Dialect::SQLITE) {
            self.run(&mut job)?;
            return job.finish();
        }
        self.begin(&TxOptions::new())?;
        let run = self.run(&mut job).map_err(|error| job.explain(error));
        match run.and_then(|()| job.finish()) {
            Ok(output) => self.commit().map(|()| output),
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    /// Runs a job inside a transaction, in a savepoint if it has to succeed or fail as a whole.
    pub(in crate::connect) fn run_within<J: Job>(
        &mut self,
        mut job: J,
        savepoint: Savepoint,
    ) -> Result<J::Output> {
        if job.access() == Access::Lock && !self.writes() {
            return Err(locks_nothing());
        }
        if job.access() != Access::Atomic || job.is_one_statement(Dialect::SQLITE) {
            self.run(&mut job)?;
            return job.finish();
        }
        self.control(&savepoint.start())?;
        let run = self.run(&mut job).map_err(|error| job.explain(error));
        match run.and_then(|()| job.finish()) {
            Ok(output) => self.control(&savepoint.release()).map(|()| output),
            Err(error) => {
                // If this fails, the transaction is lost, and its next use returns an error.
                let _ = self.control(&savepoint.undo());
                Err(error)
            }
        }
    }

    /// Whether the open transaction holds the write lock.
    fn writes(&self) -> bool {
        matches!(
            self.db().transaction_state(rusqlite::DEFAULT_NAME),
            Ok(rusqlite::TransactionState::Write)
        )
    }

    /// Runs a job; the caller provides its transaction. Inlined, so that the job is not moved.
    #[inline]
    fn run<J: Job>(&mut self, job: &mut J) -> Result<()> {
        while let Some(statement) = job.next(Dialect::SQLITE)? {
            if let Some(cursor) = statement.cursor {
                self.on_cursor(cursor, &statement, job)?;
                continue;
            }
            let mut timer = Timer::start(SYSTEM, &statement.sql, self.0.slow_statement);
            let done = self.0.db.with(&statement, map, |db, prepared| {
                let values = job.values();
                bind_all(prepared, &statement, values)
                    .map_err(|error| unbound(&statement, values, map(db, error)))?;
                let mut count = 0;
                if statement.returns_rows {
                    let most = job.max_rows();
                    let mut rows = prepared.raw_query();
                    while let Some(row) = rows.next().map_err(|error| map(db, error))? {
                        job.row(&Row::sqlite(row))?;
                        count += 1;
                        if count >= most {
                            break;
                        }
                    }
                } else if statement.may_return_rows {
                    count = run_by_hand(db, prepared).map_err(|error| map(db, error))?;
                    job.affected(count)?;
                } else {
                    count = prepared.raw_execute().map_err(|error| map(db, error))? as u64;
                    job.affected(count)?;
                }
                timer.reprepared(|| {
                    u64::try_from(prepared.get_status(StatementStatus::RePrepare)).unwrap_or(0)
                });
                Ok(count)
            });
            timer.ended(&statement.sql, &done);
            done.map_err(|error: Error| match error.is_foreign_key_violation() {
                true => foreign_key::explain(self.db(), &statement, job.values(), error),
                false => error,
            })?;
        }
        Ok(())
    }

    /// Opens a cursor, reads from it, or closes it.
    fn on_cursor(&mut self, cursor: OnCursor, statement: &Statement, job: &mut dyn ErasedJob) -> Result<()> {
        match cursor.step {
            CursorStep::Open => {
                let timer = Timer::start(SYSTEM, &statement.sql, self.0.slow_statement);
                if matches!(self.0.changed, Changed::Nothing) {
                    self.0.changed = Changed::Cursors;
                }
                let values = job.values();
                let opened = self
                    .0
                    .db
                    .open_cursor(cursor.number, &statement.sql, map, |db, prepared| {
                        bind_all(prepared, statement, values)
                            .map_err(|error| unbound(statement, values, map(db, error)))
                    })
                    .map(|()| 0);
                timer.ended(&statement.sql, &opened);
                opened?;
            }
            CursorStep::Fetch(rows) => {
                self.0
                    .db
                    .fetch(cursor.number, rows, map, |row| job.row(&Row::sqlite(row)))?;
            }
            CursorStep::Close => self.close_cursor(cursor.number),
        }
        Ok(())
    }

    /// Closes a cursor, if it is open.
    pub(in crate::connect) fn close_cursor(&mut self, number: u32) {
        self.0.db.close_cursor(number);
    }

    pub(in crate::connect) fn begin(&mut self, options: &TxOptions) -> Result<()> {
        if options.read_only && self.0.is_reader() {
            // To set it again would have every statement of the connection prepared again.
            return self.control("BEGIN");
        }
        if options.read_only {
            self.0.changed = Changed::ReadOnly;
            return self.batch("PRAGMA query_only = ON; BEGIN");
        }
        if self.0.only_reads {
            // The database is read-only; statements that write are refused anyway.
            return self.control("BEGIN");
        }
        // A lock upgrade cannot wait: it would fail at once if another connection had written meanwhile.
        self.control("BEGIN IMMEDIATE")
    }

    pub(in crate::connect) fn commit(&mut self) -> Result<()> {
        self.ensure_transaction()?;
        self.control("COMMIT").map_err(|error| {
            let error = match error.is_foreign_key_violation() {
                true => foreign_key::explain_commit(self.db(), error),
                false => error,
            };
            self.rollback();
            error
        })
    }

    /// Rolls back; if this fails, the connection is discarded when it is returned.
    pub(in crate::connect) fn rollback(&mut self) {
        if !self.db().is_autocommit() {
            let _ = self.control("ROLLBACK");
        }
    }

    /// Runs `SAVEPOINT` and its kin.
    pub(in crate::connect) fn control(&mut self, sql: &str) -> Result<()> {
        if sql.contains(';') {
            return self.batch(sql);
        }
        let timer = Timer::start(SYSTEM, sql, self.0.slow_statement);
        let done = match AROUND.iter().find(|kept| kept.sql == sql) {
            Some(kept) => self.0.db.with(kept, map, |db, prepared| {
                prepared.raw_execute().map_err(|error| map(db, error))
            }),
            None => {
                let db = self.db();
                db.prepare_cached(sql)
                    .and_then(|mut statement| statement.raw_execute())
                    .map_err(|error| map(db, error))
            }
        };
        let done = done.map(|_| 0);
        timer.ended(sql, &done);
        done.map(drop)
    }

    /// Some errors, such as a full disk, roll back the whole transaction; later statements would then be
    /// committed one by one.
    pub(in crate::connect) fn ensure_transaction(&self) -> Result<()> {
        if self.db().is_autocommit() {
            return Err(Error::new(
                Kind::Database,
                "the database has already rolled the transaction back because of an earlier error",
            )
            .with_hint("return the earlier error from the transaction's closure"));
        }
        Ok(())
    }

    pub(in crate::connect) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        ensure_few(values.len(), Dialect::SQLITE)?;
        let timer = Timer::start(SYSTEM, sql, self.0.slow_statement);
        let db = self.db();
        let changed = db
            .prepare(sql)
            .and_then(|mut statement| {
                if statement.column_count() == 0 {
                    return statement.execute(rusqlite::params_from_iter(values));
                }
                // For RETURNING and pragmas with results, every row must be fetched for the statement to complete.
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut count = 0;
                while rows.next()?.is_some() {
                    count += 1;
                }
                Ok(count)
            })
            .map(|changed| changed as u64)
            .map_err(|error| map(db, error));
        timer.ended(sql, &changed);
        changed
    }

    pub(in crate::connect) fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        ensure_few(values.len(), Dialect::SQLITE)?;
        let timer = Timer::start(SYSTEM, sql, self.0.slow_statement);
        let read = read_all(self.db(), sql, values, each);
        timer.ended(sql, &read);
        read.map(drop)
    }

    pub(in crate::connect) fn batch(&mut self, sql: &str) -> Result<()> {
        let timer = Timer::start(SYSTEM, sql, self.0.slow_statement);
        let db = self.db();
        let done = db.execute_batch(sql).map(|()| 0).map_err(|error| map(db, error));
        timer.ended(sql, &done);
        done.map(drop)
    }
}

/// Gives each row that a text returns, and counts them.
fn read_all(
    db: &Connection,
    sql: &str,
    values: &[Value<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<u64> {
    let mut statement = db.prepare(sql).map_err(|error| map(db, error))?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(values))
        .map_err(|error| map(db, error))?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(|error| map(db, error))? {
        each(&Row::sqlite(row))?;
        count += 1;
    }
    Ok(count)
}

/// Runs a statement of which nobody knows what it does, and counts the rows that it changes or returns.
fn run_by_hand(db: &Connection, prepared: &mut rusqlite::Statement<'_>) -> rusqlite::Result<u64> {
    if prepared.column_count() == 0 {
        let before = db.total_changes();
        let changed = prepared.raw_execute()? as u64;
        // One that changes no rows, such as CREATE TABLE, leaves the number of the one before.
        return Ok(if db.total_changes() == before { 0 } else { changed });
    }
    // All rows must be fetched for the statement to complete.
    let mut rows = prepared.raw_query();
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

#[inline]
fn bind_all(
    prepared: &mut rusqlite::Statement<'_>,
    statement: &Statement,
    values: &[Value<'_>],
) -> rusqlite::Result<()> {
    if statement.in_order && statement.placeholders.len() == values.len() {
        for (at, value) in values.iter().enumerate() {
            bind(prepared, at + 1, value)?;
        }
        return Ok(());
    }
    if statement.ensure_values(values.len()).is_err() {
        return Err(rusqlite::Error::InvalidParameterCount(
            values.len(),
            statement.placeholders.len(),
        ));
    }
    for (at, placeholder) in statement.placeholders.iter().enumerate() {
        match placeholder.lend(values) {
            Some(value) => bind(prepared, at + 1, value)?,
            None => bind(prepared, at + 1, filled(placeholder, values)?.as_ref())?,
        }
    }
    Ok(())
}

/// The error for a value that cannot be bound, with the field that it is for.
#[cold]
fn unbound(statement: &Statement, values: &[Value<'_>], error: Error) -> Error {
    let refused = statement.placeholders.iter().position(|placeholder| {
        let value = filled(placeholder, values);
        value.is_ok_and(|value| rusqlite::ToSql::to_sql(&*value).is_err())
    });
    match refused {
        Some(at) => statement.explain_parameter(at, error),
        None => error,
    }
}

/// A value that is computed on insert.
pub(super) fn filled<'v>(
    placeholder: &Placeholder,
    values: &'v [Value<'v>],
) -> rusqlite::Result<Cow<'v, Value<'v>>> {
    let missing = |_| rusqlite::Error::InvalidParameterCount(values.len(), placeholder.value as usize + 1);
    placeholder.fill(values).map_err(missing)
}
