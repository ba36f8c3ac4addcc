//! Every interleaving of a few callers: there are never more connections than permits, every waiter is served, and in
//! the end everything is free again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loom::future::block_on;
use loom::thread;

use super::fair_queue::{Entered, FairQueue, Lend, Lent, Sleeper, Turn};

/// Longer than any caller of a model waits.
const EVER: Duration = Duration::from_secs(1 << 30);

/// Counts open connections. Not a loom atomic, so that it adds no ordering.
struct Connection {
    open: Arc<AtomicUsize>,
    clean: bool,
}

impl Connection {
    fn open(open: &Arc<AtomicUsize>, most: usize) -> Self {
        assert!(
            open.fetch_add(1, Ordering::SeqCst) < most,
            "more connections than permits"
        );
        Connection {
            open: Arc::clone(open),
            clean: true,
        }
    }
}

impl Lend for Connection {
    fn clean(&mut self) -> bool {
        self.clean
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Clone)]
struct Pool {
    queue: Arc<FairQueue<Connection>>,
    open: Arc<AtomicUsize>,
    size: usize,
}

impl Pool {
    fn new(size: usize, patience: Duration) -> Self {
        Pool {
            queue: FairQueue::with_patience(size as u32, patience),
            open: Arc::default(),
            size,
        }
    }

    fn opened(&self, turn: Turn<Connection>) -> Lent<Connection> {
        match turn {
            Turn::Lent(lent) => lent,
            Turn::Open(permit) => Lent::new(permit, Connection::open(&self.open, self.size)),
        }
    }

    /// Gets a connection as a thread.
    fn get(&self) -> Lent<Connection> {
        if let Some(lent) = self.queue.take() {
            return lent;
        }
        match self.queue.turn_or_place(Sleeper::Thread) {
            Entered::Turn(turn) => self.opened(turn),
            Entered::Waits(mut place) => self.opened(place.wait(EVER).expect("a turn comes")),
        }
    }

    /// Gets a connection as a task.
    fn get_async(&self) -> Lent<Connection> {
        if let Some(lent) = self.queue.take() {
            return lent;
        }
        match self.queue.turn_or_place(Sleeper::Task(None)) {
            Entered::Turn(turn) => self.opened(turn),
            Entered::Waits(place) => self.opened(block_on(place)),
        }
    }

    /// Waits for a connection, and gives up at any point.
    fn gives_up(&self) {
        match self.queue.turn_or_place(Sleeper::Task(None)) {
            Entered::Turn(turn) => drop(turn),
            Entered::Waits(place) => drop(place),
        }
    }

    /// Asserts that everything is free: as many connections can be had at once as there are permits.
    fn assert_free(&self) {
        let all: Vec<_> = (0..self.size)
            .map(|_| match self.queue.take() {
                Some(lent) => lent,
                None => match self.queue.turn_or_place(Sleeper::Thread) {
                    Entered::Turn(turn) => self.opened(turn),
                    Entered::Waits(_) => panic!("a permit is lost"),
                },
            })
            .collect();
        assert_eq!(self.open.load(Ordering::SeqCst), self.size);
        drop(all);
    }
}

/// Runs each caller on its own thread, in all interleavings with a limited number of switches: once with connections
/// handed over, and once with threads only notified.
fn model(switches: usize, size: usize, callers: &'static [fn(&Pool)]) {
    for patience in [Duration::ZERO, Duration::MAX] {
        model_with(patience, switches, size, callers);
    }
}

fn model_with(patience: Duration, switches: usize, size: usize, callers: &'static [fn(&Pool)]) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(switches);
    builder.check(move || {
        let pool = Pool::new(size, patience);
        let threads: Vec<_> = callers[1..]
            .iter()
            .map(|caller| {
                let pool = pool.clone();
                thread::spawn(move || caller(&pool))
            })
            .collect();
        callers[0](&pool);
        for thread in threads {
            thread.join().unwrap();
        }
        pool.assert_free();
    });
}

fn puts(pool: &Pool) {
    let lent = pool.get();
    pool.queue.put(lent);
}

fn drops(pool: &Pool) {
    drop(pool.get());
}

fn breaks(pool: &Pool) {
    pool.get().clean = false;
}

fn puts_as_a_task(pool: &Pool) {
    let lent = pool.get_async();
    pool.queue.put(lent);
}

fn closes(pool: &Pool) {
    let permit = pool.get().close();
    drop(permit);
}

fn gives_up(pool: &Pool) {
    pool.gives_up();
}

fn sweeps(pool: &Pool) {
    pool.queue.sweep(|_| false);
}

#[test]
fn two_threads_and_one_connection() {
    model(4, 1, &[puts, puts]);
    model(4, 1, &[puts, drops]);
}

#[test]
fn a_thread_and_a_task() {
    model(4, 1, &[puts, puts_as_a_task]);
    model(4, 1, &[breaks, puts_as_a_task]);
}

#[test]
fn three_callers_and_one_connection() {
    model(2, 1, &[puts, puts, puts_as_a_task]);
}

#[test]
fn three_callers_and_two_connections() {
    model(2, 2, &[puts, puts, puts]);
}

#[test]
fn a_closed_connection_lets_the_next_one_open() {
    model(3, 1, &[breaks, puts]);
    model(3, 1, &[closes, puts]);
    model(2, 1, &[breaks, puts_as_a_task, closes]);
}

#[test]
fn a_caller_that_gives_up_passes_on_its_turn() {
    model(3, 1, &[puts, gives_up]);
    model(2, 1, &[puts, gives_up, puts]);
    model(2, 1, &[breaks, gives_up, puts_as_a_task]);
}

#[test]
fn sweeping_loses_no_connection() {
    model(3, 1, &[puts, sweeps]);
    model(2, 1, &[puts, sweeps, puts]);
}
