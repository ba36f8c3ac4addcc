//! Rows that are there already, and that a new row is related to through a many-to-many field.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::model::{AssignedColumns, ForeignKey, Model, ModelMeta};
use crate::plan::change::key_positions;
use crate::plan::insert_tree::{FarRows, KeysFrom, TreeLinks, TreeRows, TreeStep};
use crate::plan::own_relation::OwnRelation;
use crate::plan::related_keys::{KeyValues, OtherRows};
use crate::plan::relation_key::RelationKey;
use crate::query::{Fields, JoinStep, RelationKind, ToMany, ToValue, closure};
use crate::sql::{ThroughColumns, through_columns};

use super::place::check;
use super::{CreateWith, NewNode};

/// The keys of rows along a relation.
pub(super) struct ExistingRows {
    step: JoinStep,
    rows: OtherRows,
}

impl NewNode {
    /// Relates the row to those with these keys.
    pub(super) fn relate<M: Model, T: Model, K: ToValue<ForeignKey<T>>>(
        &mut self,
        relation: impl FnOnce(Fields<M>) -> ToMany<T>,
        rows: impl IntoIterator<Item = K>,
    ) {
        let (relation, _) = closure::<M, _>(relation);
        match OwnRelation::step(&relation).and_then(joined) {
            Ok(step) => self.existing.push(ExistingRows {
                step,
                rows: OtherRows::new(
                    rows.into_iter().map(ToValue::to_value),
                    key_positions(T::SPEC).count(),
                ),
            }),
            Err(error) => self.refused = Some(error),
        }
    }
}

/// A relation through a join table or a model.
fn joined(step: JoinStep) -> Result<JoinStep> {
    if step.kind != RelationKind::Reverse {
        return Ok(step);
    }
    let name = step.name()?;
    Err(Error::config(format!(
        "{name} is not a many-to-many field: rows that are there already point at one row each"
    ))
    .with_hint("save the new row, and change theirs: `.update(|p| p.author.set(&new))` of a query of them"))
}

impl<M: Model, B, L> CreateWith<M, B, L> {
    /// Relates the new row to further rows that are there already, through a many-to-many field: rows or their keys, as
    /// [`add`](crate::queries::Related::add) takes them, in the transaction that creates it. They are not in what comes back.
    ///
    /// # Errors
    /// `save` refuses a relation that is not a many-to-many field, and one through a model whose rows need more than the two keys.
    ///
    /// # Example: new tags, and one that is there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (post, new) = Post::create()
    ///     .author(1)
    ///     .title("New")
    ///     .with(|p| p.tags(), [Tag::create().label("orm")])
    ///     .with_existing(|p| p.tags(), [1])
    ///     .save(&db)?;
    /// assert_eq!((new.len(), post.tags().count(&db)?), (1, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with_existing<T: Model, K: ToValue<ForeignKey<T>>>(
        mut self,
        relation: impl FnOnce(Fields<M>) -> ToMany<T>,
        rows: impl IntoIterator<Item = K>,
    ) -> Self {
        self.node.relate::<M, T, K>(relation, rows);
        self
    }
}

/// Adds the steps that relate rows of a step to those that are there already: one for each relation, however many rows.
///
/// # Errors
/// If rows of the model that a relation goes through need more than the two keys.
pub(super) fn relate(
    model: &'static ModelMeta,
    own: usize,
    existing: Vec<Vec<ExistingRows>>,
    steps: &mut Vec<TreeStep>,
) -> Result<()> {
    let mut batches: Vec<(JoinStep, Vec<(usize, KeyValues)>)> = Vec::new();
    for (row, groups) in existing.into_iter().enumerate() {
        for ExistingRows { step, rows } in groups {
            let found = batches.iter().position(|(other, _)| other.is_same(&step));
            let at = found.unwrap_or_else(|| {
                batches.push((step, Vec::new()));
                batches.len() - 1
            });
            let Some((_, pairs)) = batches.get_mut(at) else {
                continue;
            };
            pairs.extend(rows.keys().map(|key| (row, key.iter().cloned().collect())));
        }
    }
    for (step, pairs) in batches {
        let turned = step.is_symmetrical()?.then(|| step.turned());
        for relation in std::iter::once(step).chain(turned) {
            let pairs = pairs.clone();
            steps.push(match through_columns(&relation)? {
                None => TreeStep::Links(TreeLinks {
                    relation,
                    near: own,
                    far: FarRows::There(pairs),
                }),
                Some(between) => TreeStep::Rows(rows_between(&between, (own, model), pairs, steps)?),
            });
        }
    }
    Ok(())
}

/// Rows of the model that a many-to-many field goes through.
fn rows_between(
    between: &ThroughColumns,
    near: (usize, &ModelMeta),
    pairs: Vec<(usize, KeyValues)>,
    steps: &[TreeStep],
) -> Result<TreeRows> {
    let model = between.model;
    // A row that is named twice is related once; of pairs of a join table the statement sees to it.
    let mut known = FxHashSet::default();
    let mut distinct = Vec::with_capacity(pairs.len());
    for (row, far) in pairs {
        let key: SmallVec<[RelationKey; 2]> = far.iter().map(RelationKey::of).collect::<Result<_>>()?;
        if known.insert((row, key)) {
            distinct.push((row, far));
        }
    }
    let pairs = distinct;
    let keys = vec![KeysFrom::of_near(
        between,
        near,
        pairs.iter().map(|(row, _)| *row).enumerate().collect(),
    )];
    // A column of both foreign keys comes from the near row, which then has to have the same.
    let is_shared = |column: &usize| between.near.contains(column);
    let shared: Vec<usize> = between.far.iter().copied().filter(is_shared).collect();
    let mut rows = Vec::with_capacity(pairs.len());
    let mut agreed = Vec::new();
    for (at, (_, far)) in pairs.into_iter().enumerate() {
        let mut row = AssignedColumns::new(model.spec.fields.len());
        for (&column, value) in between.far.iter().zip(far) {
            match is_shared(&column) {
                true => agreed.push((at, column, value)),
                false => row.set(column, value),
            }
        }
        rows.push(row);
    }
    check(model, &mut rows, &keys, steps).map_err(|error| {
        error.with_hint(format!(
            "create the rows of {} along its foreign key to the new row instead",
            model.def.name
        ))
    })?;
    for (at, column, value) in agreed {
        if let Some(row) = rows.get_mut(at) {
            row.set(column, value);
        }
    }
    Ok(TreeRows {
        meta: model,
        rows,
        keys,
        shared,
    })
}
