use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::*;
use crate::connect::workers::{MOST_IN_A_ROW, Patience};

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

fn queue(size: u32) -> Arc<Queue> {
    queue_with(size, Duration::from_secs(60))
}

fn queue_with(size: u32, timeout: Duration) -> Arc<Queue> {
    Queue::new(size, timeout, Workers::new(Patience::of_this_machine()))
}

/// Takes a permit and holds it until the sender is dropped.
fn occupy(queue: &Arc<Queue>, runtime: &Runtime) -> (mpsc::Sender<()>, JoinHandle<Result<()>>) {
    let (release, released) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let queue = Arc::clone(queue);
    let task = runtime.spawn(async move {
        let hold = move |permit| {
            begun.send(()).unwrap();
            let _ = released.recv();
            (Ok(()), Some(permit))
        };
        queue.run(hold).await
    });
    begins.recv().unwrap();
    (release, task)
}

fn count(queue: &Arc<Queue>, runtime: &Runtime, done: &Arc<AtomicUsize>) -> JoinHandle<Result<usize>> {
    let (queue, done) = (Arc::clone(queue), Arc::clone(done));
    runtime.spawn(async move {
        let count = move |permit| (Ok(done.fetch_add(1, Ordering::SeqCst)), Some(permit));
        queue.run(count).await
    })
}

fn until_waiting(queue: &Queue, tasks: usize) {
    while queue.state().waiting.len() != tasks {
        thread::yield_now();
    }
}

/// Whether all permits are free again and nobody waits.
fn is_empty(queue: &Queue) -> bool {
    // The last thread may still be on its way out.
    for _ in 0..1_000 {
        let state = queue.state();
        if state.free == queue.size && state.waiting.is_empty() {
            return true;
        }
        drop(state);
        thread::sleep(Duration::from_millis(1));
    }
    false
}

#[test]
fn everybody_gets_a_turn_and_no_more_than_there_are_permits() {
    let (queue, runtime) = (queue(3), runtime());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..20 * MOST_IN_A_ROW)
        .map(|at| {
            let (queue, now, most) = (Arc::clone(&queue), Arc::clone(&now), Arc::clone(&most));
            runtime.spawn(async move {
                let work = move |permit| {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    now.fetch_sub(1, Ordering::SeqCst);
                    (Ok(at), Some(permit))
                };
                queue.run(work).await
            })
        })
        .collect();
    for (at, task) in tasks.into_iter().enumerate() {
        assert_eq!(runtime.block_on(task).unwrap().unwrap(), at);
    }
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    assert!(is_empty(&queue));
}

#[test]
fn first_come_first_served() {
    let (queue, runtime) = (queue(1), runtime());
    let (release, first) = occupy(&queue, &runtime);
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..2 * MOST_IN_A_ROW)
        .map(|at| {
            let task = count(&queue, &runtime, &done);
            until_waiting(&queue, at + 1);
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
fn whoever_is_answered_finds_the_permit_free() {
    let (queue, runtime) = (queue(1), runtime());
    runtime.block_on(async {
        for at in 0..3 * MOST_IN_A_ROW {
            assert_eq!(queue.run(move |permit| (Ok(at), Some(permit))).await.unwrap(), at);
            assert_eq!(queue.state().free, 1);
        }
    });
}

#[test]
fn work_that_nobody_waits_for_any_more_is_not_begun() {
    let (queue, runtime) = (queue(1), runtime());
    let (release, first) = occupy(&queue, &runtime);
    let (never, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let left = count(&queue, &runtime, &never);
    until_waiting(&queue, 1);
    let stays = count(&queue, &runtime, &done);
    until_waiting(&queue, 2);
    left.abort();
    until_waiting(&queue, 1);
    drop(release);
    assert_eq!(runtime.block_on(stays).unwrap().unwrap(), 0);
    runtime.block_on(first).unwrap().unwrap();
    assert_eq!(never.load(Ordering::SeqCst), 0);
    assert!(is_empty(&queue));
}

#[test]
fn who_waits_too_long_is_told_and_leaves() {
    let (queue, runtime) = (queue_with(1, Duration::from_millis(20)), runtime());
    let (release, first) = occupy(&queue, &runtime);
    let never = Arc::new(AtomicUsize::new(0));
    let error = runtime
        .block_on(count(&queue, &runtime, &never))
        .unwrap()
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    assert!(is_empty(&queue));
    assert_eq!(never.load(Ordering::SeqCst), 0);
}

#[test]
fn a_panic_is_its_callers_and_lets_the_next_one_in() {
    let (queue, runtime) = (queue(1), runtime());
    let (release, first) = occupy(&queue, &runtime);
    let panics = {
        let queue = Arc::clone(&queue);
        runtime.spawn(async move {
            let work = |_| -> (Result<()>, Option<Permit>) { std::panic::panic_any("as asked") };
            queue.run(work).await
        })
    };
    until_waiting(&queue, 1);
    let done = Arc::new(AtomicUsize::new(0));
    let next = count(&queue, &runtime, &done);
    until_waiting(&queue, 2);
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    assert!(runtime.block_on(panics).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(next).unwrap().unwrap(), 0);
    assert!(is_empty(&queue));
}

#[test]
fn a_permit_that_was_kept_is_the_next_ones_when_it_is_dropped_anywhere() {
    let (queue, runtime) = (queue(1), runtime());
    let keep = {
        let queue = Arc::clone(&queue);
        async move {
            let keep = |permit| (Ok(Arc::new(Mutex::new(Some(permit)))), None);
            queue.run(keep).await
        }
    };
    let kept: Arc<Mutex<Option<Permit>>> = runtime.block_on(keep).unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let next = count(&queue, &runtime, &done);
    until_waiting(&queue, 1);
    assert_eq!(done.load(Ordering::SeqCst), 0);
    thread::spawn(move || drop(kept)).join().unwrap();
    assert_eq!(runtime.block_on(next).unwrap().unwrap(), 0);
    assert!(is_empty(&queue));
}

#[test]
fn a_runtime_that_ends_leaves_the_queue_to_the_others() {
    let (queue, ends, stays) = (queue(1), runtime(), runtime());
    let (release, _) = occupy(&queue, &ends);
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..10)
        .map(|at| {
            let runtime = if at % 2 == 0 { &stays } else { &ends };
            let task = count(&queue, runtime, &done);
            until_waiting(&queue, at + 1);
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
    assert!(is_empty(&queue));
}
