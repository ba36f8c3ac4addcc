//! One connection for one caller, by SQL text.

use std::fmt;

use crate::error::Result;
use crate::sql::{Dialect, Session};
use crate::value::{Row, Value};

use super::Tx;
use super::conn::Conn;

/// A connection of one's own, from [`Db::session`](super::Db::session): SQL text and values in, rows out.
///
/// Migrations run on it. What it leaves behind (an open transaction, changed settings) ends with it.
pub struct DbSession {
    tx: Tx,
}

impl DbSession {
    pub(super) fn new(conn: Conn) -> Self {
        DbSession {
            tx: Tx::new(conn, false),
        }
    }

    /// Queries on this connection, as part of the transaction that the session has opened by `batch("BEGIN")`.
    ///
    /// What is given to its `on_commit` waits for [`DbSession::run_on_commit`].
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// Calls what was given to `on_commit`, after the session has committed.
    pub fn run_on_commit(&self) {
        self.tx.committed();
    }

    /// Forgets what was given to `on_commit`, after the session has rolled back.
    pub fn drop_on_commit(&self) {
        self.tx.rolled_back();
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
        self.tx.with(|conn| conn.execute(sql, values))
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.tx.with(|conn| conn.query(sql, values, each))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.tx.with(|conn| conn.batch(sql))
    }
}

impl fmt::Debug for DbSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbSession")
            .field("dialect", &self.dialect().name)
            .finish_non_exhaustive()
    }
}
