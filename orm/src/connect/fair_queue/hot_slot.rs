//! A slot for one connection in front of a queue: while nobody waits, it is lent and returned by one atomic exchange
//! each.

use super::super::sync::{AtomicOptionBox, AtomicUsize, Ordering};

pub struct HotSlot<T> {
    content: AtomicOptionBox<T>,
    /// How many wait in the queue. Written under the queue's lock.
    waiting: AtomicUsize,
}

impl<T> HotSlot<T> {
    pub fn new() -> Self {
        HotSlot {
            content: AtomicOptionBox::none(),
            waiting: AtomicUsize::new(0),
        }
    }

    #[inline]
    pub fn take(&self) -> Option<Box<T>> {
        self.content.take(Ordering::AcqRel)
    }

    /// Whether nobody was seen waiting. A caller that comes at this moment is seen by [`put`](Self::put).
    #[inline]
    pub fn is_quiet(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }

    /// Puts something in, and returns what was there before.
    ///
    /// No wake-up is lost between this and [`wait`](Self::wait). Both exchange the content. If the exchange here comes first,
    /// the other one finds what was put in. If it comes second, it acquires what the other one released, also through exchanges in
    /// between: then the load below sees that somebody waits.
    #[inline]
    pub fn put(&self, content: Box<T>) -> Option<Box<T>> {
        self.content.swap(Some(content), Ordering::AcqRel)
    }

    /// Notes how many wait, of whom one has just come, and returns what was put in before anybody could see that.
    pub fn wait(&self, waiting: usize) -> Option<Box<T>> {
        self.waiting.store(waiting, Ordering::Relaxed);
        self.take()
    }

    /// Notes how many wait, after some have left.
    pub fn left(&self, waiting: usize) {
        self.waiting.store(waiting, Ordering::Relaxed);
    }
}
