//! One blocking connection.

use std::pin::pin;
use std::sync::atomic::AtomicBool;

use futures_util::TryStreamExt;

use crate::connect::TxOptions;
use crate::connect::conn::Savepoint;
use crate::connect::loans::Holder;
use crate::connect::trace::Timer;
use crate::error::Result;
use crate::plan::{ErasedJob, Job};
use crate::sql::{Dialect, ensure_few};
use crate::value::{Row, Value};

use super::Cancel;
use super::pool::{Pooled, Raw};
use super::run::{self, Atomicity, ScopeState};
use super::state::SYSTEM;
use super::unnamed::{self, ensure_plain};

/// One connection, checked out or of its own.
pub(in crate::connect) struct Conn(Source);

enum Source {
    Pooled(Pooled),
    Separate(Box<Raw>),
}

impl Conn {
    pub(super) fn pooled(pooled: Pooled) -> Self {
        Conn(Source::Pooled(pooled))
    }

    pub(super) fn separate(raw: Box<Raw>) -> Self {
        Conn(Source::Separate(raw))
    }

    /// The pooled connection, unless it must be cleaned first.
    pub(super) fn into_clean(self) -> Option<Pooled> {
        match self.0 {
            Source::Pooled(pooled) => pooled.is_clean().then_some(pooled),
            Source::Separate(_) => None,
        }
    }

    fn raw(&mut self) -> &mut Raw {
        match &mut self.0 {
            Source::Pooled(pooled) => pooled,
            Source::Separate(raw) => raw,
        }
    }

    /// Records who has the connection, for the error of a waiter.
    pub(in crate::connect) fn note(&mut self, holder: Holder) {
        match &mut self.0 {
            Source::Pooled(pooled) => pooled.note(holder),
            Source::Separate(_) => {}
        }
    }

    /// How to cancel a statement of it from outside.
    pub(in crate::connect) fn cancel(&mut self) -> Result<Cancel> {
        let (client, _) = self.raw().client()?;
        Ok(client.cancel())
    }

    /// Runs the statements of a job; compiled once.
    fn exchange(&mut self, job: &mut dyn ErasedJob, atomicity: Atomicity<'_>) -> Result<ScopeState> {
        let (client, state) = self.raw().client()?;
        client.wait(|client| run::run(client, state, job, atomicity))
    }

    /// Runs a job outside a transaction, in one of its own if it needs one.
    pub(in crate::connect) fn run_alone<J: Job>(&mut self, mut job: J) -> Result<J::Output> {
        match self.exchange(&mut job, Atomicity::Transaction)? {
            ScopeState::Closed => job.finish(),
            ScopeState::Open => match job.finish() {
                Ok(output) => self.commit().map(|()| output),
                Err(error) => {
                    self.rollback();
                    Err(error)
                }
            },
        }
    }

    /// Runs a job inside a transaction, in a savepoint if it has to succeed or fail as a whole.
    pub(in crate::connect) fn run_within<J: Job>(
        &mut self,
        mut job: J,
        savepoint: Savepoint,
    ) -> Result<J::Output> {
        let closing = AtomicBool::new(false);
        match self.exchange(&mut job, Atomicity::Savepoint(savepoint, &closing))? {
            ScopeState::Closed => job.finish(),
            ScopeState::Open => match job.finish() {
                Ok(output) => self.control(&savepoint.release()).map(|()| output),
                Err(error) => {
                    let _ = self.control(&savepoint.undo());
                    Err(error)
                }
            },
        }
    }

    pub(in crate::connect) fn begin(&mut self, options: &TxOptions) -> Result<()> {
        let (client, state) = self.raw().client()?;
        client.wait(|client| run::begin(client, state, options))
    }

    pub(in crate::connect) fn commit(&mut self) -> Result<()> {
        let (client, state) = self.raw().client()?;
        client.wait(|client| run::commit(client, state))
    }

    /// Rolls back; if this fails, the connection is discarded when it is returned.
    pub(in crate::connect) fn rollback(&mut self) {
        if let Ok((client, state)) = self.raw().client() {
            client.wait(|client| run::rollback(client, state));
        }
    }

    /// Runs `SAVEPOINT` and its kin.
    pub(in crate::connect) fn control(&mut self, sql: &str) -> Result<()> {
        let (client, state) = self.raw().client()?;
        client.wait(|client| run::control(client, state, sql))
    }

    /// Whether session state outlives a transaction.
    pub(in crate::connect) fn keeps_session(&mut self) -> bool {
        !self.raw().state.pooled
    }

    /// The server itself refuses statements of a failed transaction.
    pub(in crate::connect) fn ensure_transaction(&self) -> Result<()> {
        Ok(())
    }

    pub(in crate::connect) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        ensure_few(values.len(), Dialect::POSTGRES)?;
        let (client, state) = self.raw().client()?;
        let timer = Timer::start(SYSTEM, sql, state.slow_statement);
        let changed = client
            .wait(async |client| match state.unnamed {
                false => client.execute_raw(sql, values).await,
                true => {
                    let rows = unnamed::query(client, sql, values).await?;
                    let mut rows = pin!(rows);
                    while rows.try_next().await?.is_some() {}
                    Ok(rows.rows_affected().unwrap_or(0))
                }
            })
            .map_err(|error| state.note(error));
        timer.ended(sql, &changed);
        changed
    }

    pub(in crate::connect) fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        ensure_few(values.len(), Dialect::POSTGRES)?;
        let (client, state) = self.raw().client()?;
        let timer = Timer::start(SYSTEM, sql, state.slow_statement);
        let count = client.wait(async |client| {
            let rows = match state.unnamed {
                false => client.query_raw(sql, values).await,
                true => unnamed::query(client, sql, values).await,
            };
            let mut rows = pin!(rows.map_err(|error| state.note(error))?);
            let mut count = 0;
            while let Some(row) = rows.try_next().await.map_err(|error| state.note(error))? {
                ensure_plain(state, &row)?;
                each(&Row::postgres(&row))?;
                count += 1;
            }
            Ok(count)
        });
        timer.ended(sql, &count);
        count.map(drop)
    }

    pub(in crate::connect) fn batch(&mut self, sql: &str) -> Result<()> {
        let (client, state) = self.raw().client()?;
        let timer = Timer::start(SYSTEM, sql, state.slow_statement);
        let done = client
            .wait(|client| client.batch_execute(sql))
            .map(|()| 0)
            .map_err(|error| state.note(error));
        timer.ended(sql, &done);
        done.map(drop)
    }
}
