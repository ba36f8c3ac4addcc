use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread::ThreadId;

use futures_util::FutureExt;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind};

use super::*;

mod turns;

/// A connection to nothing.
struct Plain;

impl Connection for Plain {
    fn clean(&mut self) -> bool {
        true
    }
}

const LONG: Duration = Duration::from_secs(600);

/// A thread that has worked watches until there is work for it, and a task until it is answered.
fn patient() -> Arc<Workers<Plain>> {
    let patience = Patience {
        more: LONG,
        answer: LONG,
    };
    Workers::new(patience, false)
}

/// Nobody watches longer than for a glance.
fn impatient() -> Arc<Workers<Plain>> {
    let patience = Patience {
        more: Duration::ZERO,
        answer: Duration::ZERO,
    };
    Workers::new(patience, false)
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn thread_of(workers: &Arc<Workers<Plain>>) -> ThreadId {
    workers.run(|| Ok(thread::current().id())).await.unwrap()
}

/// Has the thread that watches do so much that it ends.
fn end(workers: &Arc<Workers<Plain>>, runtime: &Runtime) {
    while is_open(workers) {
        runtime.block_on(thread_of(workers));
    }
}

/// Whether a thread watches.
fn is_open(workers: &Workers<Plain>) -> bool {
    matches!(*workers.slot(), Slot::Open)
}

#[test]
fn a_thread_that_watches_serves_whoever_comes_next() {
    let (workers, runtime) = (patient(), one_thread());
    runtime.block_on(async {
        let first = thread_of(&workers).await;
        for _ in 2..MOST_IN_A_ROW {
            assert!(
                is_open(&workers),
                "whoever is answered finds a thread that watches"
            );
            assert_eq!(thread_of(&workers).await, first);
        }
        assert!(is_open(&workers));
        assert_eq!(thread_of(&workers).await, first);
        assert!(!is_open(&workers), "its runtime might wait for it");
    });
}

#[test]
fn one_thread_watches_and_others_end() {
    let (workers, runtime) = (patient(), one_thread());
    runtime.block_on(async {
        let (go, waits) = mpsc::channel::<()>();
        let held = {
            let workers = Arc::clone(&workers);
            tokio::spawn(async move {
                workers
                    .run(move || {
                        let _ = waits.recv();
                        Ok(thread::current().id())
                    })
                    .await
            })
        };
        tokio::task::yield_now().await;
        let other = thread_of(&workers).await;
        assert!(is_open(&workers));
        drop(go);
        assert_ne!(held.await.unwrap().unwrap(), other);
        assert_eq!(thread_of(&workers).await, other);
    });
    end(&workers, &runtime);
}

#[test]
fn nobody_waits_for_a_thread_where_nobody_watches() {
    let (workers, runtime) = (impatient(), one_thread());
    runtime.block_on(async {
        for at in 0..1_000 {
            assert_eq!(workers.run(move || Ok(at)).await.unwrap(), at);
        }
    });
}

#[test]
fn a_task_that_never_waits_lets_others_have_their_turn() {
    let (workers, runtime) = (patient(), one_thread());
    runtime.block_on(async {
        let turn = Arc::new(AtomicBool::new(false));
        let other = Arc::clone(&turn);
        tokio::spawn(async move { other.store(true, Ordering::SeqCst) });
        let mut calls = 0;
        while !turn.load(Ordering::SeqCst) {
            calls += 1;
            assert!(calls <= MOST_IN_A_ROW, "the other task never had its turn");
            thread_of(&workers).await;
        }
    });
    end(&workers, &runtime);
}

#[test]
fn work_that_was_polled_once_is_done() {
    let runtime = one_thread();
    for workers in [patient(), impatient()] {
        runtime.block_on(async {
            // With a thread that watches and without.
            for _ in 0..3 {
                let (sends, done) = mpsc::channel();
                let polled = workers.run(move || {
                    sends.send(()).unwrap();
                    Ok(())
                });
                let _ = polled.now_or_never();
                done.recv().unwrap();
            }
            thread_of(&workers).await;
        });
        end(&workers, &runtime);
    }
}

#[test]
fn a_panic_is_its_callers() {
    let (workers, runtime) = (patient(), one_thread());
    runtime.block_on(async {
        for _ in 0..2 {
            let panics = {
                let workers = Arc::clone(&workers);
                tokio::spawn(async move {
                    workers
                        .run(|| -> Result<()> { std::panic::panic_any("as asked") })
                        .await
                })
            };
            assert!(panics.await.unwrap_err().is_panic());
            let fails = workers.run(|| Err::<(), _>(Error::new(Kind::Database, "on purpose")));
            assert_eq!(fails.await.unwrap_err().kind(), Kind::Database);
        }
    });
    end(&workers, &runtime);
}

#[test]
fn a_thread_serves_other_runtimes_and_its_own_ends_all_the_same() {
    let (workers, ends, stays) = (patient(), one_thread(), one_thread());
    ends.block_on(thread_of(&workers));
    assert!(is_open(&workers));
    let (sends, ended) = mpsc::channel();
    let ending = thread::spawn(move || {
        drop(ends);
        sends.send(()).unwrap();
    });
    stays.block_on(async {
        while ended.try_recv().is_err() {
            thread_of(&workers).await;
        }
    });
    ending.join().unwrap();
    end(&workers, &stays);
}

#[test]
fn work_that_no_thread_takes_is_an_error() {
    let call = Arc::new(Call::<Pooled<Plain>>::new(erase_work(|turn| (Ok(()), turn))));
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.poll(&mut context).is_pending());
    drop(Job::<Plain>::new(Arc::clone(&call) as Arc<dyn Work<_>>, None));
    let Poll::Ready(Err(error)) = call.poll(&mut context) else {
        panic!("the task is told")
    };
    assert!(error.to_string().contains("shutting down"), "{error}");
}

#[test]
fn what_nobody_waits_for_is_dropped_and_not_begun() {
    let begun = Arc::new(AtomicUsize::new(0));
    let kept = Arc::clone(&begun);
    let call = Arc::new(Call::<Pooled<Plain>>::new(erase_work(move |turn| {
        kept.fetch_add(1, Ordering::SeqCst);
        (Ok(()), turn)
    })));
    call.leave();
    assert_eq!(Arc::strong_count(&begun), 1);
    let (done, turn) = Job::<Plain>::new(Arc::clone(&call) as Arc<dyn Work<_>>, None).run();
    assert!(turn.is_none());
    drop(done);
    assert_eq!(begun.load(Ordering::SeqCst), 0);
}

#[test]
fn what_fails_is_seldom_tried_and_what_succeeds_always() {
    let odds = Odds::default();
    let attempts = |times: usize, succeed: bool| {
        let tried = (0..times).filter(|_| {
            let tried = odds.are_good();
            if tried {
                odds.note(succeed);
            }
            tried
        });
        tried.count()
    };
    assert_eq!(attempts(1_000, true), 1_000);
    assert!((60..=70).contains(&attempts(1_000, false)));
    // The first to succeed is one of those few.
    assert!(attempts(1_000, true) > 1_000 - 16);
}
