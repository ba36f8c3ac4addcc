//! Policies in SQL may read other tables: they come after what they name, and go before it does.

use std::collections::BTreeMap;

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::views::{Readers, taken_by};
use crate::migrate::operation::{Operation, RemoveTableObject};
use crate::migrate::state::ProjectState;
use crate::model::{ModelKey, TableObjectDef, TableObjectKind};

/// What has to be done before something.
type Waits = BTreeMap<ModelKey, Vec<Dependency>>;

impl Detector<'_> {
    pub(super) fn order_policies(&mut self) {
        let (from, to) = (self.from, self.to);
        let now = |key: &ModelKey| self.renamed_to.get(key).unwrap_or(key).clone();
        // By the table that is read, and by the model that goes with its policies.
        let (mut let_go, mut before_going) = (Waits::new(), Waits::new());
        let mut removals = Vec::new();
        for (key, model) in from.models() {
            let holder = now(key);
            for object in &model.objects {
                let read = named_in(object, key, from);
                let removed = Dependency::RemoveIndexOrConstraint(holder.clone(), object.name().to_owned());
                if !read.is_empty() && to.model(&holder).is_none() {
                    // Not with its table: what it reads may have to go first.
                    let operation = RemoveTableObject {
                        model: key.model.clone(),
                        object: object.kind(),
                        name: object.name().to_owned(),
                    };
                    removals.push((&key.app, operation));
                    before_going.entry(key.clone()).or_default().push(removed.clone());
                }
                for read in read {
                    let_go.entry(now(read)).or_default().push(removed.clone());
                }
            }
        }
        for (app, removal) in removals {
            self.push(app, DetectedOperation::new(removal));
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
                if let Operation::DeleteModel(delete) = &operation.operation {
                    let waits = before_going
                        .get(&ModelKey::new(app, &delete.model))
                        .into_iter()
                        .flatten();
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
