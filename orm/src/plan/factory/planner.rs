//! From what factories say to the rows of all models, those that are pointed at first.

use std::ptr;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::expr::Path;
use crate::model::{AssignedColumns, LeftOut, ModelMeta};
use crate::plan::insert_tree::{FarRows, KeysFrom, TreeLinks, TreeRows, TreeStep};
use crate::query::{JoinStep, RelationKind};
use crate::registry::registry;
use crate::sql::through_columns;
use crate::value::{FieldType, Value};

use super::new_rows::{NewRows, is_left_to_others};
use super::numbers::RowNumbers;

/// Columns of a row that are set.
#[derive(Clone)]
pub(super) enum SetColumns {
    /// The same in each row.
    Values(Vec<(usize, Value<'static>)>),
    /// By the number of the row.
    ByNumber(Arc<dyn Fn(u64) -> Vec<(usize, Value<'static>)> + Send + Sync>),
    /// By the place of the row among those that are made together, from 0.
    ByPlace(Arc<dyn Fn(u64) -> Vec<(usize, Value<'static>)> + Send + Sync>),
}

impl SetColumns {
    pub fn set(&self, number: u64, place: u64, row: &mut AssignedColumns) {
        let values = match self {
            SetColumns::Values(values) => values.clone(),
            SetColumns::ByNumber(values) => values(number),
            SetColumns::ByPlace(values) => values(place),
        };
        for (column, value) in values {
            row.set(column, value);
        }
    }
}

/// What a factory says of a row, whatever its model.
#[derive(Clone, Default)]
pub(super) struct Blueprint {
    pub values: Vec<SetColumns>,
    pub related: Vec<RelatedRows>,
    /// What was wrong with it.
    pub refused: Option<Arc<Error>>,
}

/// Rows to make beside each row.
#[derive(Clone)]
pub(super) struct RelatedRows {
    pub step: JoinStep,
    pub rows: Blueprint,
    pub count: usize,
}

/// Collects the steps of an insert.
pub(super) struct Planner<'n> {
    numbers: &'n RowNumbers,
    pub steps: Vec<TreeStep>,
    /// The models whose rows are being made, and the foreign key that asks for the next one's.
    chain: Vec<(&'static ModelMeta, String)>,
}

impl<'n> Planner<'n> {
    pub(super) fn new(numbers: &'n RowNumbers) -> Self {
        Planner {
            numbers,
            steps: Vec::new(),
            chain: Vec::new(),
        }
    }

    /// So many rows of a model; `above` is what they have from rows of steps before. Returns their step.
    pub(super) fn rows(
        &mut self,
        model: &'static ModelMeta,
        blueprint: &Blueprint,
        count: usize,
        above: Vec<KeysFrom>,
    ) -> Result<usize> {
        if let Some(refused) = &blueprint.refused {
            return Err(again(refused));
        }
        let mut rows = NewRows::of(self.numbers, model, blueprint, count, above)?;
        blueprint.related.iter().try_for_each(ensure_one)?;
        for step in foreign_keys(model)? {
            self.parents(model, blueprint, step, &mut rows)?;
        }
        rows.fill(model)?;
        self.steps.push(TreeStep::Rows(TreeRows {
            meta: model,
            rows: rows.rows,
            keys: rows.keys,
            shared: Vec::new(),
        }));
        let own = self.steps.len() - 1;
        for related in &blueprint.related {
            match related.step.kind {
                RelationKind::Forward => {}
                RelationKind::Reverse => self.children(model, own, related, count)?,
                RelationKind::Join | RelationKind::JoinBack => self.joined(model, own, related, count)?,
            }
        }
        Ok(own)
    }

    /// Rows that the test asks for: they need what they need for themselves, and close no circle.
    fn asked_for(
        &mut self,
        model: &'static ModelMeta,
        blueprint: &Blueprint,
        count: usize,
        above: Vec<KeysFrom>,
    ) -> Result<usize> {
        let chain = std::mem::take(&mut self.chain);
        let rows = self.rows(model, blueprint, count, above);
        self.chain = chain;
        rows
    }

    /// The rows that a foreign key points at, for those that have none.
    fn parents(
        &mut self,
        model: &'static ModelMeta,
        blueprint: &Blueprint,
        step: JoinStep,
        rows: &mut NewRows,
    ) -> Result<()> {
        let pairs = step.column_pairs()?;
        let said = blueprint
            .related
            .iter()
            .rfind(|related| related.step.kind == RelationKind::Forward && related.step.field == step.field);
        let missing = rows.without(model, &step, &pairs)?;
        let name = step.name()?;
        if said.is_some() && missing.len() < rows.rows.len() {
            return Err(Error::config(format!(
                "{name} is given twice: as a value, and as a row to be created"
            ))
            .with_hint("take one of them out"));
        }
        let filled = pairs.iter().all(|pair| is_left_to_others(model, pair.from));
        if missing.is_empty() || said.is_none() && (step.may_be_empty()? || filled) {
            return Ok(());
        }
        let target = step.target()?;
        let parents = match said {
            Some(related) => self.asked_for(target, &related.rows, missing.len(), Vec::new())?,
            None => {
                self.chain.push((model, name));
                if let Some(first) = self.chain.iter().position(|(model, _)| ptr::eq(*model, target)) {
                    return Err(self.cycle(first));
                }
                let parents = self.rows(target, &Blueprint::default(), missing.len(), Vec::new())?;
                self.chain.pop();
                parents
            }
        };
        rows.point(
            parents,
            &pairs,
            missing.into_iter().enumerate().map(|(there, here)| (here, there)),
        );
        Ok(())
    }

    #[cold]
    fn cycle(&self, first: usize) -> Error {
        let names: Vec<&str> = self
            .chain
            .iter()
            .skip(first)
            .map(|(_, name)| name.as_str())
            .collect();
        let (model, name) = match self.chain.get(first) {
            Some((model, name)) => (
                model.def.name.as_str(),
                name.rsplit('.').next().unwrap_or_default(),
            ),
            None => ("Model", "relation"),
        };
        let what = match names.len() {
            1 => {
                "leads to its own model and cannot be empty, so that each row would need another one before it"
            }
            _ => "lead in a circle and cannot be empty, so that each row would need another one before it",
        };
        Error::config(format!("{} {what}", names.join(", "))).with_hint(format!(
            "give one of them: `{model}::factory().set(|row| row.{name}(key))`, or make one an `Option`"
        ))
    }

    /// Rows that point at those of a step.
    fn children(
        &mut self,
        model: &'static ModelMeta,
        own: usize,
        related: &RelatedRows,
        count: usize,
    ) -> Result<()> {
        let target = related.step.target()?;
        // A row of a relation to one has no second.
        let one = related
            .step
            .declaring()?
            .def
            .fields
            .get(usize::from(related.step.field))
            .is_some_and(|field| field.ty == FieldType::OneToOne);
        if one && related.count > 1 {
            return Err(Error::config(format!(
                "{} leads to one row, so that a row of {} has at most one of {}, and {} are asked for",
                related.step.name()?,
                model.def.key(),
                target.def.key(),
                related.count
            ))
            .with_hint(format!("leave `.many({})` out", related.count)));
        }
        let keys = KeysFrom {
            step: own,
            columns: related.step.column_pairs()?,
            rows: each(count, related.count),
        };
        self.asked_for(target, &related.rows, count * related.count, vec![keys])
            .map(drop)
    }

    /// Rows at the other end of a many-to-many field.
    fn joined(
        &mut self,
        model: &'static ModelMeta,
        near: usize,
        related: &RelatedRows,
        count: usize,
    ) -> Result<()> {
        let target = related.step.target()?;
        let far = self.asked_for(target, &related.rows, count * related.count, Vec::new())?;
        let pairs: Vec<(usize, usize)> = (0..count * related.count)
            .map(|there| (there / related.count, there))
            .collect();
        let ways = match related.step.is_symmetrical()? {
            true => vec![related.step, related.step.turned()],
            false => vec![related.step],
        };
        for relation in ways {
            match through_columns(&relation)? {
                None => self.steps.push(TreeStep::Links(TreeLinks {
                    relation,
                    near,
                    far: FarRows::Inserted(far, pairs.clone()),
                })),
                Some(between) => {
                    let above = KeysFrom::of_pairs(&between, (near, model), (far, target), &pairs);
                    self.asked_for(between.model, &Blueprint::default(), pairs.len(), above)?;
                }
            }
        }
        Ok(())
    }
}

/// A foreign key points at one row.
fn ensure_one(related: &RelatedRows) -> Result<()> {
    if related.step.kind != RelationKind::Forward || related.count == 1 {
        return Ok(());
    }
    let (name, target) = (related.step.name()?, related.step.target()?);
    Err(Error::config(format!(
        "{name} leads to one row, and {} of {} are asked for",
        related.count,
        target.def.key()
    ))
    .with_hint(format!(
        "leave `.many({})` out: each row gets one of its own",
        related.count
    )))
}

/// The same error once more: it is of a factory, which may be used again.
#[cold]
fn again(error: &Error) -> Error {
    let text = error.to_string();
    let said = Error::config(text.split("\nhint: ").next().unwrap_or_default().to_owned());
    match error.hint() {
        Some(hint) => said.with_hint(hint.to_owned()),
        None => said,
    }
}

/// Each of so many rows so many times: the rows below, and that above.
fn each(above: usize, times: usize) -> Vec<(usize, usize)> {
    (0..above * times).map(|below| (below, below / times)).collect()
}

/// The foreign keys of a model, also those over several columns.
fn foreign_keys(model: &'static ModelMeta) -> Result<Vec<JoinStep>> {
    let slot = registry()?
        .slot(model)
        .ok_or_else(|| Error::internal("a model of the program has no place in its registry"))?;
    let fields = model.def.fields.iter();
    let own = fields
        .enumerate()
        .filter(|(_, field)| field.ty.is_column() && field.ty.is_relation())
        .map(|(at, _)| at);
    let composite =
        model.def.fields.len()..model.def.fields.len() + model.def.composite_foreign_keys().count();
    let steps = own.chain(composite).map(|at| JoinStep {
        from: Path::ROOT,
        slot,
        field: u16::try_from(at).unwrap_or(u16::MAX),
        kind: RelationKind::Forward,
        left_out: LeftOut::ALL,
    });
    Ok(steps.collect())
}
