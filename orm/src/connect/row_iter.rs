//! Rows in portions on blocking handles: on a connection of their own, or on that of a transaction.

use std::panic::Location;

use crate::error::Result;
use crate::plan::{BlockingHandle, CloseCursor, Executor, Portion, Portions, Streamed};
use crate::sql::Cursor;

use super::tx::Reading;
use super::{Db, Tx};

/// A query that is read in portions.
struct Held<'e, Q> {
    query: Q,
    on: On<'e>,
    /// The cursor, while it is open.
    cursor: Option<Cursor>,
}

enum On<'e> {
    /// A handle, before the first row.
    Handle(&'e Db, &'static Location<'static>),
    /// A transaction of its own.
    Own(Reading<'e>),
    /// A transaction of the program.
    Tx(&'e Tx),
    Closed,
}

impl<Q: Streamed> Portions<Q::Row> for Held<'_, Q> {
    fn next(&mut self, rows: u32) -> Result<Portion<Q::Row>> {
        let portion = self.portion(rows);
        if portion.as_ref().map_or(true, |portion| portion.is_last) {
            self.close();
        }
        portion
    }
}

impl<Q: Streamed> Held<'_, Q> {
    fn portion(&mut self, rows: u32) -> Result<Portion<Q::Row>> {
        if let On::Handle(db, began) = self.on {
            self.on = On::Own(db.reading(began)?);
        }
        let (tx, alone): (&Tx, bool) = match &self.on {
            On::Own(reading) => (reading.tx(), true),
            On::Tx(tx) => (tx, false),
            On::Handle(..) | On::Closed => return Ok(Portion::end()),
        };
        let cursor = match self.cursor {
            Some(cursor) => cursor,
            None => {
                let cursor = if alone { Cursor::alone() } else { Cursor::shared() };
                if !tx.run(self.query.open(cursor), Ok)? {
                    return Ok(Portion::end());
                }
                *self.cursor.insert(cursor)
            }
        };
        tx.run(self.query.portion(cursor, rows), Ok)
    }
}

impl<Q> Held<'_, Q> {
    fn close(&mut self) {
        let cursor = self.cursor.take();
        // The end of its own transaction closes it. What fails here has failed before, and is told by what is asked next.
        if let (On::Tx(tx), Some(cursor)) = (std::mem::replace(&mut self.on, On::Closed), cursor) {
            let _ = tx.run(Ok(CloseCursor::new(cursor)), Ok);
        }
    }
}

impl<Q> Drop for Held<'_, Q> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<'e> BlockingHandle<'e> for &'e Db {
    #[track_caller]
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn Portions<Q::Row> + 'e> {
        Box::new(Held {
            query,
            on: On::Handle(self, Location::caller()),
            cursor: None,
        })
    }
}

impl<'e> BlockingHandle<'e> for &'e Tx {
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn Portions<Q::Row> + 'e> {
        Box::new(Held {
            query,
            on: On::Tx(self),
            cursor: None,
        })
    }
}

impl<'e> BlockingHandle<'e> for &'e &Tx {
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn Portions<Q::Row> + 'e> {
        let tx: &'e Tx = self;
        tx.portions(query)
    }
}
