//! A portion of the rows of a cursor, as lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::model::ModelMeta;
use crate::plan::{Access, ErrorContext, Job, Portion};
use crate::sql::{Cursor, Dialect, Statement};
use crate::value::{Row, Value, copy_text};

use super::{CopiedColumn, CopyFormat};

/// Reads rows and writes a line of each.
pub struct CopyPortion {
    pub(super) meta: &'static ModelMeta,
    pub(super) cursor: Cursor,
    pub(super) wanted: u32,
    pub(super) started: bool,
    pub(super) seen: u32,
    pub(super) columns: Arc<[CopiedColumn]>,
    pub(super) format: CopyFormat,
    pub(super) out: String,
    pub(super) error: Option<Error>,
    /// How many lines there are of rows, in all portions.
    pub(super) lines: Arc<AtomicU64>,
}

impl Job for CopyPortion {
    type Output = Portion<Vec<u8>>;
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

    fn next(&mut self, _: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let first = !std::mem::replace(&mut self.started, true);
        Ok(first.then(|| self.cursor.fetch(self.wanted)))
    }

    fn values(&self) -> &[Value<'_>] {
        &[]
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.seen += 1;
        if self.error.is_some() {
            return Ok(());
        }
        let before = self.out.len();
        let columns = &self.columns;
        let written = self.format.line(columns.len(), &mut self.out, |nth, out| {
            copy_text::write_cell(row.cell(nth)?, columns[nth].ty, out).map_err(|error| {
                let name = columns[nth].name.clone();
                error.with_column(nth, name.unwrap_or_else(|| format!("value {}", nth + 1)))
            })
        });
        match written {
            Ok(()) => {
                self.lines.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                self.out.truncate(before);
                self.error = Some(ErrorContext::explain(self.error_context(), error));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Portion<Vec<u8>>> {
        let is_empty = self.out.is_empty();
        Ok(Portion {
            rows: (!is_empty).then(|| self.out.into_bytes()).into_iter().collect(),
            is_last: self.seen < self.wanted || self.error.is_some(),
            error: self.error,
        })
    }

    fn into_owned(self) -> Self {
        self
    }
}
