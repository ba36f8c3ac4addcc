use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::*;

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

fn line(size: u32) -> Arc<Line> {
    Line::new(size, Duration::from_secs(60))
}

/// Takes a place and holds it until the sender is dropped.
fn occupy(line: &Arc<Line>, runtime: &Runtime) -> (mpsc::Sender<()>, JoinHandle<Result<()>>) {
    let (release, released) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let line = Arc::clone(line);
    let task = runtime.spawn(async move {
        let hold = move |place| {
            begun.send(()).unwrap();
            let _ = released.recv();
            (Ok(()), Some(place))
        };
        line.run(hold).await
    });
    begins.recv().unwrap();
    (release, task)
}

fn count(line: &Arc<Line>, runtime: &Runtime, done: &Arc<AtomicUsize>) -> JoinHandle<Result<usize>> {
    let (line, done) = (Arc::clone(line), Arc::clone(done));
    runtime.spawn(async move {
        let count = move |place| (Ok(done.fetch_add(1, Ordering::SeqCst)), Some(place));
        line.run(count).await
    })
}

fn until_waiting(line: &Line, tasks: usize) {
    while line.state().waiting.len() != tasks {
        thread::yield_now();
    }
}

/// Whether all places are free again and nobody waits.
fn is_empty(line: &Line) -> bool {
    // The last thread may still be on its way out.
    for _ in 0..1_000 {
        let state = line.state();
        if state.free == line.size && state.waiting.is_empty() {
            return true;
        }
        drop(state);
        thread::sleep(Duration::from_millis(1));
    }
    false
}

#[test]
fn everybody_gets_a_turn_and_no_more_than_there_are_places() {
    let (line, runtime) = (line(3), runtime());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..20 * MOST_IN_A_ROW)
        .map(|at| {
            let (line, now, most) = (Arc::clone(&line), Arc::clone(&now), Arc::clone(&most));
            runtime.spawn(async move {
                let work = move |place| {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    now.fetch_sub(1, Ordering::SeqCst);
                    (Ok(at), Some(place))
                };
                line.run(work).await
            })
        })
        .collect();
    for (at, task) in tasks.into_iter().enumerate() {
        assert_eq!(runtime.block_on(task).unwrap().unwrap(), at);
    }
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    assert!(is_empty(&line));
}

#[test]
fn first_come_first_served() {
    let (line, runtime) = (line(1), runtime());
    let (release, first) = occupy(&line, &runtime);
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..2 * MOST_IN_A_ROW)
        .map(|at| {
            let task = count(&line, &runtime, &done);
            until_waiting(&line, at + 1);
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
fn work_that_nobody_waits_for_any_more_is_not_begun() {
    let (line, runtime) = (line(1), runtime());
    let (release, first) = occupy(&line, &runtime);
    let (never, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let left = count(&line, &runtime, &never);
    until_waiting(&line, 1);
    let stays = count(&line, &runtime, &done);
    until_waiting(&line, 2);
    left.abort();
    until_waiting(&line, 1);
    drop(release);
    assert_eq!(runtime.block_on(stays).unwrap().unwrap(), 0);
    runtime.block_on(first).unwrap().unwrap();
    assert_eq!(never.load(Ordering::SeqCst), 0);
    assert!(is_empty(&line));
}

#[test]
fn who_waits_too_long_is_told_and_leaves() {
    let (line, runtime) = (Line::new(1, Duration::from_millis(20)), runtime());
    let (release, first) = occupy(&line, &runtime);
    let never = Arc::new(AtomicUsize::new(0));
    let error = runtime
        .block_on(count(&line, &runtime, &never))
        .unwrap()
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    assert!(is_empty(&line));
    assert_eq!(never.load(Ordering::SeqCst), 0);
}

#[test]
fn a_panic_is_its_callers_and_lets_the_next_one_in() {
    let (line, runtime) = (line(1), runtime());
    let (release, first) = occupy(&line, &runtime);
    let panics = {
        let line = Arc::clone(&line);
        runtime.spawn(async move {
            let work = |_| -> (Result<()>, Option<Place>) { std::panic::panic_any("as asked") };
            line.run(work).await
        })
    };
    until_waiting(&line, 1);
    let done = Arc::new(AtomicUsize::new(0));
    let next = count(&line, &runtime, &done);
    until_waiting(&line, 2);
    drop(release);
    runtime.block_on(first).unwrap().unwrap();
    assert!(runtime.block_on(panics).unwrap_err().is_panic());
    assert_eq!(runtime.block_on(next).unwrap().unwrap(), 0);
    assert!(is_empty(&line));
}

#[test]
fn a_place_that_was_kept_is_the_next_ones_when_it_is_dropped_anywhere() {
    let (line, runtime) = (line(1), runtime());
    let keep = {
        let line = Arc::clone(&line);
        async move {
            let keep = |place| (Ok(Arc::new(Mutex::new(Some(place)))), None);
            line.run(keep).await
        }
    };
    let kept: Arc<Mutex<Option<Place>>> = runtime.block_on(keep).unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let next = count(&line, &runtime, &done);
    until_waiting(&line, 1);
    assert_eq!(done.load(Ordering::SeqCst), 0);
    thread::spawn(move || drop(kept)).join().unwrap();
    assert_eq!(runtime.block_on(next).unwrap().unwrap(), 0);
    assert!(is_empty(&line));
}

#[test]
fn a_runtime_that_ends_leaves_the_line_to_the_others() {
    let (line, ends, stays) = (line(1), runtime(), runtime());
    let (release, _) = occupy(&line, &ends);
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..10)
        .map(|at| {
            let runtime = if at % 2 == 0 { &stays } else { &ends };
            let task = count(&line, runtime, &done);
            until_waiting(&line, at + 1);
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
    assert!(is_empty(&line));
}
