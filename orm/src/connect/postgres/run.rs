//! Runs a job's statements on one connection, blocking or async, with as few round trips as possible.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use futures_util::TryStreamExt;
use futures_util::future::{MaybeDone, maybe_done};
use smallvec::SmallVec;
use tokio_postgres::{Client, RowStream};

use crate::connect::TxOptions;
use crate::connect::conn::{Savepoint, locks_nothing};
use crate::connect::trace::Timer;
use crate::error::{Error, Kind, Result};
use crate::plan::{Access, ErasedJob};
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::copy;
use super::parameters::{Parameters, made};
use super::prepare::{prepare, prepare_all};
use super::state::{AGAIN, ConnState, SYSTEM, begin_text};
use super::unnamed::{self, ensure_plain};

/// What makes the statements of a job atomic.
#[derive(Clone, Copy)]
pub(super) enum Atomicity<'a> {
    /// A transaction of its own.
    Transaction,
    /// A savepoint in the enclosing transaction. The flag is set once its release has been sent and cannot be
    /// undone, or if there is none.
    Savepoint(Savepoint, &'a AtomicBool),
}

/// Whether a job's transaction or savepoint is still open when its statements are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::connect) enum ScopeState {
    Open,
    Closed,
}

/// Runs the statements of a job. Rarely used branches are boxed, and the single statement is inlined: a future is
/// as large as its largest branch, and nested futures are moved before they run.
///
/// On an error, its own transaction or savepoint is rolled back, or the enclosing transaction has failed. On
/// [`ScopeState::Open`], the caller must close it.
pub(super) async fn run(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    atomicity: Atomicity<'_>,
) -> Result<ScopeState> {
    let access = job.access();
    if access == Access::Lock && state.read_only {
        return Err(locks_nothing());
    }
    let whole = access == Access::Atomic;
    while let Some(statement) = job.next(state.dialect)? {
        if whole && !job.is_final() {
            return Box::pin(atomic(client, state, job, statement, atomicity)).await;
        }
        // A single statement is atomic by itself.
        if let Atomicity::Savepoint(_, closing) = atomicity {
            closing.store(true, Ordering::Relaxed);
        }
        if job.can_pipeline() {
            let batch = next_batch(job, statement, state.dialect)?;
            Box::pin(together(client, state, job, batch, None, None))
                .await
                .0?;
            continue;
        }
        statement.ensure_values(job.values().len())?;
        let timer = Timer::start(SYSTEM, &statement.sql, state.slow_statement);
        state.sent();
        let result = 'answer: {
            let made = made(&statement, job.values());
            let mut again = AGAIN;
            let asked = loop {
                if state.unnamed || statement.cursor.is_some() {
                    let values = Parameters::of(&statement, job.values(), &made);
                    break Box::pin(unnamed::query(client, &statement.sql, values)).await;
                }
                let prepared = match state.prepared(&statement) {
                    Some(prepared) => prepared,
                    None => {
                        if let Err(error) = Box::pin(prepare(client, state, &statement)).await {
                            break 'answer Err(error);
                        }
                        continue;
                    }
                };
                let values = Parameters::of(&statement, job.values(), &made);
                match client.query_raw(prepared, values).await {
                    Err(error) if state.retry(&statement, &error) && again > 0 => again -= 1,
                    asked => break asked,
                }
            };
            let mut rows = match asked {
                Ok(rows) => pin!(rows),
                Err(error) => break 'answer Err(state.note_of(&statement, error)),
            };
            let mut count = 0;
            loop {
                match rows.try_next().await {
                    Ok(Some(row)) => {
                        match ensure_plain(state, &row).and_then(|()| job.row(&Row::postgres(&row))) {
                            Ok(()) => count += 1,
                            Err(error) => break 'answer Err(error),
                        }
                    }
                    Ok(None) => break,
                    Err(error) => break 'answer Err(state.note(error)),
                }
            }
            finish_statement(job, &statement, rows.rows_affected(), count)
        };
        state.answered();
        timer.ended(&statement.sql, &result);
        result?;
    }
    Ok(ScopeState::Closed)
}

/// Runs the statements of a job that has to succeed or fail as a whole, from the first.
async fn atomic(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    statement: Arc<Statement>,
    atomicity: Atomicity<'_>,
) -> Result<ScopeState> {
    let (open, close) = match atomicity {
        Atomicity::Transaction => ("BEGIN".to_owned(), "COMMIT".to_owned()),
        Atomicity::Savepoint(savepoint, _) => (savepoint.start(), savepoint.release()),
    };
    if matches!(atomicity, Atomicity::Transaction) {
        // Set before sending: the call may be dropped before the answer.
        state.open = true;
    }
    let mut scope = ScopeState::Open;
    let result = statements(
        client,
        state,
        job,
        statement,
        (&open, &close),
        atomicity,
        &mut scope,
    )
    .await;
    match (atomicity, &result) {
        // A commit of a transaction in which a statement has failed is a rollback.
        (Atomicity::Transaction, _) if scope == ScopeState::Closed => state.ended(),
        (Atomicity::Transaction, Err(_)) => rollback(client, state).await,
        // The release failed together with an earlier statement.
        (Atomicity::Savepoint(savepoint, closing), Err(_)) => {
            closing.store(true, Ordering::Relaxed);
            // A statement that the server refuses fails the transaction, whether its job has one or several.
            if !state.failed {
                let _ = control(client, state, &savepoint.undo()).await;
            }
        }
        (_, Ok(())) => {}
    }
    result.map(|()| scope).map_err(|error| job.explain(error))
}

