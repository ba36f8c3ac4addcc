//! Who gets a connection, and when: one queue for threads, for tasks and for work that a thread does for a task.
//!
//! First come, first served, but for the first [`PATIENCE`] of a thread. Whoever returns a connection hands it to the oldest
//! waiter; a connection that is closed leaves the permit to open another one, which goes the same way. So there are never
//! more connections than permits, and nobody waits where one is to be had.
//!
//! A thread takes long to wake: were a connection its own from the moment it is returned, it would rest meanwhile, and with
//! many more threads than connections all would rest most of the time. So a thread that has not waited for long is only told
//! that there is one, and whoever is awake may be quicker.

mod hot_slot;
mod lent;
mod waiter;

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::sync::{Mutex, MutexGuard};
use hot_slot::HotSlot;
use lent::Kept;
pub use lent::{Lend, Lent, Permit, Turn};
pub use waiter::{Place, Sleeper, Waiting, Work};

/// For how long a thread at the head of the queue may see others be quicker.
const PATIENCE: Duration = Duration::from_millis(5);

/// The connections that are free, and who waits for one.
pub struct FairQueue<T: Lend> {
    hot: HotSlot<Kept<T>>,
    state: Mutex<State<T>>,
    patience: Duration,
}

struct State<T: Lend> {
    /// The one used last comes first.
    idle: Vec<Box<Kept<T>>>,
    /// Free permits.
    free: u32,
    waiting: VecDeque<Waiting<T>>,
}

impl<T: Lend> FairQueue<T> {
    pub fn new(size: u32) -> Arc<Self> {
        Self::with_patience(size, PATIENCE)
    }

    /// One in which threads are overtaken for so long.
    pub fn with_patience(size: u32, patience: Duration) -> Arc<Self> {
        Arc::new(FairQueue {
            patience,
            hot: HotSlot::new(),
            state: Mutex::new(State {
                idle: Vec::new(),
                free: size,
                waiting: VecDeque::new(),
            }),
        })
    }

    /// The connection that is one exchange away, if it is there.
    #[inline]
    pub fn take(&self) -> Option<Lent<T>> {
        self.hot.take().map(|kept| Lent(Some(kept)))
    }

    /// A turn, or a place in the queue: whatever `enters` gives stands there.
    pub fn enter<W>(self: &Arc<Self>, enters: impl FnOnce() -> (Waiting<T>, W)) -> Entered<T, W> {
        let mut state = self.state();
        if let Some(kept) = state.idle.pop() {
            return Entered::Turn(Turn::Lent(Lent(Some(kept))));
        }
        if state.free > 0 {
            // One that has just been returned is better than a new one.
            if let Some(kept) = self.hot.take() {
                return Entered::Turn(Turn::Lent(Lent(Some(kept))));
            }
            state.free -= 1;
            return Entered::Turn(Turn::Open(Permit(Arc::downgrade(self))));
        }
        let (waiting, handle) = enters();
        state.waiting.push_back(waiting);
        let found = self.hot.wait(state.waiting.len());
        drop(state);
        if let Some(kept) = found {
            // It came back before anybody could be seen waiting. It is the first one's, who may be another.
            self.give(Turn::Lent(Lent(Some(kept))));
        }
        Entered::Waits(handle)
    }

