//! Saving and deleting a row of a model with a version: only as long as nobody else has changed it.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::model::{Model, ModelMeta};
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{Row, Value};

use super::change::{gone, spread};
use super::decode::AsStruct;
use super::{Access, Decode, ErrorContext, Job};

/// Changes a row that has the primary key and the version that it was read with.
///
/// One statement if it has. If it has not, another one looks whether the row is there, because the two are different errors.
pub struct IfUnchanged<D: Decode> {
    decode: D,
    meta: &'static ModelMeta,
    change: Change,
    values: Vec<Value<'static>>,
    step: Step,
    /// The row as it is afterwards.
    row: Option<D::Row>,
    deleted: bool,
    /// Whether there is a row of this primary key.
    is_there: bool,
}

/// What is done to the row.
enum Change {
    /// The flagged columns are written; their values come before those of the primary key and the version.
    Save(Vec<bool>),
    Delete,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin,
    Change,
    Look,
}

impl<M: Model> IfUnchanged<AsStruct<M>> {
    /// Writes every column that may be written, or those that are flagged.
    pub(super) fn save_row(row: &M, only: Option<&[bool]>) -> Result<Self> {
        let meta = meta(M::slot())?;
        let (given, values) = encoded(meta, row, only);
        Ok(IfUnchanged::save(AsStruct::NEW, meta, given, values))
    }

    /// Deletes it.
    pub(super) fn delete_row(row: &M) -> Result<Self> {
        let meta = meta(M::slot())?;
        let mut values = Vec::with_capacity(meta.columns.len());
        row.encode(&mut values);
        let of = meta.key.iter().chain(&meta.version);
        let values = of
            .filter_map(|&at| values.get(at).cloned())
            .map(Value::into_owned);
        let values = values.collect();
        Ok(IfUnchanged::delete(AsStruct::NEW, meta, values))
    }
}

/// The values of a row as an update of it binds them.
pub(super) fn encoded<M: Model>(
    meta: &'static ModelMeta,
    row: &M,
    only: Option<&[bool]>,
) -> (Vec<bool>, Vec<Value<'static>>) {
    let mut values = Vec::with_capacity(meta.columns.len());
    row.encode(&mut values);
    let (given, values) = spread(meta, values, only);
    (given, values.into_iter().map(Value::into_owned).collect())
}

impl<D: Decode> IfUnchanged<D> {
    /// Writes the flagged columns; the values are theirs, then those of the primary key and the version.
    pub(crate) fn save(
        decode: D,
        meta: &'static ModelMeta,
        given: Vec<bool>,
        values: Vec<Value<'static>>,
    ) -> Self {
        IfUnchanged::of(decode, meta, Change::Save(given), values)
    }

    /// Deletes the row; the values are those of the primary key and the version.
    pub(crate) fn delete(decode: D, meta: &'static ModelMeta, values: Vec<Value<'static>>) -> Self {
        IfUnchanged::of(decode, meta, Change::Delete, values)
    }

    fn of(decode: D, meta: &'static ModelMeta, change: Change, values: Vec<Value<'static>>) -> Self {
        IfUnchanged {
            decode,
            meta,
            change,
            values,
            step: Step::Begin,
            row: None,
            deleted: false,
            is_there: false,
        }
    }
}

impl<D: Decode> Job for IfUnchanged<D> {
    /// The row as it is afterwards, if it still is.
    type Output = Option<D::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Write
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: match self.change {
                Change::Save(_) => "updating",
                Change::Delete => "deleting",
            },
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self.step {
            Step::Begin => {
                self.step = Step::Change;
                match &self.change {
                    Change::Save(given) => sql::update_row(self.meta, given, true, dialect),
                    Change::Delete => sql::delete_row(self.meta, dialect),
                }
                .map(Some)
            }
            Step::Change if self.row.is_none() && !self.deleted => {
                self.step = Step::Look;
                // The primary key is what stands before the version.
                self.values.pop();
                let before = self.values.len().checked_sub(self.meta.key.len());
                let before = before.ok_or_else(|| Error::internal("a row was saved without its key"))?;
                self.values.drain(..before);
                sql::by_key(self.meta, dialect).map(Some)
            }
            Step::Change | Step::Look => Ok(None),
        }
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        if self.step == Step::Look {
            self.is_there = true;
            return Ok(());
        }
        let row = self.decode.decode(row);
        self.row = Some(row.map_err(|error| error.context("the row was saved, but cannot be read back"))?);
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        if self.step == Step::Change && matches!(self.change, Change::Delete) {
            self.deleted = rows > 0;
        }
        Ok(())
    }

    fn finish(self) -> Result<Option<D::Row>> {
        match self.row {
            None if self.is_there => Err(stale(self.meta)),
            None if !self.deleted => Err(gone(self.meta)),
            row => Ok(row),
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// How the primary key's fields are said: `id`.
fn key_of(meta: &ModelMeta) -> String {
    let names: Vec<String> = meta
        .key_columns()
        .map(|column| format!("`{}`", column.name))
        .collect();
    names.join(" and ")
}

#[cold]
fn stale(meta: &ModelMeta) -> Error {
    Error::new(
        Kind::Stale,
        format!(
            "the row of {} with this {} was changed by somebody else since it was read, so nothing was written",
            meta.def.key(),
            key_of(meta)
        ),
    )
    .with_hint("read it again, by `refresh(&db)`, and make the change on what is there now")
}

/// Some of many rows were changed by others.
#[cold]
pub(super) fn some_stale(meta: &ModelMeta, stale: u64, all: u64) -> Error {
    Error::new(
        Kind::Stale,
        format!(
            "{stale} of {all} rows of {}, found by {} and version, were changed or deleted by somebody else since they were read, \
             so none of them was written",
            meta.def.key(),
            key_of(meta)
        ),
    )
    .with_hint("read them again, and make the change on what is there now")
}
