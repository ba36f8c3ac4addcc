//! Policies in SQL may read other tables: they come after what they name, and go before it does.

use std::collections::BTreeMap;

use super::Detector;
use super::detected_operation::Dependency;
use super::views::{Readers, taken_by};
use crate::migrate::operation::Operation;
use crate::migrate::state::ProjectState;
use crate::model::{ModelKey, TableObjectDef, TableObjectKind};

impl Detector<'_> {
    pub(super) fn order_policies(&mut self) {
        let (from, to) = (self.from, self.to);
        let now = |key: &ModelKey| self.renamed_to.get(key).unwrap_or(key).clone();
        let mut let_go: BTreeMap<ModelKey, Vec<Dependency>> = BTreeMap::new();
        for (key, model) in from.models() {
            let holder = now(key);
            for object in &model.objects {
                for read in named_in(object, key, from) {
                    let gone = match to.model(&holder) {
                        Some(_) => {
                            Dependency::RemoveIndexOrConstraint(holder.clone(), object.name().to_owned())
                        }
                        None => Dependency::RemoveModel(holder.clone()),
                    };
                    let_go.entry(now(read)).or_default().push(gone);
                }
            }
        }
        let mut readers = Readers::default();
        for (app, found) in self.all_detected() {
            if let Operation::AddTableObject(add) = &found.operation {
                readers.read_too(named_in(&add.object, &ModelKey::new(app, &add.model), to));
            }
        }
        for (app, found) in self.first.iter_mut().chain(&mut self.detected) {
            for operation in found {
                if let Operation::AddTableObject(add) = &operation.operation {
                    let read = named_in(&add.object, &ModelKey::new(app, &add.model), to);
                    operation
                        .must
                        .extend(read.into_iter().cloned().map(Dependency::ReshapeTable));
                }
                if let Some(of) = readers.changed_by(app, operation) {
                    operation.provide(Dependency::ReshapeTable(of));
                }
                if let Some(of) = taken_by(app, operation) {
                    let waits = let_go.get(&of).into_iter().flatten();
                    operation.must.extend(waits.cloned());
                }
            }
        }
    }
}

/// The other models whose tables the SQL of a policy names.
fn named_in<'s>(object: &TableObjectDef, own: &ModelKey, state: &'s ProjectState) -> Vec<&'s ModelKey> {
    if object.kind() != TableObjectKind::Policy {
        return Vec::new();
    }
    let models = state.models().iter();
    models
        .filter(|(key, model)| *key != own && object.mentions(&model.table_name().name))
        .map(|(key, _)| key)
        .collect()
}
