//! From rows within rows to inserts, model by model.

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::model::{AssignedColumns, ColumnSet, ModelMeta};
use crate::plan::insert_tree::{FarRows, KeysFrom, TreeLinks, TreeRows, TreeStep};
use crate::query::{ColumnPair, JoinStep, RelationKind};
use crate::sql::{ThroughColumns, through_columns};

use super::existing::relate;
use super::{NewNode, NodeGroup, PlacedNode};

/// Adds the steps that insert rows of a model with all that is created with them, and tells where each is. `above` is what they have from rows
/// of steps before.
///
/// # Errors
/// If a relation was refused, a row sets what comes from another, or has not what is required.
pub(super) fn place(
    model: &'static ModelMeta,
    nodes: Vec<NewNode>,
    above: Vec<KeysFrom>,
    steps: &mut Vec<TreeStep>,
) -> Result<Vec<PlacedNode>> {
    let mut rows = Vec::with_capacity(nodes.len());
    let mut groups: Vec<Vec<Option<NodeGroup>>> = Vec::with_capacity(nodes.len());
    let mut existing = Vec::with_capacity(nodes.len());
    for node in nodes {
        if let Some(refused) = node.refused {
            return Err(refused);
        }
        rows.push(node.row);
        groups.push(node.groups.into_iter().map(Some).collect());
        existing.push(node.existing);
    }
    let mut placed: Vec<PlacedNode> = (0..rows.len())
        .map(|row| PlacedNode {
            step: 0,
            row,
            groups: std::iter::repeat_with(Vec::new).take(groups[row].len()).collect(),
        })
        .collect();
    let mut keys = above;
    // What is pointed at comes before.
    for batch in Batch::all(&mut groups, |kind| kind == RelationKind::Forward) {
        let target = batch.step.target()?;
        let parents = place(target, batch.nodes, Vec::new(), steps)?;
        let columns = batch.step.column_pairs()?;
        keys.push(KeysFrom {
            step: parents.first().map_or(0, |parent| parent.step),
            columns: columns
                .iter()
                .map(|pair| ColumnPair {
                    from: pair.to,
                    to: pair.from,
                })
                .collect(),
            rows: batch
                .above
                .iter()
                .zip(&parents)
                .map(|(&(row, _), parent)| (row, parent.row))
                .collect(),
        });
        hand_out(&batch.above, parents, &mut placed);
    }
    check(model, &mut rows, &keys, steps)?;
    steps.push(TreeStep::Rows(TreeRows {
        meta: model,
        rows,
        keys,
        shared: Vec::new(),
    }));
    let own = steps.len() - 1;
    placed.iter_mut().for_each(|placed| placed.step = own);
    for batch in Batch::all(&mut groups, |kind| kind != RelationKind::Forward) {
        let children = match batch.step.kind {
            RelationKind::Reverse => {
                let keys = KeysFrom {
                    step: own,
                    columns: batch.step.column_pairs()?,
                    rows: batch
                        .above
                        .iter()
                        .enumerate()
                        .map(|(child, &(row, _))| (child, row))
                        .collect(),
                };
                place(batch.step.target()?, batch.nodes, vec![keys], steps)?
            }
            _ => joined(model, own, batch.step, batch.nodes, &batch.above, steps)?,
        };
        hand_out(&batch.above, children, &mut placed);
    }
    relate(model, own, existing, steps)?;
    Ok(placed)
}

/// Gives each row those that were created with it.
fn hand_out(above: &[(usize, usize)], children: Vec<PlacedNode>, placed: &mut [PlacedNode]) {
    for (&(row, group), child) in above.iter().zip(children) {
        if let Some(group) = placed.get_mut(row).and_then(|row| row.groups.get_mut(group)) {
            group.push(child);
        }
    }
}

/// Rows to create along one relation, with all rows of a level.
struct Batch {
    step: JoinStep,
    nodes: Vec<NewNode>,
    /// The row that each belongs to, and which of its groups it is in.
    above: Vec<(usize, usize)>,
}

impl Batch {
    /// The groups of some kinds of relations, by relation.
    fn all(groups: &mut [Vec<Option<NodeGroup>>], of: impl Fn(RelationKind) -> bool) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        for (row, groups) in groups.iter_mut().enumerate() {
            for (at, group) in groups.iter_mut().enumerate() {
                let Some(NodeGroup { step, nodes }) = group.take_if(|group| of(group.step.kind)) else {
                    continue;
                };
                if nodes.is_empty() {
                    continue;
                }
                // Two groups of a row may go along one relation.
                let found = batches.iter().position(|batch| batch.step.is_same(&step));
                let batch = match found {
                    Some(found) => found,
                    None => {
                        batches.push(Batch {
                            step,
                            nodes: Vec::new(),
                            above: Vec::new(),
                        });
                        batches.len() - 1
                    }
                };
                batches[batch].above.extend(nodes.iter().map(|_| (row, at)));
                batches[batch].nodes.extend(nodes);
            }
        }
        batches
    }
}

