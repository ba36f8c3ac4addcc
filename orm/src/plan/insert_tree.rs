//! Rows of several models that point at each other, inserted together: each model's rows in as few statements as by
//! `bulk_create`, those that are pointed at first.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Kind, Result};
use crate::model::{AssignedColumns, ColumnSet, Model, ModelMeta};
use crate::query::{ColumnPair, JoinStep};
use crate::sql::{Dialect, Statement, ThroughColumns};
use crate::value::{KeptRow, OwnedCell, Row, Value};

use super::draft_rows::DraftRows;
use super::error_context::decoded;
use super::insert::{Insert, Inserted};
use super::insert_links::InsertLinks;
use super::related_keys::KeyValues;
use super::relation_key::RelationKey;
use super::{Access, Decode, ErrorContext, Job};

/// The cells of a row, in the order of its model's columns.
pub(super) type Cells = Vec<OwnedCell>;

/// Rows whose cells are kept.
pub(super) struct KeepCells;

impl Decode for KeepCells {
    type Row = Cells;

    fn decode(&self, row: &Row<'_>) -> Result<Cells> {
        (0..row.width())
            .map(|at| OwnedCell::of_cell(row.cell(at)?))
            .collect()
    }
}

/// A step of the insert: rows of a model, or pairs of a join table.
pub(super) enum TreeStep {
    Rows(TreeRows),
    Links(TreeLinks),
}

/// New rows of a model.
pub(super) struct TreeRows {
    pub meta: &'static ModelMeta,
    #[expect(clippy::vec_box, reason = "they come in boxes from their drafts")]
    pub rows: Vec<Box<AssignedColumns>>,
    /// What they hold of rows of earlier steps.
    pub keys: Vec<KeysFrom>,
    /// Columns that each has already, and of which those rows have to say the same.
    pub shared: Vec<usize>,
}

/// Columns that rows have from those of an earlier step.
pub(super) struct KeysFrom {
    /// The earlier step.
    pub step: usize,
    /// From which of its columns to which of these.
    pub columns: SmallVec<[ColumnPair; 2]>,
    /// Which row has them from which.
    pub rows: Vec<(usize, usize)>,
}

impl KeysFrom {
    /// Those of rows of the model that a many-to-many field goes through: of each pair, the near row's key and the far row's.
    pub fn of_pairs(
        between: &ThroughColumns,
        near: (usize, &ModelMeta),
        (far, far_model): (usize, &ModelMeta),
        pairs: &[(usize, usize)],
    ) -> Vec<KeysFrom> {
        let rows = |of: fn(&(usize, usize)) -> usize| pairs.iter().map(of).enumerate().collect();
        vec![
            KeysFrom::of_near(between, near, rows(|pair| pair.0)),
            KeysFrom {
                step: far,
                columns: pairs_of(&far_model.key, &between.far),
                rows: rows(|pair| pair.1),
            },
        ]
    }

    /// The near row's key alone: which row has it of which.
    pub fn of_near(
        between: &ThroughColumns,
        (near, model): (usize, &ModelMeta),
        rows: Vec<(usize, usize)>,
    ) -> KeysFrom {
        KeysFrom {
            step: near,
            columns: pairs_of(&model.key, &between.near),
            rows,
        }
    }
}

/// From the columns of a key to those that hold it.
fn pairs_of(key: &[usize], columns: &[usize]) -> SmallVec<[ColumnPair; 2]> {
    let pairs = key.iter().zip(columns);
    pairs.map(|(&from, &to)| ColumnPair { from, to }).collect()
}

/// New pairs of a join table.
pub(super) struct TreeLinks {
    /// The relation as seen from the near side.
    pub relation: JoinStep,
    pub near: usize,
    pub far: FarRows,
}

/// What rows of the near step are paired with.
pub(super) enum FarRows {
    /// Rows of a step: of each pair, which of the near step and which of this.
    Inserted(usize, Vec<(usize, usize)>),
    /// Rows that are there already, by their keys.
    There(Vec<(usize, KeyValues)>),
}

/// The rows of each step as the database has them; none of steps that are pairs.
pub struct Inserts(Vec<InsertedStep>);

