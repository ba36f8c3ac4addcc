//! A portion of the rows of a cursor, with what is loaded for them.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::ModelMeta;
use crate::plan::by_hand::SqlRow;
use crate::plan::load::JoinedColumns;
use crate::plan::{Access, ErrorContext, Job, Reader};
use crate::sql::{Cursor, Dialect, Statement};
use crate::value::{Row, Value};

/// Rows of a cursor, in their order.
pub struct Portion<T> {
    /// Those before the first that cannot be read.
    pub rows: Vec<T>,
    /// Why the next one cannot be read.
    pub error: Option<Error>,
    /// Whether there are no more.
    pub is_last: bool,
}

impl<T> Portion<T> {
    /// Nothing, and nothing after it.
    pub fn end() -> Self {
        Portion {
            rows: Vec::new(),
            error: None,
            is_last: true,
        }
    }
}

/// Reads rows of a query, then the rows loaded for them.
pub struct FetchPortion<R: Reader> {
    meta: &'static ModelMeta,
    reader: R,
    cursor: Cursor,
    wanted: u32,
    started: bool,
    reading_rows: bool,
    seen: u32,
    rows: Vec<R::Partial>,
    error: Option<Error>,
}

impl<R: Reader> FetchPortion<R> {
    pub(super) fn new(meta: &'static ModelMeta, mut reader: R, cursor: Cursor, wanted: u32) -> Result<Self> {
        let mut columns = JoinedColumns::new(meta, 0);
        reader.prepare(&mut columns)?;
        if let Some((first, _)) = columns.values() {
            reader.place_values(first);
        }
        Ok(FetchPortion {
            meta,
            reader,
            cursor,
            wanted,
            started: false,
            reading_rows: false,
            seen: 0,
            rows: Vec::new(),
            error: None,
        })
    }
}

impl<R: Reader> Job for FetchPortion<R>
where
    R: Send + 'static,
{
    type Output = Portion<R::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "reading",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if !self.started {
            self.started = true;
            self.reading_rows = true;
            return Ok(Some(self.cursor.fetch(self.wanted)));
        }
        self.reading_rows = false;
        while self.reader.is_active() {
            self.reader.answered();
        }
        self.reader.next(dialect)
    }

    fn values(&self) -> &[Value<'_>] {
        match self.reading_rows {
            true => &[],
            false => self.reader.values(),
        }
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match self.reading_rows {
            true => Vec::new(),
            false => self.reader.take_values(),
        }
    }

    fn answered(&mut self) {
        if self.reading_rows {
            self.reading_rows = false;
        } else {
            self.reader.answered();
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        if !self.reading_rows {
            return self.reader.accept(row);
        }
        self.seen += 1;
        if self.error.is_none() {
            match self.reader.decode(row) {
                Ok(partial) => self.rows.push(partial),
                Err(error) => self.error = Some(ErrorContext::explain(self.error_context(), error)),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Portion<R::Row>> {
        Ok(Portion {
            rows: self.reader.finish_all(self.rows)?,
            is_last: self.seen < self.wanted || self.error.is_some(),
            error: self.error,
        })
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Reads rows of SQL by hand.
pub struct SqlPortion<T: SqlRow> {
    cursor: Cursor,
    wanted: u32,
    started: bool,
    seen: u32,
    columns: Option<T::Columns>,
    rows: Vec<T>,
    error: Option<Error>,
}

impl<T: SqlRow> SqlPortion<T> {
    pub(super) fn new(cursor: Cursor, wanted: u32) -> Self {
        SqlPortion {
            cursor,
            wanted,
            started: false,
            seen: 0,
            columns: None,
            rows: Vec::new(),
            error: None,
        }
    }

    fn read(&mut self, row: &Row<'_>) -> Result<T> {
        let columns = match &mut self.columns {
            Some(columns) => columns,
            none => none.insert(T::columns(row)?),
        };
        T::read(row, columns)
    }
}

impl<T: SqlRow> Job for SqlPortion<T> {
    type Output = Portion<T>;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn next(&mut self, _: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let first = !std::mem::replace(&mut self.started, true);
        Ok(first.then(|| self.cursor.fetch(self.wanted)))
    }

    fn values(&self) -> &[Value<'_>] {
        &[]
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.seen += 1;
        if self.error.is_none() {
            match self.read(row) {
                Ok(row) => self.rows.push(row),
                Err(error) => self.error = Some(error),
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Portion<T>> {
        Ok(Portion {
            rows: self.rows,
            is_last: self.seen < self.wanted || self.error.is_some(),
            error: self.error,
        })
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Closes a cursor.
pub struct CloseCursor {
    cursor: Cursor,
    started: bool,
}

impl CloseCursor {
    pub(crate) fn new(cursor: Cursor) -> Self {
        CloseCursor {
            cursor,
            started: false,
        }
    }
}

impl Job for CloseCursor {
    type Output = ();
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn next(&mut self, _: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let first = !std::mem::replace(&mut self.started, true);
        Ok(first.then(|| self.cursor.close()))
    }

    fn values(&self) -> &[Value<'_>] {
        &[]
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(self) -> Result<()> {
        Ok(())
    }

    fn into_owned(self) -> Self {
        self
    }
}
