//! The blocking pool.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use r2d2::ManageConnection;

use crate::connect::pool::{Held, LastError, Lent, Pool as Shared};
use crate::error::{Error, Kind, Result};

use super::client::Client;
use super::drive::rollback;
use super::state::State;
use super::{Conn, Settings};

/// A connection that has rested this long in the pool is asked whether it still works.
const REST: Duration = Duration::from_secs(10);

/// A connection that is older is not kept: what it holds in the server only grows. The pool closes those that are idle.
const AGE: Duration = Duration::from_secs(30 * 60);

/// A connection and what is known about it.
pub(super) struct Raw {
    /// `None` while it is being dropped.
    client: Option<Client>,
    pub state: State,
    opened: Instant,
    /// When it came back to the pool.
    used: Instant,
}

impl Raw {
    pub(super) fn client(&mut self) -> Result<(&mut Client, &mut State)> {
        match &mut self.client {
            Some(client) => Ok((client, &mut self.state)),
            None => Err(Error::new(Kind::Connection, "the connection is closed")),
        }
    }

    /// Whether it can be used again as it is.
    #[inline]
    pub(super) fn is_clean(&self) -> bool {
        !self.state.open && self.client.as_ref().is_some_and(|client| !client.is_closed())
    }
}

impl Drop for Raw {
    /// Saying goodbye takes waiting, which is not allowed where async code runs.
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        if in_async_code() {
            let _ = std::thread::Builder::new()
                .name("orm-close".to_owned())
                .spawn(move || client.close());
        } else {
            client.close();
        }
    }
}

pub(super) struct Opener {
    settings: Box<Settings>,
    /// The connection that `connect` tried the address with.
    first: Mutex<Option<Box<Raw>>>,
    last_error: Arc<LastError>,
}

fn open(settings: &Settings) -> Result<Box<Raw>> {
    let client = Client::open(settings)?;
    let now = Instant::now();
    Ok(Box::new(Raw {
        client: Some(client),
        state: State::default(),
        opened: now,
        used: now,
    }))
}

impl ManageConnection for Opener {
    // Boxed, since the pool moves it about.
    type Connection = Box<Raw>;
    type Error = Error;

    fn connect(&self) -> Result<Box<Raw>> {
        if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(first);
        }
        self.last_error.note(open(&self.settings))
    }

    fn is_valid(&self, raw: &mut Box<Raw>) -> Result<()> {
        if raw.used.elapsed() < REST {
            return Ok(());
        }
        let (client, _) = raw.client()?;
        if client.is_alive(Duration::from_secs(5)) {
            Ok(())
        } else {
            Err(Error::new(
                Kind::Connection,
                format!("{} does not answer any more", self.settings.name()),
            ))
        }
    }

    /// Called whenever a connection comes back to the pool; a place to make it clean.
    fn has_broken(&self, raw: &mut Box<Raw>) -> bool {
        raw.used = Instant::now();
        let Some(client) = &mut raw.client else {
            return true;
        };
        if raw.state.open {
            if in_async_code() {
                return true;
            }
            client.wait(|client| rollback(client, &mut raw.state));
        }
        raw.state.open || client.is_closed() || raw.opened.elapsed() > AGE
    }
}

/// The connections to one database.
pub(in crate::connect) struct Pool {
    pool: Shared<Opener>,
    settings: Box<Settings>,
}

impl Pool {
    pub(in crate::connect) fn open(settings: Box<Settings>) -> Result<Self> {
        ensure_blocking()?;
        // A wrong address is told at once, and not after the pool has tried for as long as it waits.
        let first = open(&settings)?;
        let last_error = Arc::new(LastError::default());
        let opener = Opener {
            settings: settings.clone(),
            first: Mutex::new(Some(first)),
            last_error: Arc::clone(&last_error),
        };
        Ok(Pool {
            pool: Shared::new(
                opener,
                last_error,
                settings.pool_size(),
                settings.pool.timeout,
                true,
            ),
            settings,
        })
    }

    pub(in crate::connect) fn get(&self) -> Result<Conn> {
        ensure_blocking()?;
        self.pool.get().map(Conn::pooled)
    }

    /// Takes a connection back; dropping it does too, but takes longer.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: Conn) {
        if let Some(pooled) = conn.into_clean() {
            self.pool.put(pooled);
        }
    }

    /// A connection beside the pool, closed when it is dropped: nothing that was done to it can leak.
    pub(in crate::connect) fn separate(&self) -> Result<Conn> {
        ensure_blocking()?;
        open(&self.settings).map(Conn::separate)
    }

    /// Notes that this thread holds a connection for the length of a transaction.
    pub(in crate::connect) fn held(&self) -> Held<'_> {
        self.pool.held()
    }
}

pub(super) type Pooled = Lent<Opener>;

/// The blocking driver waits on a runtime of its own, which tokio forbids inside async code by a panic.
fn ensure_blocking() -> Result<()> {
    if in_async_code() {
        return Err(Error::new(
            Kind::Config,
            "`Db` blocks, and async code must not: it would stop every other task of the thread",
        )
        .with_hint(
            "use `AsyncDb` (feature `async`) here, or call this inside `tokio::task::spawn_blocking`",
        ));
    }
    Ok(())
}

/// Whether this thread is polling a future of tokio's. Only such code has a budget of steps to spend; threads for
/// blocking work, which know the runtime just as well, have none.
fn in_async_code() -> bool {
    use std::task::{Context, Waker};
    if tokio::runtime::Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    (0..=u8::MAX).any(|_| {
        let step = std::pin::pin!(tokio::task::consume_budget());
        step.poll(&mut context).is_pending()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn async_code_is_told_from_blocking_code() {
        assert!(!in_async_code());
        for mut builder in [
            tokio::runtime::Builder::new_current_thread(),
            tokio::runtime::Builder::new_multi_thread(),
        ] {
            let runtime = builder.build().unwrap();
            assert!(runtime.block_on(async { in_async_code() }));
            assert!(runtime.block_on(async { tokio::spawn(async { in_async_code() }).await.unwrap() }));
            assert!(!runtime.block_on(async { tokio::task::spawn_blocking(in_async_code).await.unwrap() }));
            let _entered = runtime.enter();
            assert!(!in_async_code());
        }
    }
}
