//! Saving a row that has generated columns: it is written, and read back by the same statement.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Model, ModelMeta};
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{Row, Value};

use super::change::gone;
use super::decode::AsStruct;
use super::versioned::encoded;
use super::{Access, Decode, ErrorContext, Job};

/// Writes columns of a row; the statement returns the row as the database stores it.
pub struct SaveBack<D: Decode> {
    decode: D,
    meta: &'static ModelMeta,
    given: Vec<bool>,
    values: Vec<Value<'static>>,
    sent: bool,
    row: Option<D::Row>,
}

impl<M: Model> SaveBack<AsStruct<M>> {
    /// Writes every column that may be written, or those that are flagged.
    pub(super) fn new(row: &M, only: Option<&[bool]>) -> Result<Self> {
        let meta = meta(M::slot())?;
        let (given, values) = encoded(meta, row, only);
        Ok(SaveBack::of(AsStruct::NEW, meta, given, values))
    }
}

impl<D: Decode> SaveBack<D> {
    /// Writes the flagged columns; their values come first, then those of the primary key.
    pub(crate) fn of(
        decode: D,
        meta: &'static ModelMeta,
        given: Vec<bool>,
        values: Vec<Value<'static>>,
    ) -> Self {
        SaveBack {
            decode,
            meta,
            given,
            values,
            sent: false,
            row: None,
        }
    }
}

impl<D: Decode> Job for SaveBack<D> {
    type Output = D::Row;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Write
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
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
        let row = self.decode.decode(row);
        self.row = Some(row.map_err(|error| error.context("the row was saved, but cannot be read back"))?);
        Ok(())
    }

    fn finish(self) -> Result<D::Row> {
        self.row.ok_or_else(|| gone(self.meta))
    }

    fn into_owned(self) -> Self {
        self
    }
}
