//! How a transaction runs.

/// What a transaction sees of others.
///
/// # Example: one view of the database for several reads
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::{Isolation, TxOptions};
///
/// let options = TxOptions::new().isolation(Isolation::RepeatableRead).read_only();
/// let (posts, authors) =
///     db.transaction_with(options, |tx| Ok((Post::objects().count(tx)?, Author::objects().count(tx)?)))?;
/// assert_eq!((posts, authors), (2, 2));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Each statement sees what is committed when it starts; Postgres' default.
    ReadCommitted,
    /// Every statement sees what was committed when the transaction started.
    RepeatableRead,
    /// As if the transactions ran one after another; SQLite's only level, which satisfies the others too.
    Serializable,
}

/// Options of one transaction, for [`Db::transaction_with`](super::Db::transaction_with) and its async twin.
///
/// # Example: all of them
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::{Isolation, TxOptions};
///
/// let options = TxOptions::new().isolation(Isolation::Serializable).read_only().retry(3);
/// db.transaction_with(options, |tx| Post::objects().count(tx))?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TxOptions {
    pub(super) isolation: Option<Isolation>,
    pub(super) read_only: bool,
    pub(super) retries: u32,
}

impl TxOptions {
    /// For rows that are read one after another: what is loaded for later ones belongs to what was there at the first.
    pub(super) const ONE_SNAPSHOT: TxOptions =
        TxOptions::new().isolation(Isolation::RepeatableRead).read_only();

    /// What the database does by default: read and write, no retry.
    ///
    /// # Example: as `transaction`
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction_with(orm::db::TxOptions::new(), |tx| Tag::create().label("new").save(tx))?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub const fn new() -> Self {
        TxOptions {
            isolation: None,
            read_only: false,
            retries: 0,
        }
    }

    /// What the transaction sees of others: `SET TRANSACTION ISOLATION LEVEL ..` on Postgres. SQLite knows one level, which satisfies
    /// all.
    ///
    /// # Example: as if it were alone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::{Isolation, TxOptions};
    ///
    /// db.transaction_with(TxOptions::new().isolation(Isolation::Serializable), |tx| Post::objects().count(tx))?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Refuses writes; on SQLite such a transaction does not wait for the writer.
    ///
    /// # Example: a write is refused
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = db.transaction_with(orm::db::TxOptions::new().read_only(), |tx| {
    ///     Tag::create().label("new").save(tx)
    /// });
    /// assert!(refused.is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Runs the transaction again, up to this number of times, when it loses against a concurrent one
    /// ([`is_serialization_failure`](crate::Error::is_serialization_failure)), after a pause that grows.
    ///
    /// # Example: three more times
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction_with(orm::db::TxOptions::new().retry(3), |tx| Tag::create().label("new").save(tx))?;
    /// # Ok::<(), orm::Error>(())
    /// ```
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
