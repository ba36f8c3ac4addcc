//! Threads that do tasks' blocking work.
//!
//! To wake a sleeping thread takes several times as long as to read a row by its key, and a call would wake two: the one that
//! works, and the one that waits for the answer. So both watch for a moment before they sleep: a thread that has done its
//! work for more of it, and a task whose work is taken by a thread that watches for the answer. Where that fails several times
//! in a row it is tried only now and then.

use std::future::poll_fn;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::coop::consume_budget;

use crate::error::Result;

use super::async_conn::runtime;
use super::call::{Answer, Call, ErasedOutput, ErasedWork, Leaves, erase_work, restore_output};
use super::fair_queue::{Entered, Turn, Waiting, Work};
use super::pool::{Connection, Pool, Pooled, Queue};
use super::trace::Listening;

/// The threads of one database handle. They are those of the runtimes that use it; at most one of them watches.
pub(super) struct Workers<C: Connection> {
    patience: Patience,
    /// Whether slow statements are warned of.
    warns: bool,
    slot: Mutex<Slot<C>>,
    /// What is in the slot, as a hint: `Relaxed`, because the lock is taken before acting on it.
    hint: AtomicU8,
    /// Whether it pays to watch for more work.
    more: Odds,
    /// Whether it pays to watch for an answer.
    answer: Odds,
}

/// Where a task leaves work for the thread that watches.
enum Slot<C: Connection> {
    /// No thread watches.
    Closed,
    /// A thread watches.
    Open,
    /// There is work for the thread that watches.
    Filled(Job<C>),
}

const CLOSED: u8 = 0;
const OPEN: u8 = 1;
const FILLED: u8 = 2;

/// How long who watches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// A thread, for more work.
    pub more: Duration,
    /// A task, for its answer; meanwhile its own thread does nothing else.
    pub answer: Duration,
}

impl Patience {
    pub(super) fn of_this_machine() -> Self {
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Patience {
            // As long as it takes to wake a task, and the task to come back. Whoever else wants the processor gets it.
            more: Duration::from_micros(20),
            // As long as it would take to sleep and be woken. A task keeps its processor, so there has to be another one.
            answer: Duration::from_micros(if processors > 1 { 5 } else { 0 }),
        }
    }
}

/// The number of calls that a thread serves in a row: it belongs to a runtime, whose shutdown it would delay.
pub(super) const MOST_IN_A_ROW: usize = 64;

/// A call may be answered without its task ever having waited. Then it counts as so many steps, of which tokio grants a task
/// 128 before others have their turn.
const STEPS: usize = 4;

/// Work for a thread. Dropping it undone notifies the task.
struct Job<C: Connection> {
    work: Arc<dyn Work<Pooled<C>>>,
    /// `None` for work that has its connection.
    turn: Option<Turn<Pooled<C>>>,
    has_begun: bool,
}

impl<C: Connection> Job<C> {
    fn new(work: Arc<dyn Work<Pooled<C>>>, turn: Option<Turn<Pooled<C>>>) -> Self {
        Job {
            work,
            turn,
            has_begun: false,
        }
    }

    /// Does it. Returns the turn, unless it is needed for longer.
    fn run(mut self) -> (Done<C>, Option<Turn<Pooled<C>>>) {
        self.has_begun = true;
        let done = Done(Arc::clone(&self.work));
        let turn = self.turn.take();
        (done, self.work.run(turn))
    }
}

impl<C: Connection> Drop for Job<C> {
    fn drop(&mut self) {
        if !self.has_begun {
            self.work.lose();
        }
    }
}

/// Work that is done. Dropping it notifies the task.
struct Done<C: Connection>(Arc<dyn Work<Pooled<C>>>);

impl<C: Connection> Drop for Done<C> {
    fn drop(&mut self) {
        self.0.tell();
    }
}

impl<C: Connection> Workers<C> {
    pub(super) fn new(patience: Patience, warns: bool) -> Arc<Self> {
        Arc::new(Workers {
            patience,
            warns,
            slot: Mutex::new(Slot::Closed),
            hint: AtomicU8::new(CLOSED),
            more: Odds::default(),
            answer: Odds::default(),
        })
    }

