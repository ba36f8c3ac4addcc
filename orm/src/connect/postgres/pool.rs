//! The blocking pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use r2d2::ManageConnection;
use tokio::runtime::{Builder, Runtime};

use crate::connect::pool::{Held, Lent, Pool as Shared};
use crate::error::{Error, Kind, Result};

use super::client::Client;
use super::run::rollback;
use super::state::ConnState;
use super::{Conn, Settings};

/// A connection that has not been used for this long may have been closed by the server; what has arrived from it tells.
const BLINK: Duration = Duration::from_millis(1);

/// A connection that has rested this long is asked whether it still works: a network may lose one without a word.
const REST: Duration = Duration::from_secs(10);

/// A connection that is older is not kept: what it holds in the server only grows. The pool closes those that are idle.
const AGE: Duration = Duration::from_secs(30 * 60);

/// A place in the pool: a connection and what is known about it. It is opened by who comes to need it, who is then told why
/// that fails, and not by the pool, which tries again after ever longer pauses and has everybody wait meanwhile.
pub(super) struct Raw {
    /// `None` before it is opened, and after it was lost.
    client: Option<Client>,
    pub state: ConnState,
    opened: Instant,
    /// When it came back to the pool.
    used: Instant,
}

impl Raw {
    fn closed() -> Box<Self> {
        let now = Instant::now();
        Box::new(Raw {
            client: None,
            state: ConnState::direct(),
            opened: now,
            used: now,
        })
    }

    fn open(&mut self, settings: &Settings) -> Result<()> {
        self.close();
        let (client, state) = Client::open(settings)?;
        self.client = Some(client);
        self.state = state;
        self.opened = Instant::now();
        self.used = self.opened;
        Ok(())
    }

    /// Opens it, unless it is open and the server has not closed it since it was used.
    #[inline]
    fn ensure_open(&mut self, settings: &Settings) -> Result<()> {
        let rested = self.used.elapsed();
        let works = match &mut self.client {
            Some(client) => rested < BLINK || client.works(rested > REST),
            None => false,
        };
        if works { Ok(()) } else { self.open(settings) }
    }

    pub(super) fn client(&mut self) -> Result<(&mut Client, &mut ConnState)> {
        self.state.ensure_understood()?;
        match &mut self.client {
            Some(client) => Ok((client, &mut self.state)),
            None => Err(Error::new(Kind::Connection, "the connection is closed")),
        }
    }

    /// Whether it can be used again as it is.
    #[inline]
    pub(super) fn is_clean(&self) -> bool {
        !self.state.open
            && !self.state.spoiled
            && self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    /// Saying goodbye takes waiting, which is not allowed where async code runs.
    fn close(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        if self.state.is_lost() {
            // Without goodbye: the server may wait for something else, and answers nothing before that.
            drop(client);
        } else if in_async_code() {
            let _ = std::thread::Builder::new()
                .name("orm-close".to_owned())
                .spawn(move || client.close());
        } else {
            client.close();
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.close();
    }
}

pub(super) struct Opener {
    /// The connection that `connect` tried the address with.
    first: Mutex<Option<Box<Raw>>>,
}

impl ManageConnection for Opener {
    // Boxed, since the pool moves it about.
    type Connection = Box<Raw>;
    type Error = Error;

    fn connect(&self) -> Result<Box<Raw>> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(first.unwrap_or_else(Raw::closed))
    }

    fn is_valid(&self, _: &mut Box<Raw>) -> Result<()> {
        Ok(())
    }

    /// Called whenever a connection comes back to the pool; a place to make it clean. It is never broken, only closed: the
    /// pool would not tell those who wait that there is room for another.
    fn has_broken(&self, raw: &mut Box<Raw>) -> bool {
        raw.used = Instant::now();
        if raw.state.is_open()
            && let Some(client) = &mut raw.client
            && !in_async_code()
        {
            client.wait(|client| rollback(client, &mut raw.state));
        }
        if !raw.is_clean() || raw.opened.elapsed() > AGE {
            raw.close();
        }
        false
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
        // A wrong address is told at once; the connection stays for the first query.
        let mut first = Raw::closed();
        first.open(&settings)?;
        let opener = Opener {
            first: Mutex::new(Some(first)),
        };
        let (size, timeout) = (settings.pool_size(), settings.pool.timeout);
        Ok(Pool {
            pool: Shared::new(opener, Arc::default(), size, timeout, true),
            settings,
        })
    }

    pub(in crate::connect) fn get(&self) -> Result<Conn> {
        ensure_blocking()?;
        let mut pooled = self.pool.get()?;
        pooled.ensure_open(&self.settings)?;
        Ok(Conn::pooled(pooled))
    }

    /// Takes a connection back; dropping it does too, but takes longer.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: Conn) {
        if let Some(mut pooled) = conn.into_clean() {
            pooled.used = Instant::now();
            self.pool.put(pooled);
        }
    }

    /// A connection beside the pool, closed when it is dropped: nothing that was done to it can leak.
    pub(in crate::connect) fn separate(&self) -> Result<Conn> {
        ensure_blocking()?;
        let mut raw = Raw::closed();
        raw.open(&self.settings)?;
        Ok(Conn::separate(raw))
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

/// Whether this thread is polling a future of tokio's, so that it cannot wait. Threads for blocking work know the runtime
/// just as well, and there is no asking it.
fn in_async_code() -> bool {
    tokio::runtime::Handle::try_current().is_ok() && (has_budget() || is_scheduled() || !may_wait())
}

/// Only such code has a budget of steps to spend, unless it has asked to have none.
fn has_budget() -> bool {
    let mut context = Context::from_waker(Waker::noop());
    (0..=u8::MAX).any(|_| {
        let step = pin!(tokio::task::consume_budget());
        step.poll(&mut context).is_pending()
    })
}

/// Whether who yields is woken by a scheduler, some time later, and not at once.
fn is_scheduled() -> bool {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let yields = pin!(tokio::task::yield_now());
    let _ = yields.poll(&mut Context::from_waker(&waker));
    !woken.0.load(Ordering::Relaxed)
}

/// Tries it. Where it is not allowed, tokio panics; that is left for the one case that nothing else finds, a future without
/// budget on the thread that waits for it.
fn may_wait() -> bool {
    static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| Builder::new_current_thread().build().ok());
    let Some(runtime) = &*RUNTIME else { return true };
    catch_unwind(AssertUnwindSafe(|| runtime.block_on(std::future::ready(())))).is_ok()
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
            assert!(runtime.block_on(async {
                tokio::spawn(tokio::task::unconstrained(async { in_async_code() }))
                    .await
                    .unwrap()
            }));
            assert!(runtime.block_on(tokio::task::unconstrained(async { in_async_code() })));
            assert!(!runtime.block_on(async { tokio::task::spawn_blocking(in_async_code).await.unwrap() }));
            let _entered = runtime.enter();
            assert!(!in_async_code());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let in_place = async { tokio::task::block_in_place(in_async_code) };
        assert!(!runtime.block_on(async { tokio::spawn(in_place).await.unwrap() }));
    }
}
