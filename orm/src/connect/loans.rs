//! Who has the connections of a pool, for the error of a caller that waited in vain.
//!
//! Transactions and sessions, which may last, say where in the code they began and when. A query says nothing, because it would
//! have to read a clock; that it is still the same one is seen by a number.

use std::fmt::Write;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// What others may know of a connection. Its atomics are only looked at, so `Relaxed` is enough.
pub(super) struct Loan {
    opened: Instant,
    lends: AtomicU64,
    is_retired: AtomicBool,
    holder: Mutex<Option<Holder>>,
}

/// Who has a connection for long.
pub(super) struct Holder {
    what: &'static str,
    began: &'static Location<'static>,
    since: Instant,
    /// The thread that would wait for itself.
    thread: Option<ThreadId>,
}

impl Holder {
    /// A transaction that ends on this thread.
    pub(super) fn transaction(began: &'static Location<'static>) -> Self {
        Holder {
            what: "transaction",
            began,
            since: Instant::now(),
            thread: Some(thread::current().id()),
        }
    }

    /// What may end anywhere.
    pub(super) fn anywhere(what: &'static str, began: &'static Location<'static>) -> Self {
        Holder {
            what,
            began,
            since: Instant::now(),
            thread: None,
        }
    }
}

impl Loan {
    #[inline]
    pub(super) fn lent(&self, lends: u64) {
        self.lends.store(lends, Ordering::Relaxed);
    }

    /// Whether the connection is to be closed when it comes back.
    #[inline]
    pub(super) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, holder: Option<Holder>) {
        *self.holder() = holder;
    }

    fn holder(&self) -> MutexGuard<'_, Option<Holder>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of every connection that is open.
#[derive(Default)]
pub(super) struct Loans(Mutex<Vec<Weak<Loan>>>);

/// The maximum number of holders that a message names.
const MAX_SHOWN: usize = 5;

impl Loans {
    pub(super) fn add(&self) -> Arc<Loan> {
        let loan = Arc::new(Loan {
            opened: Instant::now(),
            lends: AtomicU64::new(0),
            is_retired: AtomicBool::new(false),
            holder: Mutex::new(None),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|loan| loan.strong_count() > 0);
        all.push(Arc::downgrade(&loan));
        loan
    }

    fn all(&self) -> Vec<Arc<Loan>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(Weak::upgrade).collect()
    }

    /// Whether transactions of this thread hold this number of connections, which is all of them.
    pub(super) fn are_own(&self, size: u32) -> bool {
        let this = Some(thread::current().id());
        let is_own = |loan: &Arc<Loan>| loan.holder().as_ref().is_some_and(|holder| holder.thread == this);
        self.all().iter().filter(|loan| is_own(loan)).count() >= size as usize
    }

    /// How many connections are open.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.all().len()
    }

    /// By which loans are known again.
    pub(super) fn seen(&self) -> Vec<(usize, u64)> {
        self.all().iter().map(known).collect()
    }

    /// Has connections closed that were opened so long ago.
    pub(super) fn retire(&self, now: Instant, life: Duration) {
        for loan in self.all() {
            if now.saturating_duration_since(loan.opened) >= life {
                loan.is_retired.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Describes who has the pool's `size` connections, and for how long; `seen` were lent for at least that long.
    pub(super) fn tell(&self, seen: &[(usize, u64)], waited: Duration, size: u32) -> String {
        let (mut queries, mut old) = (0_usize, 0_usize);
        let mut held: Vec<(Duration, String)> = Vec::new();
        let loans = self.all();
        for loan in &loans {
            if let Some(holder) = &*loan.holder() {
                let age = holder.since.elapsed();
                held.push((
                    age,
                    format!("a {} begun at {} for {age:.1?}", holder.what, holder.began),
                ));
            } else {
                queries += 1;
                old += usize::from(seen.contains(&known(loan)));
            }
        }
        held.sort_by_key(|(age, _)| std::cmp::Reverse(*age));
        let mut parts: Vec<String> = Vec::new();
        let more = held.len().saturating_sub(MAX_SHOWN);
        parts.extend(held.into_iter().take(MAX_SHOWN).map(|(_, text)| text));
        if more > 0 {
            parts.push(format!("{more} more of these"));
        }
        if queries > 0 {
            let mut text = match queries {
                1 => "1 query".to_owned(),
                queries => format!("{queries} queries"),
            };
            if old > 0 {
                let _ = match queries {
                    1 => write!(text, " for more than {waited:?}"),
                    _ => write!(text, ", {old} of them for more than {waited:?}"),
                };
            }
            parts.push(text);
        }
        let opening = (size as usize).saturating_sub(loans.len());
        if opening > 0 {
            parts.push(format!(
                "{opening} that {} being opened",
                if opening == 1 { "is" } else { "are" }
            ));
        }
        parts.join(", ")
    }
}

/// A loan by its place in memory, where it stays as long as its connection is open, and how often that was lent.
fn known(loan: &Arc<Loan>) -> (usize, u64) {
    (Arc::as_ptr(loan).addr(), loan.lends.load(Ordering::Relaxed))
}