#[derive(Default)]
struct InsertedStep {
    meta: Option<&'static ModelMeta>,
    names: Vec<&'static str>,
    rows: Vec<Cells>,
}

impl Inserts {
    /// All rows of a step.
    ///
    /// # Errors
    /// If one cannot be read.
    #[cfg(feature = "testing")]
    pub(super) fn rows<M: Model>(&self, step: usize) -> Result<Vec<M>> {
        let rows = self.0.get(step).map_or(0, |step| step.rows.len());
        (0..rows).map(|row| self.row(step, row)).collect()
    }

    /// A row of a step.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn row<M: Model>(&self, step: usize, row: usize) -> Result<M> {
        let found = self
            .0
            .get(step)
            .and_then(|step| Some((step.rows.get(row)?, &step.names)));
        let (cells, names) = found.ok_or_else(|| Error::internal("a row was inserted, and is not there"))?;
        decoded(&KeptRow { cells, names }.as_row(), 0)
    }

    /// The values of some columns of a row.
    fn values(
        &self,
        step: usize,
        row: usize,
        columns: impl Iterator<Item = usize>,
    ) -> Result<Vec<Value<'static>>> {
        let lost = || Error::internal("a row points at one that was not inserted before");
        let step = self.0.get(step).ok_or_else(lost)?;
        let (meta, cells) = (step.meta.ok_or_else(lost)?, step.rows.get(row).ok_or_else(lost)?);
        let values = columns.map(|at| match (cells.get(at), meta.columns.get(at)) {
            (Some(cell), Some(column)) => cell.value(column.storage),
            _ => Err(lost()),
        });
        values.collect()
    }
}

/// The insert of what is the step's turn.
enum Current {
    Rows(Box<Insert<KeepCells>>, &'static ModelMeta, usize),
    Links(InsertLinks),
}

/// Inserts the rows of all steps, or nothing; `finish` makes the result of what the database then has.
pub(super) struct InsertTree<T> {
    root: &'static ModelMeta,
    steps: std::vec::IntoIter<TreeStep>,
    current: Option<Current>,
    done: Inserts,
    finish: Box<dyn FnOnce(Inserts) -> Result<T> + Send>,
}

impl<T> InsertTree<T> {
    /// `root` is the model that errors are about.
    pub fn new(
        root: &'static ModelMeta,
        steps: Vec<TreeStep>,
        finish: impl FnOnce(Inserts) -> Result<T> + Send + 'static,
    ) -> Self {
        InsertTree {
            root,
            done: Inserts(Vec::with_capacity(steps.len())),
            steps: steps.into_iter(),
            current: None,
            finish: Box::new(finish),
        }
    }

    fn begin(&self, step: TreeStep, dialect: &'static Dialect) -> Result<Current> {
        Ok(match step {
            TreeStep::Rows(mut step) => {
                let mut known = ColumnSet::default();
                for &column in &step.shared {
                    known.insert(column);
                }
                let mut held = vec![known; step.rows.len()];
                for keys in &step.keys {
                    for &(here, there) in &keys.rows {
                        let columns = keys.columns.iter().map(|pair| pair.from);
                        let values = self.done.values(keys.step, there, columns)?;
                        let (Some(row), Some(held)) = (step.rows.get_mut(here), held.get_mut(here)) else {
                            return Err(Error::internal("a key is for no row"));
                        };
                        for (pair, value) in keys.columns.iter().zip(values) {
                            // Keys over several columns may share one, whose value they then agree on.
                            if !held.insert(pair.to) && !is_same(row.get(pair.to), &value)? {
                                return Err(two_values(step.meta, pair.to));
                            }
                            row.set(pair.to, value);
                        }
                    }
                }
                let expected = step.rows.len();
                let rows = DraftRows::of(step.rows.into_iter());
                let insert = Insert::of(KeepCells, step.meta, rows, true);
                Current::Rows(Box::new(insert), step.meta, expected)
            }
            TreeStep::Links(links) => {
                let key = |model: &'static ModelMeta, step: usize, row: usize| {
                    self.done.values(step, row, model.key.iter().copied())
                };
                let far = links.relation.target()?;
                let near = links.relation.turned().target()?;
                let mut pairs = Vec::new();
                match links.far {
                    FarRows::Inserted(step, rows) => {
                        for (one, other) in rows {
                            let mut pair = key(near, links.near, one)?;
                            pair.extend(key(far, step, other)?);
                            pairs.push(pair);
                        }
                    }
                    FarRows::There(rows) => {
                        for (one, other) in rows {
                            let mut pair = key(near, links.near, one)?;
                            pair.extend(other);
                            pairs.push(pair);
                        }
                    }
                }
                Current::Links(InsertLinks::new(links.relation, pairs, dialect)?)
            }
        })
    }

