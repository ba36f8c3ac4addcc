//! What each backend can do, as data: generic code asks here and never for a name.

/// The databases there are.
///
/// # Example: SQL text that differs
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::Backend;
///
/// let random = match db.dialect().backend {
///     Backend::Sqlite => "SELECT abs(random())",
///     Backend::Postgres => "SELECT random()",
/// };
/// db.session()?.query(random, &[], &mut |_| Ok(()))?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// SQLite, the version bundled with the program
    Sqlite,
    /// Postgres, 13 and later
    Postgres,
}

/// What a database can do, as data: from [`Db::dialect`](crate::Db::dialect), or [`Dialect::SQLITE`] and [`Dialect::POSTGRES`]
/// where there is no connection, as for [`QuerySet::sql`](crate::queries::QuerySet::sql).
///
/// # Example: asked instead of a name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::Dialect;
///
/// assert!(Dialect::POSTGRES.row_locks && !Dialect::SQLITE.row_locks);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Which one; for choosing a renderer, never for deciding what can be done.
    pub backend: Backend,
    /// Name as users write it in settings and `--dialect`.
    pub name: &'static str,
    /// Most parameters of one statement.
    pub max_parameters: usize,
    /// Most rows of one `INSERT` that has them value by value. Every number of rows is a statement of its own, rendered and
    /// prepared at its first use.
    pub rows_per_insert: usize,
    /// Whether many new rows can be given as one list per column, so that one statement serves any number of them.
    pub rows_from_lists: bool,
    /// Whether text may hold the character NUL.
    pub nul_in_text: bool,
    /// Whether every schema change can be rolled back.
    pub transactional_ddl: bool,
    /// Whether a new foreign key can be added to a table that exists.
    pub add_foreign_key: bool,
    /// Whether columns can be altered in place.
    pub alter_column: bool,
    /// Whether tables and columns carry comments.
    pub comments: bool,
    /// Whether there are types of a fixed list of texts.
    pub enum_types: bool,
    /// Whether a result may have types that a database has made for itself; otherwise they are read as text.
    pub own_types: bool,
    /// Checks now what keys would check at the end, where a table that waits for that cannot be changed.
    pub settle_keys: Option<&'static str>,
    /// Whether a transaction locks rows. Where it does not, the one that writes is the only one.
    pub row_locks: bool,
    /// Begins a transaction that is going to write: where only one can, it waits here and not in the middle.
    pub begin_write: &'static str,
    /// Makes the server end what the transaction runs soon after its client is gone, where there is a server that could go on.
    pub watch_client: Option<&'static str>,
    /// How long a statement waits for the lock of another connection, where that is a setting of the connection.
    pub lock_wait: Option<LockWait>,
    /// How a connection keeps others from migrating, where a transaction that writes does not.
    pub runner_lock: Option<RunnerLock>,
}

/// A lock that a connection holds across transactions; it goes with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerLock {
    /// Tries to take the lock of the number `$1`, without waiting; answers whether it did.
    pub try_acquire: &'static str,
    /// The same for the rest of the transaction, where a connection is somebody else's after it.
    pub try_within: &'static str,
    /// Gives the lock of the number `$1` back.
    pub release: &'static str,
}

/// For how many milliseconds a statement waits for the lock of another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockWait {
    /// Answers the number.
    pub ask: &'static str,
    /// Sets it, with the number behind.
    pub set: &'static str,
}

impl Dialect {
    /// Every one, for what has to hold on all of them.
    pub const ALL: [&'static Dialect; 2] = [Self::SQLITE, Self::POSTGRES];

    /// SQLite.
    pub const SQLITE: &'static Dialect = &Dialect {
        backend: Backend::Sqlite,
        name: "sqlite",
        max_parameters: 32_766,
        rows_per_insert: 100,
        rows_from_lists: false,
        nul_in_text: true,
        transactional_ddl: true,
        add_foreign_key: false,
        alter_column: false,
        comments: false,
        enum_types: false,
        own_types: true,
        settle_keys: None,
        row_locks: false,
        begin_write: "BEGIN IMMEDIATE",
        watch_client: None,
        lock_wait: Some(LockWait {
            ask: "PRAGMA busy_timeout",
            set: "PRAGMA busy_timeout = ",
        }),
        runner_lock: None,
    };

    /// Postgres.
    pub const POSTGRES: &'static Dialect = &Dialect {
        backend: Backend::Postgres,
        name: "postgres",
        max_parameters: 65_535,
        rows_per_insert: 1_000,
        rows_from_lists: true,
        nul_in_text: false,
        transactional_ddl: true,
        add_foreign_key: true,
        alter_column: true,
        comments: true,
        enum_types: true,
        own_types: true,
        settle_keys: Some("SET CONSTRAINTS ALL IMMEDIATE"),
        row_locks: true,
        begin_write: "BEGIN",
        // Since 14, and an error on systems that cannot tell.
        watch_client: Some(
            "SELECT set_config(name, '1000', true) FROM pg_settings WHERE name = 'client_connection_check_interval' AND \
             version() LIKE '%linux%'",
        ),
        lock_wait: None,
        // Polled: the waiting form holds a snapshot that a concurrent index build of the holder would wait for.
        runner_lock: Some(RunnerLock {
            try_acquire: "SELECT pg_try_advisory_lock($1)",
            // The zone, too, is nobody's but the transaction's.
            try_within: "SELECT pg_try_advisory_xact_lock($1) AND set_config('TimeZone', 'UTC', true) = 'UTC'",
            release: "SELECT pg_advisory_unlock($1)",
        }),
    };

    /// Postgres, by statements that are not prepared.
    pub const POSTGRES_UNNAMED: &'static Dialect = &Dialect {
        own_types: false,
        ..*Self::POSTGRES
    };

    /// Different for dialects that render the same query differently.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        (self.backend as u64) << 1 | u64::from(self.own_types)
    }

    /// Position in arrays with one entry per backend.
    ///
    /// # Example: something kept for each
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let mut seen = [0; Dialect::ALL.len()];
    /// seen[Dialect::POSTGRES.index()] += 1;
    /// assert_eq!(seen.iter().sum::<i32>(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[inline]
    pub fn index(&self) -> usize {
        self.backend as usize
    }
}
