//! Rows in portions on async handles: on a connection of their own, or on that of a transaction.

use std::panic::Location;
use std::pin::Pin;

use crate::error::Result;
use crate::plan::{AsyncHandle, AsyncPortions, CopySource, NextPortion, Portion, Streamed};
use crate::sql::Cursor;

use super::async_tx::Reading;
use super::{AsyncDb, AsyncTx};

/// A query that is read in portions.
struct Held<'e, Q> {
    query: Q,
    on: On<'e>,
    /// The cursor, while it is open.
    cursor: Option<Cursor>,
}

enum On<'e> {
    /// A handle, before the first row.
    Handle(&'e AsyncDb, &'static Location<'static>),
    /// A transaction of its own.
    Own(Reading<'e>),
    /// A transaction of the program.
    Tx(&'e AsyncTx),
    Closed,
}

impl<'e, Q: Streamed> AsyncPortions<'e, Q::Row> for Held<'e, Q> {
    fn next(mut self: Box<Self>, rows: u32) -> NextPortion<'e, Q::Row> {
        Box::pin(async move {
            let portion = self.portion(rows).await;
            if portion.as_ref().map_or(true, |portion| portion.is_last) {
                self.close().await;
            }
            (self as Box<dyn AsyncPortions<'e, Q::Row> + 'e>, portion)
        })
    }
}

impl<Q: Streamed> Held<'_, Q> {
    async fn portion(&mut self, rows: u32) -> Result<Portion<Q::Row>> {
        if let On::Handle(db, began) = self.on {
            self.on = On::Own(db.reading(began).await?);
        }
        let (tx, alone): (&AsyncTx, bool) = match &self.on {
            On::Own(reading) => (reading.tx(), true),
            On::Tx(tx) => (tx, false),
            On::Handle(..) | On::Closed => return Ok(Portion::end()),
        };
        let cursor = match self.cursor {
            Some(cursor) => cursor,
            None => {
                let cursor = if alone { Cursor::alone() } else { Cursor::shared() };
                let open = self.query.open(cursor)?;
                // Before it is sent: this may be dropped before the answer.
                self.cursor = Some(cursor);
                match tx.run_job(open).await {
                    Ok(true) => cursor,
                    other => {
                        // To close one that is not there would fail the transaction.
                        self.cursor = None;
                        return other.map(|_| Portion::end());
                    }
                }
            }
        };
        let portion = self.query.portion(cursor, rows)?;
        tx.run_job(portion).await
    }

    async fn close(&mut self) {
        match std::mem::replace(&mut self.on, On::Closed) {
            On::Own(reading) => reading.end().await,
            On::Tx(tx) => {
                if let Some(cursor) = self.cursor.take() {
                    tx.close_cursor(cursor);
                }
            }
            On::Handle(..) | On::Closed => {}
        }
    }
}

/// The end of its own transaction closes it, too.
impl<Q> Drop for Held<'_, Q> {
    fn drop(&mut self) {
        if let (On::Tx(tx), Some(cursor)) = (&self.on, self.cursor) {
            tx.close_cursor(cursor);
        }
    }
}

impl<'e> AsyncHandle<'e> for &'e AsyncDb {
    #[track_caller]
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn AsyncPortions<'e, Q::Row> + 'e> {
        Box::new(Held {
            query,
            on: On::Handle(self, Location::caller()),
            cursor: None,
        })
    }

    #[track_caller]
    fn copy_all<S: CopySource + 'e>(self, source: S) -> Copying<'e> {
        Box::pin(self.transaction(async |tx| copy_all(tx, source).await))
    }
}

impl<'e> AsyncHandle<'e> for &'e AsyncTx {
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn AsyncPortions<'e, Q::Row> + 'e> {
        Box::new(Held {
            query,
            on: On::Tx(self),
            cursor: None,
        })
    }

    fn copy_all<S: CopySource + 'e>(self, source: S) -> Copying<'e> {
        Box::pin(async move { self.transaction(async |tx| copy_all(tx, source).await).await })
    }
}

impl<'e> AsyncHandle<'e> for &'e &AsyncTx {
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn AsyncPortions<'e, Q::Row> + 'e> {
        let tx: &'e AsyncTx = self;
        tx.portions(query)
    }

    fn copy_all<S: CopySource + 'e>(self, source: S) -> Copying<'e> {
        let tx: &'e AsyncTx = self;
        AsyncHandle::copy_all(tx, source)
    }
}

type Copying<'e> = Pin<Box<dyn Future<Output = Result<u64>> + Send + 'e>>;

/// Creates the rows in a transaction, which ends with an error if one of them is one, and with this if it is dropped.
async fn copy_all(tx: &AsyncTx, mut source: impl CopySource) -> Result<u64> {
    let mut count = 0;
    while let Some(chunk) = source.next().await? {
        count += tx.run_job(chunk).await?;
    }
    Ok(count)
}
