//! A connection in front of a pool, which takes longer to give one out than to pass it from hand to hand.

use std::sync::atomic::{AtomicUsize, Ordering};

use atomicbox::AtomicOptionBox;

/// Room for one connection: one atomic exchange takes it or puts it back.
pub(super) struct Spare<T> {
    place: AtomicOptionBox<T>,
    /// Callers in the pool's queue: a connection that comes back is theirs.
    waiting: AtomicUsize,
}

impl<T> Spare<T> {
    pub(super) fn new() -> Self {
        Spare {
            place: AtomicOptionBox::none(),
            waiting: AtomicUsize::new(0),
        }
    }

    #[inline]
    pub(super) fn take(&self) -> Option<Box<T>> {
        self.place.take(Ordering::SeqCst)
    }

    /// Takes a clean connection, or drops it into the pool.
    #[inline]
    pub(super) fn put(&self, connection: Box<T>) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return drop(connection);
        }
        // What was there goes to the pool; so does what is there now if somebody has come to wait meanwhile. Of this and
        // `wait`, one sees what the other did first: the order of these steps is one for all threads.
        drop(self.place.swap(Some(connection), Ordering::SeqCst));
        if self.waiting.load(Ordering::SeqCst) > 0 {
            drop(self.take());
        }
    }

    /// For who goes to the pool's queue: while what comes out lives, connections that come back go there. The one that was
    /// here before is to be taken first.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(&self.waiting)
    }
}

/// Somebody is in the pool's queue.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_comes_before_what_is_spare() {
        let spare = Spare::new();
        spare.put(Box::new(1));
        spare.put(Box::new(2));
        assert_eq!(spare.take(), Some(Box::new(2)), "the first went to its pool");
        let waiting = spare.wait();
        spare.put(Box::new(3));
        assert_eq!(spare.take(), None);
        drop(waiting);
        spare.put(Box::new(4));
        assert_eq!(spare.take(), Some(Box::new(4)));
    }
}
