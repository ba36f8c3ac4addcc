use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use tokio::task::JoinHandle;

use super::*;

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Connections to nothing, and threads that work on them.
#[derive(Clone)]
struct Place {
    pool: Arc<Pool<Plain>>,
    workers: Arc<Workers<Plain>>,
    size: u32,
}

fn place(size: u32) -> Place {
    place_with(size, Duration::from_secs(60))
}

fn place_with(size: u32, timeout: Duration) -> Place {
    Place {
        pool: Pool::new(size, timeout, None),
        workers: Workers::new(Patience::of_this_machine(), false),
        size,
    }
}

impl Place {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let pool = Arc::clone(&self.pool);
        let work = move |turn: Option<Turn<Pooled<Plain>>>| {
            let lent = pool.opened(turn.unwrap(), || Ok(Plain)).unwrap();
            (Ok(work()), Some(Turn::Lent(lent)))
        };
        self.workers.run_in_turn(&self.pool, work).await
    }

    /// Whether all connections are free again and nobody waits.
    fn is_free(&self) -> bool {
        // The last thread may still be on its way out.
        for _ in 0..1_000 {
            if self.pool.queue().free() == self.size && self.waiting() == 0 {
                return true;
            }
            thread::sleep(Duration::from_millis(1));
        }
        false
    }

    fn waiting(&self) -> usize {
        self.pool.queue().waiting()
    }

    fn until_waiting(&self, tasks: usize) {
        while self.waiting() != tasks {
            thread::yield_now();
        }
    }
}

/// Takes a connection and holds it until the sender is dropped.
fn occupy(place: &Place, runtime: &Runtime) -> (mpsc::Sender<()>, JoinHandle<Result<()>>) {
    let (release, released) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let place = place.clone();
    let task = runtime.spawn(async move {
        let hold = move || {
            begun.send(()).unwrap();
            let _ = released.recv();
        };
        place.run(hold).await
    });
    begins.recv().unwrap();
    (release, task)
}

fn count(place: &Place, runtime: &Runtime, done: &Arc<AtomicUsize>) -> JoinHandle<Result<usize>> {
    let (place, done) = (place.clone(), Arc::clone(done));
    runtime.spawn(async move { place.run(move || done.fetch_add(1, Ordering::SeqCst)).await })
}

#[test]
fn everybody_gets_a_turn_and_no_more_at_once_than_there_are_permits() {
    let (place, runtime) = (place(3), runtime());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..20 * MOST_IN_A_ROW)
        .map(|at| {
            let (place, now, most) = (place.clone(), Arc::clone(&now), Arc::clone(&most));
            runtime.spawn(async move {
                let work = move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    now.fetch_sub(1, Ordering::SeqCst);
                    at
                };
                place.run(work).await
            })
        })
        .collect();
    for (at, task) in tasks.into_iter().enumerate() {
        assert_eq!(runtime.block_on(task).unwrap().unwrap(), at);
    }
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    assert!(place.is_free());
}

#[test]
fn first_come_first_served() {
    let (place, runtime) = (place(1), runtime());
    let (release, first) = occupy(&place, &runtime);
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..2 * MOST_IN_A_ROW)
        .map(|at| {
            let task = count(&place, &runtime, &done);
            place.until_waiting(at + 1);
            task
        })
        .collect();
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    for (at, task) in tasks.into_iter().enumerate() {
        assert_eq!(runtime.block_on(task).unwrap().unwrap(), at);
    }
}

#[test]
fn threads_and_tasks_stand_in_one_queue() {
    let (place, runtime) = (place(1), runtime());
    let (release, first) = occupy(&place, &runtime);
    let done = Arc::new(AtomicUsize::new(0));
    let waiting: Vec<_> = (0..40)
        .map(|at| {
            let task = (at % 3 > 0).then(|| count(&place, &runtime, &done));
            let thread = task.is_none().then(|| {
                let (place, done) = (place.clone(), Arc::clone(&done));
                thread::spawn(move || {
                    let lent = place.pool.get(|| Ok(Plain)).unwrap();
                    let at = done.fetch_add(1, Ordering::SeqCst);
                    place.pool.put(lent);
                    at
                })
            });
            place.until_waiting(at + 1);
            (task, thread)
        })
        .collect();
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    for (at, (task, thread)) in waiting.into_iter().enumerate() {
        let served = task.map(|task| runtime.block_on(task).unwrap().unwrap());
        let served = served.or_else(|| thread.map(|thread| thread.join().unwrap()));
        assert_eq!(served, Some(at));
    }
    assert!(place.is_free());
}

