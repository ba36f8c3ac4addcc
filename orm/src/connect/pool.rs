//! The pool: connections to one database, lent to threads and to tasks.
//!
//! A connection is opened by who needs it, who is told why that fails; nobody else waits for it. While nobody waits, lending is
//! one atomic exchange and returning another one. No clock is read for that: how long something has lain idle the
//! housekeeping knows, and how long somebody has had a connection whoever waits for it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};

#[cfg(all(feature = "async", feature = "postgres"))]
use super::fair_queue::Place;
use super::fair_queue::{self, Entered, FairQueue, Lend, Sleeper};
use super::housekeeping::{self, Kept};
use super::loans::{Holder, Loan, Loans};

pub(super) use super::housekeeping::Ages;

/// A connection of a backend.
pub(super) trait Connection: Send + 'static {
    /// Makes it as it was when it was opened; `false` if it has to be closed.
    fn clean(&mut self) -> bool;
}

/// A connection, and what the pool knows about it.
pub(super) struct Pooled<C> {
    connection: C,
    loan: Arc<Loan>,
    /// How often it was lent.
    lends: u64,
    /// Whether the loan says who has it.
    is_noted: bool,
    /// When the housekeeping found it idle.
    idle_since: Option<Instant>,
}

pub(super) type Lent<C> = fair_queue::Lent<Pooled<C>>;
pub(super) type Turn<C> = fair_queue::Turn<Pooled<C>>;
pub(super) type Queue<C> = FairQueue<Pooled<C>>;

pub(super) struct Pool<C: Connection> {
    queue: Arc<Queue<C>>,
    loans: Loans,
    size: u32,
    timeout: Duration,
}

impl<C: Connection> Pool<C> {
    /// With `ages` connections are closed over time.
    pub(super) fn new(size: u32, timeout: Duration, ages: Option<Ages>) -> Arc<Self> {
        let pool = Arc::new(Pool {
            queue: FairQueue::new(size),
            loans: Loans::default(),
            size,
            timeout,
        });
        if let Some(ages) = ages {
            housekeeping::keep(&pool, ages);
        }
        pool
    }

    #[cfg(all(feature = "async", feature = "sqlite"))]
    pub(super) fn queue(&self) -> &Arc<Queue<C>> {
        &self.queue
    }

    /// The connection that is one exchange away, if it is there.
    #[inline]
    pub(super) fn take(&self) -> Option<Lent<C>> {
        self.queue.take().map(|lent| self.lend(lent))
    }

    /// How many wait, and how many connections are open.
    #[cfg(test)]
    pub(super) fn counted(&self) -> (usize, usize) {
        (self.queue.waiting(), self.loans.open())
    }

    /// A lent connection, as lent once more.
    #[inline]
    pub(super) fn lend(&self, mut lent: Lent<C>) -> Lent<C> {
        lent.lent();
        lent
    }

    /// A connection, for a thread.
    ///
    /// # Errors
    /// What `open` returns, or that none was free in time.
    #[inline]
    pub(super) fn get(&self, open: impl FnOnce() -> Result<C>) -> Result<Lent<C>> {
        let mut lent = match self.take() {
            Some(lent) => lent,
            None => self.opened(self.turn()?, open)?,
        };
        lent.used();
        Ok(lent)
    }

    /// The connection of a turn, opened if it is not there.
    ///
    /// # Errors
    /// What `open` returns; then the next one may try.
    pub(super) fn opened(&self, turn: Turn<C>, open: impl FnOnce() -> Result<C>) -> Result<Lent<C>> {
        match turn {
            Turn::Lent(lent) => Ok(self.lend(lent)),
            Turn::Open(permit) => Ok(Lent::new(permit, self.pooled(open()?))),
        }
    }

    /// A connection as the pool keeps it.
    pub(super) fn pooled(&self, connection: C) -> Pooled<C> {
        Pooled {
            connection,
            loan: self.loans.add(),
            lends: 0,
            is_noted: false,
            idle_since: None,
        }
    }

    /// Takes a clean connection back, faster than dropping it does.
    #[inline]
    pub(super) fn put(&self, mut lent: Lent<C>) {
        if lent.is_noted {
            lent.forget_holder();
        }
        if lent.loan.is_retired() {
            return drop(lent);
        }
        self.queue.put(lent);
    }

    #[cold]
    fn turn(&self) -> Result<Turn<C>> {
        let mut place = match self.queue.turn_or_place(Sleeper::Thread) {
            Entered::Turn(turn) => return Ok(turn),
            Entered::Waits(place) => place,
        };
        if self.loans.are_own(self.size) {
            return Err(self.own());
        }
        let half = self.timeout / 2;
        if let Some(turn) = place.wait(half) {
            return Ok(turn);
        }
        let seen = self.loans.seen();
        let turn = place.wait(self.timeout.saturating_sub(half));
        turn.or_else(|| place.give_up())
            .ok_or_else(|| self.exhausted(&seen, half))
    }

