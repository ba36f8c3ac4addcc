//! Whose turn it is: blocking work for a few connections, asked for by any number of tasks.
//!
//! There are as many places as connections. A thread that has done one piece of work goes on with the next that waits, so
//! that under load neither a task nor a thread has to be woken between two pieces.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::error::Result;

use super::async_conn::{runtime, shutting_down};
use super::pool::exhausted;

/// The places, and who waits for one: first come, first served.
pub(super) struct Line {
    state: Mutex<State>,
    size: u32,
    timeout: Duration,
}

struct State {
    /// Nobody waits while there are any.
    free: u32,
    waiting: VecDeque<Waiting>,
    /// Number of the next that comes to wait.
    next: u64,
}

struct Waiting {
    number: u64,
    turn: Box<dyn Turn>,
}

/// The right to use a connection. Whoever drops it lets the next one in.
pub(super) struct Place(Option<Arc<Line>>);

/// So many pieces of work a thread does in a row: it belongs to a runtime, whose end it would hold up.
const MOST_IN_A_ROW: usize = 64;

impl Line {
    pub(super) fn new(size: u32, timeout: Duration) -> Arc<Self> {
        Arc::new(Line {
            state: Mutex::new(State {
                free: size,
                waiting: VecDeque::new(),
                next: 0,
            }),
            size,
            timeout,
        })
    }

    /// Runs `work` on a thread where blocking is allowed, when it is its turn. Once begun it runs to its end, even if nobody
    /// waits for it any more; if nobody does before, it never runs.
    ///
    /// `work` returns its place, unless it needs it for longer.
    ///
    /// # Errors
    /// What `work` returns, or that no connection was free in time.
    pub(super) async fn run<T, W>(self: &Arc<Self>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(Place) -> (Result<T>, Option<Place>) + Send + 'static,
    {
        let (number, mut receiver) = match self.enter(work) {
            Entered::Now(place, work) => return begin(place, work).await,
            Entered::Later(number, receiver) => (number, receiver),
        };
        let mut leaves = Leaves {
            line: self,
            number: Some(number),
        };
        runtime()?;
        let answer = match tokio::time::timeout(self.timeout, &mut receiver).await {
            Ok(answer) => answer,
            Err(_) if self.take_out(number) => {
                leaves.number = None;
                return Err(exhausted(self.size, self.timeout));
            }
            // It has begun in this moment.
            Err(_) => receiver.await,
        };
        leaves.number = None;
        match answer {
            Ok(Answer::Turn(place, work)) => begin(place, work).await,
            Ok(Answer::Done(result)) => returned(result),
            Err(_) => Err(shutting_down()),
        }
    }

    fn enter<T, W>(self: &Arc<Self>, work: W) -> Entered<T, W>
    where
        T: Send + 'static,
        W: FnOnce(Place) -> (Result<T>, Option<Place>) + Send + 'static,
    {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return Entered::Now(Place(Some(Arc::clone(self))), work);
        }
        let (sender, receiver) = oneshot::channel();
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(Waiting {
            number,
            turn: Box::new(Piece { work, sender }),
        });
        Entered::Later(number, receiver)
    }

    /// Who comes next; if nobody does, the place that the caller had is free.
    fn next(&self) -> Option<Box<dyn Turn>> {
        let mut state = self.state();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.free += 1;
        }
        next.map(|waiting| waiting.turn)
    }

    /// Takes somebody out of the line; `false` if the turn has come.
    fn take_out(&self, number: u64) -> bool {
        let mut state = self.state();
        let at = state.waiting.iter().position(|waiting| waiting.number == number);
        let left = at.and_then(|at| state.waiting.remove(at));
        drop(state);
        // Work that is never done may do anything when it is dropped, also come back here.
        left.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Entered<T, W> {
    Now(Place, W),
    Later(u64, Receiver<Answer<T, W>>),
}

/// What one who waited gets.
enum Answer<T, W> {
    /// Whoever had the place before has done the work.
    Done(thread::Result<Result<T>>),
    /// A place, and the work back.
    Turn(Place, W),
}

/// Takes somebody who no longer waits out of the line.
struct Leaves<'a> {
    line: &'a Line,
    number: Option<u64>,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.line.take_out(number);
        }
    }
}

/// A piece of work, and where its result goes.
struct Piece<T, W> {
    work: W,
    sender: Sender<Answer<T, W>>,
}

/// A [`Piece`] of any type.
trait Turn: Send {
    /// Does the work and says so. Returns the place, unless it is needed for longer.
    fn run(self: Box<Self>, place: Place) -> Option<Place>;

    /// Hands over the place; returns it if nobody waits for it any more.
    fn call(self: Box<Self>, place: Place) -> Option<Place>;
}

impl<T, W> Turn for Piece<T, W>
where
    T: Send + 'static,
    W: FnOnce(Place) -> (Result<T>, Option<Place>) + Send + 'static,
{
    fn run(self: Box<Self>, place: Place) -> Option<Place> {
        let Piece { work, sender } = *self;
        if sender.is_closed() {
            return Some(place);
        }
        // A panic drops the place, and with it lets the next one in.
        let (result, place) = match catch_unwind(AssertUnwindSafe(|| work(place))) {
            Ok((result, place)) => (Ok(result), place),
            Err(panic) => (Err(panic), None),
        };
        // Nobody may be waiting.
        drop(sender.send(Answer::Done(result)));
        place
    }

    fn call(self: Box<Self>, place: Place) -> Option<Place> {
        match self.sender.send(Answer::Turn(place, self.work)) {
            Err(Answer::Turn(place, _)) => Some(place),
            _ => None,
        }
    }
}

/// Does work that has a place on a thread, and after it that of others.
async fn begin<T, W>(place: Place, work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce(Place) -> (Result<T>, Option<Place>) + Send + 'static,
{
    let runtime = runtime()?;
    let (sender, receiver) = oneshot::channel();
    let turn = Piece { work, sender };
    drop(runtime.spawn_blocking(move || serve(place, Box::new(turn))));
    match receiver.await {
        Ok(Answer::Done(result)) => returned(result),
        Ok(Answer::Turn(..)) | Err(_) => Err(shutting_down()),
    }
}

fn serve(mut place: Place, mut turn: Box<dyn Turn>) {
    for _ in 1..MOST_IN_A_ROW {
        let Some(kept) = turn.run(place) else { return };
        let Some(next) = kept.next() else { return };
        (place, turn) = next;
    }
    // Whoever waits goes on, on a thread of its own runtime.
    drop(turn.run(place));
}

fn returned<T>(result: thread::Result<Result<T>>) -> Result<T> {
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

impl Place {
    /// The place as that of whoever comes next; without anybody, it is free.
    fn next(mut self) -> Option<(Place, Box<dyn Turn>)> {
        let line = self.0.take()?;
        let turn = line.next()?;
        Some((Place(Some(line)), turn))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.0.take();
        while let Some(line) = held
            && let Some(turn) = line.next()
        {
            // Who no longer waits gives it back.
            held = turn.call(Place(Some(line))).and_then(|mut place| place.0.take());
        }
    }
}

#[cfg(test)]
mod tests;
