//! The optimizer: the same changes in fewer operations.
//!
//! Each operation is compared with those after it. The first that it merges with
//! ([`Reduction::Replace`](super::operation::Reduction)) is moved next to it, or it next to that one, if everything
//! in between allows it; then the search starts again, until nothing merges. This is Django's search order, so the
//! result is in Django's order, too.
//!
//! Most pairs of operations are unrelated. [`index`] finds candidates to merge with and operations that may block,
//! and only these are compared, so the work grows with the number of matches and not with the square of the list.

#[cfg(all(test, feature = "sqlite"))]
mod databases;
#[cfg(test)]
mod golden;
mod index;
#[cfg(test)]
mod laws;
mod pointers;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use super::operation::{AccessKind, ObjectAccesses, Operation, Reduction, SchemaObject};
use super::state::ProjectState;
use index::{OperationIndex, Side};
use pointers::Pointers;

/// Gap between the positions of neighbours, so that results fit in between.
const GAP: u64 = 1 << 16;

/// Returns operations that lead to the same state as `operations` of an app, and are at most as many.
///
/// Elidable operations are dropped, except the only one. What fields point at is known from the operations alone: they should begin
/// with those that make the models.
///
/// # Example: made, and gone again
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::operation::{CreateModel, DeleteModel};
/// use orm::migrate::optimize;
///
/// let state = blog::migrations()?.state()?;
/// let tag = state.models().values().find(|model| model.name == "Tag").expect("the model is there");
/// let operations = vec![CreateModel::of(tag).into(), DeleteModel { model: "Tag".to_owned() }.into()];
/// assert!(optimize(operations, "blog").is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn optimize(operations: Vec<Operation>, app: &str) -> Vec<Operation> {
    optimize_from(&ProjectState::default(), operations, app)
}

/// The same, from the models that are there before.
pub(super) fn optimize_from(before: &ProjectState, operations: Vec<Operation>, app: &str) -> Vec<Operation> {
    let operations = without_elidable(operations);
    let pointers = Pointers::new(before, &operations, app);
    let mut list = OperationList::new(operations, pointers, app);
    while let Some(at) = list.open.pop_first() {
        list.search(at);
    }
    list.operations.into_values().collect()
}

/// Whether it changes the options of a model, and so its ordering.
fn has_options(accesses: &ObjectAccesses<'_>) -> bool {
    let mut all = accesses.iter();
    all.any(|access| matches!(access.object, SchemaObject::Options(_)))
}

fn orders_by(accesses: &ObjectAccesses<'_>, field: SchemaObject<'_>) -> bool {
    has_options(accesses) && accesses.has(AccessKind::Reads, field)
}

/// Drops elidable operations, but not the last operation.
fn without_elidable(mut operations: Vec<Operation>) -> Vec<Operation> {
    let last = operations.pop();
    let mut kept: Vec<Operation> = operations
        .into_iter()
        .filter(|operation| !operation.elidable())
        .collect();
    kept.extend(last.filter(|last| kept.is_empty() || !last.elidable()));
    kept
}

/// The list being optimized.
struct OperationList<'a> {
    app: &'a str,
    operations: BTreeMap<u64, Operation>,
    index: OperationIndex<'a>,
    pointers: Pointers,
    /// Operations that may still merge with another.
    open: BTreeSet<u64>,
    /// Operations whose partner is known but blocked, and its position.
    waiting: BTreeMap<u64, u64>,
}

impl<'a> OperationList<'a> {
    fn new(operations: Vec<Operation>, pointers: Pointers, app: &'a str) -> Self {
        let mut list = OperationList {
            app,
            operations: BTreeMap::new(),
            index: OperationIndex::new(app),
            pointers,
            open: BTreeSet::new(),
            waiting: BTreeMap::new(),
        };
        for (at, operation) in (1..).zip(operations) {
            list.index.insert(at * GAP, &operation);
            list.operations.insert(at * GAP, operation);
            list.open.insert(at * GAP);
        }
        list
    }

    /// Finds the operation to merge with, and merges the two.
    fn search(&mut self, at: u64) {
        self.waiting.remove(&at);
        let Some(operation) = self.operations.get(&at) else {
            return;
        };
        let found = self.index.partners(at, operation).find_map(|other_at| {
            let other = self.operations.get(&other_at)?;
            match operation.reduce(other, self.app) {
                Reduction::Replace(both) => Some((other_at, other, both)),
                Reduction::Hop | Reduction::Barrier => None,
            }
        });
        let Some((other_at, other, both)) = found else {
            return;
        };
        let strands = self.strands(at, operation, other);
        if !strands && self.passes_right(at, operation, other_at) {
            self.replace(at, other_at, both, other_at);
        } else if let Some(between) = self.passed_left(at, other_at, other).filter(|_| !strands) {
            for (place, operation) in between {
                self.put(place, operation);
            }
            self.replace(at, other_at, both, at);
        } else {
            self.waiting.insert(at, other_at);
        }
    }

