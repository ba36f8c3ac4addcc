//! The primitives of the queue, by loom.

pub use loom::sync::atomic::{AtomicUsize, Ordering};
pub use loom::sync::{Condvar, Mutex, MutexGuard};

/// A boxed value that is exchanged atomically: the atomic holds its number in a list.
pub struct AtomicOptionBox<T> {
    number: AtomicUsize,
    /// Not part of the model: it only maps numbers to values.
    boxes: std::sync::Mutex<Vec<Option<Box<T>>>>,
}

impl<T> AtomicOptionBox<T> {
    pub fn none() -> Self {
        AtomicOptionBox {
            number: AtomicUsize::new(0),
            boxes: std::sync::Mutex::default(),
        }
    }

    pub fn take(&self, order: Ordering) -> Option<Box<T>> {
        self.swap(None, order)
    }

    pub fn swap(&self, other: Option<Box<T>>, order: Ordering) -> Option<Box<T>> {
        let new = other.map_or(0, |other| {
            let mut boxes = self.boxes.lock().unwrap();
            boxes.push(Some(other));
            boxes.len()
        });
        match self.number.swap(new, order) {
            0 => None,
            old => self.boxes.lock().unwrap()[old - 1].take(),
        }
    }
}
