//! A transaction on an async connection.
//!
//! Any future may be dropped at any point. Cleaning up is left to the next use: an abandoned transaction is rolled
//! back when its connection is returned, an abandoned savepoint before the next statement.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::Result;
use crate::model::ScopeValues;
use crate::plan::{Executor, HandleState, InScope, InTransaction, Job, Script};
use crate::sql::{Cursor, Dialect};

use super::async_conn::{AsyncConn, detached};
use super::async_db::Future;
use super::conn::Savepoint;
use super::on_commit::Hooks;
use super::tx::{crossed, ended};
#[cfg(feature = "sqlite")]
use super::workers::Workers;
use super::{AsyncDb, TxOptions};

mod reading;

pub(super) use reading::Reading;

/// An open transaction, or a savepoint in one; given to the closure of [`AsyncDb::transaction`]. Every terminal takes it like a
/// handle, `.all(tx).await?`.
///
/// # Example: functions that take the transaction of their caller
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// async fn publish(id: i64, tx: &AsyncTx) -> orm::Result<()> {
///     let mut post = Post::get(id, tx).await?;
///     post.status = Status::Published;
///     post.save(tx).await
/// }
/// db.transaction(async |tx| {
///     publish(1, tx).await?;
///     publish(2, tx).await
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
pub struct AsyncTx {
    core: Arc<AsyncTxCore>,
    /// 0 is the transaction, each savepoint in it one more.
    depth: usize,
    scopes: ScopeValues,
}

type ConnGuard = OwnedMutexGuard<Option<AsyncConn>>;

struct AsyncTxCore {
    dialect: &'static Dialect,
    state: HandleState,
    conn: Arc<Mutex<Option<AsyncConn>>>,
    /// Depth of the innermost open savepoint.
    depth: AtomicUsize,
    /// Depth of the outermost savepoint that was abandoned and is still to be rolled back.
    abandoned: AtomicUsize,
    hooks: Lock<Hooks>,
}

/// No savepoint is abandoned.
const NONE: usize = usize::MAX;

/// Runs `work` once, in a transaction of its own.
pub(super) async fn attempt<T>(
    db: &AsyncDb,
    options: &TxOptions,
    began: &'static Location<'static>,
    work: impl AsyncFnOnce(&AsyncTx) -> Result<T>,
) -> Result<T> {
    let conn = db.begin(*options, began).await?;
    let tx = AsyncTx::new(db, conn);
    let open = AbandonTxOnDrop(&tx.core);
    let result = work(&tx).await;
    tx.core.finish(db, result.is_ok()).await?;
    drop(open);
    let output = result?;
    std::mem::take(&mut *tx.core.hooks()).run();
    Ok(output)
}

impl AsyncTx {
    /// On a connection with a transaction open.
    fn new(db: &AsyncDb, conn: AsyncConn) -> Self {
        AsyncTx {
            core: Arc::new(AsyncTxCore {
                dialect: db.dialect(),
                state: db.state(),
                conn: Arc::new(Mutex::new(Some(conn))),
                depth: AtomicUsize::new(0),
                abandoned: AtomicUsize::new(NONE),
                hooks: Lock::default(),
            }),
            depth: 0,
            scopes: db.scopes(),
        }
    }

    /// Closes a cursor without waiting for it. One that is being read from ends with the transaction.
    pub(super) fn close_cursor(&self, cursor: Cursor) {
        let Ok(mut slot) = self.core.conn.try_lock() else {
            return;
        };
        match slot.as_mut() {
            #[cfg(feature = "sqlite")]
            Some(AsyncConn::Threaded(held)) => held.conn.close_cursor(cursor),
            #[cfg(feature = "postgres")]
            Some(AsyncConn::Postgres(conn)) => conn.send(&cursor.closing()),
            None => {}
        }
    }

    pub(super) fn scopes(&self) -> ScopeValues {
        self.scopes.clone()
    }

    /// The same transaction or savepoint with these values for scopes.
    pub(super) fn sharing(&self, scopes: ScopeValues) -> AsyncTx {
        AsyncTx {
            core: Arc::clone(&self.core),
            depth: self.depth,
            scopes,
        }
    }

