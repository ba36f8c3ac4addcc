//! The job that inserts rows of which some may be there already.

use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::model::ModelMeta;
use crate::sql::{self, ConflictTarget, ConflictUpdate, Dialect, NewRows, Returning, Statement};
use crate::value::{OwnedCell, Row, Value};

use super::draft_rows::{DraftRows, InsertGroup, taken};
use super::given_twice::{RowsSeen, given_twice};
use super::insert::{Inserted, by_column, part, put_in_place};
use super::unique_rule::{UniqueRule, ensure_none_waits};
use super::{Access, Decode, ErrorContext, Job};

/// What happens to rows that are there already.
pub(super) struct Conflict {
    /// What rows conflict in; anything that is unique if it is `None`.
    pub rule: Option<UniqueRule>,
    /// What becomes of the row that is there; nothing if it is `None`.
    pub update: Option<ConflictUpdate>,
}

/// Inserts rows, or does what is said about those that are there, as many per statement as the dialect's parameters allow.
pub struct Upsert<D: Decode> {
    decode: D,
    meta: &'static ModelMeta,
    rows: DraftRows,
    target: Option<ConflictTarget>,
    /// The columns that rows conflict in, for errors.
    columns: Vec<usize>,
    update: Option<ConflictUpdate>,
    returning: Returning,
    /// Whether returned rows contain values that were never validated, such as those of the author's SQL defaults.
    unsure: bool,
    /// The keys of the rows that were written, where no row may be written twice.
    written: Option<RowsSeen>,
    /// The next group to send, and how many of its rows were sent.
    group: usize,
    sent: usize,
    /// How many values of the rows were sent.
    taken: Range<usize>,
    /// The values of the latest statement.
    values: Vec<Value<'static>>,
    result: Inserted<D::Row>,
}

impl<D: Decode> Upsert<D> {
    /// # Errors
    /// If a row is given twice that would be updated, or rows assign nothing.
    pub(super) fn new(
        decode: D,
        meta: &'static ModelMeta,
        rows: DraftRows,
        conflict: Conflict,
        whole: bool,
    ) -> Result<Self> {
        let updates = conflict.update.is_some();
        let several = rows.len() > 1;
        if let (true, Some(rule)) = (updates && several, &conflict.rule) {
            ensure_once(meta, &rows, rule)?;
        }
        let rows = rows.regrouped(meta);
        if rows.groups.iter().any(|group| group.width == 0) {
            return Err(Error::unsupported(format!(
                "a row of {} that assigns nothing has nothing to conflict in",
                meta.def.key()
            ))
            .with_hint("give at least one of its fields"));
        }
        let gives_anything = |group: &InsertGroup| {
            meta.unsure
                .iter()
                .any(|&column| updates || !group.given.contains(column))
        };
        let unsure = whole && rows.groups.iter().any(gives_anything);
        if conflict.rule.is_none() {
            ensure_none_waits(meta)?;
        }
        let (target, columns) = match conflict.rule {
            Some(rule) => (Some(rule.target), rule.columns),
            None => (None, None),
        };
        Ok(Upsert {
            decode,
            meta,
            rows,
            unsure,
            target,
            columns: columns.unwrap_or_default(),
            update: conflict.update,
            returning: match (whole, updates && several) {
                (true, _) => Returning::Row,
                (false, true) => Returning::Key,
                (false, false) => Returning::Nothing,
            },
            written: (updates && several).then(RowsSeen::default),
            group: 0,
            sent: 0,
            taken: 0..0,
            values: Vec::new(),
            result: Inserted {
                rows: Vec::new(),
                count: 0,
            },
        })
    }

    fn bound_beside(&self) -> usize {
        self.update.as_ref().map_or(0, ConflictUpdate::values)
    }

    /// Whether a row that cannot be read back is there nevertheless.
    fn stays_written(&self) -> bool {
        !self.unsure && matches!(&self.rows.groups[..], [group] if group.rows == 1)
    }

