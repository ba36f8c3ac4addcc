//! Saving a row of which the database computes columns: it is written, and read back in the same statement.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Model, ModelMeta};
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{Row, Value};

use super::about::decoded;
use super::change::{gone, spread};
use super::{About, Access, Job};

/// Writes every column of a row that may be written; the row comes back as the database holds it.
pub struct SaveBack<M> {
    meta: &'static ModelMeta,
    given: Vec<bool>,
    values: Vec<Value<'static>>,
    sent: bool,
    row: Option<M>,
}

impl<M: Model> SaveBack<M> {
    pub(super) fn new(row: &M) -> Result<Self> {
        let meta = meta(M::slot())?;
        let mut values = Vec::with_capacity(meta.columns.len());
        row.encode(&mut values);
        let (given, values) = spread(meta, values);
        Ok(SaveBack {
            meta,
            given,
            values: values.into_iter().map(Value::into_owned).collect(),
            sent: false,
            row: None,
        })
    }
}

impl<M: Model> Job for SaveBack<M> {
    type Output = M;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Write
    }

    fn about(&self) -> Option<About> {
        Some(About {
            doing: "updating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent {
            return Ok(None);
        }
        self.sent = true;
        sql::update_row(self.meta, &self.given, true, dialect).map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let row =
            decoded(row, 0).map_err(|error| error.context("the row was saved, but cannot be read back"))?;
        self.row = Some(row);
        Ok(())
    }

    fn finish(self) -> Result<M> {
        self.row.ok_or_else(|| gone(self.meta))
    }

    fn into_owned(self) -> Self {
        self
    }
}
