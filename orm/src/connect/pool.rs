//! What the blocking pools of both backends share.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use r2d2::{ManageConnection, NopErrorHandler, PooledConnection};
use scheduled_thread_pool::ScheduledThreadPool;

use crate::error::{Error, Kind, Result};

use super::spare::Spare;

/// Why the last attempt to open a connection failed, if it did: the pool itself would only say that it waited.
#[derive(Default)]
pub(super) struct LastError(Mutex<Option<String>>);

impl LastError {
    /// Passes a result on and notes how it came out.
    #[cfg(feature = "sqlite")]
    pub(super) fn note<T>(&self, result: Result<T>) -> Result<T> {
        let text = result.as_ref().err().map(ToString::to_string);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
        result
    }

    fn told(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A connection, checked out. Boxed, since it is passed on from hand to hand and a spare one keeps its box.
pub(super) type Lent<M> = Box<PooledConnection<M>>;

/// A pool that names what goes wrong.
pub(super) struct Pool<M: ManageConnection> {
    pool: r2d2::Pool<M>,
    timeout: Duration,
    last_error: Arc<LastError>,
    /// The thread whose transaction holds the only connection: it would wait for itself.
    holder: Mutex<Option<ThreadId>>,
    /// In front of the pool, which takes about as long to give one out as SQLite to answer a query by key.
    spare: Arc<Spare<PooledConnection<M>>>,
}

/// How long a connection may stand in front of a pool that replaces them over time.
const AIRED: Duration = Duration::from_secs(10);

impl<M: ManageConnection<Error = Error>> Pool<M> {
    /// `ages` is whether connections may be closed and replaced over time, which the pool only does to those it has: the
    /// spare one goes back to it now and then.
    pub(super) fn new(
        manager: M,
        last_error: Arc<LastError>,
        size: u32,
        timeout: Duration,
        ages: bool,
    ) -> Self {
        let minutes = |minutes: u64| ages.then(|| Duration::from_secs(minutes * 60));
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(timeout)
            .idle_timeout(minutes(10))
            .max_lifetime(minutes(30))
            .test_on_check_out(ages)
            .error_handler(Box::new(NopErrorHandler))
            .thread_pool(threads())
            .build_unchecked(manager);
        let spare = Arc::new(Spare::new());
        if ages {
            let spare = Arc::downgrade(&spare);
            threads().execute_at_dynamic_rate(AIRED, move || {
                drop(spare.upgrade()?.take());
                Some(AIRED)
            });
        }
        Pool {
            pool,
            timeout,
            last_error,
            holder: Mutex::new(None),
            spare,
        }
    }

    #[inline]
    pub(super) fn get(&self) -> Result<Lent<M>> {
        match self.spare.take() {
            Some(connection) => Ok(connection),
            None => self.lend(),
        }
    }

    /// A connection from the pool itself, where there is no spare one.
    fn lend(&self) -> Result<Lent<M>> {
        match self.pool.try_get() {
            Some(connection) => Ok(Box::new(connection)),
            None => self.wait(),
        }
    }

    /// Takes a clean connection back, faster than dropping it does.
    #[inline]
    pub(super) fn put(&self, connection: Lent<M>) {
        self.spare.put(connection);
    }

    fn wait(&self) -> Result<Lent<M>> {
        if *self.holder() == Some(thread::current().id()) {
            return Err(Error::new(
                Kind::Timeout,
                "the only connection for this is held by a transaction of this very thread",
            )
            .with_hint(PASS_THE_TRANSACTION));
        }
        let waiting = self.spare.wait();
        let result = match self.spare.take() {
            Some(connection) => Ok(connection),
            None => self.pool.get().map(Box::new),
        };
        drop(waiting);
        result.map_err(|_| match self.last_error.told() {
            Some(reason) => Error::new(Kind::Connection, reason),
            None => exhausted(self.pool.max_size(), self.timeout),
        })
    }

    /// Notes that the current thread holds a connection for the length of a transaction.
    pub(super) fn held(&self) -> Held<'_> {
        let sole = self.pool.max_size() == 1;
        if sole {
            *self.holder() = Some(thread::current().id());
        }
        Held(sole.then_some(&self.holder))
    }

    fn holder(&self) -> std::sync::MutexGuard<'_, Option<ThreadId>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, the thread is known to hold the only connection.
pub(super) struct Held<'a>(Option<&'a Mutex<Option<ThreadId>>>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(holder) = self.0 {
            *holder.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

const PASS_THE_TRANSACTION: &str =
    "inside a transaction run queries on the transaction (`tx`), not on the database handle (`&db`)";

pub(super) fn exhausted(size: u32, timeout: Duration) -> Error {
    let what = match size {
        1 => "the only connection for this was in use".to_owned(),
        size => format!("all {size} connections were in use"),
    };
    Error::new(Kind::Timeout, format!("{what} for {timeout:?}")).with_hint(format!(
        "{PASS_THE_TRANSACTION}; keep transactions short, or raise `pool` or `pool_timeout` in the database URL"
    ))
}

/// Two threads open and close connections for every pool of the process.
fn threads() -> Arc<ScheduledThreadPool> {
    static THREADS: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    Arc::clone(THREADS.get_or_init(|| {
        let pool = ScheduledThreadPool::builder()
            .num_threads(2)
            .thread_name_pattern("orm-pool-{}")
            .build();
        Arc::new(pool)
    }))
}