    /// Which database it is and what it can do, as [`AsyncDb::dialect`].
    ///
    /// # Example: in a transaction
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let name = db.transaction(async |tx| Ok(tx.dialect().name)).await?;
    /// assert_eq!(name, "sqlite");
    /// # Ok(())
    /// # }
    /// ```
    pub fn dialect(&self) -> &'static Dialect {
        self.core.dialect
    }

    /// Runs `work` in a savepoint: if it returns an error, panics or is dropped, what it did is undone and nothing else.
    ///
    /// # Errors
    /// What `work` returns, or what the database says; if another nested transaction is open on this one.
    ///
    /// # Example: a row that may be there already
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// db.transaction(async |tx| {
    ///     let made = tx.transaction(async |inner| Tag::create().label("rust").save(inner).await).await;
    ///     assert!(made.unwrap_err().is_unique_violation());
    ///     Tag::create().label("new").save(tx).await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&AsyncTx) -> Result<T>) -> Result<T> {
        let savepoint = Savepoint {
            depth: self.depth + 1,
        };
        let nested = OpenSavepoint::start(&self.core, savepoint).await?;
        let tx = AsyncTx {
            core: Arc::clone(&self.core),
            depth: savepoint.depth,
            scopes: self.scopes.clone(),
        };
        let output = work(&tx).await?;
        nested.release().await?;
        Ok(output)
    }

    /// Calls `hook` after the outermost transaction is committed; never, if this transaction or savepoint is rolled back. To do
    /// something async, spawn a task in it.
    ///
    /// # Example: a task after the commit
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// db.transaction(async |tx| {
    ///     tx.on_commit(|| {
    ///         tokio::spawn(async { /* send the mail */ });
    ///     });
    ///     Tag::create().label("new").save(tx).await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.core.hooks().push(self.depth, Box::new(hook));
    }

    /// Runs a script on the connection as it is.
    pub(super) async fn batch(&self, script: Script) -> Result<()> {
        let text = format!("{}\n;", script.checked(self.dialect())?);
        let slot = self.core.slot().await;
        self.core.control(slot, self.depth, text).await
    }

    pub(super) async fn run_job<J: Job>(&self, job: J) -> Result<J::Output> {
        let job = InScope::new(job, self.scopes.clone());
        let savepoint = Savepoint {
            depth: self.depth + 1,
        };
        let mut slot = self.core.slot().await;
        // A handle made of one by `scoped` may outlive its savepoint.
        if self.depth > self.core.depth.load(Ordering::Acquire) {
            return Err(ended());
        }
        match slot.as_mut() {
            None => Err(ended()),
            #[cfg(feature = "sqlite")]
            Some(AsyncConn::Threaded(held)) => {
                let workers = Arc::clone(&held.workers);
                run_threaded(workers, Arc::clone(&self.core), slot, job.into_owned(), savepoint).await
            }
            #[cfg(feature = "postgres")]
            Some(AsyncConn::Postgres(conn)) => {
                self.core.catch_up(conn).await?;
                if job.access() != crate::plan::Access::Atomic {
                    return conn.run_alone(job).await;
                }
                let unless = AbandonUnlessClosing {
                    undo: Some(AbandonSavepoint {
                        core: &self.core,
                        savepoint,
                    }),
                    closing: std::sync::atomic::AtomicBool::new(false),
                };
                let result = conn.run_within(job, savepoint, &unless.closing).await;
                // Completed normally: the savepoint is closed.
                unless.closing.store(true, Ordering::Relaxed);
                result
            }
        }
    }
}

/// A separate function, so that the compiler sees that the job and its output borrow nothing.
#[cfg(feature = "sqlite")]
async fn run_threaded<J: Job + 'static>(
    workers: Arc<Workers<super::sqlite::Raw>>,
    core: Arc<AsyncTxCore>,
    mut slot: ConnGuard,
    job: J,
    savepoint: Savepoint,
) -> Result<J::Output> {
    let work = move || {
        let conn = core.threaded(&mut slot, savepoint.depth - 1)?;
        conn.run_within(job, savepoint)
    };
    workers.run(work).await
}

impl AsyncTxCore {
    async fn slot(&self) -> ConnGuard {
        Arc::clone(&self.conn).lock_owned().await
    }

    fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The abandoned savepoint to roll back first.
    fn take_abandoned(&self) -> Option<Savepoint> {
        let depth = self.abandoned.swap(NONE, Ordering::AcqRel);
        (depth != NONE).then_some(Savepoint { depth })
    }

    #[cfg(feature = "sqlite")]
    fn threaded<'s>(&self, slot: &'s mut ConnGuard, depth: usize) -> Result<&'s mut super::conn::Conn> {
        let Some(AsyncConn::Threaded(held)) = slot.as_mut() else {
            return Err(ended());
        };
        held.conn.ensure_transaction()?;
        if let Some(savepoint) = self.take_abandoned() {
            held.conn.undo(savepoint);
            // Work of a dropped future may already have a thread; it must not run outside of its savepoint.
            if savepoint.depth <= depth {
                return Err(ended());
            }
        }
        Ok(&mut held.conn)
    }

    #[cfg(feature = "postgres")]
    async fn catch_up(&self, conn: &mut super::postgres::AsyncConn) -> Result<()> {
        match self.take_abandoned() {
            // The first poll sends it, so dropping the future here loses nothing.
            Some(savepoint) => conn.control(&savepoint.undo()).await,
            None => Ok(()),
        }
    }

    /// Runs `SAVEPOINT` and its kin, as part of what is at `depth`.
    #[cfg_attr(not(feature = "sqlite"), allow(unused_variables))]
    async fn control(self: &Arc<Self>, mut slot: ConnGuard, depth: usize, sql: String) -> Result<()> {
        match slot.as_mut() {
            None => Err(ended()),
            #[cfg(feature = "sqlite")]
            Some(AsyncConn::Threaded(held)) => {
                let (core, workers) = (Arc::clone(self), Arc::clone(&held.workers));
                workers
                    .run(move || core.threaded(&mut slot, depth)?.control(&sql))
                    .await
            }
            #[cfg(feature = "postgres")]
            Some(AsyncConn::Postgres(conn)) => {
                self.catch_up(conn).await?;
                conn.control(&sql).await
            }
        }
    }

    /// Commits or rolls back, and returns the connection.
    #[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
    async fn finish(self: &Arc<Self>, db: &AsyncDb, commit: bool) -> Result<()> {
        let mut slot = self.slot().await;
        match slot.as_mut() {
            None => Err(ended()),
            #[cfg(feature = "sqlite")]
            Some(AsyncConn::Threaded(held)) => {
                let (core, workers) = (Arc::clone(self), Arc::clone(&held.workers));
                let ended = move || {
                    let result = if commit {
                        core.threaded(&mut slot, 0).and_then(super::conn::Conn::commit)
                    } else {
                        Ok(())
                    };
                    // Without a commit, returning the connection rolls back. The thread has the
                    // connection in hand for whoever comes next.
                    let turn = match slot.take() {
                        Some(AsyncConn::Threaded(held)) => held.conn.into_turn(),
                        _ => None,
                    };
                    (result, turn)
                };
                workers.run_and_return(ended).await
            }
            #[cfg(feature = "postgres")]
            Some(AsyncConn::Postgres(conn)) => {
                let result = if commit {
                    match self.catch_up(conn).await {
                        Ok(()) => conn.commit().await,
                        Err(error) => Err(error),
                    }
                } else {
                    conn.rollback().await;
                    Ok(())
                };
                if let Some(conn) = slot.take() {
                    db.put(conn);
                }
                result
            }
        }
    }
}

/// While it lives, the transaction is open; dropped early, it is abandoned.
struct AbandonTxOnDrop<'a>(&'a AsyncTxCore);

impl Drop for AbandonTxOnDrop<'_> {
    fn drop(&mut self) {
        match self.0.conn.try_lock() {
            Ok(mut slot) => match slot.take() {
                #[cfg(feature = "sqlite")]
                Some(AsyncConn::Threaded(held)) => detached(move || drop(held)),
                #[cfg(feature = "postgres")]
                Some(AsyncConn::Postgres(conn)) => drop(conn),
                None => {}
            },
            // A statement is still running on another thread.
            Err(_) => {
                let conn = Arc::clone(&self.0.conn);
                detached(move || drop(conn.blocking_lock().take()));
            }
        }
    }
}

