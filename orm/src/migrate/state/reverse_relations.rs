//! Which models point at a model, and which use an enum type.

use std::collections::{BTreeMap, BTreeSet};

use super::EnumKey;
use crate::model::{ModelDef, ModelKey};

/// An index, so that a change of one model need not read all others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ReverseRelations {
    pointing: BTreeMap<ModelKey, BTreeSet<ModelKey>>,
    enums: BTreeMap<EnumKey, BTreeSet<ModelKey>>,
}

impl ReverseRelations {
    pub fn insert(&mut self, key: &ModelKey, model: &ModelDef) {
        for to in model.refers_to() {
            self.pointing.entry(to.clone()).or_default().insert(key.clone());
        }
        for field in &model.fields {
            if let Some(name) = &field.enum_type {
                let used = EnumKey::new(&model.app, name);
                self.enums.entry(used).or_default().insert(key.clone());
            }
        }
    }

    pub fn remove(&mut self, key: &ModelKey, model: &ModelDef) {
        for to in model.refers_to() {
            take(&mut self.pointing, to, key);
        }
        for field in &model.fields {
            if let Some(name) = &field.enum_type {
                take(&mut self.enums, &EnumKey::new(&model.app, name), key);
            }
        }
    }

    /// Models with a relation to `target`, including itself.
    pub fn pointing_at(&self, target: &ModelKey) -> impl Iterator<Item = &ModelKey> {
        self.pointing.get(target).into_iter().flatten()
    }

    /// Models with a field of an enum type.
    pub fn using(&self, name: &EnumKey) -> impl Iterator<Item = &ModelKey> {
        self.enums.get(name).into_iter().flatten()
    }
}

fn take<K: Ord>(reverse_relations: &mut BTreeMap<K, BTreeSet<ModelKey>>, of: &K, key: &ModelKey) {
    if let Some(owners) = reverse_relations.get_mut(of) {
        owners.remove(key);
        if owners.is_empty() {
            reverse_relations.remove(of);
        }
    }
}
