//! Ctrl-C, and its kin, while a database is at work: it is told to stop, and what that leaves is said.

use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use orm::db::{CancelHandle, DbSession};

use crate::failure::STOPPED;

/// What a signal stops; without any it ends the program, as it does by itself.
static WORK: Mutex<Option<CancelHandle>> = Mutex::new(None);

/// A statement that starts just after the database was told is told again.
const AGAIN: Duration = Duration::from_millis(200);

/// As long as it lives, a signal stops the work of a session and not the program.
pub struct CancelOnSignal;

impl CancelOnSignal {
    /// Where signals are another's business (the program has a handler of its own), it does nothing.
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
            "left while the database was still stopping; `showmigrations` says what it has come to"
        );
        exit(STOPPED.into());
    }
    anstream::eprintln!(
        "stopping: the database is told to cancel what it is doing (once more to leave at once)"
    );
    // Elsewhere, so that the next signal is heard.
    std::thread::spawn(move || {
        while work().is_some() {
            if let Err(error) = handle.cancel() {
                anstream::eprintln!("{error}");
            }
            std::thread::sleep(AGAIN);
        }
    });
}