    fn own(&self) -> Error {
        let what = match self.size {
            1 => "the only connection for this is held by a transaction of this very thread".to_owned(),
            size => format!("all {size} connections are held by transactions of this very thread"),
        };
        Error::new(
            Kind::Timeout,
            format!("{what}: {}", self.loans.tell(&[], Duration::ZERO, self.size)),
        )
        .with_hint(PASS_THE_TRANSACTION)
    }

    /// `seen` are the loans that there were before the caller went on waiting for `waited`.
    fn exhausted(&self, seen: &[(usize, u64)], waited: Duration) -> Error {
        let what = match self.size {
            1 => "the only connection for this was in use".to_owned(),
            size => format!("all {size} connections were in use"),
        };
        let who = self.loans.tell(seen, waited, self.size);
        let text = format!("{what} for {:?}: {who}", self.timeout);
        Error::new(Kind::Timeout, text).with_hint(format!(
            "{PASS_THE_TRANSACTION}; keep transactions short, or raise `pool` or `pool_timeout` in the database URL"
        ))
    }
}

#[cfg(feature = "async")]
impl<C: Connection> Pool<C> {
    /// A turn, for a task.
    ///
    /// # Errors
    /// If none came in time.
    #[cfg(feature = "postgres")]
    pub(super) async fn turn_of_task(&self) -> Result<Turn<C>> {
        let mut place: Place<'_, Pooled<C>> = match self.queue.turn_or_place(Sleeper::Task(None)) {
            Entered::Turn(turn) => return Ok(turn),
            Entered::Waits(place) => place,
        };
        match self.in_time(&mut place).await {
            Ok(turn) => Ok(turn),
            Err(error) => place.give_up().ok_or(error),
        }
    }

    /// What a waiter in the queue receives.
    ///
    /// # Errors
    /// If it did not come in time; the place is still to be given up.
    pub(super) async fn in_time<T>(&self, turn: impl Future<Output = T>) -> Result<T> {
        let mut turn = std::pin::pin!(turn);
        let half = self.timeout / 2;
        if let Ok(turn) = tokio::time::timeout(half, &mut turn).await {
            return Ok(turn);
        }
        let seen = self.loans.seen();
        let rest = tokio::time::timeout(self.timeout.saturating_sub(half), turn).await;
        rest.map_err(|_| self.exhausted(&seen, half))
    }
}

impl<C: Connection> Kept for Pool<C> {
    fn sweep(&self, now: Instant, ages: Ages) {
        self.loans.retire(now, ages.life);
        self.queue.sweep(|pooled| {
            let since = *pooled.idle_since.get_or_insert(now);
            !pooled.loan.is_retired() && now.saturating_duration_since(since) < ages.idle
        });
    }
}

impl<C> Pooled<C> {
    #[inline]
    fn lent(&mut self) {
        self.lends += 1;
        self.loan.lent(self.lends);
    }

    /// Notes who has the connection, until it is returned.
    pub(super) fn note(&mut self, holder: Holder) {
        self.is_noted = true;
        self.loan.note(Some(holder));
    }

    fn forget_holder(&mut self) {
        self.is_noted = false;
        self.loan.note(None);
    }

    /// Whether the housekeeping has not found it idle.
    #[cfg(all(feature = "async", feature = "postgres"))]
    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        self.idle_since.is_none()
    }

    /// How long it has lain idle, as far as the housekeeping has looked.
    #[cfg(all(feature = "async", feature = "postgres"))]
    #[inline]
    pub(super) fn rested(&self) -> Option<Duration> {
        self.idle_since.map(|since| since.elapsed())
    }

    /// It works, and is in use from now on.
    #[inline]
    pub(super) fn used(&mut self) {
        self.idle_since = None;
    }
}

impl<C: Connection> Lend for Pooled<C> {
    fn clean(&mut self) -> bool {
        if self.is_noted {
            self.forget_holder();
        }
        !self.loan.is_retired() && self.connection.clean()
    }
}

impl<C> Deref for Pooled<C> {
    type Target = C;

    #[inline]
    fn deref(&self) -> &C {
        &self.connection
    }
}

impl<C> DerefMut for Pooled<C> {
    #[inline]
    fn deref_mut(&mut self) -> &mut C {
        &mut self.connection
    }
}

/// A clean connection as the turn of the next waiter.
#[cfg(all(feature = "async", feature = "sqlite"))]
pub(super) fn as_turn<C: Connection>(mut lent: Lent<C>) -> Turn<C> {
    if lent.is_noted {
        lent.forget_holder();
    }
    Turn::Lent(lent)
}

const PASS_THE_TRANSACTION: &str =
    "inside a transaction run queries on the transaction (`tx`), not on the database handle (`&db`)";