    /// Refuses a row that an earlier one of the same bulk has written: Postgres does, within a statement.
    fn ensure_written_once(&mut self, key: SmallVec<[Value<'static>; 1]>) -> Result<()> {
        let Some(written) = &mut self.written else {
            return Ok(());
        };
        match written.add(self.result.rows.len(), key) {
            Some(_) => Err(given_twice(self.meta, &self.columns, None)),
            None => Ok(()),
        }
    }
}

/// The primary key of a returned row, whose columns stand at these positions.
fn key_at(
    meta: &ModelMeta,
    places: impl Iterator<Item = usize>,
    row: &Row<'_>,
) -> Result<SmallVec<[Value<'static>; 1]>> {
    let columns = meta.key_columns().zip(places);
    columns
        .map(|(column, at)| OwnedCell::of_cell(row.cell(at)?)?.value(column.storage))
        .collect()
}

/// Refuses rows that are equal in what they conflict in, as far as their values tell it.
fn ensure_once(meta: &ModelMeta, rows: &DraftRows, rule: &UniqueRule) -> Result<()> {
    let Some(columns) = &rule.columns else {
        return Ok(());
    };
    // Which rows a partial rule is about, only the database knows.
    if rule.partial {
        return Ok(());
    }
    let mut seen = RowsSeen::default();
    let (mut at, mut value) = (0, 0);
    for group in &rows.groups {
        let mut places = Vec::new();
        let mut given = Vec::new();
        group.given.for_each(|column| given.push(column));
        for column in columns {
            places.extend(given.iter().position(|given| given == column));
        }
        for _ in 0..group.rows {
            let row = rows.values.get(value..value + group.width).unwrap_or(&[]);
            if places.len() == columns.len() {
                let values: SmallVec<[Value<'static>; 1]> = places
                    .iter()
                    .filter_map(|&place| row.get(place).cloned())
                    .collect();
                if (rule.nulls_are_equal || !values.contains(&Value::Null))
                    && let Some(earlier) = seen.add(at, values)
                {
                    return Err(given_twice(meta, columns, Some((earlier, at))));
                }
            }
            value += group.width;
            at += 1;
        }
    }
    Ok(())
}

impl<D: Decode> Job for Upsert<D> {
    type Output = Inserted<D::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        match &self.rows.groups[..] {
            [] => Access::Write,
            [group] if group.rows == 1 && !self.unsure => Access::Write,
            _ => Access::Atomic,
        }
    }

    fn is_one_statement(&self, dialect: &'static Dialect) -> bool {
        let more = self.bound_beside();
        match &self.rows.groups[..] {
            [] => true,
            // Whether a row is written twice is only known after all were written.
            [group] => {
                self.written.is_none()
                    && !self.unsure
                    && part(self.meta, group, group.rows, more, dialect).1 == group.rows
            }
            _ => false,
        }
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "creating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let more = self.bound_beside();
        let Some(group) = self.rows.groups.get(self.group) else {
            return Ok(None);
        };
        let (bound, rows) = part(self.meta, group, group.rows - self.sent, more, dialect);
        self.taken = self.taken.end..self.taken.end + rows * group.width;
        let values = &mut self.rows.values[self.taken.clone()];
        self.values = match bound {
            NewRows::Lists => by_column(values, group.width),
            NewRows::Each(_) => values.iter_mut().map(taken).collect(),
        };
        if let Some(update) = &self.update {
            self.values.extend_from_slice(update.assignments.values());
            self.values.extend_from_slice(update.filter.values());
        }
        let statement = sql::Upsert {
            meta: self.meta,
            given: &group.given,
            rows: bound,
            target: self.target.as_ref(),
            update: self.update.as_ref(),
            returning: self.returning,
        };
        let statement = statement.statement(dialect)?;
        self.sent += rows;
        if self.sent >= group.rows {
            self.group += 1;
            self.sent = 0;
        }
        Ok(Some(statement))
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn can_pipeline(&self) -> bool {
        self.group < self.rows.groups.len()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        std::mem::take(&mut self.values)
    }

    fn is_final(&self) -> bool {
        // A row that was written twice, or cannot be read back, undoes everything.
        self.group >= self.rows.groups.len() && self.returning == Returning::Nothing
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        match self.returning {
            Returning::Nothing => {}
            Returning::Key => {
                let key = key_at(self.meta, 0.., row)?;
                self.ensure_written_once(key)?;
            }
            Returning::Row => {
                let decoded = self
                    .decode
                    .decode(row)
                    .map_err(|error| match self.stays_written() {
                        true => error.context("the row was written, but cannot be read back"),
                        false => error,
                    })?;
                if self.written.is_some() {
                    let key = key_at(self.meta, self.meta.key.iter().copied(), row)?;
                    self.ensure_written_once(key)?;
                }
                self.result.rows.push(decoded);
            }
        }
        self.result.count += 1;
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.result.count += rows;
        Ok(())
    }

    fn finish(mut self) -> Result<Inserted<D::Row>> {
        put_in_place(&mut self.result.rows, self.rows.places);
        Ok(self.result)
    }

    fn into_owned(self) -> Self {
        self
    }
}
