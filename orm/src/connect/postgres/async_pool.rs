//! The async pool.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::Client;

use crate::connect::async_conn::runtime;
use crate::connect::pool::{Ages, Connection, Lent, Pool, Turn};
use crate::error::Result;

use super::open::{reach, set_up};
use super::state::ConnState;
use super::tls::Tls;
use super::{AsyncConn, Settings};

/// A connection that has rested this long is asked whether it still works: a network may lose one without a word.
const REST: Duration = Duration::from_secs(10);

/// How long a server may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

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

impl AsyncRaw {
    async fn open(settings: &Settings) -> Result<Self> {
        let until = tokio::time::Instant::now() + settings.patience();
        let (client, connection) = reach(settings, until).await?;
        // An error there is returned to the next use of the client.
        let task = tokio::spawn(async move {
            let _ = connection.await;
        });
        let state = set_up(&client, settings, until).await?;
        Ok(AsyncRaw {
            client,
            task: task.abort_handle(),
            state,
            tls: settings.tls.clone(),
        })
    }

    /// A round trip to the server.
    async fn answers(&self) -> bool {
        let asked = tokio::time::timeout(ANSWER, self.client.simple_query("")).await;
        matches!(asked, Ok(Ok(_)))
    }
}

impl Connection for AsyncRaw {
    /// An open transaction is rolled back before it comes here, where nothing can wait.
    fn clean(&mut self) -> bool {
        !self.client.is_closed() && !self.state.spoiled && !self.state.open && !self.state.busy()
    }
}

/// The connections to one database.
pub(in crate::connect) struct AsyncPool {
    pool: Arc<Pool<AsyncRaw>>,
    pub(in crate::connect) settings: Box<Settings>,
}

pub(super) type Pooled = Lent<AsyncRaw>;

impl AsyncPool {
    pub(in crate::connect) async fn open(settings: Box<Settings>) -> Result<Self> {
        let (size, timeout) = (settings.pool_size(), settings.pool.timeout);
        let pool = AsyncPool {
            pool: Pool::new(size, timeout, Some(Ages::OF_A_SERVER)),
            settings,
        };
        // A wrong address is told at once; the connection stays for the first query.
        drop(pool.get().await?);
        Ok(pool)
    }

    #[inline]
    pub(in crate::connect) async fn get(&self) -> Result<AsyncConn> {
        match self.pool.take() {
            Some(lent) if lent.is_fresh() && !lent.client.is_closed() => Ok(AsyncConn::new(lent)),
            // Boxed: opening a connection is a large future, and the caller's would become as large.
            other => Box::pin(self.lend(other)).await,
        }
    }

    #[cfg(test)]
    pub(in crate::connect) fn counted(&self) -> (usize, usize) {
        self.pool.counted()
    }

    /// Takes a connection back; dropping it does too, but takes longer.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: AsyncConn) {
        if let Some(lent) = conn.into_clean() {
            self.pool.put(lent);
        }
    }

    /// A connection that works, where there is none at hand of which that is known.
    async fn lend(&self, lent: Option<Pooled>) -> Result<AsyncConn> {
        runtime()?;
        let turn = match lent {
            Some(lent) => Turn::Lent(lent),
            None => self.pool.turn_of_task().await?,
        };
        let permit = match turn {
            Turn::Open(permit) => permit,
            Turn::Lent(mut lent) => {
                let rested = lent.rested().is_some_and(|rested| rested > REST);
                if !lent.client.is_closed() && (!rested || lent.answers().await) {
                    // Not before it has answered: who gives up waiting leaves it as doubtful as it was.
                    lent.used();
                    return Ok(AsyncConn::new(self.pool.lend(lent)));
                }
                lent.state.lose();
                lent.close()
            }
        };
        let opened = self.pool.pooled(AsyncRaw::open(&self.settings).await?);
        Ok(AsyncConn::new(Lent::new(permit, opened)))
    }
}
