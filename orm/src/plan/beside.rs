//! Values beside rows that are not part of the result: what a page has to know of them.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::sql::{Dialect, Statement, StatementKind};
use crate::value::{OwnedCell, Row, Value};

use super::Reader;
use super::load::{FollowUp, JoinedColumns, List, follow_ups_of};

/// Reads rows as another reader does, and the values that stand beside them behind all others.
pub(super) struct Beside<R> {
    reader: R,
    values: u32,
    at: usize,
}

impl<R> Beside<R> {
    /// That many values.
    pub(super) fn new(reader: R, values: usize) -> Result<Self> {
        Ok(Beside {
            reader,
            values: u32::try_from(values)
                .map_err(|_| Error::internal("a page has too many values beside its rows"))?,
            at: 0,
        })
    }
}

impl<R: Reader> FollowUp for Beside<R> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.reader.prepare(columns)?;
        let nulls = u32::MAX.checked_shr(u32::BITS.saturating_sub(self.values));
        self.at = columns.add_values(self.values as usize, nulls.unwrap_or_default())?;
        Ok(())
    }

    fn place_values(&mut self, first: usize) {
        self.reader.place_values(first);
        self.at += first;
    }

    fn name(&mut self, keys: &Value<'static>) {
        self.reader.name(keys);
    }

    fn is_named(&self) -> bool {
        self.reader.is_named()
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        self.reader.list()
    }

    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.reader.early(dialect)
    }

    follow_ups_of!(reader);
}

impl<R: Reader> Reader for Beside<R> {
    const KIND: StatementKind = R::KIND;
    const NULLS: u32 = R::NULLS;
    type Partial = (R::Partial, Vec<OwnedCell>);
    type Row = (R::Row, Vec<OwnedCell>);

    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        let cells = (self.at..self.at + self.values as usize).map(|at| OwnedCell::of_cell(row.cell(at)?));
        let cells = cells.collect::<Result<_>>()?;
        Ok((self.reader.decode(row)?, cells))
    }

    fn finish(&mut self, (row, cells): Self::Partial) -> Result<Self::Row> {
        Ok((self.reader.finish(row)?, cells))
    }
}
