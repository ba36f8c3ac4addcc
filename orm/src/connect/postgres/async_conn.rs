//! The async driver loop: a job's statements on one connection.

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context, Waker};

use futures_util::TryStreamExt;
use smallvec::SmallVec;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::connect::TxOptions;
use crate::connect::trace::Timer;
use crate::error::Result;
use crate::plan::{Access, Job};
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::async_pool::{AsyncRaw, Pooled};
use super::state::{begin, fill};

/// One connection, checked out.
///
/// Every call may be dropped before it is done: what it has sent is answered to nobody, and an open transaction is rolled
/// back when the connection returns.
pub(in crate::connect) struct AsyncConn(Pooled);

impl AsyncConn {
    pub(super) fn new(pooled: Pooled) -> Self {
        AsyncConn(pooled)
    }

    /// Runs a job outside a transaction, in one of its own if it needs one.
    pub(in crate::connect) async fn run_alone<J: Job>(&mut self, job: J) -> Result<J::Output> {
        if job.access() != Access::Atomic {
            return self.run(job).await;
        }
        self.begin(&TxOptions::new()).await?;
        match self.run(job).await {
            Ok(output) => self.commit().await.map(|()| output),
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// Runs a job; what it needs around it is the caller's business.
    pub(in crate::connect) async fn run<J: Job>(&mut self, mut job: J) -> Result<J::Output> {
        let raw: &mut AsyncRaw = &mut self.0;
        while let Some(statement) = job.next(Dialect::POSTGRES)? {
            let timer = Timer::start();
            let mut count = 0;
            if statement.returns_rows {
                let rows = rows(raw, &statement, job.values()).await?;
                let mut rows = pin!(rows);
                while let Some(row) = rows.try_next().await.map_err(|error| raw.state.note(error))? {
                    job.row(&Row::postgres(&row))?;
                    count += 1;
                }
            } else {
                count = affected(raw, &statement, job.values()).await?;
                job.affected(count)?;
            }
            timer.done(&statement.sql, count);
        }
        job.finish()
    }

    pub(in crate::connect) async fn begin(&mut self, options: &TxOptions) -> Result<()> {
        // Before it is sent: the call may be dropped before the answer.
        self.0.state.open = true;
        self.control(begin(options)).await
    }

    pub(in crate::connect) async fn commit(&mut self) -> Result<()> {
        // The server would answer a commit of a failed transaction by rolling it back, and call that a success.
        let sound = self.0.state.ensure_sound();
        let result = match sound {
            Ok(()) => self.control("COMMIT").await,
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => {
                self.0.state.open = false;
                Ok(())
            }
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// Rolls back; a connection that cannot is closed and found out at its next use.
    pub(in crate::connect) async fn rollback(&mut self) {
        if self.0.state.open && self.control("ROLLBACK").await.is_ok() {
            self.0.state.open = false;
            self.0.state.failed = false;
        }
    }

    /// Runs `SAVEPOINT` and its kin.
    pub(in crate::connect) async fn control(&mut self, sql: &str) -> Result<()> {
        let timer = Timer::start();
        let raw: &mut AsyncRaw = &mut self.0;
        raw.client
            .batch_execute(sql)
            .await
            .map_err(|error| raw.state.note(error))?;
        raw.state.after_control(sql);
        timer.done(sql, 0);
        Ok(())
    }

    /// Sends a statement without waiting for what the server answers; later ones queue behind it.
    fn send(&self, sql: &str) {
        let future = pin!(self.0.client.batch_execute(sql));
        // The first poll writes the message, and the connection's own task takes it from there.
        let _ = future.poll(&mut Context::from_waker(Waker::noop()));
    }
}

impl Drop for AsyncConn {
    fn drop(&mut self) {
        if self.0.state.open {
            self.send("ROLLBACK");
            self.0.state.open = false;
            self.0.state.failed = false;
        }
    }
}

async fn rows(
    raw: &mut AsyncRaw,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<tokio_postgres::RowStream> {
    loop {
        let prepared = prepare(raw, statement).await?;
        match raw
            .client
            .query_raw(&prepared, parameters(statement, values))
            .await
        {
            Ok(rows) => return Ok(rows),
            Err(error) if raw.state.retry(statement, &error) => {}
            Err(error) => return Err(raw.state.note(error)),
        }
    }
}

async fn affected(raw: &mut AsyncRaw, statement: &Statement, values: &[Value<'_>]) -> Result<u64> {
    loop {
        let prepared = prepare(raw, statement).await?;
        match raw
            .client
            .execute_raw(&prepared, parameters(statement, values))
            .await
        {
            Ok(count) => return Ok(count),
            Err(error) if raw.state.retry(statement, &error) => {}
            Err(error) => return Err(raw.state.note(error)),
        }
    }
}

async fn prepare(raw: &mut AsyncRaw, statement: &Statement) -> Result<tokio_postgres::Statement> {
    if let Some(prepared) = raw.state.prepared(statement) {
        return Ok(prepared);
    }
    let prepared = raw
        .client
        .prepare(&statement.sql)
        .await
        .map_err(|error| raw.state.note(error))?;
    raw.state.keep(statement, &prepared);
    Ok(prepared)
}

/// A parameter, lent or made for the occasion.
#[derive(Debug)]
struct Parameter<'v>(Cow<'v, Value<'v>>);

fn parameters<'v>(statement: &Statement, values: &'v [Value<'v>]) -> SmallVec<[Parameter<'v>; 8]> {
    fill(statement, values).into_iter().map(Parameter).collect()
}

impl ToSql for Parameter<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Value<'_> as ToSql>::accepts(ty)
    }

    tokio_postgres::types::to_sql_checked!();
}