    /// Runs `work` on a thread where blocking is allowed. From the first poll on it runs to its end, even if nobody waits for
    /// it any more.
    ///
    /// # Errors
    /// What `work` returns, or that no tokio runtime is there, or will be for long.
    pub(super) async fn run<T, W>(self: &Arc<Self>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce() -> Result<T> + Send + 'static,
    {
        self.run_and_return(move || (work(), None)).await
    }

    /// The same for work that has a connection, and may return it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) async fn run_and_return<T, W>(self: &Arc<Self>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce() -> (Result<T>, Option<Turn<Pooled<C>>>) + Send + 'static,
    {
        restore_output(self.serve_erased(erase_work(move |_| work())).await?)
    }

    async fn serve_erased(self: &Arc<Self>, work: ErasedWork<Pooled<C>>) -> Result<ErasedOutput> {
        let runtime = runtime()?;
        let call = self.call(work);
        self.serve_call(&runtime, &call, None).await
    }

    /// A call whose work is heard by whoever listens here.
    fn call(&self, work: ErasedWork<Pooled<C>>) -> Arc<Call<Pooled<C>>> {
        let listening = Listening::here(self.warns);
        Arc::new(Call::new(Box::new(move |turn| listening.to(|| work(turn)))))
    }

    /// Runs `work` with a connection of the pool, or the permit to open one, when it is its turn. If nobody waits for it any
    /// more before that, it never runs; what has begun runs to its end.
    ///
    /// `work` returns its turn, unless it needs it for longer.
    ///
    /// # Errors
    /// What `work` returns, or that no connection was free in time.
    pub(super) async fn run_in_turn<T, W>(self: &Arc<Self>, pool: &Pool<C>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(Option<Turn<Pooled<C>>>) -> (Result<T>, Option<Turn<Pooled<C>>>) + Send + 'static,
    {
        restore_output(self.serve_in_turn(pool, erase_work(work)).await?)
    }

    async fn serve_in_turn(
        self: &Arc<Self>,
        pool: &Pool<C>,
        work: ErasedWork<Pooled<C>>,
    ) -> Result<ErasedOutput> {
        let runtime = runtime()?;
        let call = self.call(work);
        let _leaves = Leaves(&*call);
        let turn = match pool.queue().take() {
            Some(lent) => Turn::Lent(lent),
            None => match pool.queue().enter(|| (Waiting::Work(Self::work(&call)), ())) {
                Entered::Turn(turn) => turn,
                Entered::Waits(()) => match self.wait(pool, &call).await? {
                    Answer::Done(result) => return result,
                    Answer::Called(turn) => turn,
                },
            },
        };
        self.serve_call(&runtime, &call, Some(turn)).await
    }

    async fn wait(&self, pool: &Pool<C>, call: &Arc<Call<Pooled<C>>>) -> Result<Answer<Pooled<C>>> {
        let mut queued = Queued {
            queue: pool.queue(),
            work: Some(Self::work(call)),
        };
        let answer = match pool.in_time(poll_fn(|context| call.poll(context))).await {
            Ok(answer) => answer,
            Err(error) if queued.take_out() => Err(error),
            // It has begun in this moment.
            Err(_) => poll_fn(|context| call.poll(context)).await,
        };
        // Its turn has come, or never will.
        queued.work = None;
        answer
    }

    fn work(call: &Arc<Call<Pooled<C>>>) -> Arc<dyn Work<Pooled<C>>> {
        Arc::clone(call) as Arc<dyn Work<Pooled<C>>>
    }

    /// Runs a call whose turn it is.
    async fn serve_call(
        self: &Arc<Self>,
        runtime: &Handle,
        call: &Arc<Call<Pooled<C>>>,
        mut turn: Option<Turn<Pooled<C>>>,
    ) -> Result<ErasedOutput> {
        loop {
            match self.fill(Job::new(Self::work(call), turn)) {
                Ok(()) => self.watch_for_answer(call),
                Err(job) => {
                    let workers = Arc::clone(self);
                    drop(runtime.spawn_blocking(move || workers.serve(job)));
                }
            }
            let mut waited = false;
            let answer = poll_fn(|context| {
                let answer = call.poll(context);
                waited |= answer.is_pending();
                answer
            });
            match answer.await? {
                Answer::Done(result) => {
                    if !waited {
                        take_steps().await;
                    }
                    return result;
                }
                Answer::Called(again) => turn = Some(again),
            }
        }
    }

    /// Does work, and after it that of others.
    fn serve(&self, mut job: Job<C>) {
        for served in 1.. {
            let (done, turn) = job.run();
            if served == MOST_IN_A_ROW {
                // Whoever waits goes on, on a thread of its own runtime.
                return drop(turn);
            }
            if let Some((work, turn)) = turn.and_then(Turn::next) {
                job = Job::new(work, Some(turn));
                continue;
            }
            // Before the task is told: should it ask for more at once, it finds the permit free and a thread that watches.
            let watches = self.open();
            drop(done);
            match watches.and_then(Watches::for_more) {
                Some(next) => job = next,
                None => return,
            }
        }
    }

    /// Has the calling thread watch the slot, if none does and it pays.
    fn open(&self) -> Option<Watches<'_, C>> {
        if !self.more.are_good() {
            return None;
        }
        let mut slot = self.slot();
        match *slot {
            Slot::Closed => *slot = Slot::Open,
            Slot::Open | Slot::Filled(_) => return None,
        }
        self.hint.store(OPEN, Ordering::Relaxed);
        Some(Watches(self))
    }

    /// Gives work to the thread that watches, or back if none does.
    fn fill(&self, job: Job<C>) -> Result<(), Job<C>> {
        if self.hint.load(Ordering::Relaxed) != OPEN {
            return Err(job);
        }
        let mut slot = self.slot();
        match *slot {
            Slot::Open => *slot = Slot::Filled(job),
            Slot::Closed | Slot::Filled(_) => return Err(job),
        }
        self.hint.store(FILLED, Ordering::Relaxed);
        Ok(())
    }

    fn watch_for_answer(&self, call: &Call<Pooled<C>>) {
        if !self.patience.answer.is_zero() && self.answer.are_good() {
            let answered = watch(self.patience.answer, || call.is_answered(), spin_loop);
            self.answer.note(answered);
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot<C>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread watches the slot, or is about to. Dropped, the slot is closed.
struct Watches<'a, C: Connection>(&'a Workers<C>);

impl<C: Connection> Watches<'_, C> {
    fn for_more(self) -> Option<Job<C>> {
        let workers = self.0;
        let is_filled = || workers.hint.load(Ordering::Relaxed) == FILLED;
        watch(workers.patience.more, is_filled, thread::yield_now);
        let found = self.close();
        // From here on the slot may be another thread's.
        std::mem::forget(self);
        workers.more.note(found.is_some());
        found
    }

    fn close(&self) -> Option<Job<C>> {
        let mut slot = self.0.slot();
        let left = std::mem::replace(&mut *slot, Slot::Closed);
        self.0.hint.store(CLOSED, Ordering::Relaxed);
        match left {
            Slot::Filled(job) => Some(job),
            Slot::Closed | Slot::Open => None,
        }
    }
}

impl<C: Connection> Drop for Watches<'_, C> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

/// Work in a queue; dropped early, it is taken out.
struct Queued<'q, C: Connection> {
    queue: &'q Queue<C>,
    work: Option<Arc<dyn Work<Pooled<C>>>>,
}

impl<C: Connection> Queued<'_, C> {
    /// `false` if its turn has come.
    fn take_out(&self) -> bool {
        let work = self.work.as_ref();
        work.is_some_and(|work| self.queue.remove_work(work))
    }
}

