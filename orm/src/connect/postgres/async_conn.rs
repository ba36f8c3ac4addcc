//! One async connection.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use crate::connect::TxOptions;
use crate::connect::conn::Savepoint;
use crate::connect::loans::Holder;
use crate::error::{Error, Kind, Result};
use crate::plan::{ErasedJob, ErrorContext, Job};

use super::async_pool::{AsyncRaw, Pooled};
use super::run::{self, Atomicity, ScopeState};

/// One connection, checked out.
///
/// Every call may be dropped before it is done. When the connection is returned, what it had sent is cancelled, and
/// an open transaction rolled back.
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
            Some(pooled) => {
                pooled.state.ensure_understood()?;
                Ok(pooled)
            }
            None => Err(Error::new(Kind::Connection, "the connection is closed")),
        }
    }

    /// Records who has the connection, for the error of a waiter.
    pub(in crate::connect) fn note(&mut self, holder: Holder) {
        if let Some(pooled) = &mut self.0 {
            pooled.note(holder);
        }
    }

    /// The connection, unless it must be cleaned first.
    pub(super) fn into_clean(mut self) -> Option<Pooled> {
        let clean = self.0.as_ref().is_some_and(|pooled| {
            !pooled.state.open && !pooled.state.busy() && !pooled.state.spoiled && !pooled.client.is_closed()
        });
        if clean { self.0.take() } else { None }
    }

    /// Runs the statements of a job outside of a transaction, or in one of its own if it needs one;
    /// [`settle`](Self::settle) closes that. Not generic over the job, so that it is compiled once, and the
    /// future does not store the job twice.
    pub(in crate::connect) async fn exchange(&mut self, job: &mut dyn ErasedJob) -> Result<ScopeState> {
        let raw = self.raw()?;
        run::run(&raw.client, &mut raw.state, job, Atomicity::Transaction).await
    }

    /// Ends the transaction that a job has left open: commits it, or rolls it back if the job's result is an error.
    pub(in crate::connect) async fn settle(&mut self, succeeded: bool) -> Result<()> {
        if succeeded {
            return self.commit().await;
        }
        self.rollback().await;
        Ok(())
    }

    /// Runs a job outside a transaction, in one of its own if it needs one.
    pub(in crate::connect) async fn run_alone<J: Job>(&mut self, mut job: J) -> Result<J::Output> {
        let context = job.error_context();
        let result = match self.exchange(&mut job).await {
            Ok(ScopeState::Closed) => job.finish(),
            Ok(ScopeState::Open) => {
                let result = job.finish();
                Box::pin(self.settle(result.is_ok())).await.and(result)
            }
            Err(error) => Err(error),
        };
        result.map_err(|error| ErrorContext::explain(context, error))
    }

    /// Runs a job inside a transaction, in a savepoint if it has to succeed or fail as a whole. Dropped early, it leaves
    /// that savepoint open unless `closing` was set.
    pub(in crate::connect) async fn run_within<J: Job>(
        &mut self,
        job: J,
        savepoint: Savepoint,
        closing: &AtomicBool,
    ) -> Result<J::Output> {
        let context = job.error_context();
        let result = self.within(job, savepoint, closing).await;
        result.map_err(|error| ErrorContext::explain(context, error))
    }

    async fn within<J: Job>(
        &mut self,
        mut job: J,
        savepoint: Savepoint,
        closing: &AtomicBool,
    ) -> Result<J::Output> {
        let raw = self.raw()?;
        let atomicity = Atomicity::Savepoint(savepoint, closing);
        let scope = run::run(&raw.client, &mut raw.state, &mut job, atomicity).await?;
        match (scope, job.finish()) {
            (ScopeState::Closed, result) => result,
            (ScopeState::Open, result) => {
                // The first poll sends the end of the savepoint.
                closing.store(true, Ordering::Relaxed);
                match result {
                    Ok(output) => self.control(&savepoint.release()).await.map(|()| output),
                    Err(error) => {
                        let _ = self.control(&savepoint.undo()).await;
                        Err(error)
                    }
                }
            }
        }
    }

    pub(in crate::connect) async fn begin(&mut self, options: &TxOptions) -> Result<()> {
        let raw = self.raw()?;
        run::begin(&raw.client, &mut raw.state, options).await
    }

    pub(in crate::connect) async fn commit(&mut self) -> Result<()> {
        let raw = self.raw()?;
        let done = run::commit(&raw.client, &mut raw.state).await;
        done.map_err(|error| ErrorContext::explain(None, error))
    }

    /// Rolls back; if this fails, the connection is closed and discarded at its next use.
    pub(in crate::connect) async fn rollback(&mut self) {
        if let Ok(raw) = self.raw() {
            run::rollback(&raw.client, &mut raw.state).await;
        }
    }

    /// Sends a statement without waiting for its answer.
    pub(in crate::connect) fn send(&mut self, sql: &str) {
        if let Ok(raw) = self.raw() {
            raw.state.sent();
            send(raw, sql);
        }
    }

    /// Runs `SAVEPOINT` and its kin.
    pub(in crate::connect) async fn control(&mut self, sql: &str) -> Result<()> {
        let raw = self.raw()?;
        run::control(&raw.client, &mut raw.state, sql).await
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
    // The first poll queues the message; the connection's own task sends it.
    let _ = future.poll(&mut Context::from_waker(Waker::noop()));
}

/// How long an abandoned statement may run before it is cancelled.
const GRACE: Duration = Duration::from_millis(100);

/// Timeout of the cancel request.
const CANCELLING: Duration = Duration::from_secs(10);

/// Returns a connection once it is clean; closes it if that takes too long.
async fn tidy(mut pooled: Pooled) {
    // Its answer comes after those of everything sent before.
    let last = if pooled.state.open { "ROLLBACK" } else { "SELECT 1" };
    match tokio::time::timeout(GRACE, pooled.client.batch_execute(last)).await {
        Ok(Ok(())) => pooled.state.ended(),
        _ => {
            // Not reused: a late cancel request would hit the next statement.
            let token = pooled.client.cancel_token();
            let tls = pooled.tls.clone();
            let permit = pooled.close();
            let _ = tokio::time::timeout(CANCELLING, token.cancel_query(tls.connector())).await;
            drop(permit);
        }
    }
}
