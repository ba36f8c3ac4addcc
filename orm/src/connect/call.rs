//! A task's call to a thread where blocking is allowed: the work on its way there, and the answer on its way back.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use futures_util::task::AtomicWaker;

use crate::error::Result;

use super::async_conn::shutting_down;
use super::queue::Permit;

/// One call: what is to be done, then what has come of it. The task and the thread share it.
pub(super) struct Call<T, W> {
    stage: Mutex<Stage<T, W>>,
    /// Whether there is something for the task. Stored with `Release` after the stage is written, loaded with `Acquire`.
    answered: AtomicBool,
    task: AtomicWaker,
}

enum Stage<T, W> {
    /// Nobody has begun it.
    PendingStatement(W),
    Begun,
    /// The work and a permit for it are the task's again, which looks for a thread.
    Called(W, Permit),
    Done(thread::Result<Result<T>>),
    /// The task no longer waits, or it has its answer, or there will be none.
    Over,
}

/// What a task gets.
pub(super) enum Answer<T> {
    Done(Result<T>),
    /// The call is as it was when it was made, and there is a permit for it.
    Called(Permit),
}

/// A [`Call`] of any type, as threads and queues see it.
pub(super) trait Work: Send + Sync {
    /// Does the work, unless nobody waits for it. Returns the permit, unless it is needed for longer.
    fn run(&self, permit: Permit) -> Option<Permit>;

    /// Says to the task that it is done.
    fn tell(&self);

    /// Gives the permit to the task; returns it if that no longer waits.
    fn call(&self, permit: Permit) -> Option<Permit>;

    /// No thread will do it.
    fn lose(&self);
}

impl<T, W> Call<T, W> {
    pub(super) fn new(work: W) -> Self {
        Call {
            stage: Mutex::new(Stage::PendingStatement(work)),
            answered: AtomicBool::new(false),
            task: AtomicWaker::new(),
        }
    }

    #[inline]
    pub(super) fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }

    /// The answer, as soon as there is one.
    ///
    /// # Errors
    /// If there will be none.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Answer<T>>> {
        if !self.is_answered() {
            self.task.register(context.waker());
            // It may have come before the waker was there to be woken.
            if !self.is_answered() {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.take())
    }

    fn take(&self) -> Result<Answer<T>> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Done(Ok(result)) => Ok(Answer::Done(result)),
            Stage::Done(Err(panic)) => {
                drop(stage);
                resume_unwind(panic)
            }
            Stage::Called(work, permit) => {
                *stage = Stage::PendingStatement(work);
                self.answered.store(false, Ordering::Release);
                Ok(Answer::Called(permit))
            }
            Stage::PendingStatement(_) | Stage::Begun | Stage::Over => Err(shutting_down()),
        }
    }

    /// The task no longer waits: work that has not begun never will.
    pub(super) fn leave(&self) {
        let left = std::mem::replace(&mut *self.stage(), Stage::Over);
        // Without the lock: what is dropped here may do anything.
        drop(left);
    }

    fn stage(&self) -> MutexGuard<'_, Stage<T, W>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, W> Work for Call<T, W>
where
    T: Send,
    W: FnOnce(Permit) -> (Result<T>, Option<Permit>) + Send,
{
    fn run(&self, permit: Permit) -> Option<Permit> {
        let mut stage = self.stage();
        let work = match std::mem::replace(&mut *stage, Stage::Begun) {
            Stage::PendingStatement(work) => work,
            other => {
                *stage = other;
                return Some(permit);
            }
        };
        drop(stage);
        // A panic drops the permit, and with it lets the next one in.
        let (result, permit) = match catch_unwind(AssertUnwindSafe(|| work(permit))) {
            Ok((result, permit)) => (Ok(result), permit),
            Err(panic) => (Err(panic), None),
        };
        let mut stage = self.stage();
        let unwanted = match *stage {
            Stage::Over => Some(result),
            _ => {
                *stage = Stage::Done(result);
                None
            }
        };
        drop(stage);
        // Without the lock: what is dropped here may do anything.
        drop(unwanted);
        permit
    }

    fn tell(&self) {
        self.answered.store(true, Ordering::Release);
        self.task.wake();
    }

    fn call(&self, permit: Permit) -> Option<Permit> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::PendingStatement(work) => *stage = Stage::Called(work, permit),
            other => {
                *stage = other;
                return Some(permit);
            }
        }
        drop(stage);
        self.tell();
        None
    }

    fn lose(&self) {
        self.leave();
        self.tell();
    }
}

/// A task that waits for its call. Whoever drops it no longer does.
pub(super) struct Leaves<'a, T, W>(pub &'a Call<T, W>);

impl<T, W> Drop for Leaves<'_, T, W> {
    fn drop(&mut self) {
        self.0.leave();
    }
}
