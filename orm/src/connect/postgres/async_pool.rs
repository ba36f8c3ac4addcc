//! The async pool.

use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, TimeoutType, Timeouts,
};
use tokio::task::AbortHandle;
use tokio_postgres::Client;

use crate::connect::async_conn::runtime;
use crate::connect::pool::exhausted;
use crate::connect::spare::Spare;
use crate::error::{Error, Kind, Result};

use super::open::{reach, set_up};
use super::state::ConnState;
use super::tls::Tls;
use super::{AsyncConn, Settings};

/// A connection and what is known about it. Its task ends when the client is dropped and the server has answered.
pub(in crate::connect) struct AsyncRaw {
    pub client: Client,
    task: AbortHandle,
    pub(super) state: ConnState,
    /// For cancelling, which takes a connection of its own.
    pub(super) tls: Tls,
}

impl Drop for AsyncRaw {
    fn drop(&mut self) {
        // The server may wait for more, and hold what it has locked for as long as there is somebody to wait for.
        if self.state.is_lost() {
            self.task.abort();
        }
    }
}

pub(in crate::connect) struct Opener(Box<Settings>);

impl Manager for Opener {
    type Type = Box<AsyncRaw>;
    type Error = Error;

    fn create(&self) -> impl Future<Output = Result<Box<AsyncRaw>>> + Send {
        // Boxed: it is large, and part of every future that waits for a connection, also for one that is there.
        Box::pin(open(&self.0))
    }

    async fn recycle(&self, raw: &mut Box<AsyncRaw>, _: &Metrics) -> RecycleResult<Error> {
        if raw.client.is_closed() || raw.state.spoiled {
            return Err(RecycleError::message("closed"));
        }
        Ok(())
    }
}

async fn open(settings: &Settings) -> Result<Box<AsyncRaw>> {
    let until = tokio::time::Instant::now() + settings.patience();
    let (client, connection) = reach(settings, until).await?;
    // What goes wrong there is told to whoever uses the client next.
    let task = tokio::spawn(async move {
        let _ = connection.await;
    });
    let state = set_up(&client, settings, until).await?;
    Ok(Box::new(AsyncRaw {
        client,
        task: task.abort_handle(),
        state,
        tls: settings.tls.clone(),
    }))
}

/// The connections to one database.
pub(in crate::connect) struct AsyncPool {
    pool: Pool<Opener>,
    /// In front of the pool, which takes as long to give one out as the driver to write a statement.
    spare: Spare<Object<Opener>>,
    pub(in crate::connect) settings: Box<Settings>,
}

/// A connection, checked out. Boxed, since it is passed on from hand to hand and a spare one keeps its box.
pub(super) type Pooled = Box<Object<Opener>>;

impl AsyncPool {
    pub(in crate::connect) async fn open(settings: Box<Settings>) -> Result<Self> {
        let timeout = Some(settings.pool.timeout);
        let pool = Pool::builder(Opener(settings.clone()))
            .max_size(settings.pool_size() as usize)
            .timeouts(Timeouts {
                wait: timeout,
                // It sees to its time itself, and nothing is waited for in the other.
                create: None,
                recycle: None,
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::config("the pool of connections cannot be set up").with_source(error))?;
        let pool = AsyncPool {
            pool,
            spare: Spare::new(),
            settings,
        };
        // A wrong address is told at once; the connection stays for the first query.
        drop(pool.get().await?);
        Ok(pool)
    }

    #[inline]
    pub(in crate::connect) async fn get(&self) -> Result<AsyncConn> {
        match self.spare() {
            Some(spare) => Ok(AsyncConn::new(spare)),
            // Boxed: opening a connection is a large future, and whoever calls this would have to be as large.
            None => Box::pin(self.lend()).await,
        }
    }

    /// Takes a connection back; dropping it does too, but takes longer.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: AsyncConn) {
        if let Some(pooled) = conn.into_clean() {
            self.spare.put(pooled);
        }
    }

    /// A connection from the pool itself, where there is no spare one.
    async fn lend(&self) -> Result<AsyncConn> {
        runtime()?;
        // Without a clock where nobody waits. Those who do are served first: a place that gets free is theirs at once.
        let at_once = Timeouts {
            wait: Some(Duration::ZERO),
            ..self.pool.timeouts()
        };
        let got = match self.pool.timeout_get(&at_once).await {
            Err(PoolError::Timeout(TimeoutType::Wait)) => self.wait().await,
            got => got.map(Box::new),
        };
        got.map(AsyncConn::new).map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(TimeoutType::Wait) => {
                exhausted(self.settings.pool_size(), self.settings.pool.timeout)
            }
            error => Error::new(Kind::Connection, "the pool of connections is closed").with_source(error),
        })
    }

    async fn wait(&self) -> Result<Pooled, PoolError<Error>> {
        let _waiting = self.spare.wait();
        match self.spare() {
            Some(spare) => Ok(spare),
            None => self.pool.get().await.map(Box::new),
        }
    }

    /// The spare connection; one that has been closed is dropped into the pool, which sees that too.
    fn spare(&self) -> Option<Pooled> {
        self.spare.take().filter(|spare| !spare.client.is_closed())
    }
}
