//! One connection for one caller, by SQL text.

use std::fmt;
use std::sync::OnceLock;

use crate::error::{Error, Kind, Result};
use crate::model::ScopeValues;
use crate::plan::HandleState;
use crate::sql::{Dialect, Session};
use crate::value::{Row, Value};

use super::conn::Conn;
use super::{CancelHandle, Tx};

/// A connection of one's own, from [`Db::session`](super::Db::session): SQL text and values in, rows out.
///
/// Migrations run on it. What it leaves behind (an open transaction, changed settings) ends with it. Values stand where the SQL
/// says `$1` (Postgres) or `?` (SQLite); nothing is pasted.
///
/// # Example: SQL by hand
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut session = db.session()?;
/// let changed = session.execute("UPDATE blog_post SET views = views + ? WHERE id = ?", &[1_i64.into(), 1_i64.into()])?;
/// assert_eq!(changed, 1);
///
/// let mut rows: Vec<(String, i64)> = Vec::new();
/// session.query("SELECT title, views FROM blog_post ORDER BY id", &[], &mut |row| {
///     rows.push((row.get(0)?, row.get(1)?));
///     Ok(())
/// })?;
/// assert_eq!(rows[0], ("Hello".to_owned(), 8));
/// # Ok::<(), orm::Error>(())
/// ```
pub struct DbSession {
    tx: Tx,
    cancel: OnceLock<CancelHandle>,
}

impl DbSession {
    pub(super) fn new(conn: Conn, state: HandleState) -> Self {
        DbSession {
            tx: Tx::new(conn, false, state),
            cancel: OnceLock::new(),
        }
    }

    pub(super) fn set_scopes(&mut self, scopes: ScopeValues) {
        self.tx = self.tx.sharing(scopes);
    }

    /// What stops the session's work from another thread: the handler of a signal, a deadline.
    ///
    /// # Errors
    /// [`is_connection`](crate::Error::is_connection) if the connection is closed.
    ///
    /// # Example: a deadline
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut session = db.session()?;
    /// let handle = session.cancel_handle()?;
    /// let (done, waits) = std::sync::mpsc::channel::<()>();
    /// let deadline = std::time::Duration::from_millis(50);
    /// let watch = std::thread::spawn(move || {
    ///     // Again, should the statement not have started yet; and no more once it is over.
    ///     while waits.recv_timeout(deadline) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
    ///         handle.cancel().unwrap();
    ///     }
    /// });
    /// let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    /// let result = session.batch(endless);
    /// drop(done);
    /// watch.join().unwrap();
    /// assert!(result.unwrap_err().is_cancelled());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn cancel_handle(&self) -> Result<CancelHandle> {
        if let Some(handle) = self.cancel.get() {
            return Ok(handle.clone());
        }
        let handle = CancelHandle::new(self.tx.with(|conn| conn.cancel_way())?);
        Ok(self.cancel.get_or_init(|| handle).clone())
    }

    /// The result of a statement; the error of a cancelled one says so.
    fn or_cancelled<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| match self.is_cancelled() && error.is_timeout() {
            true => Error::new(Kind::Cancelled, "the statement was cancelled").with_source(error),
            false => error,
        })
    }

    /// Queries on this connection, as part of the transaction that the session has opened by `batch("BEGIN")`.
    ///
    /// What is given to its `on_commit` waits for [`DbSession::run_on_commit`].
    ///
    /// # Example: queries between statements by hand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut session = db.session()?;
    /// session.batch("BEGIN")?;
    /// Tag::create().label("new").save(session.tx())?;
    /// session.batch("ROLLBACK")?;
    /// assert_eq!(Tag::objects().count(session.tx())?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// Calls what was given to `on_commit`, after the session has committed.
    ///
    /// # Example: a transaction by hand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut session = db.session()?;
    /// session.batch("BEGIN")?;
    /// session.tx().on_commit(|| println!("saved"));
    /// session.batch("COMMIT")?;
    /// session.run_on_commit();
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run_on_commit(&self) {
        self.tx.committed();
    }

    /// Forgets what was given to `on_commit`, after the session has rolled back.
    ///
    /// # Example: a transaction by hand that is undone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut session = db.session()?;
    /// session.batch("BEGIN")?;
    /// session.tx().on_commit(|| unreachable!("nothing was committed"));
    /// session.batch("ROLLBACK")?;
    /// session.drop_on_commit();
    /// session.run_on_commit();
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn drop_on_commit(&self) {
        self.tx.rolled_back();
    }
}

/// What [`Session`] has, without importing it.
impl DbSession {
    /// Runs one statement and returns how many rows it changed; values stand where the SQL says `$1` (Postgres) or `?` (SQLite).
    ///
    /// # Errors
    /// What the database says; a violated constraint has a predicate of its own
    /// ([`is_unique_violation`](crate::Error::is_unique_violation)), and the error knows columns, not fields.
    ///
    /// # Example: values are bound
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let changed = db.session()?.execute("DELETE FROM blog_tag WHERE label = ?", &["sql".into()])?;
    /// assert_eq!(changed, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        Session::execute(self, sql, values)
    }

    /// Runs one statement and hands each row to `each`.
    ///
    /// # Errors
    /// What the database says, or `each` returns.
    ///
    /// # Example: one value of each row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut labels = Vec::new();
    /// db.session()?.query("SELECT label FROM blog_tag ORDER BY label", &[], &mut |row| {
    ///     labels.push(row.get::<String>(0)?);
    ///     Ok(())
    /// })?;
    /// assert_eq!(labels, ["rust", "sql"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        Session::query(self, sql, values, each)
    }

    /// Runs any number of statements without values.
    ///
    /// # Errors
    /// What the database says about the first that fails.
    ///
    /// # Example: two statements
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.batch("CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER)")?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn batch(&mut self, sql: &str) -> Result<()> {
        Session::batch(self, sql)
    }
}

impl Session for DbSession {
    fn dialect(&self) -> &'static Dialect {
        self.tx.dialect()
    }

    fn keeps_session(&mut self) -> bool {
        self.tx.with(|conn| Ok(conn.keeps_session())).unwrap_or(true)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        self.or_cancelled(self.tx.with(|conn| conn.execute(sql, values)))
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.or_cancelled(self.tx.with(|conn| conn.query(sql, values, each)))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.or_cancelled(self.tx.with(|conn| conn.batch(sql)))
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.get().is_some_and(CancelHandle::is_cancelled)
    }
}

impl Drop for DbSession {
    fn drop(&mut self) {
        if let Some(handle) = self.cancel.get() {
            handle.ended();
        }
    }
}

impl fmt::Debug for DbSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbSession")
            .field("dialect", &self.dialect().name)
            .finish_non_exhaustive()
    }
}
