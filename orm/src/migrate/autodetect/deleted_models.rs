//! Models that only the old state has.

use super::Detector;
use super::creation_order::creation_order;
use super::draft::Needs;
use crate::migrate::operation::{DeleteModel, RemoveConstraint, RemoveField, RemoveIndex};
use crate::migrate::state::user_of;
use crate::model::ModelDef;

impl Detector<'_> {
    /// Deletes them, those that point at others first; keys that close a circle are removed before.
    pub(super) fn deleted_models(&mut self) {
        let deleted = self.deleted();
        let from = self.from;
        let plan = creation_order(deleted.iter().filter_map(|key| from.model(key)));
        for (key, field) in &plan.deferred {
            if let Some(model) = from.model(key) {
                self.free_field(model, field);
                let remove = RemoveField {
                    model: key.model.clone(),
                    field: field.clone(),
                };
                self.push(key, remove, Needs::default());
            }
        }
        for key in plan.order.iter().rev() {
            let mut needs = Needs::default();
            for (owner, field) in from.incoming(key) {
                if deleted.contains(&owner) && !plan.deferred.contains(&(owner.clone(), field.name.clone())) {
                    needs.gone.push(owner);
                } else {
                    needs.freed.push((owner, field.name.clone()));
                }
            }
            let delete = DeleteModel {
                model: key.model.clone(),
            };
            self.push(key, delete, needs);
        }
    }

    /// Removes indexes and constraints over a field that has to go before its model does.
    fn free_field(&mut self, model: &ModelDef, field: &str) {
        let mut model = model.clone();
        while let Some(user) = user_of(&model, field).map(str::to_owned) {
            let key = model.key();
            let before = model.indexes.len();
            model.indexes.retain(|index| index.name != user);
            if model.indexes.len() < before {
                let remove = RemoveIndex {
                    model: key.model.clone(),
                    index: user,
                };
                self.push(&key, remove, Needs::default());
            } else {
                model.constraints.retain(|constraint| constraint.name() != user);
                let remove = RemoveConstraint {
                    model: key.model.clone(),
                    constraint: user,
                };
                self.push(&key, remove, Needs::default());
            }
        }
    }
}
