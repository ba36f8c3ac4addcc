//! The blocking pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::connect::pool::{Ages, Connection, Lent, Pool as Shared};
use crate::error::{Error, Kind, Result};
use crate::plan::rows_are_made;

use super::client::Client;
use super::run::rollback;
use super::state::ConnState;
use super::{Conn, Settings};

/// A connection that has not been used for this long may have been closed by the server; what has arrived from it tells.
const BLINK: Duration = Duration::from_millis(1);

/// A connection that has rested this long is asked whether it still works: a network may lose one without a word.
const REST: Duration = Duration::from_secs(10);

/// A connection and what is known about it.
pub(super) struct Raw {
    /// `None` after it was closed.
    client: Option<Client>,
    pub state: ConnState,
    /// When it came back to the pool.
    used: Instant,
}

impl Raw {
    fn open(settings: &Settings) -> Result<Self> {
        let (client, state) = Client::open(settings)?;
        Ok(Raw {
            client: Some(client),
            state,
            used: Instant::now(),
        })
    }

    /// Whether the server has not closed it since it was used.
    #[inline]
    fn works(&mut self) -> bool {
        let rested = self.used.elapsed();
        let works = match &mut self.client {
            Some(client) => rested < BLINK || client.works(rested > REST),
            None => false,
        };
        if !works {
            self.state.lose();
        }
        works
    }

    pub(super) fn client(&mut self) -> Result<(&mut Client, &mut ConnState)> {
        if rows_are_made() {
            ensure_blocking()?;
        }
        self.state.ensure_understood()?;
        match &mut self.client {
            Some(client) => Ok((client, &mut self.state)),
            None => Err(Error::new(Kind::Connection, "the connection is closed")
                .with_hint("drop this session or transaction and begin another one")),
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

impl Connection for Raw {
    fn clean(&mut self) -> bool {
        self.used = Instant::now();
        if self.state.is_open()
            && let Some(client) = &mut self.client
            && !in_async_code()
        {
            client.wait(|client| rollback(client, &mut self.state));
        }
        self.is_clean()
    }
}

/// The connections to one database.
pub(in crate::connect) struct Pool {
    pool: Arc<Shared<Raw>>,
    settings: Box<Settings>,
}

impl Pool {
    pub(in crate::connect) fn open(settings: Box<Settings>) -> Result<Self> {
        let (size, timeout) = (settings.pool_size(), settings.pool.timeout);
        let pool = Pool {
            pool: Shared::new(size, timeout, Some(Ages::OF_A_SERVER)),
            settings,
        };
        // A wrong address is told at once; the connection stays for the first query.
        pool.put(pool.get()?);
        Ok(pool)
    }

    pub(in crate::connect) fn get(&self) -> Result<Conn> {
        ensure_blocking()?;
        let mut lent = self.pool.get(|| Raw::open(&self.settings))?;
        if !lent.works() {
            // Its permit stays with whoever needs it, who is told why if there is no other connection to be had. It is closed first:
            // one that does not answer is never lent again, and there is one connection for a permit.
            let permit = lent.close();
            lent = Lent::new(permit, self.pool.pooled(Raw::open(&self.settings)?));
        }
        Ok(Conn::pooled(lent))
    }

    #[cfg(test)]
    pub(in crate::connect) fn counted(&self) -> (usize, usize) {
        self.pool.counted()
    }

    /// Takes a connection back; dropping it does too, but takes longer.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: Conn) {
        if let Some(mut lent) = conn.into_clean() {
            lent.used = Instant::now();
            self.pool.put(lent);
        }
    }

    /// A connection beside the pool, closed when it is dropped: nothing that was done to it can leak.
    pub(in crate::connect) fn separate(&self) -> Result<Conn> {
        ensure_blocking()?;
        Ok(Conn::separate(Box::new(Raw::open(&self.settings)?)))
    }
}

pub(super) type Pooled = Lent<Raw>;

/// The blocking driver waits on a runtime of its own, which tokio forbids inside async code by a panic.
pub(in crate::connect) fn ensure_blocking() -> Result<()> {
    if in_async_code() {
        if rows_are_made() {
            return Err(Error::new(
                Kind::Config,
                "the rows of `copy_in` are made while it runs, and whoever makes them cannot query meanwhile",
            )
            .with_hint("query before it, or make the rows first and give them to `bulk_create`"));
        }
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
