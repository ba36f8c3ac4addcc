//! Waits for tables that others use, without keeping others from them.

use std::time::{Duration, Instant};

use super::{MigrateOptions, Progress};
use crate::error::{Error, Kind, Result};
use crate::schema::{self, Patience};
use crate::sql::Session;

/// The longest pause between two attempts to get at a table that others use.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What a step outside of a transaction knows of its run.
pub(super) struct RunnerPatience<'p> {
    pub options: &'p MigrateOptions,
    pub wait: BusyWait,
    pub progress: &'p mut dyn FnMut(Progress<'_>),
}

impl Patience for RunnerPatience<'_> {
    fn lock_milliseconds(&self) -> u128 {
        self.options.lock_timeout.as_millis().max(1)
    }

    fn pause(&mut self, session: &mut dyn Session, error: Error) -> Result<()> {
        if self.wait.until.is_none() {
            (self.progress)(Progress::Busy);
        }
        self.wait.pause(session, self.options.wait, error)
    }

    fn done(&mut self, session: &mut dyn Session, done: u64, of: u64) -> Result<()> {
        self.wait = BusyWait::default();
        (self.progress)(Progress::Done { done, of });
        stop_if_cancelled(session)
    }
}

/// Attempts to get at a table that others use, with longer and longer pauses.
#[derive(Default)]
pub(super) struct BusyWait {
    /// When it has been long enough, counted from the first attempt that failed.
    until: Option<Instant>,
    attempt: u32,
}

impl BusyWait {
    /// # Errors
    /// `error` as one of others that do not leave it, if it has been long enough; cancelled.
    pub(super) fn pause(&mut self, session: &mut dyn Session, wait: Duration, error: Error) -> Result<()> {
        let now = Instant::now();
        if now >= *self.until.get_or_insert(now + wait) {
            return Err(busy(session, error));
        }
        stop_if_cancelled(session)?;
        let pause = Duration::from_millis(50 << self.attempt.min(6)).min(LONGEST_PAUSE);
        self.attempt += 1;
        std::thread::sleep(pause.mul_f64(jitter()));
        Ok(())
    }
}

fn stop_if_cancelled(session: &dyn Session) -> Result<()> {
    match session.is_cancelled() {
        true => Err(Error::new(
            Kind::Cancelled,
            "stopped while it waited, or between two batches of rows",
        )),
        false => Ok(()),
    }
}

/// Between a half and one and a half, so that runners and programs do not meet again and again.
fn jitter() -> f64 {
    let nanoseconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    0.5 + f64::from(nanoseconds % 1_000) / 1_000.0
}

/// The error for a table that others do not leave alone, with who is the first of them.
#[cold]
fn busy(session: &mut dyn Session, error: Error) -> Error {
    let oldest = schema::oldest_transaction(session).ok().flatten();
    let who = match oldest {
        Some(oldest) => format!("the oldest open transaction is {oldest}"),
        None => "no other transaction is open any more".to_owned(),
    };
    Error::new(
        Kind::Timeout,
        format!("others use the table and did not leave it in time; {who}"),
    )
    .with_hint("end that transaction, or wait for longer (`--wait`), and run the command again")
    .with_source(error)
}
