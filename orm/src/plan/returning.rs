//! The rows that an update has changed or a deletion has deleted.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Result;
use crate::expr::ExprTokens;
use crate::model::{Model, ModelMeta};
use crate::query::Select;
use crate::sql::{self, Dialect, ReadQuery, RowLimit, Statement, StatementKind};
use crate::value::{Row, Value};

use super::decode::AsStruct;
use super::{Access, Decode as _, ErrorContext, Job};

/// One `UPDATE` or `DELETE`, which returns the rows; where a deletion would return them as the actions of foreign keys have left
/// them, they are read before.
pub struct ChangedRows<M> {
    meta: &'static ModelMeta,
    select: Select,
    deletes: bool,
    sent: bool,
    /// Whether the rows were read, and are still to be deleted.
    read: bool,
    rows: Vec<M>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> ChangedRows<M> {
    /// Of a query that was found to be neither cut nor grouped. For an update, its `order` holds the assignments.
    pub(super) fn new(meta: &'static ModelMeta, select: Select, deletes: bool) -> Self {
        ChangedRows {
            meta,
            select,
            deletes,
            sent: false,
            read: false,
            rows: Vec::new(),
            model: PhantomData,
        }
    }

    /// The rows as they are.
    fn reading(&self) -> ReadQuery<'_> {
        ReadQuery {
            kind: StatementKind::Rows,
            meta: self.meta,
            select: &self.select,
            joined: &[],
            step: None,
            parent: None,
            limit: RowLimit::None,
            nulls: 0,
            first: 0,
        }
    }
}

impl<M: Model> Job for ChangedRows<M> {
    type Output = Vec<M>;
    type Owned = Self;

    fn access(&self) -> Access {
        // A row that cannot be read back undoes the change: it would be lost.
        Access::Atomic
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: if self.deletes { "deleting" } else { "updating" },
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if std::mem::take(&mut self.read) {
            return sql::delete(
                self.meta,
                &self.select.filter,
                self.select.left_out,
                sql::Deletes::All,
                dialect,
            )
            .map(Some);
        }
        if self.sent || self.select.nothing {
            return Ok(None);
        }
        self.sent = true;
        if self.deletes && dialect.acts_while_deleting {
            self.read = true;
            self.select.order = ExprTokens::default();
            return self.reading().statement(dialect).map(Some);
        }
        if self.deletes {
            return sql::delete(
                self.meta,
                &self.select.filter,
                self.select.left_out,
                sql::Deletes::AllReturned,
                dialect,
            )
            .map(Some);
        }
        let statement = sql::update(
            self.meta,
            &self.select.order,
            &self.select.filter,
            self.select.left_out,
            true,
            dialect,
        )?;
        self.select.put_values_in_bind_order();
        Ok(Some(statement))
    }

    fn values(&self) -> &[Value<'_>] {
        self.select.filter.values()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.rows.push(AsStruct::<M>::NEW.decode(row)?);
        Ok(())
    }

    fn finish(self) -> Result<Vec<M>> {
        Ok(self.rows)
    }

    fn into_owned(self) -> Self {
        self
    }
}