async fn statements(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    first: Arc<Statement>,
    (open, close): (&str, &str),
    atomicity: Atomicity<'_>,
    scope: &mut ScopeState,
) -> Result<()> {
    let mut open = Some(open);
    let mut next = Some(first);
    while let Some(statement) = next.take() {
        if statement.copies {
            if let Some(open) = open.take() {
                control(client, state, open).await?;
            }
            Box::pin(copy::copy_in(client, state, job, &statement)).await?;
            next = job.next(state.dialect)?;
            continue;
        }
        let batch = next_batch(job, statement, state.dialect)?;
        let close = job.is_final().then_some(close);
        if let (Some(_), Atomicity::Savepoint(_, closing)) = (close, atomicity) {
            closing.store(true, Ordering::Relaxed);
        }
        let (result, closed) = together(client, state, job, batch, open.take(), close).await;
        *scope = closed;
        result?;
        if closed == ScopeState::Open {
            next = job.next(state.dialect)?;
        }
    }
    Ok(())
}

/// Maximum number of statements in flight, to limit the memory for their values.
const MOST: usize = 16;

/// A statement with its values.
pub(super) struct PendingStatement {
    pub statement: Arc<Statement>,
    values: Vec<Value<'static>>,
}

/// The statement, and those that can be sent without waiting for its answer.
fn next_batch(
    job: &mut dyn ErasedJob,
    statement: Arc<Statement>,
    dialect: &'static Dialect,
) -> Result<Vec<PendingStatement>> {
    let mut batch = vec![PendingStatement {
        statement,
        values: job.take_values(),
    }];
    while batch.len() < MOST && job.can_pipeline() {
        let Some(statement) = job.pipelined(dialect)? else {
            break;
        };
        let values = job.take_values();
        batch.push(PendingStatement { statement, values });
    }
    for asked in &batch {
        asked.statement.ensure_values(asked.values.len())?;
    }
    Ok(batch)
}

/// Sends `open`, all statements and `close` before it waits for the first answer. Also returns whether `close` was
/// sent, so that nothing is left open.
async fn together(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    mut batch: Vec<PendingStatement>,
    open: Option<&str>,
    close: Option<&str>,
) -> (Result<()>, ScopeState) {
    state.sent();
    let mut again = AGAIN;
    let result = loop {
        match send(client, state, job, &batch, open, close).await {
            BatchOutcome::Answered(result, scope) => break (result, scope),
            BatchOutcome::Outdated(0, error) if again == 0 => break (Err(error), ScopeState::Open),
            BatchOutcome::Outdated(at, _) => {
                again = if at == 0 { again - 1 } else { AGAIN };
                batch.drain(..at);
            }
        }
    };
    state.answered();
    result
}

/// The outcome of a batch.
enum BatchOutcome {
    Answered(Result<()>, ScopeState),
    /// The statement at this position must be prepared again, and sent again with those after it.
    Outdated(usize, Error),
}

type StatementFuture<'a> =
    Pin<Box<MaybeDone<Pin<Box<dyn Future<Output = Result<RowStream, tokio_postgres::Error>> + Send + 'a>>>>>;

