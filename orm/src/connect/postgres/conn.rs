//! The blocking driver loop: a job's statements on one connection.

use crate::connect::TxOptions;
use crate::connect::trace::Timer;
use crate::error::Result;
use crate::plan::Job;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::pool::{Pooled, Raw};
use super::state::{begin, fill, parameters};

/// One connection, checked out or of its own.
pub(in crate::connect) struct Conn(Holder);

enum Holder {
    Pooled(Pooled),
    Separate(Box<Raw>),
}

/// What a statement answers.
enum Answer {
    Rows(Vec<tokio_postgres::Row>),
    Affected(u64),
}

impl Conn {
    pub(super) fn pooled(pooled: Pooled) -> Self {
        Conn(Holder::Pooled(pooled))
    }

    pub(super) fn separate(raw: Box<Raw>) -> Self {
        Conn(Holder::Separate(raw))
    }

    fn raw(&mut self) -> &mut Raw {
        match &mut self.0 {
            Holder::Pooled(pooled) => pooled,
            Holder::Separate(raw) => raw,
        }
    }

    /// Runs a job; what it needs around it is the caller's business.
    pub(in crate::connect) fn run<J: Job>(&mut self, mut job: J) -> Result<J::Output> {
        let raw = self.raw();
        while let Some(statement) = job.next(Dialect::POSTGRES)? {
            let timer = Timer::start();
            let answer = exchange(raw, &statement, job.values())?;
            let count = match answer {
                Answer::Rows(rows) => {
                    for row in &rows {
                        job.row(&Row::postgres(row))?;
                    }
                    rows.len() as u64
                }
                Answer::Affected(count) => {
                    job.affected(count)?;
                    count
                }
            };
            timer.done(&statement.sql, count);
        }
        job.finish()
    }

    pub(in crate::connect) fn begin(&mut self, options: &TxOptions) -> Result<()> {
        self.control(begin(options))?;
        self.raw().state.open = true;
        Ok(())
    }

    pub(in crate::connect) fn commit(&mut self) -> Result<()> {
        // The server would answer a commit of a failed transaction by rolling it back, and call that a success.
        let sound = self.raw().state.ensure_sound();
        let result = sound.and_then(|()| self.control("COMMIT"));
        match result {
            Ok(()) => {
                self.raw().state.open = false;
                Ok(())
            }
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    /// Rolls back; a connection that cannot is found out when it is returned.
    pub(in crate::connect) fn rollback(&mut self) {
        if self.raw().state.open && self.control("ROLLBACK").is_ok() {
            self.raw().state.ended();
        }
    }

    /// Runs `SAVEPOINT` and its kin.
    pub(in crate::connect) fn control(&mut self, sql: &str) -> Result<()> {
        self.batch(sql)?;
        self.raw().state.after_control(sql);
        Ok(())
    }

    /// The server itself refuses statements outside of what has been lost.
    pub(in crate::connect) fn ensure_transaction(&self) -> Result<()> {
        Ok(())
    }

    pub(in crate::connect) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let timer = Timer::start();
        let (client, state) = self.raw().client()?;
        let changed = client
            .execute(sql, &parameters(values))
            .map_err(|error| state.note(error))?;
        timer.done(sql, changed);
        Ok(changed)
    }

    pub(in crate::connect) fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let timer = Timer::start();
        let (client, state) = self.raw().client()?;
        let rows = client
            .query(sql, &parameters(values))
            .map_err(|error| state.note(error))?;
        for row in &rows {
            each(&Row::postgres(row))?;
        }
        timer.done(sql, rows.len() as u64);
        Ok(())
    }

    pub(in crate::connect) fn batch(&mut self, sql: &str) -> Result<()> {
        let timer = Timer::start();
        let (client, state) = self.raw().client()?;
        client.batch_execute(sql).map_err(|error| state.note(error))?;
        timer.done(sql, 0);
        Ok(())
    }
}

/// One statement there and back, prepared on first use.
fn exchange(raw: &mut Raw, statement: &Statement, values: &[Value<'_>]) -> Result<Answer> {
    let (client, state) = raw.client()?;
    let filled = fill(statement, values);
    let parameters = parameters(filled.iter().map(AsRef::as_ref));
    loop {
        let prepared = match state.prepared(statement) {
            Some(prepared) => prepared,
            None => {
                let prepared = client
                    .prepare(&statement.sql)
                    .map_err(|error| state.note(error))?;
                state.keep(statement, &prepared);
                prepared
            }
        };
        let answer = if statement.returns_rows {
            // All rows at once: the driver would enter and leave its runtime for each.
            client.query(&prepared, &parameters).map(Answer::Rows)
        } else {
            client.execute(&prepared, &parameters).map(Answer::Affected)
        };
        match answer {
            Ok(answer) => return Ok(answer),
            Err(error) if state.retry(statement, &error) => {}
            Err(error) => return Err(state.note(error)),
        }
    }
}
