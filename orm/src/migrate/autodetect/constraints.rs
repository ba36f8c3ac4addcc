//! Constraints: removed, added, or with another message.

use super::Detector;
use super::detected_operation::DetectedOperation;
use super::indexes::targets;
use super::model_pair::{ConstraintChanges, ModelPair};
use crate::migrate::operation::{AddConstraint, AlterConstraint, RemoveConstraint};

impl Detector<'_> {
    pub(super) fn removed_constraints(&mut self, pairs: &[ModelPair<'_>], changes: &[ConstraintChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for constraint in &changes.removed {
                let operation = DetectedOperation::new(RemoveConstraint {
                    model: pair.model(),
                    constraint: constraint.name().to_owned(),
                });
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), operation.must(must));
            }
        }
    }

    pub(super) fn added_constraints(&mut self, pairs: &[ModelPair<'_>], changes: &[ConstraintChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for &constraint in &changes.added {
                let operation = DetectedOperation::new(AddConstraint {
                    model: pair.model(),
                    constraint: constraint.clone(),
                });
                let mut must = self.fields_are_there(pair, constraint.fields().into_iter());
                must.extend(self.name_is_free(constraint.name()));
                self.push(pair.app(), operation.needs(targets(pair)).must(must));
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
