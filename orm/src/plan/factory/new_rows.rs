//! Rows of one model that a factory makes: what they have, and what they have from others.

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::model::{AssignedColumns, ColumnSet, FieldDef, ModelMeta};
use crate::plan::insert_tree::KeysFrom;
use crate::query::{ColumnPair, JoinStep};

use super::distinct::distinct_value;
use super::numbers::RowNumbers;
use super::planner::Blueprint;

/// Rows of a model that are being made.
pub(super) struct NewRows {
    numbers: Vec<u64>,
    #[expect(clippy::vec_box, reason = "they come in boxes from their drafts")]
    pub rows: Vec<Box<AssignedColumns>>,
    pub keys: Vec<KeysFrom>,
    /// The columns that each will have from other rows.
    pending: Vec<ColumnSet>,
}

impl NewRows {
    pub fn of(
        numbers: &RowNumbers,
        model: &'static ModelMeta,
        blueprint: &Blueprint,
        count: usize,
        above: Vec<KeysFrom>,
    ) -> Result<Self> {
        let numbers: Vec<u64> = (0..count).map(|_| numbers.next(model)).collect();
        let rows = (0..).zip(&numbers).map(|(place, &number)| {
            let mut row = AssignedColumns::new(model.spec.fields.len());
            for set in &blueprint.values {
                set.set(number, place, &mut row);
            }
            row
        });
        let mut rows = NewRows {
            rows: rows.collect(),
            pending: vec![ColumnSet::default(); count],
            keys: Vec::new(),
            numbers,
        };
        for keys in above {
            for &(here, _) in &keys.rows {
                let given = |pair: &&ColumnPair| {
                    rows.rows
                        .get(here)
                        .is_some_and(|row| row.columns().contains(pair.to))
                };
                if let Some(pair) = keys.columns.iter().find(given) {
                    return Err(given_twice(model, pair.to));
                }
            }
            rows.point(keys.step, &turned(&keys.columns), keys.rows.into_iter());
        }
        Ok(rows)
    }

    /// The rows that have none of a foreign key's columns. What is missing of a key beside what a row has may come from a scope.
    pub fn without(&self, model: &ModelMeta, step: &JoinStep, pairs: &[ColumnPair]) -> Result<Vec<usize>> {
        let mut missing = Vec::new();
        for (at, (row, pending)) in self.rows.iter().zip(&self.pending).enumerate() {
            let has = |pair: &&ColumnPair| row.columns().contains(pair.from) || pending.contains(pair.from);
            match pairs.iter().filter(has).count() {
                0 => missing.push(at),
                some if some < pairs.len() && !step.may_be_empty()? => {
                    let names: Vec<&str> = pairs
                        .iter()
                        .filter(|pair| !has(pair))
                        .filter_map(|pair| Some(model.columns.get(pair.from)?.name.as_str()))
                        .filter(|name| !model.is_filled(name))
                        .collect();
                    if names.is_empty() {
                        continue;
                    }
                    return Err(Error::config(format!(
                        "a part of what {} stands on is given, and {} is not",
                        step.name()?,
                        names.join(", ")
                    ))
                    .with_hint("give all of its fields, or none"));
                }
                _ => {}
            }
        }
        Ok(missing)
    }

    /// Has rows (the first of each pair) point at rows of a step (the second).
    pub fn point(&mut self, step: usize, pairs: &[ColumnPair], rows: impl Iterator<Item = (usize, usize)>) {
        let rows: Vec<(usize, usize)> = rows.collect();
        for &(here, _) in &rows {
            if let Some(pending) = self.pending.get_mut(here) {
                for pair in pairs {
                    pending.insert(pair.from);
                }
            }
        }
        self.keys.push(KeysFrom {
            step,
            columns: turned(pairs),
            rows,
        });
    }

    /// Gives the columns that nothing else does their default, or a value.
    pub fn fill(&mut self, model: &'static ModelMeta) -> Result<()> {
        let columns: Vec<(usize, &FieldDef)> = (model.columns.iter().enumerate())
            .filter(|(at, _)| !is_left_to_others(model, *at))
            .filter_map(|(at, column)| Some((at, model.def.fields.get(column.field)?)))
            .collect();
        for ((row, pending), &number) in self.rows.iter_mut().zip(&self.pending).zip(&self.numbers) {
            if let Some(fill) = model.spec.fill {
                fill(row);
            }
            for &(at, field) in &columns {
                if row.columns().contains(at) || pending.contains(at) {
                    continue;
                }
                let column = &model.columns[at];
                let choices = model
                    .spec
                    .fields
                    .get(column.field)
                    .and_then(|field| field.choices);
                let choices = choices.map(|choices| choices.values);
                row.set(
                    at,
                    distinct_value(&model.def, field, column.storage, choices, number)?,
                );
            }
        }
        Ok(())
    }
}

/// Whether somebody else knows what a column is if it is left out.
pub(super) fn is_left_to_others(model: &ModelMeta, column: usize) -> bool {
    model.columns.get(column).is_some_and(|column| {
        let field = model.def.fields.get(column.field);
        let by_code = |field: &FieldDef| field.default_in_code || field.auto_now || field.auto_now_add;
        !model.must_be_given(column) || field.is_some_and(by_code)
    })
}

#[cold]
fn given_twice(model: &ModelMeta, column: usize) -> Error {
    let name = model
        .columns
        .get(column)
        .map_or("", |column| column.name.as_str());
    Error::config(format!(
        "{}.{name} is given twice: as a value, and by the row that it is made with",
        model.def.key()
    ))
    .with_hint("take one of them out")
}

pub(super) fn turned(pairs: &[ColumnPair]) -> SmallVec<[ColumnPair; 2]> {
    let turn = |pair: &ColumnPair| ColumnPair {
        from: pair.to,
        to: pair.from,
    };
    pairs.iter().map(turn).collect()
}