    /// A turn, or a place in the queue.
    pub fn turn_or_place(self: &Arc<Self>, sleeper: Sleeper) -> Entered<T, Place<'_, T>> {
        self.enter(|| Place::new(self, sleeper))
    }

    /// Returns a connection that is clean, faster than dropping it does.
    #[inline]
    pub fn put(&self, mut lent: Lent<T>) {
        if let Some(kept) = lent.0.take() {
            self.put_kept(kept);
        }
    }

    #[inline]
    pub(super) fn put_kept(&self, kept: Box<Kept<T>>) {
        if !self.hot.is_quiet() {
            return self.offer(kept);
        }
        let before = self.hot.put(kept);
        if before.is_some() || !self.hot.is_quiet() {
            self.settle(before);
        }
    }

    /// Hands a connection to whoever has waited the longest. A thread that has not waited for long is told instead, and stays
    /// where it is until it has found one.
    fn offer(&self, kept: Box<Kept<T>>) {
        let state = self.state();
        let first = match state.waiting.front() {
            Some(Waiting::Caller(first)) if first.is_patient(self.patience) => Arc::clone(first),
            _ => {
                drop(state);
                return self.give(Turn::Lent(Lent(Some(kept))));
            }
        };
        // Under the lock: whoever takes the first one out of the queue from here on finds this, and offers it to the next one.
        let before = self.hot.put(kept);
        drop(state);
        first.tell();
        if before.is_some() {
            self.give(Turn::Lent(Lent(before)));
        }
    }

    /// Offers what the one who has just left the head of the queue may have been told of.
    fn offer_on(&self) {
        if !self.hot.is_quiet()
            && let Some(kept) = self.hot.take()
        {
            self.offer(kept);
        }
    }

    #[inline(never)]
    fn settle(&self, before: Option<Box<Kept<T>>>) {
        if before.is_some() {
            self.give(Turn::Lent(Lent(before)));
        }
        if !self.hot.is_quiet()
            && let Some(kept) = self.hot.take()
        {
            self.give(Turn::Lent(Lent(Some(kept))));
        }
    }

    /// Hands a turn to the oldest waiter; without one, it is free.
    pub(super) fn give(&self, mut turn: Turn<T>) {
        while let Some((first, mine)) = self.first(turn) {
            match first.give(mine) {
                None => return self.offer_on(),
                // Who no longer waits gives it back.
                Some(back) => turn = back,
            }
        }
    }

    fn first(&self, turn: Turn<T>) -> Option<(Waiting<T>, Turn<T>)> {
        let mut state = self.state();
        if let Some(first) = state.waiting.pop_front() {
            self.hot.left(state.waiting.len());
            return Some((first, turn));
        }
        match turn {
            Turn::Lent(mut lent) => state.idle.extend(lent.0.take()),
            Turn::Open(permit) => {
                permit.spend();
                state.free += 1;
            }
        }
        None
    }

    /// The work that comes next, for a thread that has done some; whoever else comes before it is served. Without any, the turn
    /// is free.
    pub fn next_work(&self, mut turn: Turn<T>) -> Option<(Arc<dyn Work<T>>, Turn<T>)> {
        loop {
            if self.hot.is_quiet()
                && let Turn::Lent(lent) = turn
            {
                self.put(lent);
                return None;
            }
            match self.first(turn)? {
                (Waiting::Work(work), mine) => {
                    self.offer_on();
                    return Some((work, mine));
                }
                (first, mine) => match first.give(mine) {
                    Some(back) => turn = back,
                    None => {
                        self.offer_on();
                        return None;
                    }
                },
            }
        }
    }

    /// Takes work out of the queue; `false` if its turn has come.
    pub fn remove_work(&self, work: &Arc<dyn Work<T>>) -> bool {
        self.remove(Arc::as_ptr(work).cast())
    }

    pub(super) fn remove(&self, waiting: *const ()) -> bool {
        let mut state = self.state();
        let at = state.waiting.iter().position(|other| other.address() == waiting);
        let removed = at.and_then(|at| state.waiting.remove(at));
        self.hot.left(state.waiting.len());
        drop(state);
        self.offer_on();
        // Without the lock: work that is never done may do anything when it is dropped.
        removed.is_some()
    }

    /// Looks at every connection that is idle, and closes those that `stays` does not want.
    pub fn sweep(&self, mut stays: impl FnMut(&mut T) -> bool) {
        if let Some(kept) = self.hot.take() {
            self.give(Turn::Lent(Lent(Some(kept))));
        }
        let mut state = self.state();
        let all = std::mem::take(&mut state.idle);
        let (stay, go): (Vec<_>, Vec<_>) = all
            .into_iter()
            .map(|mut kept| (stays(&mut kept.content), kept))
            .partition(|(stays, _)| *stays);
        state.idle = stay.into_iter().map(|(_, kept)| kept).collect();
        drop(state);
        // Without the lock: to close a connection may take a while, and gives its permit back.
        drop(go);
    }

    /// How many wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// How many connections could be had at once.
    #[cfg(test)]
    pub fn free(&self) -> u32 {
        if let Some(kept) = self.hot.take() {
            self.give(Turn::Lent(Lent(Some(kept))));
        }
        let state = self.state();
        state.free + state.idle.len() as u32
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What has come of coming for a connection.
pub enum Entered<T: Lend, W> {
    Turn(Turn<T>),
    Waits(W),
}
