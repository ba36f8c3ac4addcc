//! Ctrl-C and other signals while a database is working: its work is cancelled, and the outcome is reported.

use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use orm::db::{CancelHandle, DbSession};

use crate::failure::STOPPED;

/// What a signal cancels; if nothing, it ends the program as usual.
static WORK: Mutex<Option<CancelHandle>> = Mutex::new(None);

/// Repeated, because a statement may start just after the cancel request.
const AGAIN: Duration = Duration::from_millis(200);

/// While it lives, a signal cancels the work of a session instead of ending the program.
pub struct CancelOnSignal;

impl CancelOnSignal {
    /// If the program has its own signal handler, this does nothing.
    pub fn new(session: &DbSession) -> orm::Result<Self> {
        *work() = Some(session.cancel_handle()?);
        let _ = ctrlc::try_set_handler(on_signal);
        Ok(CancelOnSignal)
    }
}

impl Drop for CancelOnSignal {
    fn drop(&mut self) {
        *work() = None;
    }
}

fn work() -> MutexGuard<'static, Option<CancelHandle>> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn on_signal() {
    let Some(handle) = work().clone() else {
        exit(STOPPED.into());
    };
    if handle.is_cancelled() {
        anstream::eprintln!(
            "left while the database was still stopping; `showmigrations` shows what was applied"
        );
        exit(STOPPED.into());
    }
    anstream::eprintln!("stopping: cancelling the database's work (once more to leave at once)");
    // On another thread, so that the next signal is handled.
    std::thread::spawn(move || {
        while work().is_some() {
            if let Err(error) = handle.cancel() {
                anstream::eprintln!("{error}");
            }
            std::thread::sleep(AGAIN);
        }
    });
}