#[test]
fn whoever_is_answered_finds_the_connection_free() {
    let (place, runtime) = (place(1), runtime());
    runtime.block_on(async {
        for at in 0..3 * MOST_IN_A_ROW {
            assert_eq!(place.run(move || at).await.unwrap(), at);
            assert_eq!(place.pool.queue().free(), 1);
        }
    });
}

#[test]
fn work_that_nobody_waits_for_any_more_is_not_begun() {
    let (place, runtime) = (place(1), runtime());
    let (release, first) = occupy(&place, &runtime);
    let (never, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let left = count(&place, &runtime, &never);
    place.until_waiting(1);
    let stays = count(&place, &runtime, &done);
    place.until_waiting(2);
    left.abort();
    place.until_waiting(1);
    drop(release);
    assert_eq!(runtime.block_on(stays).unwrap().unwrap(), 0);
    runtime.block_on(first).unwrap().unwrap();
    assert_eq!(never.load(Ordering::SeqCst), 0);
    assert!(place.is_free());
}

#[test]
fn who_waits_too_long_is_told_and_leaves() {
    let (place, runtime) = (place_with(1, Duration::from_millis(20)), runtime());
    let (release, first) = occupy(&place, &runtime);
    let never = Arc::new(AtomicUsize::new(0));
    let error = runtime
        .block_on(count(&place, &runtime, &never))
        .unwrap()
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(
        error.to_string().contains("1 query for more than 10ms"),
        "{error}"
    );
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    assert!(place.is_free());
    assert_eq!(never.load(Ordering::SeqCst), 0);
}

#[test]
fn a_panic_is_its_callers_and_lets_the_next_one_in() {
    let (place, runtime) = (place(1), runtime());
    let (release, first) = occupy(&place, &runtime);
    let panics = {
        let place = place.clone();
        runtime.spawn(async move { place.run(|| -> () { std::panic::panic_any("as asked") }).await })
    };
    place.until_waiting(1);
    let done = Arc::new(AtomicUsize::new(0));
    let next = count(&place, &runtime, &done);
    place.until_waiting(2);
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    assert!(runtime.block_on(panics).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(next).unwrap().unwrap(), 0);
    assert!(place.is_free());
}

#[test]
fn a_connection_that_was_kept_is_the_next_ones_when_it_is_dropped_anywhere() {
    let (place, runtime) = (place(1), runtime());
    let kept = runtime.block_on(place.workers.run_in_turn(&place.pool, |turn| (Ok(turn), None)));
    let kept = kept.unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let next = count(&place, &runtime, &done);
    place.until_waiting(1);
    assert_eq!(done.load(Ordering::SeqCst), 0);
    thread::spawn(move || drop(kept)).join().unwrap();
    assert_eq!(runtime.block_on(next).unwrap().unwrap(), 0);
    assert!(place.is_free());
}

#[test]
fn a_runtime_that_ends_leaves_the_queue_to_the_others() {
    let (place, ends, stays) = (place(1), runtime(), runtime());
    let (release, _) = occupy(&place, &ends);
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..10)
        .map(|at| {
            let runtime = if at % 2 == 0 { &stays } else { &ends };
            let task = count(&place, runtime, &done);
            place.until_waiting(at + 1);
            (at, task)
        })
        .collect();
    let ending = thread::spawn(move || drop(ends));
    drop(release);
    ending.join().unwrap();
    for (at, task) in tasks {
        if at % 2 == 0 {
            stays.block_on(task).unwrap().unwrap();
        }
    }
    assert!(place.is_free());
}
