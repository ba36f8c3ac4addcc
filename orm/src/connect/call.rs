//! A task's call to a thread where blocking is allowed: the work on its way there, and the answer on its way back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use futures_util::task::AtomicWaker;

use crate::error::{Error, Result};

use super::async_conn::shutting_down;
use super::fair_queue::{Lend, Turn, Work};

/// What a thread is asked to do with its turn, if there is one; it returns the turn, unless it needs it for longer. Of one type
/// whatever it is, so that the way to a thread and back is compiled once and not again for every kind of row.
pub(super) type ErasedWork<C> =
    Box<dyn FnOnce(Option<Turn<C>>) -> (Result<ErasedOutput>, Option<Turn<C>>) + Send>;

/// What comes of it.
pub(super) type ErasedOutput = Box<dyn Any + Send>;

/// Erases the type of work and of what it returns.
pub(super) fn erase_work<C, T, W>(work: W) -> ErasedWork<C>
where
    C: Lend,
    T: Send + 'static,
    W: FnOnce(Option<Turn<C>>) -> (Result<T>, Option<Turn<C>>) + Send + 'static,
{
    Box::new(move |turn| match work(turn) {
        (Ok(value), turn) => (Ok(Box::new(value)), turn),
        (Err(error), turn) => (Err(error), turn),
    })
}

/// The output of work, with its type again.
///
/// # Errors
/// If it is of another type.
pub(super) fn restore_output<T: 'static>(outcome: ErasedOutput) -> Result<T> {
    match outcome.downcast() {
        Ok(value) => Ok(*value),
        Err(_) => Err(other_type()),
    }
}

#[cold]
fn other_type() -> Error {
    Error::internal("a call was answered with another type")
}

/// One call: what is to be done, then what has come of it. The task and the thread share it.
pub(super) struct Call<C: Lend> {
    stage: Mutex<Stage<C>>,
    /// Whether there is something for the task. Stored with `Release` after the stage is written, loaded with `Acquire`.
    answered: AtomicBool,
    task: AtomicWaker,
}

enum Stage<C: Lend> {
    /// It has not begun.
    Asked(ErasedWork<C>),
    Begun,
    /// The work and its turn are the task's again, which looks for a thread.
    Called(ErasedWork<C>, Turn<C>),
    Done(thread::Result<Result<ErasedOutput>>),
    /// The task no longer waits, or it has its answer, or there will be none.
    Over,
}

/// What a task gets.
pub(super) enum Answer<C: Lend> {
    Done(Result<ErasedOutput>),
    /// The call is as it was when it was made, and its turn has come.
    Called(Turn<C>),
}

impl<C: Lend> Call<C> {
    pub(super) fn new(work: ErasedWork<C>) -> Self {
        Call {
            stage: Mutex::new(Stage::Asked(work)),
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
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Answer<C>>> {
        if !self.is_answered() {
            self.task.register(context.waker());
            // It may have come before the waker was there to be woken.
            if !self.is_answered() {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.take())
    }

    fn take(&self) -> Result<Answer<C>> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Done(Ok(result)) => Ok(Answer::Done(result)),
            Stage::Done(Err(panic)) => {
                drop(stage);
                resume_unwind(panic)
            }
            Stage::Called(work, turn) => {
                *stage = Stage::Asked(work);
                self.answered.store(false, Ordering::Release);
                Ok(Answer::Called(turn))
            }
            Stage::Asked(_) | Stage::Begun | Stage::Over => Err(shutting_down()),
        }
    }

    /// The task no longer waits: work that has not begun never will.
    pub(super) fn leave(&self) {
        let left = std::mem::replace(&mut *self.stage(), Stage::Over);
        // Without the lock: what is dropped here may do anything.
        drop(left);
    }

    fn stage(&self) -> MutexGuard<'_, Stage<C>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Lend> Work<C> for Call<C> {
    fn run(&self, turn: Option<Turn<C>>) -> Option<Turn<C>> {
        let mut stage = self.stage();
        let work = match std::mem::replace(&mut *stage, Stage::Begun) {
            Stage::Asked(work) => work,
            other => {
                *stage = other;
                return turn;
            }
        };
        drop(stage);
        // A panic drops the turn, and with it lets the next one in.
        let (result, turn) = match catch_unwind(AssertUnwindSafe(|| work(turn))) {
            Ok((result, turn)) => (Ok(result), turn),
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
        turn
    }

    fn tell(&self) {
        self.answered.store(true, Ordering::Release);
        self.task.wake();
    }

    fn call(&self, turn: Turn<C>) -> Option<Turn<C>> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Asked(work) => *stage = Stage::Called(work, turn),
            other => {
                *stage = other;
                return Some(turn);
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

/// A task that waits for its call, until this is dropped.
pub(super) struct Leaves<'a, C: Lend>(pub &'a Call<C>);

impl<C: Lend> Drop for Leaves<'_, C> {
    fn drop(&mut self) {
        self.0.leave();
    }
}
