//! Whose turn it is: blocking work for a few connections, asked for by any number of tasks.
//!
//! There are as many permits as connections. A thread that has done one piece of work goes on with the next that waits, so
//! that under load neither a task nor a thread has to be woken between two pieces.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Result;

use super::async_conn::runtime;
use super::call::{Answer, Call, Leaves, Work};
use super::pool::exhausted;
use super::workers::Workers;

/// The permits, and who waits for one: first come, first served.
pub(super) struct Queue {
    state: Mutex<State>,
    size: u32,
    timeout: Duration,
    workers: Arc<Workers>,
}

struct State {
    /// Nobody waits while there are any.
    free: u32,
    waiting: VecDeque<Arc<dyn Work>>,
}

/// The right to use a connection. Whoever drops it lets the next one in.
pub(super) struct Permit(Option<Arc<Queue>>);

impl Queue {
    pub(super) fn new(size: u32, timeout: Duration, workers: Arc<Workers>) -> Arc<Self> {
        Arc::new(Queue {
            state: Mutex::new(State {
                free: size,
                waiting: VecDeque::new(),
            }),
            size,
            timeout,
            workers,
        })
    }

    /// Runs `work` on a thread where blocking is allowed, when it is its turn. Once begun it runs to its end, even if nobody
    /// waits for it any more; if nobody does before, it never runs.
    ///
    /// `work` returns its permit, unless it needs it for longer.
    ///
    /// # Errors
    /// What `work` returns, or that no connection was free in time.
    pub(super) async fn run<T, W>(self: &Arc<Self>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(Permit) -> (Result<T>, Option<Permit>) + Send + 'static,
    {
        let runtime = runtime()?;
        let call = Arc::new(Call::new(work));
        let _leaves = Leaves(&*call);
        let permit = match self.enter(&call) {
            Some(permit) => permit,
            None => match self.wait(&call).await? {
                Answer::Done(result) => return result,
                Answer::Called(permit) => permit,
            },
        };
        self.workers.serve_call(&runtime, &call, permit).await
    }

    /// A permit, or a place in the queue.
    fn enter<T, W>(self: &Arc<Self>, call: &Arc<Call<T, W>>) -> Option<Permit>
    where
        T: Send + 'static,
        W: FnOnce(Permit) -> (Result<T>, Option<Permit>) + Send + 'static,
    {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return Some(Permit(Some(Arc::clone(self))));
        }
        state.waiting.push_back(Arc::clone(call) as Arc<dyn Work>);
        None
    }

    async fn wait<T, W>(&self, call: &Arc<Call<T, W>>) -> Result<Answer<T>> {
        let place = Place { queue: self, call };
        let answer = poll_fn(|context| call.poll(context));
        let answer = match tokio::time::timeout(self.timeout, answer).await {
            Ok(answer) => answer,
            Err(_) if place.take_out() => Err(exhausted(self.size, self.timeout)),
            // It has begun in this moment.
            Err(_) => poll_fn(|context| call.poll(context)).await,
        };
        std::mem::forget(place);
        answer
    }

    /// Who comes next; if nobody does, the caller's permit is free.
    fn next(&self) -> Option<Arc<dyn Work>> {
        let mut state = self.state();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.free += 1;
        }
        next
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in the queue; dropped early, it is taken out.
struct Place<'a, T, W> {
    queue: &'a Queue,
    call: &'a Arc<Call<T, W>>,
}

impl<T, W> Place<'_, T, W> {
    /// `false` if the turn has come.
    fn take_out(&self) -> bool {
        let mut state = self.queue.state();
        let mut waiting = state.waiting.iter();
        let at = waiting.position(|work| std::ptr::addr_eq(Arc::as_ptr(work), Arc::as_ptr(self.call)));
        let left = at.and_then(|at| state.waiting.remove(at));
        drop(state);
        // Work that is never done may do anything when it is dropped, also come back here.
        left.is_some()
    }
}

impl<T, W> Drop for Place<'_, T, W> {
    fn drop(&mut self) {
        self.take_out();
    }
}

impl Permit {
    /// For what needs none.
    pub(super) fn none() -> Self {
        Permit(None)
    }

    /// The permit as that of whoever comes next; without anybody, it is free.
    pub(super) fn next(mut self) -> Option<(Permit, Arc<dyn Work>)> {
        let queue = self.0.take()?;
        let work = queue.next()?;
        Some((Permit(Some(queue)), work))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = self.0.take();
        while let Some(queue) = held
            && let Some(work) = queue.next()
        {
            // Who no longer waits gives it back.
            held = work
                .call(Permit(Some(queue)))
                .and_then(|mut permit| permit.0.take());
        }
    }
}

#[cfg(test)]
mod tests;
