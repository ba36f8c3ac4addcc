//! The waiters in the queue.

use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::super::sync::{Condvar, Mutex, MutexGuard};
use super::FairQueue;
use super::lent::{Lend, Lent, Turn};

pub enum Waiting<T: Lend> {
    Caller(Arc<Waiter<T>>),
    Work(Arc<dyn Work<T>>),
}

/// Work that waits for a connection, and that the thread which returns one may do.
pub trait Work<T: Lend>: Send + Sync {
    /// Does the work, unless it was given up. Returns the connection, unless it is needed for longer.
    fn run(&self, turn: Option<Turn<T>>) -> Option<Turn<T>>;

    /// Tells the task that it is done.
    fn tell(&self);

    /// Gives the turn to the task, which looks for a thread itself; returns it if the task no longer waits.
    fn call(&self, turn: Turn<T>) -> Option<Turn<T>>;

    /// No thread will do it.
    fn lose(&self);
}

pub struct Waiter<T: Lend> {
    since: Instant,
    stage: Mutex<Stage<T>>,
    /// For a thread.
    given: Condvar,
}

enum Stage<T: Lend> {
    Waits(Sleeper),
    /// A thread that was told that there is a connection, and has not looked yet.
    Told,
    Given(Turn<T>),
    /// It was given up.
    Over,
}

/// Who waits for a turn, unless it is work.
pub enum Sleeper {
    Thread,
    /// A task, which may not have been polled yet.
    Task(Option<Waker>),
}

impl<T: Lend> Waiting<T> {
    /// Returns the turn if the waiter has given up.
    pub(super) fn give(self, turn: Turn<T>) -> Option<Turn<T>> {
        match self {
            Waiting::Caller(waiter) => waiter.give(turn),
            Waiting::Work(work) => work.call(turn),
        }
    }

    pub(super) fn address(&self) -> *const () {
        match self {
            Waiting::Caller(waiter) => Arc::as_ptr(waiter).cast(),
            Waiting::Work(work) => Arc::as_ptr(work).cast(),
        }
    }
}

impl<T: Lend> Waiter<T> {
    /// Whether it may be told of a connection that others may take. A task may not: nothing says when it is polled.
    pub(super) fn is_patient(&self, patience: Duration) -> bool {
        self.since.elapsed() < patience
            && matches!(*self.stage(), Stage::Waits(Sleeper::Thread) | Stage::Told)
    }

    /// Tells a thread that there is a connection.
    pub(super) fn tell(&self) {
        let mut stage = self.stage();
        if let Stage::Waits(Sleeper::Thread) = *stage {
            *stage = Stage::Told;
            drop(stage);
            self.given.notify_one();
        }
    }

    fn give(&self, turn: Turn<T>) -> Option<Turn<T>> {
        let mut stage = self.stage();
        let sleeper = match &mut *stage {
            Stage::Waits(sleeper) => std::mem::replace(sleeper, Sleeper::Task(None)),
            Stage::Told => Sleeper::Thread,
            Stage::Given(_) | Stage::Over => return Some(turn),
        };
        *stage = Stage::Given(turn);
        drop(stage);
        match sleeper {
            Sleeper::Thread => self.given.notify_one(),
            Sleeper::Task(Some(waker)) => waker.wake(),
            Sleeper::Task(None) => {}
        }
        None
    }

    fn stage(&self) -> MutexGuard<'_, Stage<T>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue. Dropped early, it is given up, and a turn that has already come is the next one's.
pub struct Place<'q, T: Lend> {
    queue: &'q FairQueue<T>,
    waiter: Arc<Waiter<T>>,
    is_over: bool,
}

impl<'q, T: Lend> Place<'q, T> {
    /// Somebody's, which is still to be taken.
    pub(super) fn new(queue: &'q FairQueue<T>, sleeper: Sleeper) -> (Waiting<T>, Self) {
        let waiter = Arc::new(Waiter {
            since: Instant::now(),
            stage: Mutex::new(Stage::Waits(sleeper)),
            given: Condvar::new(),
        });
        let place = Place {
            queue,
            waiter: Arc::clone(&waiter),
            is_over: false,
        };
        (Waiting::Caller(waiter), place)
    }

    /// Has the thread wait for so long.
    pub fn wait(&mut self, patience: Duration) -> Option<Turn<T>> {
        let waiter = Arc::clone(&self.waiter);
        let mut stage = waiter.stage();
        loop {
            if let Some(turn) = stage.take() {
                self.is_over = true;
                return Some(turn);
            }
            if let Stage::Told = *stage {
                // Before it looks: whoever puts one in after that tells it again.
                *stage = Stage::Waits(Sleeper::Thread);
                drop(stage);
                if let Some(found) = self.queue.take() {
                    return Some(self.leave_with(found));
                }
                stage = waiter.stage();
                continue;
            }
            let left = patience.saturating_sub(waiter.since.elapsed());
            if left.is_zero() {
                return None;
            }
            let waited = waiter.given.wait_timeout(stage, left);
            stage = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Leaves the queue with a connection that it has found, and gives on the turn that has come meanwhile.
    fn leave_with(&mut self, found: Lent<T>) -> Turn<T> {
        if let Some(turn) = self.give_up() {
            self.queue.give(turn);
        }
        Turn::Lent(found)
    }

    /// Leaves the queue. Returns the turn that has come meanwhile.
    pub fn give_up(&mut self) -> Option<Turn<T>> {
        self.is_over = true;
        self.queue.remove(Arc::as_ptr(&self.waiter).cast());
        let stage = std::mem::replace(&mut *self.waiter.stage(), Stage::Over);
        match stage {
            Stage::Given(turn) => Some(turn),
            Stage::Waits(_) | Stage::Told | Stage::Over => None,
        }
    }
}

impl<T: Lend> Stage<T> {
    fn take(&mut self) -> Option<Turn<T>> {
        match std::mem::replace(self, Stage::Over) {
            Stage::Given(turn) => Some(turn),
            other => {
                *self = other;
                None
            }
        }
    }
}

impl<T: Lend> Future for Place<'_, T> {
    type Output = Turn<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Turn<T>> {
        let mut stage = self.waiter.stage();
        if let Some(turn) = stage.take() {
            drop(stage);
            self.is_over = true;
            return Poll::Ready(turn);
        }
        if let Stage::Waits(Sleeper::Task(waker)) = &mut *stage {
            match waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => *waker = Some(context.waker().clone()),
            }
        }
        Poll::Pending
    }
}

impl<T: Lend> Drop for Place<'_, T> {
    fn drop(&mut self) {
        if !self.is_over {
            drop(self.give_up());
        }
    }
}