/// Rows at the other end of a many-to-many field, and the pairs.
fn joined(
    model: &'static ModelMeta,
    near: usize,
    step: JoinStep,
    nodes: Vec<NewNode>,
    above: &[(usize, usize)],
    steps: &mut Vec<TreeStep>,
) -> Result<Vec<PlacedNode>> {
    let target = step.target()?;
    let children = place(target, nodes, Vec::new(), steps)?;
    let far = children.first().map_or(0, |child| child.step);
    let pairs: Vec<(usize, usize)> = above
        .iter()
        .zip(&children)
        .map(|(&(row, _), child)| (row, child.row))
        .collect();
    let turned = step.is_symmetrical()?.then(|| step.turned());
    for relation in std::iter::once(step).chain(turned) {
        let pairs = pairs.clone();
        let step = match through_columns(&relation)? {
            None => TreeStep::Links(TreeLinks {
                relation,
                near,
                far: FarRows::Inserted(far, pairs),
            }),
            Some(between) => {
                let rows = rows_between(&between, (near, model), (far, target), &pairs, steps)?;
                TreeStep::Rows(rows)
            }
        };
        steps.push(step);
    }
    Ok(children)
}

/// Rows of the model that a many-to-many field goes through.
fn rows_between(
    between: &ThroughColumns,
    near: (usize, &ModelMeta),
    far: (usize, &ModelMeta),
    pairs: &[(usize, usize)],
    steps: &[TreeStep],
) -> Result<TreeRows> {
    let model = between.model;
    let keys = KeysFrom::of_pairs(between, near, far, pairs);
    let mut rows: Vec<_> = pairs
        .iter()
        .map(|_| AssignedColumns::new(model.spec.fields.len()))
        .collect();
    check(model, &mut rows, &keys, steps).map_err(|error| {
        error.with_hint(format!(
            "create rows of {} and along its foreign keys: `.with(|row| row.{}(), ..)`",
            model.def.name,
            crate::model::snake_case(&model.def.name)
        ))
    })?;
    Ok(TreeRows {
        meta: model,
        rows,
        keys,
        shared: Vec::new(),
    })
}

/// Fills in what Rust code computes, and sees to it that each row has what is required, and nothing twice.
pub(super) fn check(
    model: &'static ModelMeta,
    rows: &mut [Box<AssignedColumns>],
    keys: &[KeysFrom],
    steps: &[TreeStep],
) -> Result<()> {
    let named = |column: usize| {
        model
            .columns
            .get(column)
            .map_or("", |column| column.name.as_str())
    };
    let mut pending = vec![ColumnSet::default(); rows.len()];
    // Who has a key of one model already. Keys of different models over the same columns are compared when their values are known.
    let mut held: Vec<(&KeysFrom, Vec<bool>)> = Vec::with_capacity(keys.len());
    for keys in keys {
        let found = held.iter().position(|(other, _)| {
            other.columns == keys.columns && same_model(steps.get(other.step), steps.get(keys.step))
        });
        let at = found.unwrap_or_else(|| {
            held.push((keys, vec![false; rows.len()]));
            held.len() - 1
        });
        for &(here, _) in &keys.rows {
            let has = held.get_mut(at).and_then(|(_, rows)| rows.get_mut(here));
            let (Some(row), Some(pending), Some(has)) = (rows.get(here), pending.get_mut(here), has) else {
                return Err(Error::internal("a key is for no row"));
            };
            if std::mem::replace(has, true) {
                let names: Vec<&str> = keys.columns.iter().map(|pair| named(pair.to)).collect();
                let names = names.join("`, `");
                return Err(Error::config(format!(
                    "`{names}` of a new {} comes from two rows that it is created with",
                    model.def.key()
                ))
                .with_hint("a row belongs to one there: take one of the two out"));
            }
            for pair in &keys.columns {
                if row.columns().contains(pair.to) {
                    return Err(Error::config(format!(
                        "`{}` of a new {} is set, and comes from the row that it is created with",
                        named(pair.to),
                        model.def.key()
                    ))
                    .with_hint(format!("take `.{}(..)` out", named(pair.to))));
                }
                pending.insert(pair.to);
            }
        }
    }
    let required: SmallVec<[usize; 16]> = (model.columns.iter().enumerate())
        .filter(|(_, column)| model.must_be_given(column))
        .map(|(at, _)| at)
        .collect();
    for (row, pending) in rows.iter_mut().zip(&pending) {
        if let Some(fill) = model.spec.fill {
            fill(row);
        }
        let missing = required
            .iter()
            .find(|&&at| !row.columns().contains(at) && !pending.contains(at));
        if let Some(&missing) = missing {
            return Err(Error::config(format!(
                "`{}` of a new {} is required, and not set",
                named(missing),
                model.def.key()
            ))
            .with_hint(format!("set it: `.{}(..)`", named(missing))));
        }
    }
    Ok(())
}

/// Whether both are rows of one model.
fn same_model(one: Option<&TreeStep>, other: Option<&TreeStep>) -> bool {
    match (one, other) {
        (Some(TreeStep::Rows(one)), Some(TreeStep::Rows(other))) => std::ptr::eq(one.meta, other.meta),
        _ => false,
    }
}