impl<C: Connection> Drop for Queued<'_, C> {
    fn drop(&mut self) {
        self.take_out();
    }
}

/// Lets other tasks have their turn, if this one has come far enough.
async fn take_steps() {
    for _ in 0..STEPS {
        consume_budget().await;
    }
}

/// Watches until something is so, or for this long; `pause` comes between two looks at the clock.
fn watch(patience: Duration, is_so: impl Fn() -> bool, pause: impl Fn()) -> bool {
    let start = Instant::now();
    loop {
        for _ in 0..32 {
            if is_so() {
                return true;
            }
            spin_loop();
        }
        if start.elapsed() >= patience {
            return false;
        }
        pause();
    }
}

/// Whether an attempt pays, by how the last ones came out.
#[derive(Default)]
struct Odds {
    /// Failures since the last success, and attempts that were not made because of them.
    since: AtomicU32,
}

impl Odds {
    const MOST_FAILURES: u32 = 4;
    /// After them, one in so many is attempted.
    const SELDOM: u32 = 16;

    fn are_good(&self) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        if since < Self::MOST_FAILURES || since.is_multiple_of(Self::SELDOM) {
            return true;
        }
        self.since.fetch_add(1, Ordering::Relaxed);
        false
    }

    fn note(&self, succeeded: bool) {
        if succeeded {
            self.since.store(0, Ordering::Relaxed);
        } else {
            self.since.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
