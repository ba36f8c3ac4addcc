//! A connection as the schema and migration floors see it: SQL and values in, rows out. The drivers implement it.

use crate::error::Result;
use crate::value::{Row, Value};

use super::Dialect;

/// One connection, used by one caller: SQL text and values in, rows out. [`DbSession`](crate::db::DbSession) is one, and has these
/// methods without importing the trait; [`migrate`](crate::migrate::migrate) takes any.
///
/// # Example: a function that takes any session
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::Session;
///
/// fn tables(session: &mut dyn Session) -> orm::Result<i64> {
///     let mut count = 0;
///     session.query("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", &[], &mut |row| {
///         count = row.get(0)?;
///         Ok(())
///     })?;
///     Ok(count)
/// }
/// assert!(tables(&mut db.session()?)? > 5);
/// # Ok::<(), orm::Error>(())
/// ```
pub trait Session: Send {
    /// Which database it is and what it can do.
    ///
    /// # Example: which one?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Session;
    ///
    /// assert_eq!(db.session()?.dialect().name, "sqlite");
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn dialect(&self) -> &'static Dialect;

    /// Whether the state of the connection (settings, locks, temporary tables) outlives a transaction. Behind a
    /// pooler each transaction may run on another connection.
    ///
    /// # Example: no pooler in front of a file
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Session;
    ///
    /// assert!(db.session()?.keeps_session());
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn keeps_session(&mut self) -> bool {
        true
    }

    /// Runs one statement and returns how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: no row has this key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let changed = db.session()?.execute("DELETE FROM blog_tag WHERE id = ?", &[99_i64.into()])?;
    /// assert_eq!(changed, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64>;

    /// Runs one statement and hands each row to `each`.
    ///
    /// # Errors
    /// What the database says, or `each` returns.
    ///
    /// # Example: how many rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut count = 0_i64;
    /// db.session()?.query("SELECT count(*) FROM blog_tag", &[], &mut |row| {
    ///     count = row.get(0)?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(count, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()>;

    /// Runs any number of statements without values; the database, not we, finds where each ends.
    ///
    /// # Errors
    /// What the database says about the first that fails.
    ///
    /// # Example: settings of a connection
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.batch("PRAGMA cache_size = 1000; PRAGMA optimize")?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn batch(&mut self, sql: &str) -> Result<()>;

    /// Whether it was cancelled: a migration then starts no further step.
    ///
    /// # Example: asked from another thread
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Session;
    ///
    /// let session = db.session()?;
    /// session.cancel_handle()?.cancel()?;
    /// assert!(session.is_cancelled());
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn is_cancelled(&self) -> bool {
        false
    }
}
