//! Closes what has been idle for long, or open for very long: one thread for all pools, which ends with the last of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// When connections are closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ages {
    /// After it was idle for so long: the server has better uses for its memory.
    pub idle: Duration,
    /// After it was opened so long ago: what it holds in the server only grows.
    pub life: Duration,
}

impl Ages {
    #[cfg(feature = "postgres")]
    pub(super) const OF_A_SERVER: Ages = Ages {
        idle: Duration::from_secs(10 * 60),
        life: Duration::from_secs(30 * 60),
    };
}

/// How often it looks.
pub(super) const ROUND: Duration = Duration::from_secs(10);

/// What it looks at.
pub(super) trait Kept: Send + Sync {
    /// Closes what is too old.
    fn sweep(&self, now: Instant, ages: Ages);
}

/// Whose connections are looked at. A thread does so as long as there are any.
static ALL: Mutex<Vec<(Weak<dyn Kept>, Ages)>> = Mutex::new(Vec::new());

/// Looks at a pool from now on.
pub(super) fn keep<K: Kept + 'static>(kept: &Arc<K>, ages: Ages) {
    let kept: Weak<dyn Kept> = Arc::downgrade(kept) as Weak<dyn Kept>;
    let mut all = all();
    all.push((kept, ages));
    if all.len() == 1 {
        let started = thread::Builder::new().name("orm-pools".to_owned()).spawn(rounds);
        if started.is_err() {
            // The system has no thread to spare: connections stay open for longer, and the next pool tries again.
            all.clear();
        }
    }
}

fn rounds() {
    loop {
        thread::sleep(ROUND);
        let mut all = all();
        all.retain(|(kept, _)| kept.strong_count() > 0);
        if all.is_empty() {
            return;
        }
        let now = all.clone();
        drop(all);
        for (kept, ages) in now {
            // Without the lock: to close a connection may take a while.
            if let Some(kept) = kept.upgrade() {
                // A driver that panics when it closes a connection must not end this for all pools.
                let _ = catch_unwind(AssertUnwindSafe(|| kept.sweep(Instant::now(), ages)));
            }
        }
    }
}

fn all() -> MutexGuard<'static, Vec<(Weak<dyn Kept>, Ages)>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}