/// A savepoint that is open; dropped early, it is abandoned.
struct OpenSavepoint<'a> {
    core: &'a Arc<AsyncTxCore>,
    savepoint: Savepoint,
    undo: Option<AbandonSavepoint<'a>>,
}

impl<'a> OpenSavepoint<'a> {
    async fn start(core: &'a Arc<AsyncTxCore>, savepoint: Savepoint) -> Result<Self> {
        #[cfg_attr(not(feature = "postgres"), allow(unused_mut))]
        let mut slot = core.slot().await;
        let depth = savepoint.depth;
        if core
            .depth
            .compare_exchange(depth - 1, depth, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            return Err(crossed());
        }
        let mut nested = OpenSavepoint {
            core,
            savepoint,
            undo: None,
        };
        #[cfg(feature = "postgres")]
        if let Some(AsyncConn::Postgres(conn)) = slot.as_mut() {
            core.catch_up(conn).await?;
        }
        nested.undo = Some(AbandonSavepoint { core, savepoint });
        // The first poll sends the SAVEPOINT.
        let started = core.control(slot, depth - 1, savepoint.start()).await;
        if started.is_err() {
            std::mem::forget(nested.undo.take());
        }
        started.map(|()| nested)
    }

    async fn release(mut self) -> Result<()> {
        let slot = self.core.slot().await;
        // The first poll of what follows sends the release, which cannot be undone.
        std::mem::forget(self.undo.take());
        self.core.hooks().released(self.savepoint.depth);
        self.core
            .control(slot, self.savepoint.depth, self.savepoint.release())
            .await
    }
}

impl Drop for OpenSavepoint<'_> {
    fn drop(&mut self) {
        self.core.depth.store(self.savepoint.depth - 1, Ordering::Release);
    }
}

/// Marks a savepoint as abandoned.
struct AbandonSavepoint<'a> {
    core: &'a AsyncTxCore,
    savepoint: Savepoint,
}

impl Drop for AbandonSavepoint<'_> {
    fn drop(&mut self) {
        self.core.hooks().rolled_back(self.savepoint.depth);
        self.core
            .abandoned
            .fetch_min(self.savepoint.depth, Ordering::AcqRel);
    }
}

/// Marks a savepoint as abandoned, unless its end has been sent.
#[cfg(feature = "postgres")]
struct AbandonUnlessClosing<'a> {
    undo: Option<AbandonSavepoint<'a>>,
    closing: std::sync::atomic::AtomicBool,
}

#[cfg(feature = "postgres")]
impl Drop for AbandonUnlessClosing<'_> {
    fn drop(&mut self) {
        if self.closing.load(Ordering::Relaxed) {
            std::mem::forget(self.undo.take());
        }
    }
}

impl fmt::Debug for AsyncTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncTx")
            .field("dialect", &self.core.dialect.name)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

impl<'e> Executor<'e> for &'e AsyncTx {
    type Out<T: Send + 'e> = Future<'e, T>;

    fn run<J, T, F>(self, job: Result<J>, then: F) -> Future<'e, T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        Box::pin(async move { then(self.run_job(job?).await?) })
    }

    fn state(&self) -> HandleState {
        self.core.state.clone().with_scopes(self.scopes())
    }

    fn run_script(self, script: Script) -> Future<'e, ()> {
        Box::pin(async move {
            script.checked(self.dialect())?;
            self.transaction(async |inner| inner.batch(script).await).await
        })
    }
}

#[diagnostic::do_not_recommend]
impl InTransaction for &AsyncTx {}
#[diagnostic::do_not_recommend]
impl InTransaction for &&AsyncTx {}

/// `&tx` where `tx` is what the closure was given.
impl<'e> Executor<'e> for &'e &AsyncTx {
    type Out<T: Send + 'e> = Future<'e, T>;

    fn run<J, T, F>(self, job: Result<J>, then: F) -> Future<'e, T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        let tx: &'e AsyncTx = self;
        tx.run(job, then)
    }

    fn state(&self) -> HandleState {
        self.core.state.clone().with_scopes(self.scopes())
    }

    fn run_script(self, script: Script) -> Future<'e, ()> {
        let tx: &'e AsyncTx = self;
        tx.run_script(script)
    }
}
