//! Runs the same work in threads or tasks for a given time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::{Keys, driver};

/// The share of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Reads,
    /// One operation in ten.
    Mixed,
}

/// The next operation of a worker.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub key: i64,
    pub write: bool,
}

struct Steps {
    keys: Keys,
    share: Share,
    done: u64,
}

impl Steps {
    fn new(posts: i64, thread: usize, share: Share) -> Self {
        Steps {
            keys: Keys::of_thread(posts, thread),
            share,
            done: 0,
        }
    }

    fn next(&mut self) -> Step {
        self.done += 1;
        Step {
            key: self.keys.next(),
            write: self.share == Share::Mixed && self.done.is_multiple_of(10),
        }
    }
}

pub fn threads(
    (threads, share, time, posts): (usize, Share, Duration, i64),
    work: impl Fn(Step) -> orm::Result<u64> + Sync,
) -> orm::Result<f64> {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let done = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (stop, work) = (&stop, &work);
                scope.spawn(move || {
                    let mut steps = Steps::new(posts, thread, share);
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::black_box(work(steps.next())?);
                    }
                    Ok(steps.done)
                })
            })
            .collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        let done = running
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"));
        done.sum::<orm::Result<u64>>()
    })?;
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

pub fn tasks<F, W>(
    runtime: &Runtime,
    (tasks, share, time, posts): (usize, Share, Duration, i64),
    work: F,
) -> orm::Result<f64>
where
    F: Fn(Step) -> W + Clone + Send + 'static,
    W: Future<Output = orm::Result<u64>> + Send + 'static,
{
    let stop = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let (stop, work) = (Arc::clone(&stop), work.clone());
            runtime.spawn(async move {
                let mut steps = Steps::new(posts, task, share);
                while !stop.load(Ordering::Relaxed) {
                    std::hint::black_box(work(steps.next()).await?);
                }
                Ok::<_, orm::Error>(steps.done)
            })
        })
        .collect();
    std::thread::sleep(time);
    stop.store(true, Ordering::Relaxed);
    let mut done = 0;
    for task in running {
        done += runtime.block_on(task).map_err(driver)??;
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// As many worker threads as a program has by default.
pub fn runtime() -> orm::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(driver)
}
