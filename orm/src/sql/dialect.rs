//! What each backend can do, as data: generic code asks here, and never for a backend's name.

/// The supported databases.
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
    /// The backend; for choosing a renderer, never for deciding what can be done.
    pub backend: Backend,
    /// Name as users write it in settings and `--dialect`.
    pub name: &'static str,
    /// What begins a parameter in SQL text, before its number.
    pub parameter_sign: char,
    /// The maximum number of parameters of a statement.
    pub max_parameters: usize,
    /// The most rows of one `INSERT` that binds them value by value. Every number of rows is a statement of its own,
    /// rendered and prepared on first use.
    pub rows_per_insert: usize,
    /// Whether new rows can be bound as one list per column, so that one statement serves any number of rows.
    pub rows_from_lists: bool,
    /// Whether rows can be copied into a table, as one stream of any length.
    pub copies: bool,
    /// The maximum number of rows whose related rows are read in the same statement. For more rows it is a separate
    /// statement, which costs a round trip. 0 if there is no server.
    pub rows_with_list: u64,
    /// Whether the new values of an update that asks its own table see rows that it has changed already.
    pub update_sees_itself: bool,
    /// Whether the actions of foreign keys are taken while a deletion goes on, so that a row that it comes to later is changed by
    /// them, or gone.
    pub acts_while_deleting: bool,
    /// Whether constants of a generated column are computed before it is known by which collation strings are compared, which fails.
    pub folds_before_collations: bool,
    /// Whether strings may contain NUL.
    pub nul_in_text: bool,
    /// Whether every schema change can be rolled back.
    pub transactional_ddl: bool,
    /// Whether a foreign key can be added to an existing table.
    pub add_foreign_key: bool,
    /// Whether a constraint can be added without looking at the rows that are there.
    pub not_valid: bool,
    /// Whether columns can be altered in place.
    pub alter_column: bool,
    /// Whether tables and columns carry comments.
    pub comments: bool,
    /// The collations that there are, the one that columns have by themselves first; `None` if it is the database that knows.
    pub collations: Option<&'static [&'static str]>,
    /// Whether a query of `FROM` can be of each row of what stands before it, `LATERAL`, and is run so.
    pub lateral: bool,
    /// Whether tables stand in schemas.
    pub schemas: bool,
    /// Whether roles have privileges, and tables policies.
    pub roles: bool,
    /// Whether what the database counts up has options, and may be another column than the primary key.
    pub identity_options: bool,
    /// Whether tables have storage parameters.
    pub table_parameters: bool,
    /// Whether a view can get another name.
    pub rename_views: bool,
    /// Whether views give their columns other names where those of their tables get them.
    pub renames_columns_of_views: bool,
    /// Whether the rows of a view can be stored.
    pub materialized_views: bool,
    /// Whether a table can do without row numbers.
    pub without_rowid: bool,
    /// Whether there are enum types.
    pub enum_types: bool,
    /// Whether indexes have methods, operator classes, storage parameters and columns that they include.
    pub index_options: bool,
    /// Whether the words of a full-text search stand in a generated column; they have a table of their own otherwise.
    pub search_columns: bool,
    /// Whether rows can be held apart by operators other than equality.
    pub exclusion_constraints: bool,
    /// Whether NULL comes before all others in an index that ascends; it comes after all others where it does not.
    pub nulls_are_least: bool,
    /// Whether rows are read in portions by cursors that SQL declares; otherwise a statement is stepped from row to row.
    pub declares_cursors: bool,
    /// Whether results may have types that a database defines itself; otherwise those are read as text.
    pub own_types: bool,
    /// Checks deferred foreign keys now, where a table with pending checks cannot be altered.
    pub check_deferred_keys: Option<&'static str>,
    /// What asks how a statement would be run, in front of it.
    pub explain: &'static str,
    /// Whether that takes options: to measure, to say more, to answer in JSON. Where it does not, each line has the number of its step.
    pub plan_options: bool,
    /// Whether transactions lock rows. Where they do not, there is one writing transaction at a time.
    pub row_locks: bool,
    /// Begins a transaction that is going to write: where only one can, it waits here and not on its first write.
    pub begin_write: &'static str,
    /// Makes the server cancel the transaction's statement soon after the client is gone, if there is a server.
    pub watch_client: Option<&'static str>,
    /// Makes a query fail, for the rest of the transaction, that would not see rows because of policies.
    pub refuse_hidden_rows: Option<&'static str>,
    /// Whether changes of tables have forms in several transactions, none of which keeps others waiting for long.
    pub online_changes: bool,
    /// Limits for the rest of the transaction how long a statement waits for a lock, while others wait behind it; milliseconds are
    /// appended.
    pub limit_lock_wait: Option<&'static str>,
    /// How long a statement waits for another connection's lock, where that is a setting of the connection.
    pub lock_wait: Option<LockWait>,
    /// Whether the scopes of models apply: not on a handle for all rows.
    pub scopes: bool,
    /// How a connection excludes other runners of migrations, if a writing transaction does not.
    pub runner_lock: Option<RunnerLock>,
}

/// A lock that a connection holds across transactions, until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerLock {
    /// Tries to take the lock with number `$1` without waiting; returns whether it succeeded.
    pub try_acquire: &'static str,
    /// The same until the end of the transaction, for connections that others use afterwards.
    pub try_within: &'static str,
    /// Releases the lock with number `$1`.
    pub release: &'static str,
}

