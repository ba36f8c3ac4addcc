//! Ending what a session does, from outside of it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;

/// Stops what a session is doing, from any other thread; from [`DbSession::cancel_handle`](super::DbSession::cancel_handle). It
/// can be cloned and sent.
///
/// # Example: Ctrl-C, a deadline, a closed window
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let session = db.session()?;
/// let handle = session.cancel_handle()?;
/// let stop = move || handle.cancel();
/// stop()?; // where something wants it to end
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct CancelHandle(Arc<CancelState>);

struct CancelState {
    cancelled: AtomicBool,
    /// `None` once the session has ended, because its connection may be lent to somebody else.
    tell: Mutex<Option<CancelFn>>,
}

/// Sends the cancel request.
pub(super) type CancelFn = Box<dyn Fn() -> Result<()> + Send + Sync>;

impl CancelHandle {
    pub(super) fn new(tell: CancelFn) -> Self {
        CancelHandle(Arc::new(CancelState {
            cancelled: AtomicBool::new(false),
            tell: Mutex::new(Some(tell)),
        }))
    }

    /// Ends the statement that the session runs at this moment, if it runs one, with [`is_cancelled`](crate::Error::is_cancelled); a
    /// migration takes back what it has changed and starts nothing more. After the session has ended it does nothing.
    ///
    /// A statement that starts a moment later is not ended: call it again until the session's work has returned.
    ///
    /// # Errors
    /// [`is_connection`](crate::Error::is_connection) if the database cannot be told: the server is not reached within five seconds.
    ///
    /// # Example: nothing runs, so nothing ends
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let session = db.session()?;
    /// let handle = session.cancel_handle()?;
    /// handle.cancel()?;
    /// assert!(handle.is_cancelled());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn cancel(&self) -> Result<()> {
        self.0.cancelled.store(true, Ordering::SeqCst);
        match &*self.tell() {
            None => Ok(()),
            Some(tell) => tell(),
        }
    }

    /// Whether it was asked to.
    ///
    /// # Example: not yet
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(!db.session()?.cancel_handle()?.is_cancelled());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// The session ends.
    pub(super) fn ended(&self) {
        *self.tell() = None;
    }

    fn tell(&self) -> MutexGuard<'_, Option<CancelFn>> {
        self.0.tell.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
