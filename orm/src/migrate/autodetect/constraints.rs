//! Constraints: removed, added, or with another message.

use super::Detector;
use super::composite_foreign_keys::{differ_only_in_words, pointed_at};
use super::detected_operation::DetectedOperation;
use super::indexes::targets;
use super::model_pair::{ConstraintChanges, ModelPair};
use crate::migrate::operation::{AddConstraint, AlterConstraint, RemoveConstraint};
use crate::model::ConstraintDef;

impl Detector<'_> {
    /// Foreign keys first, since what they stand on waits for them.
    pub(super) fn removed_constraints(&mut self, pairs: &[ModelPair<'_>], changes: &[ConstraintChanges<'_>]) {
        for (of_keys, (pair, changes)) in in_two_rounds(pairs, changes, true) {
            let removed = changes.removed.iter();
            for constraint in removed.filter(|one| one.foreign_key().is_some() == of_keys) {
                let operation = DetectedOperation::new(RemoveConstraint {
                    model: pair.model(),
                    constraint: constraint.name().to_owned(),
                });
                let mut must = self.after_rename(&pair.key);
                let (stood_on, files) = self.until_not_stood_on(&pair.key, constraint);
                must.extend(stood_on);
                self.push(pair.app(), operation.needs(files).must(must));
            }
        }
    }

    /// Foreign keys last, since they wait for what they stand on.
    pub(super) fn added_constraints(&mut self, pairs: &[ModelPair<'_>], changes: &[ConstraintChanges<'_>]) {
        for (of_keys, (pair, changes)) in in_two_rounds(pairs, changes, false) {
            let added = changes.added.iter().copied();
            for constraint in added.filter(|one| one.foreign_key().is_some() == of_keys) {
                let operation = DetectedOperation::new(AddConstraint {
                    model: pair.model(),
                    constraint: constraint.clone(),
                });
                let mut must = self.fields_are_there(pair, constraint.fields().into_iter());
                must.extend(self.name_is_free(constraint.name()));
                if let Some(key) = constraint.foreign_key() {
                    must.extend(self.until_it_can_point(&pair.key, key));
                }
                let operation = operation.needs(targets(pair)).needs(pointed_at(constraint));
                self.push(pair.app(), operation.must(must));
            }
        }
    }

    pub(super) fn altered_constraints(&mut self, pairs: &[ModelPair<'_>], changes: &[ConstraintChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for &constraint in &changes.altered {
                let operation = DetectedOperation::new(AlterConstraint {
                    model: pair.model(),
                    constraint: constraint.clone(),
                });
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), operation.needs(targets(pair)).must(must));
            }
        }
    }
}

/// The changes of all models twice: for the foreign keys among them (`true`) and for the others.
fn in_two_rounds<'r, 'p, 'c>(
    pairs: &'r [ModelPair<'p>],
    changes: &'r [ConstraintChanges<'c>],
    first: bool,
) -> impl Iterator<Item = (bool, (&'r ModelPair<'p>, &'r ConstraintChanges<'c>))> {
    let round = move |of_keys: bool| pairs.iter().zip(changes).map(move |both| (of_keys, both));
    round(first).chain(round(!first))
}

impl ModelPair<'_> {
    /// Whether two constraints of one name are equal to the database. In a unique constraint, a renamed field
    /// that keeps its column is the same field.
    pub(super) fn differ_only_in_words(&self, old: &ConstraintDef, new: &ConstraintDef) -> bool {
        match (old, new) {
            (ConstraintDef::Unique(old), ConstraintDef::Unique(new)) => {
                let mut carried = old.clone();
                carried.message.clone_from(&new.message);
                carried.rename_fields(&mut |field| self.follow_kept_column(field));
                carried == *new
            }
            (ConstraintDef::Exclusion(old), ConstraintDef::Exclusion(new)) => {
                let mut carried = old.clone();
                carried.message.clone_from(&new.message);
                carried.rename_fields(&mut |field| self.follow_kept_column(field));
                carried == *new
            }
            (ConstraintDef::Check { condition: old, .. }, ConstraintDef::Check { condition: new, .. }) => {
                old == new
            }
            (ConstraintDef::ForeignKey(old), ConstraintDef::ForeignKey(new)) => {
                differ_only_in_words(old, new)
            }
            (
                ConstraintDef::Unique(_)
                | ConstraintDef::Exclusion(_)
                | ConstraintDef::ForeignKey(_)
                | ConstraintDef::Check { .. },
                _,
            ) => false,
        }
    }
}