    /// Whether the operation can move to its partner.
    fn passes_right(&self, at: u64, operation: &Operation, other_at: u64) -> bool {
        self.index
            .in_the_way(operation, Side::Right, at, other_at)
            .all(|between| {
                let between = self.operations.get(&between);
                between.is_none_or(|between| operation.reduce(between, self.app) == Reduction::Hop)
            })
            && !self.lets_go_too_late(at, operation, other_at)
    }

    /// Whether the operation, moved to its partner, would take a field from what it names after that is gone.
    fn lets_go_too_late(&self, at: u64, operation: &Operation, other_at: u64) -> bool {
        let accesses = operation.accesses(self.app);
        self.pointers.let_go(&accesses)
            && self.between(at, other_at).any(|between| {
                let between = between.accesses(self.app);
                self.pointers.keep_order(&accesses, &between)
            })
    }

    /// Whether the partner, moved to the operation, would take away what a field in between still names.
    fn takes_away_too_early(&self, at: u64, other_at: u64, other: &Operation) -> bool {
        let accesses = other.accesses(self.app);
        self.pointers.take_away(&accesses)
            && self.between(at, other_at).any(|between| {
                let between = between.accesses(self.app);
                self.pointers.keep_order(&between, &accesses)
            })
    }

    fn between(&self, at: u64, other_at: u64) -> impl Iterator<Item = &Operation> {
        let range = self.operations.range((Excluded(at), Excluded(other_at)));
        range.map(|(_, operation)| operation)
    }

    /// The operations in between that change if the partner moves to the operation; `None` if it cannot.
    fn passed_left(&self, at: u64, other_at: u64, other: &Operation) -> Option<Vec<(u64, Operation)>> {
        if self.takes_away_too_early(at, other_at, other) {
            return None;
        }
        let mut changed = Vec::new();
        for place in self.index.in_the_way(other, Side::Left, at, other_at) {
            if let Cow::Owned(behind) = self.operations.get(&place)?.behind(other, self.app)? {
                changed.push((place, behind));
            }
        }
        Some(changed)
    }

    /// Whether a field that is added under its later name would leave the ordering of its model with the earlier one:
    /// an ordering may name a field that comes after it.
    fn strands(&self, at: u64, operation: &Operation, other: &Operation) -> bool {
        let (new, renamed) = (operation.accesses(self.app), other.accesses(self.app));
        let mut left = renamed
            .iter()
            .filter(|access| access.kind == AccessKind::ReleasesName);
        left.any(|access| {
            let SchemaObject::Field(of, _) = access.object else {
                return false;
            };
            new.has(AccessKind::Creates, access.object)
                && self.index.on_model(&of.key(), at).any(|earlier| {
                    let earlier = self.operations.get(&earlier);
                    earlier.is_some_and(|earlier| orders_by(&earlier.accesses(self.app), access.object))
                })
        })
    }

    /// Replaces two operations by their reduction, at the position of one of them.
    fn replace(&mut self, at: u64, other_at: u64, both: Vec<Operation>, home: u64) {
        for gone in [at, other_at] {
            if let Some(operation) = self.operations.remove(&gone) {
                self.index.remove(gone, &operation);
                if has_options(&operation.accesses(self.app)) {
                    // A merge that this ordering prevented may be possible now.
                    self.open.extend(self.waiting.keys());
                }
            }
            self.open.remove(&gone);
            self.waiting.remove(&gone);
        }
        // Partners that one of the two blocked may be reachable now.
        let freed = self.waiting.range(..other_at);
        let freed = freed.filter(|(_, partner)| **partner >= at);
        self.open.extend(freed.map(|(waiting, _)| *waiting));
        let mut place = home;
        for operation in both {
            if self.operations.contains_key(&place) {
                place = self.room_behind(place);
            }
            self.put(place, operation);
        }
    }

    /// Puts an operation at a position, replacing what is there.
    fn put(&mut self, place: u64, operation: Operation) {
        self.open.insert(place);
        self.open.extend(self.index.seekers(place, &operation));
        self.index.insert(place, &operation);
        if let Some(old) = self.operations.insert(place, operation) {
            self.index.remove(place, &old);
            if let Some(operation) = self.operations.get(&place) {
                self.index.insert(place, operation);
            }
        }
    }

    /// A free position between an operation and the next.
    fn room_behind(&mut self, mut at: u64) -> u64 {
        let next = |list: &Self, at| {
            let next = list.operations.range((Excluded(at), Unbounded)).next();
            next.map_or(at + 2 * GAP, |(next, _)| *next)
        };
        if next(self, at) - at < 2 {
            let before = self.operations.range(..at).count() as u64;
            let operations = std::mem::take(&mut self.operations);
            let pointers = std::mem::take(&mut self.pointers);
            *self = OperationList::new(operations.into_values().collect(), pointers, self.app);
            at = (before + 1) * GAP;
        }
        at + (next(self, at) - at) / 2
    }
}
