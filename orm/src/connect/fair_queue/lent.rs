//! A connection while it is lent, and the permit to have it open.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};

use super::FairQueue;
use super::waiter::Work;

/// What is lent.
pub trait Lend: Send {
    /// Makes it fit to be lent again; `false` if it has to be closed.
    fn clean(&mut self) -> bool;
}

/// The right to have one connection open. Dropping it passes it on.
pub struct Permit<T: Lend>(pub(super) Weak<FairQueue<T>>);

/// A connection and its permit, which ends with it.
pub struct Kept<T: Lend> {
    // Dropped first: the next one is opened when this one is closed.
    pub(super) content: T,
    permit: Permit<T>,
}

/// A connection, checked out. Dropped, it is cleaned and returned.
pub struct Lent<T: Lend>(
    /// `None` while it is being dropped.
    pub(super) Option<Box<Kept<T>>>,
);

/// What a waiter receives.
pub enum Turn<T: Lend> {
    Lent(Lent<T>),
    /// A connection is to be opened.
    Open(Permit<T>),
}

impl<T: Lend> Turn<T> {
    /// The turn as that of the work that comes next in its own queue.
    pub fn next(self) -> Option<(Arc<dyn Work<T>>, Turn<T>)> {
        let queue = match &self {
            Turn::Lent(lent) => lent.0.as_ref()?.permit.0.upgrade()?,
            Turn::Open(permit) => permit.0.upgrade()?,
        };
        queue.next_work(self)
    }
}

impl<T: Lend> Permit<T> {
    /// It is counted as free elsewhere.
    pub(super) fn spend(mut self) {
        self.0 = Weak::new();
    }
}

impl<T: Lend> Drop for Permit<T> {
    fn drop(&mut self) {
        if let Some(queue) = self.0.upgrade() {
            queue.give(Turn::Open(Permit(std::mem::take(&mut self.0))));
        }
    }
}

impl<T: Lend> Lent<T> {
    /// A connection that has just been opened.
    pub fn new(permit: Permit<T>, content: T) -> Self {
        Lent(Some(Box::new(Kept { content, permit })))
    }

    /// Closes it, and keeps the right to open another one.
    pub fn close(mut self) -> Permit<T> {
        match self.0.take() {
            Some(kept) => {
                let Kept { content, permit } = *kept;
                drop(content);
                permit
            }
            None => returned(),
        }
    }
}

#[cold]
fn returned() -> ! {
    unreachable!("nobody has a connection that is being returned")
}

impl<T: Lend> Deref for Lent<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match &self.0 {
            Some(kept) => &kept.content,
            None => returned(),
        }
    }
}

impl<T: Lend> DerefMut for Lent<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.0 {
            Some(kept) => &mut kept.content,
            None => returned(),
        }
    }
}

impl<T: Lend> Drop for Lent<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(kept) = self.0.take() {
            give_back(kept);
        }
    }
}

/// Returns a connection that may need cleaning. Without a queue it is closed, as all of its kind.
#[inline(never)]
fn give_back<T: Lend>(mut kept: Box<Kept<T>>) {
    if let Some(queue) = kept.permit.0.upgrade()
        && kept.content.clean()
    {
        queue.put_kept(kept);
    }
}
