//! What can be read in portions: queries, and SQL by hand.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::plan::by_hand::{SqlRow, SqlRows};
use crate::plan::{Access, ErrorContext, Fetch, Job, Output, Query, Reader};
use crate::query::QuerySet;
use crate::sql::{Cursor, Dialect, Statement};
use crate::value::{Row, Value};

use super::portion::{FetchPortion, Portion, SqlPortion};

/// A query whose rows can be read in portions.
pub trait Streamed: Send + 'static {
    /// What a row becomes.
    type Row: Send + 'static;
    /// Opens a cursor; its output is whether there can be rows.
    type Open: Job<Output = bool>;
    /// Reads a portion.
    type Portion: Job<Output = Portion<Self::Row>>;

    /// The job that opens a cursor over the rows.
    ///
    /// # Errors
    /// If the query is inconsistent.
    fn open(&self, cursor: Cursor) -> Result<Self::Open>;

    /// The job that reads rows from the cursor.
    ///
    /// # Errors
    /// If the query is inconsistent.
    fn portion(&self, cursor: Cursor, rows: u32) -> Result<Self::Portion>;
}

impl<M: Model, O: Output + Clone + Send + 'static> Streamed for QuerySet<M, O>
where
    O::Reader<M>: Send + 'static,
{
    type Row = O::Row<M>;
    type Open = OpenCursor<QueryStatement<O::Reader<M>>>;
    type Portion = FetchPortion<O::Reader<M>>;

    fn open(&self, cursor: Cursor) -> Result<Self::Open> {
        let fetch = Fetch::new(self.clone())?.in_portions();
        Ok(OpenCursor::new(cursor, QueryStatement(Some(fetch))))
    }

    fn portion(&self, cursor: Cursor, rows: u32) -> Result<Self::Portion> {
        let (meta, _, reader) = self.clone().into_parts()?;
        FetchPortion::new(meta, reader, cursor, rows)
    }
}

impl<T: SqlRow> Streamed for SqlRows<T> {
    type Row = T;
    type Open = OpenCursor<SqlRows<T>>;
    type Portion = SqlPortion<T>;

    fn open(&self, cursor: Cursor) -> Result<Self::Open> {
        self.ensure_reads()?;
        Ok(OpenCursor::new(cursor, self.clone()))
    }

    fn portion(&self, cursor: Cursor, rows: u32) -> Result<Self::Portion> {
        Ok(SqlPortion::new(cursor, rows))
    }
}

/// The statement that a cursor is over, with its values.
pub trait CursorStatement: Send + 'static {
    /// `None` where there are certainly no rows.
    ///
    /// # Errors
    /// If it cannot be rendered for the dialect.
    fn statement(
        &mut self,
        dialect: &'static Dialect,
    ) -> Result<Option<(Arc<Statement>, Vec<Value<'static>>)>>;

    /// What is added to errors.
    fn error_context(&self) -> Option<ErrorContext>;
}

/// That of a query.
pub struct QueryStatement<R: Reader>(pub(in crate::plan) Option<Fetch<R, Vec<R::Partial>>>);

impl<R: Reader> CursorStatement for QueryStatement<R>
where
    Fetch<R, Vec<R::Partial>>: Job + 'static,
{
    fn statement(
        &mut self,
        dialect: &'static Dialect,
    ) -> Result<Option<(Arc<Statement>, Vec<Value<'static>>)>> {
        let Some(mut fetch) = self.0.take() else {
            return Err(Error::internal("a cursor is opened twice"));
        };
        Ok(fetch
            .next(dialect)?
            .map(|statement| (statement, fetch.take_values())))
    }

    fn error_context(&self) -> Option<ErrorContext> {
        self.0.as_ref().and_then(Job::error_context)
    }
}

impl<T: SqlRow> CursorStatement for SqlRows<T> {
    fn statement(
        &mut self,
        dialect: &'static Dialect,
    ) -> Result<Option<(Arc<Statement>, Vec<Value<'static>>)>> {
        self.statement_of_rows(dialect).map(Some)
    }

    fn error_context(&self) -> Option<ErrorContext> {
        None
    }
}

/// Opens a cursor.
pub struct OpenCursor<S> {
    cursor: Cursor,
    source: S,
    values: Vec<Value<'static>>,
    started: bool,
    opened: bool,
}

impl<S> OpenCursor<S> {
    pub(in crate::plan) fn new(cursor: Cursor, source: S) -> Self {
        OpenCursor {
            cursor,
            source,
            values: Vec::new(),
            started: false,
            opened: false,
        }
    }
}

impl<S: CursorStatement> Job for OpenCursor<S> {
    type Output = bool;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        self.source.error_context()
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.started {
            return Ok(None);
        }
        self.started = true;
        let Some((rows, values)) = self.source.statement(dialect)? else {
            return Ok(None);
        };
        self.values = values;
        self.opened = true;
        Ok(Some(self.cursor.open(&rows, dialect)))
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(self) -> Result<bool> {
        Ok(self.opened)
    }

    fn into_owned(self) -> Self {
        self
    }
}