async fn send(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    batch: &[PendingStatement],
    open: Option<&str>,
    close: Option<&str>,
) -> BatchOutcome {
    let mut opening = open.map(|sql| started(client.batch_execute(sql)));
    let (prepared, batch, mut result) = match prepare_all(client, state, batch).await {
        Ok(prepared) => (prepared, batch, Ok(())),
        Err(error) => (Vec::new(), &[][..], Err(error)),
    };
    let mut asking: SmallVec<[(&PendingStatement, Timer, StatementFuture<'_>); 4]> = SmallVec::new();
    for (at, asked) in batch.iter().enumerate() {
        let prepared = prepared.get(at);
        let timer = Timer::start(SYSTEM, &asked.statement.sql, state.slow_statement);
        let rows: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            let made = made(&asked.statement, &asked.values);
            let values = Parameters::of(&asked.statement, &asked.values, &made);
            match prepared {
                Some(prepared) => client.query_raw(prepared, values).await,
                None => unnamed::query(client, &asked.statement.sql, values).await,
            }
        });
        asking.push((asked, timer, started(rows)));
    }
    // A value that cannot be encoded fails before sending, so there is nothing to commit.
    let refused = |(_, _, rows): &(&PendingStatement, Timer, StatementFuture<'_>)| {
        matches!(&**rows, MaybeDone::Done(Err(_)))
    };
    let mut closing = match close {
        Some(close) if result.is_ok() && !asking.iter().any(refused) => {
            Some(started(client.batch_execute(close)))
        }
        _ => None,
    };
    if let Some(mut opening) = opening.take() {
        opening.as_mut().await;
        let opened = opening.as_mut().take_output().unwrap_or(Ok(()));
        result = opened.map_err(|error| state.note(error)).and(result);
    }
    for (at, (asked, timer, mut rows)) in asking.into_iter().enumerate() {
        if result.is_err() {
            // It was sent as well, and what it did is undone, or it was refused.
            timer.ended(&asked.statement.sql, &Err(unawaited()));
            continue;
        }
        rows.as_mut().await;
        let answer = match rows.as_mut().take_output() {
            Some(Ok(rows)) => read(state, job, &asked.statement, rows).await,
            Some(Err(error)) => {
                if open.is_none() && close.is_none() && state.retry(&asked.statement, &error) {
                    return BatchOutcome::Outdated(at, state.note(error));
                }
                Err(state.note_of(&asked.statement, error))
            }
            None => continue,
        };
        timer.ended(&asked.statement.sql, &answer);
        result = answer.map(drop);
    }
    let mut scope = ScopeState::Open;
    if let Some(mut closing) = closing.take() {
        scope = ScopeState::Closed;
        closing.as_mut().await;
        let closed = closing.as_mut().take_output().unwrap_or(Ok(()));
        result = result.and(closed.map_err(|error| state.note(error)));
    }
    BatchOutcome::Answered(result, scope)
}

/// The answer to a statement that was sent together with one that failed.
#[cold]
fn unawaited() -> Error {
    Error::new(
        Kind::Database,
        "an earlier statement that was sent with it has failed, so its answer was not waited for",
    )
}

/// A call whose message has been queued by a first poll.
fn started<F: Future>(call: F) -> Pin<Box<MaybeDone<F>>> {
    let mut call = Box::pin(maybe_done(call));
    let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    call
}

/// Reads the answer to a statement.
async fn read(
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    statement: &Statement,
    rows: RowStream,
) -> Result<u64> {
    let mut count = 0;
    let mut rows = pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(|error| state.note(error))? {
        ensure_plain(state, &row)?;
        job.row(&Row::postgres(&row))?;
        count += 1;
    }
    finish_statement(job, statement, rows.rows_affected(), count)
}

/// Tells a job that a statement has been answered in full. Returns how many rows it gave or changed.
fn finish_statement(
    job: &mut dyn ErasedJob,
    statement: &Statement,
    affected: Option<u64>,
    mut rows: u64,
) -> Result<u64> {
    if !statement.returns_rows {
        rows = affected.unwrap_or(0);
        job.affected(rows)?;
    }
    job.answered();
    Ok(rows)
}

pub(super) async fn begin(client: &Client, state: &mut ConnState, options: &TxOptions) -> Result<()> {
    // Set before sending: the call may be dropped before the answer.
    state.open = true;
    state.read_only = options.read_only;
    control(client, state, begin_text(options)).await
}

/// Commits, or rolls back if that fails.
pub(super) async fn commit(client: &Client, state: &mut ConnState) -> Result<()> {
    match try_commit(client, state).await {
        Ok(()) => {
            state.ended();
            Ok(())
        }
        Err(error) => {
            rollback(client, state).await;
            Err(error)
        }
    }
}

/// The server rolls back on COMMIT of a failed transaction, and reports success.
async fn try_commit(client: &Client, state: &mut ConnState) -> Result<()> {
    state.ensure_sound()?;
    if state.doubtful() {
        // An earlier statement whose answer was not awaited may have failed; if so, this one is refused.
        let answer = control(client, state, "SELECT 1").await;
        state.ensure_sound()?;
        answer?;
    }
    control(client, state, "COMMIT").await
}

/// Rolls back; if this fails, the connection is discarded when it is returned or used again.
pub(super) async fn rollback(client: &Client, state: &mut ConnState) {
    if state.is_open() && control(client, state, "ROLLBACK").await.is_ok() {
        state.ended();
    }
}

/// Runs `SAVEPOINT` and its kin.
pub(super) async fn control(client: &Client, state: &mut ConnState, sql: &str) -> Result<()> {
    let timer = Timer::start(SYSTEM, sql, state.slow_statement);
    state.sent();
    let result = client.batch_execute(sql).await;
    state.answered();
    let done = result.map(|()| 0).map_err(|error| state.note(error));
    timer.ended(sql, &done);
    done?;
    state.after_control(sql);
    Ok(())
}
