//! A transaction of its own for rows that are read one after another.

use crate::connect::AsyncDb;
use crate::connect::async_conn::AsyncConn;

use super::{AbandonTxOnDrop, AsyncTx};

/// A transaction in which rows are read one after another; dropped early, it is abandoned.
pub(in crate::connect) struct Reading<'e> {
    db: &'e AsyncDb,
    tx: AsyncTx,
}

impl<'e> Reading<'e> {
    /// In the transaction that is open on a connection.
    pub(in crate::connect) fn new(db: &'e AsyncDb, conn: AsyncConn) -> Self {
        Reading {
            db,
            tx: AsyncTx::new(db, conn),
        }
    }

    pub(in crate::connect) fn tx(&self) -> &AsyncTx {
        &self.tx
    }

    /// Ends it, and returns the connection.
    pub(in crate::connect) async fn end(self) {
        // It has changed nothing.
        let _ = self.tx.core.finish(self.db, false).await;
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        drop(AbandonTxOnDrop(&self.tx.core));
    }
}
