//! Models that only the old state has.

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use crate::migrate::operation::{DeleteModel, RemoveField};
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::FieldType;

impl Detector<'_> {
    /// Removes relations to other models, then the models. The optimizer drops the first step where nothing is
    /// in between.
    pub(super) fn deleted_models(&mut self) {
        for model in self.deleted() {
            let key = model.key();
            let mut relations: Vec<&FieldDef> = model
                .fields
                .iter()
                .filter(|field| field.to.is_some() && model.view.is_none())
                .collect();
            relations.sort_by(|a, b| a.name.cmp(&b.name));
            let own: Vec<Dependency> = relations
                .iter()
                .map(|field| Dependency::RemoveField(key.clone(), field.name.clone()))
                .collect();
            // A primary key is dropped with its table.
            for field in relations.iter().filter(|field| !field.primary_key) {
                let operation = DetectedOperation::new(RemoveField {
                    model: key.model.clone(),
                    field: field.name.clone(),
                });
                self.push(&key.app, operation);
            }
            let constraints = self.removed_with(model);
            let needs = self.free_of(model).into_iter().chain(own).chain(constraints);
            let operation = DetectedOperation::new(DeleteModel {
                model: key.model.clone(),
            });
            self.push(
                &key.app,
                operation.needs(needs).must(self.until_nothing_goes_through(&key)),
            );
        }
    }

    /// Relations to the model must be removed or altered first.
    pub(super) fn free_of(&self, model: &ModelDef) -> Vec<Dependency> {
        let key = model.key();
        let mut needs = Vec::new();
        for (owner, field) in self.from.incoming(&key) {
            let (owner, name) = self.now(&owner, &field.name);
            let whole =
                field.primary_key || self.from.model(&owner).is_some_and(|owner| owner.view.is_some());
            if whole && self.to.model(&owner).is_none() {
                needs.push(Dependency::RemoveModel(owner));
                continue;
            }
            needs.push(Dependency::RemoveField(owner.clone(), field.name.clone()));
            if field.ty != FieldType::ManyToMany {
                needs.push(Dependency::AlterField(owner, name));
            }
        }
        for (owner, composite) in self.from.incoming_composite(&key) {
            needs.push(self.until_removed(owner, composite));
        }
        needs
    }

    /// Fields that went through the model go through something else first.
    fn until_nothing_goes_through(&self, key: &ModelKey) -> Vec<Dependency> {
        let incoming = self.from.incoming(key);
        let through = incoming.filter(|(_, field)| field.through.as_ref() == Some(key));
        let altered = through.map(|(owner, field)| {
            let (owner, name) = self.now(&owner, &field.name);
            Dependency::AlterField(owner, name)
        });
        altered.collect()
    }
}
