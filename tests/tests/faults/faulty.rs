//! A session that does something at its n-th statement.

use orm::db::DbSession;
use orm::db::{Dialect, Session};
use orm::db::{Row, Value};

/// What happens, and before which statement (counted from 1).
pub struct Faulty<'f> {
    pub inner: DbSession,
    /// Which statements count.
    pub counts: fn(&str) -> bool,
    pub at: usize,
    /// Called once, with the statement.
    pub fault: &'f mut (dyn FnMut(&str) -> orm::Result<()> + Send),
    pub seen: usize,
}

impl Faulty<'_> {
    fn next(&mut self, sql: &str) -> orm::Result<()> {
        if (self.counts)(sql) {
            self.seen += 1;
            if self.seen == self.at {
                return (self.fault)(sql);
            }
        }
        Ok(())
    }
}

impl Session for Faulty<'_> {
    fn dialect(&self) -> &'static Dialect {
        self.inner.dialect()
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> orm::Result<u64> {
        self.next(sql)?;
        self.inner.execute(sql, values)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> orm::Result<()>,
    ) -> orm::Result<()> {
        self.next(sql)?;
        self.inner.query(sql, values, each)
    }

    fn batch(&mut self, sql: &str) -> orm::Result<()> {
        self.next(sql)?;
        self.inner.batch(sql)
    }
}
