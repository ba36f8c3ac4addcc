//! Lets concurrent runners take turns: by an advisory lock, or by the write transaction.

use std::time::{Duration, Instant};

use super::{Progress, Runner};
use crate::error::{Error, Kind, Result};
use crate::sql::{LockWait, RunnerLock, Session};
use crate::value::Value;

/// The key of the advisory lock: `orm` and `migrate` in ASCII. It is per database.
const LOCK: i64 = 0x6f72_6d6d_6967;

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// How long to wait before reporting that another runner is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

const WAITING: &str = "while it waited for others";

impl Runner<'_> {
    /// Begins a transaction, and takes the lock in it where no lock outlives a transaction.
    pub(in crate::migrate) fn begin(&mut self) -> Result<()> {
        loop {
            self.begin_write()?;
            let Some(lock) = self.each else {
                return Ok(());
            };
            let got = self.lock_query(lock.try_within);
            if let Ok(true) = got {
                return Ok(());
            }
            let rolled_back = self.session.batch("ROLLBACK");
            got.and(rolled_back)?;
            self.say_waiting();
            self.pause_or(unfinished)?;
        }
    }

    fn begin_write(&mut self) -> Result<()> {
        let begin = self.session.dialect().begin_write;
        let mut begun = false;
        let result = self.patiently(|session| {
            session.batch(begin)?;
            begun = true;
            Ok(())
        });
        if result.is_err() && begun {
            let _ = self.session.batch("ROLLBACK");
        }
        result
    }

    /// Retries something that another connection may block, until the deadline.
    pub(in crate::migrate) fn patiently<T>(
        &mut self,
        mut database_action: impl FnMut(&mut dyn Session) -> Result<T>,
    ) -> Result<T> {
        let Some(lock_wait) = &self.session.dialect().lock_wait else {
            return database_action(self.session);
        };
        // The deadline of the run applies, not the connection's timeout.
        let usual = wait_of(self.session, lock_wait)?;
        let patient_until = Instant::now() + PATIENCE;
        set_wait(self.session, lock_wait, 0)?;
        let result = loop {
            match database_action(self.session) {
                Err(error) if error.is_timeout() => {
                    if Instant::now() >= self.deadline {
                        break Err(others(error));
                    }
                    if let Err(stopped) = self.go_on(WAITING) {
                        break Err(stopped);
                    }
                    if Instant::now() >= patient_until {
                        self.say_waiting();
                    }
                    std::thread::sleep(PAUSE);
                }
                result => break result,
            }
        };
        let restored = set_wait(self.session, lock_wait, usual);
        result.and_then(|output| restored.map(|()| output))
    }

    /// Waits a moment.
    ///
    /// # Errors
    /// `error`, if the deadline has passed.
    pub(in crate::migrate) fn pause_or(&mut self, error: impl FnOnce() -> Error) -> Result<()> {
        if Instant::now() >= self.deadline {
            return Err(error());
        }
        self.go_on(WAITING)?;
        std::thread::sleep(PAUSE);
        Ok(())
    }

    /// # Errors
    /// If the run was cancelled.
    pub(in crate::migrate) fn go_on(&self, when: &str) -> Result<()> {
        match self.session.is_cancelled() {
            true => Err(Error::new(Kind::Cancelled, format!("stopped {when}"))),
            false => Ok(()),
        }
    }

    pub(in crate::migrate) fn acquire(&mut self, lock: &RunnerLock) -> Result<()> {
        while !self.lock_query(lock.try_acquire)? {
            self.say_waiting();
            self.pause_or(unfinished)?;
        }
        Ok(())
    }

    pub(in crate::migrate) fn release(&mut self, lock: &RunnerLock) -> Result<()> {
        self.lock_query(lock.release).map(drop)
    }

    fn lock_query(&mut self, sql: &str) -> Result<bool> {
        let mut answer = false;
        self.session.query(sql, &[Value::Int(LOCK)], &mut |row| {
            answer = row.get(0)?;
            Ok(())
        })?;
        Ok(answer)
    }

    fn say_waiting(&mut self) {
        if !self.said_waiting {
            self.said_waiting = true;
            (self.progress)(Progress::Waiting);
        }
    }
}

/// The error for another runner that does not finish.
#[cold]
fn unfinished() -> Error {
    Error::new(
        Kind::Timeout,
        "another runner is migrating this database and did not finish in time",
    )
    .with_hint("look what it is doing, and run the command again when it is done")
}

/// The error for other connections that do not finish.
#[cold]
fn others(error: Error) -> Error {
    Error::new(
        Kind::Timeout,
        "others are writing to this database and did not finish in time",
    )
    .with_hint("end their transactions, or wait for longer (`--lock-timeout`), and run the command again")
    .with_source(error)
}

fn wait_of(session: &mut dyn Session, lock_wait: &LockWait) -> Result<i64> {
    let mut milliseconds = 0;
    session.query(lock_wait.ask, &[], &mut |row| {
        milliseconds = row.get(0)?;
        Ok(())
    })?;
    Ok(milliseconds)
}

fn set_wait(session: &mut dyn Session, lock_wait: &LockWait, milliseconds: i64) -> Result<()> {
    session.batch(&format!("{}{milliseconds}", lock_wait.set))
}
