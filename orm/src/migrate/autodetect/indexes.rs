//! Indexes: removed, added or renamed.

use std::collections::BTreeMap;

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation, referred_to};
use super::model_pair::{IndexChanges, ModelPair};
use super::rename_order::{aside_of, steps};
use crate::migrate::operation::{AddIndex, RemoveIndex, RenameIndex};
use crate::model::{ModelDef, QualifiedName};

impl Detector<'_> {
    pub(super) fn removed_indexes(&mut self, pairs: &[ModelPair<'_>], changes: &[IndexChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for index in &changes.removed {
                let operation = DetectedOperation::new(RemoveIndex {
                    model: pair.model(),
                    index: index.name.clone(),
                });
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), operation.must(must));
            }
        }
    }

    /// Index names are unique in their schema, so the renames of all models are ordered together.
    pub(super) fn renamed_indexes(&mut self, pairs: &[ModelPair<'_>], changes: &[IndexChanges<'_>]) {
        let mut pending: BTreeMap<QualifiedName, QualifiedName> = BTreeMap::new();
        let mut owners: BTreeMap<QualifiedName, &ModelPair<'_>> = BTreeMap::new();
        for (pair, changes) in pairs.iter().zip(changes) {
            for (old, new) in &changes.renamed {
                let named = |name: &String| QualifiedName::new(pair.new.schema.clone(), name);
                pending.insert(named(&new.name), named(&old.name));
                owners.insert(named(&old.name), pair);
            }
        }
        let taken = |name: &QualifiedName| {
            let models = self.from.models().values().chain(self.to.models().values());
            models.into_iter().any(|model| has_name(model, &name.name))
        };
        let aside = |name: &QualifiedName, number| name.beside(aside_of(&name.name, number));
        for step in steps(pending, taken, aside) {
            let Some(pair) = owners.remove(&step.old) else {
                continue;
            };
            let mut must = self.after_rename(&pair.key);
            must.extend(self.name_is_free(&step.new.name));
            let operation = DetectedOperation::new(RenameIndex {
                model: pair.model(),
                old: step.old.name,
                new: step.new.name.clone(),
            });
            self.push(pair.app(), operation.must(must));
            owners.insert(step.new, pair);
        }
    }

    /// The name of an index or constraint of any model becomes free when that is removed or renamed.
    pub(super) fn name_is_free(&self, name: &str) -> Vec<Dependency> {
        let models = self.from.models().iter();
        let holders = models.filter(|(_, model)| has_name(model, name));
        let holders = holders.map(|(holder, _)| self.renamed_to.get(holder).unwrap_or(holder));
        holders
            .flat_map(|holder| {
                [
                    Dependency::RemoveIndexOrConstraint(holder.clone(), name.to_owned()),
                    Dependency::RemoveModel(holder.clone()),
                ]
            })
            .collect()
    }

    pub(super) fn added_indexes(&mut self, pairs: &[ModelPair<'_>], changes: &[IndexChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for &index in &changes.added {
                let operation = DetectedOperation::new(AddIndex {
                    model: pair.model(),
                    index: index.clone(),
                });
                let mut must = self.fields_are_there(pair, index.fields().into_iter());
                must.extend(self.name_is_free(&index.name));
                self.push(pair.app(), operation.needs(targets(pair)).must(must));
            }
        }
    }

    /// Indexes and constraints come after the changes of their fields.
    pub(super) fn fields_are_there<'b>(
        &self,
        pair: &ModelPair<'_>,
        fields: impl Iterator<Item = &'b str>,
    ) -> Vec<Dependency> {
        let mut must = self.after_rename(&pair.key);
        for field in fields {
            must.push(Dependency::CreateField(pair.key.clone(), field.to_owned()));
        }
        must
    }
}

/// As in Django, they also wait for everything that the model points at.
pub(super) fn targets(pair: &ModelPair<'_>) -> impl Iterator<Item = Dependency> {
    pair.new.fields.iter().flat_map(referred_to)
}

/// Whether an index, a constraint or a trigger of a model has that name.
fn has_name(model: &ModelDef, name: &str) -> bool {
    let mut indexes = model.indexes.iter();
    let mut constraints = model.constraints.iter();
    let mut objects = model.objects.iter();
    indexes.any(|index| index.name == name)
        || constraints.any(|constraint| constraint.name() == name)
        || objects.any(|object| object.name_in_database() == Some(name))
}