    fn end(&mut self, current: Current) -> Result<()> {
        let step = match current {
            Current::Rows(insert, meta, expected) => {
                let Inserted { rows, .. } = insert.finish()?;
                if rows.len() != expected {
                    return Err(Error::new(
                        Kind::Database,
                        format!(
                            "{expected} rows of {} were inserted, and {} came back: a trigger or a policy of its table left some out",
                            meta.def.key(),
                            rows.len()
                        ),
                    )
                    .with_hint("nothing was kept; create these rows by themselves, `bulk_create(..)`, which reads back what there is"));
                }
                InsertedStep {
                    meta: Some(meta),
                    names: meta.columns.iter().map(|column| column.column.as_str()).collect(),
                    rows,
                }
            }
            Current::Links(_) => InsertedStep::default(),
        };
        self.done.0.push(step);
        Ok(())
    }
}

/// Whether a column has this value already, whatever Rust type it was given as.
fn is_same(has: Option<&Value<'static>>, value: &Value<'static>) -> Result<bool> {
    let Some(has) = has else { return Ok(false) };
    Ok(has == value || RelationKey::of(has)? == RelationKey::of(value)?)
}

#[cold]
fn two_values(meta: &ModelMeta, column: usize) -> Error {
    let name = meta.columns.get(column).map_or("", |column| column.name.as_str());
    Error::config(format!(
        "`{name}` of a new {} comes from two rows that it is created with, which have different values for it",
        meta.def.key()
    ))
    .with_hint(format!("give those rows the same `{name}`, or take one of them out"))
}

impl<T: Send + 'static> Job for InsertTree<T> {
    type Output = T;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Atomic
    }

    fn explain(&self, error: Error) -> Error {
        let model = match &self.current {
            Some(Current::Rows(_, model, _)) => model,
            _ => self.root,
        };
        ErrorContext::explain(
            Some(ErrorContext {
                doing: "creating",
                model,
            }),
            error,
        )
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        loop {
            let statement = match &mut self.current {
                Some(Current::Rows(insert, ..)) => insert.next(dialect)?,
                Some(Current::Links(links)) => links.next(dialect)?,
                None => None,
            };
            if statement.is_some() {
                return Ok(statement);
            }
            if let Some(current) = self.current.take() {
                self.end(current)?;
            }
            match self.steps.next() {
                Some(step) => self.current = Some(self.begin(step, dialect)?),
                None => return Ok(None),
            }
        }
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match &mut self.current {
            Some(Current::Rows(insert, ..)) => insert.pipelined(dialect),
            Some(Current::Links(links)) => links.next(dialect),
            None => Ok(None),
        }
    }

    fn can_pipeline(&self) -> bool {
        match &self.current {
            Some(Current::Rows(insert, ..)) => insert.can_pipeline(),
            Some(Current::Links(links)) => !links.all_given(),
            None => false,
        }
    }

    fn values(&self) -> &[Value<'_>] {
        match &self.current {
            Some(Current::Rows(insert, ..)) => insert.values(),
            Some(Current::Links(links)) => links.values(),
            None => &[],
        }
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match &mut self.current {
            Some(Current::Rows(insert, ..)) => insert.take_values(),
            Some(Current::Links(links)) => links.take_values(),
            None => Vec::new(),
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        match &mut self.current {
            Some(Current::Rows(insert, ..)) => insert.row(row),
            _ => Err(Error::internal("a row has come for no statement")),
        }
    }

    fn finish(self) -> Result<T> {
        let root = self.root;
        (self.finish)(self.done).map_err(|error| error.context(format!("creating {}", root.def.key())))
    }

    fn into_owned(self) -> Self {
        self
    }
}
