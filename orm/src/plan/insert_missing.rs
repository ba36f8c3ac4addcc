//! New rows of a model between, of which somebody else may have made some in the meantime.

use std::sync::Arc;

use crate::error::Result;
use crate::model::ModelMeta;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::draft_rows::DraftRows;
use super::insert::Insert;
use super::unique_rule::UniqueRule;
use super::upsert::{Conflict, Upsert};
use super::{Decode, Job};

/// Nothing is read back.
pub(super) struct NoRow;

impl Decode for NoRow {
    type Row = ();

    fn decode(&self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }
}

/// Inserts rows, but for those that are there, where something is unique over the columns that tell it.
pub(super) enum InsertMissing {
    All(Insert<NoRow>),
    Missing(Upsert<NoRow>),
}

impl InsertMissing {
    /// Rows that are the same where they are equal in these columns.
    pub fn new(meta: &'static ModelMeta, rows: DraftRows, columns: &[usize]) -> Result<Self> {
        // What is unique in a table of others, only they know.
        let rule = UniqueRule::over(meta, columns).filter(|_| meta.def.makes_table());
        let Some(rule) = rule else {
            return Ok(InsertMissing::All(Insert::of(NoRow, meta, rows, false)));
        };
        let conflict = Conflict {
            rule: Some(rule),
            update: None,
        };
        Upsert::new(NoRow, meta, rows, conflict, false).map(InsertMissing::Missing)
    }

    pub fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self {
            InsertMissing::All(insert) => insert.next(dialect),
            InsertMissing::Missing(insert) => insert.next(dialect),
        }
    }

    pub fn values(&self) -> &[Value<'_>] {
        match self {
            InsertMissing::All(insert) => insert.values(),
            InsertMissing::Missing(insert) => insert.values(),
        }
    }

    pub fn take_values(&mut self) -> Vec<Value<'static>> {
        match self {
            InsertMissing::All(insert) => insert.take_values(),
            InsertMissing::Missing(insert) => insert.take_values(),
        }
    }
}
