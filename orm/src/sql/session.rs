//! A connection as the schema and migration floors see it: text and values in, rows out. The drivers implement it.

use crate::error::Result;
use crate::value::{Row, Value};

use super::Dialect;

/// One connection, used by one caller.
pub trait Session: Send {
    /// What the database can do.
    fn dialect(&self) -> &'static Dialect;

    /// Whether what is done to the connection (settings, locks, temporary tables) lives longer than a transaction. Behind a
    /// pooler each transaction may run on another connection.
    fn keeps_session(&mut self) -> bool {
        true
    }

    /// Runs one statement and returns how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64>;

    /// Runs one statement and hands each row to `each`.
    ///
    /// # Errors
    /// What the database says, or `each` returns.
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
    fn batch(&mut self, sql: &str) -> Result<()>;

    /// Whether somebody wants what is done on it to end: a migration starts no further step.
    fn is_cancelled(&self) -> bool {
        false
    }
}
