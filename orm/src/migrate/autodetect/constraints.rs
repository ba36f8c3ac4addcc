//! Constraints that are gone, new, or say something else under the same name.

use super::Detector;
use super::draft::Needs;
use crate::migrate::operation::{AddConstraint, RemoveConstraint};

impl Detector<'_> {
    pub(super) fn removed_constraints(&mut self) {
        for (old, new) in self.kept() {
            let gone = old
                .constraints
                .iter()
                .filter(|constraint| !new.constraints.contains(constraint));
            for constraint in gone {
                let remove = RemoveConstraint {
                    model: old.name.clone(),
                    constraint: constraint.name().to_owned(),
                };
                self.push(&old.key(), remove, Needs::default());
            }
        }
    }

    pub(super) fn added_constraints(&mut self) {
        for (old, new) in self.kept() {
            let added = new
                .constraints
                .iter()
                .filter(|constraint| !old.constraints.contains(constraint));
            for constraint in added {
                let add = AddConstraint {
                    model: new.name.clone(),
                    constraint: constraint.clone(),
                };
                self.push(&new.key(), add, Needs::default());
            }
        }
    }
}
