//! How a transaction runs.

/// What a transaction sees of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Each statement sees what is committed when it starts; Postgres' default.
    ReadCommitted,
    /// Every statement sees what was committed when the transaction started.
    RepeatableRead,
    /// As if the transactions ran one after another; SQLite's only level, which satisfies the others too.
    Serializable,
}

/// Options of one transaction, for [`Db::transaction_with`](super::Db::transaction_with).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TxOptions {
    pub(super) isolation: Option<Isolation>,
    pub(super) read_only: bool,
    pub(super) retries: u32,
}

impl TxOptions {
    /// What the database does by default: read and write, no retry.
    pub const fn new() -> Self {
        TxOptions {
            isolation: None,
            read_only: false,
            retries: 0,
        }
    }

    /// What the transaction sees of others.
    #[must_use]
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Refuses writes; on SQLite such a transaction does not wait for the writer.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Runs the transaction again, up to so many times, when it loses against a concurrent one.
    #[must_use]
    pub const fn retry(mut self, times: u32) -> Self {
        self.retries = times;
        self
    }

    /// How long to wait before the next attempt: longer each time, and not the same for two losers.
    pub(super) fn pause(attempt: u32) -> std::time::Duration {
        use std::hash::{BuildHasher, RandomState};
        let most = 10u64 << attempt.min(6);
        std::time::Duration::from_millis(most / 2 + RandomState::new().hash_one(attempt) % most)
    }
}
