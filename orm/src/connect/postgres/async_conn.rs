//! The async driver loop: a job's statements on one connection.

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use deadpool::managed::Object;
use futures_util::TryStreamExt;
use smallvec::SmallVec;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::connect::TxOptions;
use crate::connect::trace::Timer;
use crate::error::{Error, Kind, Result};
use crate::plan::{About, Access, Job};
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::async_pool::{AsyncRaw, Pooled};
use super::state::{begin, fill};

/// One connection, checked out.
///
/// Every call may be dropped before it is done. What it had sent is then cancelled and an open transaction rolled back
/// when the connection returns.
pub(in crate::connect) struct AsyncConn(
    /// `None` while it is being dropped.
    Option<Pooled>,
);

impl AsyncConn {
    pub(super) fn new(pooled: Pooled) -> Self {
        AsyncConn(Some(pooled))
    }

    fn raw(&mut self) -> Result<&mut AsyncRaw> {
        match &mut self.0 {
            Some(pooled) => Ok(pooled),
            None => Err(Error::new(Kind::Connection, "the connection is closed")),
        }
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
    pub(in crate::connect) async fn run<J: Job>(&mut self, job: J) -> Result<J::Output> {
        let about = job.about();
        let result = self.exchanges(job).await;
        result.map_err(|error| About::explain(about, error))
    }

    async fn exchanges<J: Job>(&mut self, mut job: J) -> Result<J::Output> {
        let raw = self.raw()?;
        while let Some(statement) = job.next(Dialect::POSTGRES)? {
            let timer = Timer::start();
            raw.state.sent();
            let result = exchange(raw, &statement, &mut job).await;
            raw.state.answered();
            timer.done(&statement.sql, result?);
        }
        job.finish()
    }

    pub(in crate::connect) async fn begin(&mut self, options: &TxOptions) -> Result<()> {
        // Before it is sent: the call may be dropped before the answer.
        self.raw()?.state.open = true;
        self.control(begin(options)).await
    }

    pub(in crate::connect) async fn commit(&mut self) -> Result<()> {
        match self.try_commit().await {
            Ok(()) => {
                self.raw()?.state.ended();
                Ok(())
            }
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// The server would answer a commit of a failed transaction by rolling it back, and call that a success.
    async fn try_commit(&mut self) -> Result<()> {
        let state = &self.raw()?.state;
        state.ensure_sound()?;
        if state.doubtful() {
            // A statement whose answer nobody waited for may have failed; if so, this one is refused.
            let answer = self.control("SELECT 1").await;
            self.raw()?.state.ensure_sound()?;
            answer?;
        }
        self.control("COMMIT").await
    }

    /// Rolls back; a connection that cannot is closed and found out at its next use.
    pub(in crate::connect) async fn rollback(&mut self) {
        if self.raw().is_ok_and(|raw| raw.state.open)
            && self.control("ROLLBACK").await.is_ok()
            && let Ok(raw) = self.raw()
        {
            raw.state.ended();
        }
    }

    /// Runs `SAVEPOINT` and its kin.
    pub(in crate::connect) async fn control(&mut self, sql: &str) -> Result<()> {
        let timer = Timer::start();
        let raw = self.raw()?;
        raw.state.sent();
        let result = raw.client.batch_execute(sql).await;
        raw.state.answered();
        result.map_err(|error| raw.state.note(error))?;
        raw.state.after_control(sql);
        timer.done(sql, 0);
        Ok(())
    }
}

impl Drop for AsyncConn {
    fn drop(&mut self) {
        let Some(mut pooled) = self.0.take() else {
            return;
        };
        if pooled.state.busy()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(tidy(pooled));
        } else if pooled.state.open {
            send(&pooled, "ROLLBACK");
            pooled.state.ended();
        }
    }
}

/// Sends a statement without waiting for what the server answers; later ones queue behind it.
fn send(raw: &AsyncRaw, sql: &str) {
    let future = pin!(raw.client.batch_execute(sql));
    // The first poll writes the message, and the connection's own task takes it from there.
    let _ = future.poll(&mut Context::from_waker(Waker::noop()));
}

/// How long a statement that nobody waits for any more may take before it is cancelled.
const GRACE: Duration = Duration::from_millis(100);

/// Returns a connection once it is clean; closes it if that takes too long.
async fn tidy(mut pooled: Pooled) {
    // Answered after everything that was sent before.
    let last = if pooled.state.open { "ROLLBACK" } else { "SELECT 1" };
    match tokio::time::timeout(GRACE, pooled.client.batch_execute(last)).await {
        Ok(Ok(())) => pooled.state.ended(),
        _ => {
            // Not used again: a cancellation may arrive late, and would hit whatever runs then.
            let raw = Object::take(pooled);
            let _ = raw.client.cancel_token().cancel_query(raw.tls.connector()).await;
        }
    }
}

/// One statement there and back; how many rows there were.
async fn exchange<J: Job>(raw: &mut AsyncRaw, statement: &Statement, job: &mut J) -> Result<u64> {
    if !statement.returns_rows {
        let count = affected(raw, statement, job.values()).await?;
        job.affected(count)?;
        return Ok(count);
    }
    let mut count = 0;
    let mut rows = pin!(rows(raw, statement, job.values()).await?);
    while let Some(row) = rows.try_next().await.map_err(|error| raw.state.note(error))? {
        job.row(&Row::postgres(&row))?;
        count += 1;
    }
    Ok(count)
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
