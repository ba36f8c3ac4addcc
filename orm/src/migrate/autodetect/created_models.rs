//! Models that only the new state has.

use super::Detector;
use super::creation_order::creation_order;
use super::draft::Needs;
use crate::migrate::operation::{AddConstraint, AddField, AddIndex, CreateModel};
use crate::migrate::state::constraint_fields;
use crate::model::{ConstraintDef, IndexDef, ModelDef};

impl Detector<'_> {
    /// Creates them with all their keys; keys that close a circle are added when both sides exist, together with what is
    /// over them.
    pub(super) fn created_models(&mut self) {
        let created = self.created();
        let to = self.to;
        let plan = creation_order(created.iter().filter_map(|key| to.model(key)));
        let waits = |model: &ModelDef, field: &str| {
            plan.deferred
                .contains(&(model.key(), field.trim_start_matches('-').to_owned()))
        };
        let index_waits =
            |model: &ModelDef, index: &IndexDef| index.fields.iter().any(|field| waits(model, field));
        let constraint_waits = |model: &ModelDef, constraint: &ConstraintDef| {
            constraint_fields(constraint)
                .into_iter()
                .any(|field| waits(model, field))
        };
        let models: Vec<&ModelDef> = plan.order.iter().filter_map(|key| to.model(key)).collect();
        for &model in &models {
            let key = model.key();
            let mut create = CreateModel::of(model);
            create.fields.retain(|field| !waits(model, &field.name));
            create.indexes.retain(|index| !index_waits(model, index));
            create
                .constraints
                .retain(|constraint| !constraint_waits(model, constraint));
            let mut needs = Needs::default();
            for field in &create.fields {
                needs.models.extend(self.target_of(&key, field).models);
            }
            needs.gone = self.holders_of_table(model);
            self.push(&key, create, needs);
        }
        for &model in &models {
            let key = model.key();
            let name = || model.name.clone();
            for field in model.fields.iter().filter(|field| waits(model, &field.name)) {
                let add = AddField {
                    model: name(),
                    field: field.clone(),
                    fill: None,
                };
                let needs = self.target_of(&key, field);
                self.push(&key, add, needs);
            }
            for index in model.indexes.iter().filter(|index| index_waits(model, index)) {
                let add = AddIndex {
                    model: name(),
                    index: index.clone(),
                };
                self.push(&key, add, Needs::default());
            }
            for constraint in &model.constraints {
                if constraint_waits(model, constraint) {
                    let add = AddConstraint {
                        model: name(),
                        constraint: constraint.clone(),
                    };
                    self.push(&key, add, Needs::default());
                }
            }
        }
    }

    /// Deleted models whose table has the name that this model's will have.
    fn holders_of_table(&self, model: &ModelDef) -> Vec<crate::model::ModelKey> {
        let table = model.table_name().to_lowercase();
        self.deleted()
            .into_iter()
            .filter(|key| {
                self.from
                    .model(key)
                    .is_some_and(|old| old.table_name().to_lowercase() == table)
            })
            .cloned()
            .collect()
    }
}