/// The lock timeout in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockWait {
    /// Reads it.
    pub ask: &'static str,
    /// Sets it; the number is appended.
    pub set: &'static str,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [&'static Dialect; 2] = [Self::SQLITE, Self::POSTGRES];

    /// SQLite.
    pub const SQLITE: &'static Dialect = &Dialect {
        backend: Backend::Sqlite,
        name: "sqlite",
        parameter_sign: '?',
        max_parameters: 32_766,
        rows_per_insert: 100,
        rows_from_lists: false,
        copies: false,
        rows_with_list: 0,
        update_sees_itself: true,
        acts_while_deleting: true,
        folds_before_collations: false,
        nul_in_text: true,
        transactional_ddl: true,
        add_foreign_key: false,
        not_valid: false,
        alter_column: false,
        comments: false,
        collations: Some(&["BINARY", "NOCASE", "RTRIM"]),
        lateral: false,
        schemas: false,
        roles: false,
        identity_options: false,
        table_parameters: false,
        rename_views: false,
        renames_columns_of_views: true,
        materialized_views: false,
        without_rowid: true,
        enum_types: false,
        index_options: false,
        search_columns: false,
        exclusion_constraints: false,
        nulls_are_least: true,
        declares_cursors: false,
        own_types: true,
        check_deferred_keys: None,
        explain: "EXPLAIN QUERY PLAN",
        plan_options: false,
        row_locks: false,
        begin_write: "BEGIN IMMEDIATE",
        watch_client: None,
        refuse_hidden_rows: None,
        online_changes: false,
        limit_lock_wait: None,
        lock_wait: Some(LockWait {
            ask: "PRAGMA busy_timeout",
            set: "PRAGMA busy_timeout = ",
        }),
        scopes: true,
        runner_lock: None,
    };

    /// Postgres.
    pub const POSTGRES: &'static Dialect = &Dialect {
        backend: Backend::Postgres,
        name: "postgres",
        parameter_sign: '$',
        max_parameters: 65_535,
        rows_per_insert: 1_000,
        rows_from_lists: true,
        copies: true,
        rows_with_list: 20,
        update_sees_itself: false,
        acts_while_deleting: false,
        folds_before_collations: true,
        nul_in_text: false,
        transactional_ddl: true,
        add_foreign_key: true,
        not_valid: true,
        alter_column: true,
        comments: true,
        collations: None,
        lateral: true,
        schemas: true,
        roles: true,
        identity_options: true,
        table_parameters: true,
        rename_views: true,
        renames_columns_of_views: false,
        materialized_views: true,
        without_rowid: false,
        enum_types: true,
        index_options: true,
        search_columns: true,
        exclusion_constraints: true,
        nulls_are_least: false,
        declares_cursors: true,
        own_types: true,
        check_deferred_keys: Some("SET CONSTRAINTS ALL IMMEDIATE"),
        explain: "EXPLAIN",
        plan_options: true,
        row_locks: true,
        begin_write: "BEGIN",
        // Since Postgres 14; an error on operating systems that cannot detect it.
        watch_client: Some(
            "SELECT set_config(name, '1000', true) FROM pg_settings WHERE name = 'client_connection_check_interval' AND \
             version() LIKE '%linux%'",
        ),
        refuse_hidden_rows: Some("SET LOCAL row_security = off"),
        online_changes: true,
        limit_lock_wait: Some("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = "),
        lock_wait: None,
        scopes: true,
        // Polled: the waiting form would hold a snapshot, and a concurrent index build by the holder would wait for
        // that.
        runner_lock: Some(RunnerLock {
            try_acquire: "SELECT pg_try_advisory_lock($1)",
            // The time zone is reset with the transaction too.
            try_within: "SELECT pg_try_advisory_xact_lock($1) AND set_config('TimeZone', 'UTC', true) = 'UTC'",
            release: "SELECT pg_advisory_unlock($1)",
        }),
    };

    /// Postgres, without prepared statements.
    pub const POSTGRES_UNNAMED: &'static Dialect = &Dialect {
        own_types: false,
        // The driver asks for a copy by a named statement.
        copies: false,
        ..*Self::POSTGRES
    };

    /// Different for dialects that render the same query differently.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        (self.backend as u64) << 2 | u64::from(self.scopes) << 1 | u64::from(self.own_types)
    }

    /// The same, where no scope applies.
    pub(crate) fn unscoped(&self) -> &'static Dialect {
        const SQLITE: &Dialect = &Dialect {
            scopes: false,
            ..*Dialect::SQLITE
        };
        const POSTGRES: &Dialect = &Dialect {
            scopes: false,
            ..*Dialect::POSTGRES
        };
        const POSTGRES_UNNAMED: &Dialect = &Dialect {
            scopes: false,
            ..*Dialect::POSTGRES_UNNAMED
        };
        match (self.backend, self.own_types) {
            (Backend::Sqlite, _) => SQLITE,
            (Backend::Postgres, true) => POSTGRES,
            (Backend::Postgres, false) => POSTGRES_UNNAMED,
        }
    }

    /// The position in arrays with one entry per backend.
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
