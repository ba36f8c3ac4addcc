//! Foreign keys over several columns: what they wait for, what waits for them, and which are made anew.

use std::collections::BTreeSet;

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::{ConstraintChanges, ModelPair};
use crate::migrate::operation::RemoveConstraint;
use crate::model::{CompositeForeignKeyDef, ConstraintDef, ModelDef, ModelKey, UniqueTogether};

impl Detector<'_> {
    /// Fields were renamed where their model says so, so nothing is left to change in what names them.
    pub(super) fn composite_foreign_keys_follow(&self, pair: &mut ModelPair<'_>) {
        for at in 0..pair.old.constraints.len() {
            let Some(key) = pair.old.constraints[at].foreign_key() else {
                continue;
            };
            let now = |model: &ModelKey, name: &String| {
                let id = (model.clone(), name.clone());
                self.new_field_names.get(&id).unwrap_or(name).clone()
            };
            let followed = CompositeForeignKeyDef {
                fields: key.fields.iter().map(|name| now(&pair.key, name)).collect(),
                to_fields: key.to_fields.iter().map(|name| now(&key.to, name)).collect(),
                ..key.clone()
            };
            if followed != *key {
                pair.old.to_mut().constraints[at] = followed.into();
            }
        }
    }

    /// A foreign key waits until the fields that it points at are there under their names, as they will be and unique together.
    pub(super) fn until_it_can_point(
        &self,
        owner: &ModelKey,
        key: &CompositeForeignKeyDef,
    ) -> Vec<Dependency> {
        let mut must = self.after_rename(&key.to);
        for (own, to) in key.pairs() {
            must.push(Dependency::AlterField(owner.clone(), own.to_owned()));
            must.push(Dependency::CreateField(key.to.clone(), to.to_owned()));
            must.push(Dependency::RenameField(key.to.clone(), to.to_owned()));
            must.push(Dependency::AlterField(key.to.clone(), to.to_owned()));
        }
        let target = self.to.model(&key.to);
        match target.and_then(|target| target.unique_together(&key.to_fields)) {
            Some(UniqueTogether::Constraint(name)) => {
                must.push(Dependency::CreateConstraint(key.to.clone(), name.to_owned()));
            }
            // Others may leave it.
            Some(UniqueTogether::PrimaryKey) => {
                let old_key = self.old_key(&key.to);
                let before = self.from.model(old_key).into_iter();
                for field in before.flat_map(ModelDef::key_fields) {
                    let (_, name) = self.now(old_key, &field.name);
                    must.push(Dependency::RemoveField(key.to.clone(), field.name.clone()));
                    must.push(Dependency::AlterField(key.to.clone(), name));
                }
            }
            None => {}
        }
        must
    }

    /// That a foreign key of the old state is removed.
    pub(super) fn until_removed(&self, owner: &ModelKey, key: &CompositeForeignKeyDef) -> Dependency {
        Dependency::RemoveIndexOrConstraint(self.now_of(owner), key.name.clone())
    }

    /// The foreign keys of the old state that point at a model, also its own.
    fn pointing_at(&self, old: &ModelKey) -> impl Iterator<Item = (&ModelKey, &CompositeForeignKeyDef)> {
        let target = self.from.models().get_key_value(old).into_iter();
        target.flat_map(|(target, model)| {
            let own = model
                .composite_foreign_keys()
                .filter(move |key| key.to == *target);
            own.map(move |key| (target, key))
                .chain(self.from.incoming_composite(target))
        })
    }

    /// A field that goes or changes waits until the foreign keys that go are gone, on both sides.
    pub(super) fn until_not_part_of_keys(&self, model: &ModelKey, old: &str) -> Vec<Dependency> {
        let old_key = self.old_key(model);
        let own = self.from.models().get_key_value(old_key).into_iter();
        let own = own.flat_map(|(owner, model)| model.composite_foreign_keys().map(move |key| (owner, key)));
        let own = own.filter(|(_, key)| key.fields.iter().any(|name| name == old));
        let others = self.pointing_at(old_key);
        let others = others.filter(|(_, key)| key.to_fields.iter().any(|name| name == old));
        own.chain(others)
            .map(|(owner, key)| self.until_removed(owner, key))
            .collect()
    }

    fn now_of(&self, old: &ModelKey) -> ModelKey {
        self.renamed_to.get(old).unwrap_or(old).clone()
    }

    /// What makes fields unique waits until no foreign key stands on it, and the files of other apps that name all of the fields come
    /// before.
    pub(super) fn until_not_stood_on(
        &self,
        model: &ModelKey,
        constraint: &ConstraintDef,
    ) -> (Vec<Dependency>, Vec<Dependency>) {
        let ConstraintDef::Unique(_) = constraint else {
            return (Vec::new(), Vec::new());
        };
        let old_key = self.old_key(model);
        let Some(old) = self.from.model(old_key) else {
            return (Vec::new(), Vec::new());
        };
        let name = UniqueTogether::Constraint(constraint.name());
        let standing = self.pointing_at(old_key);
        let standing = standing.filter(|(_, key)| old.unique_together(&key.to_fields) == Some(name));
        let gone = standing.map(|(owner, key)| self.until_removed(owner, key));
        let mut files: Option<Vec<Dependency>> = None;
        for field in constraint.fields() {
            let naming = self.after_files_that_name(model, field);
            files = Some(match files {
                Some(before) => before.into_iter().filter(|file| naming.contains(file)).collect(),
                None => naming,
            });
        }
        (gone.collect(), files.unwrap_or_default())
    }

    /// A field that comes into the primary key waits until no foreign key stands on that as it was.
    pub(super) fn until_key_not_stood_on(&self, model: &ModelKey) -> Vec<Dependency> {
        let old_key = self.old_key(model);
        let Some(old) = self.from.model(old_key) else {
            return Vec::new();
        };
        let by_key = Some(UniqueTogether::PrimaryKey);
        let standing = self.pointing_at(old_key);
        let standing = standing.filter(|(_, key)| old.unique_together(&key.to_fields) == by_key);
        let gone = standing.map(|(owner, key)| self.until_removed(owner, key));
        gone.collect()
    }

    /// The foreign keys of a deleted model to others go first. The optimizer drops that step where nothing is in between.
    pub(super) fn removed_with(&mut self, model: &ModelDef) -> Vec<Dependency> {
        let owner = model.key();
        let keys: Vec<String> = model
            .composite_foreign_keys()
            .filter(|key| key.to != owner)
            .map(|key| key.name.clone())
            .collect();
        let needs = keys.iter();
        let needs = needs.map(|name| Dependency::RemoveIndexOrConstraint(owner.clone(), name.clone()));
        let needs = needs.collect();
        for constraint in keys {
            let operation = DetectedOperation::new(RemoveConstraint {
                model: owner.model.clone(),
                constraint,
            });
            self.push(&owner.app, operation);
        }
        needs
    }

    /// A foreign key that stays is taken away and made anew where one of its columns, on either side, gets another type, other strings
    /// for its choices or another column to point at, or where what makes the columns that it points at unique goes or is
    /// made anew itself.
    pub(super) fn make_foreign_keys_anew<'b>(
        &self,
        pairs: &'b [ModelPair<'_>],
        changes: &mut [ConstraintChanges<'b>],
    ) {
        let removed: BTreeSet<(&ModelKey, &str)> = (pairs.iter().zip(changes.iter()))
            .flat_map(|(pair, changes)| changes.removed.iter().map(|one| (&pair.key, one.name())))
            .collect();
        let with_other_values: BTreeSet<(&ModelKey, &str)> = pairs
            .iter()
            .flat_map(|pair| {
                pair.choices
                    .iter()
                    .map(move |rename| (&pair.key, rename.field.as_str()))
            })
            .collect();
        let gets_other_values = |pair: &ModelPair<'_>, key: &CompositeForeignKeyDef| {
            key.db_constraint
                && key.pairs().any(|(own, other)| {
                    with_other_values.contains(&(&pair.key, own))
                        || with_other_values.contains(&(&key.to, other))
                })
        };
        for (pair, changes) in pairs.iter().zip(changes) {
            if pair.makes_no_table() {
                continue;
            }
            for constraint in &pair.old.constraints {
                let Some(key) = constraint.foreign_key() else {
                    continue;
                };
                let named = |other: &&ConstraintDef| other.name() == constraint.name();
                let now = pair.new.constraints.iter().find(named);
                let stays = now.is_some_and(|now| changes.altered.contains(&now) || now == constraint);
                let is_made_anew =
                    stays && (gets_other_values(pair, key) || self.stands_otherwise(pair, key, &removed));
                if let Some(now) = now.filter(|_| is_made_anew) {
                    changes.altered.retain(|altered| *altered != now);
                    changes.removed.push(constraint);
                    changes.added.push(now);
                }
            }
        }
    }

    /// `key` is of the old model, with the names of the new state.
    fn stands_otherwise(
        &self,
        pair: &ModelPair<'_>,
        key: &CompositeForeignKeyDef,
        removed: &BTreeSet<(&ModelKey, &str)>,
    ) -> bool {
        let Some(now) = self.to.model(&key.to) else {
            return false;
        };
        let Some(before) = self.from.model(self.old_key(&key.to)) else {
            return true;
        };
        let was = |model: &ModelKey, name: &str| {
            let mut renamed = self.new_field_names.iter();
            let found = renamed.find(|((of, _), new)| of == model && *new == name);
            found.map_or_else(|| name.to_owned(), |((_, old), _)| old.clone())
        };
        let retyped = |key: &ModelKey, before: &ModelDef, now: &ModelDef, name: &str| {
            let stored = |model: &ModelDef, name: &str| {
                let field = model.field(name)?;
                Some((field.ty, field.enum_type.clone()))
            };
            // A foreign key that comes to point at another column holds other values.
            let points_at = |model: &ModelDef, name: &str| {
                let field = model.field(name)?;
                Some((field.to.clone()?, field.to_field.clone()?))
            };
            let old_name = was(key, name);
            let pointed_at = points_at(before, &old_name).map(|(to, field)| self.now(&to, &field));
            stored(before, &old_name) != stored(now, name) || pointed_at != points_at(now, name)
        };
        let own_before = self.from.model(self.old_key(&pair.key)).unwrap_or(&pair.old);
        let mut own = key.fields.iter();
        let mut others = key.to_fields.iter();
        let old_names: Vec<String> = key.to_fields.iter().map(|name| was(&key.to, name)).collect();
        own.any(|name| retyped(&pair.key, own_before, pair.new, name))
            || others.any(|name| retyped(&key.to, before, now, name))
            || match before.unique_together(&old_names) {
                Some(UniqueTogether::Constraint(name)) => removed.contains(&(&key.to, name)),
                stands => stands != now.unique_together(&key.to_fields),
            }
    }

    /// Fields and constraints of unmanaged tables are ignored, but foreign keys name them.
    pub(super) fn watch_composite_foreign_keys(&self, pair: &mut ModelPair<'_>) {
        let own = pair.new.composite_foreign_keys();
        let mut fields: BTreeSet<String> = own.flat_map(|key| &key.fields).cloned().collect();
        let models = self.to.models().values();
        let keys = models.flat_map(|model| model.composite_foreign_keys());
        for key in keys.filter(|key| key.to == pair.key) {
            fields.extend(key.to_fields.iter().cloned());
            if let Some(UniqueTogether::Constraint(name)) = pair.new.unique_together(&key.to_fields) {
                pair.stood_on.insert(name.to_owned());
            }
        }
        pair.pointed_at.extend(fields);
    }
}

/// The model that a constraint points at has to exist.
pub(super) fn pointed_at(constraint: &ConstraintDef) -> Option<Dependency> {
    let key = constraint.foreign_key()?;
    Some(Dependency::CreateModel(key.to.clone()))
}

/// Whether two foreign keys are equal to the database, or differ for rows alone that were there before.
pub(super) fn differ_only_in_words(old: &CompositeForeignKeyDef, new: &CompositeForeignKeyDef) -> bool {
    let carried = CompositeForeignKeyDef {
        relation: new.relation.clone(),
        related_name: new.related_name.clone(),
        not_valid: new.not_valid,
        ..old.clone()
    };
    carried == *new
}
