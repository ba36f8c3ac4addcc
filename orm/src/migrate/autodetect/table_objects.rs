//! What stands on tables beside columns, indexes and constraints: removed before fields change, and added when they have.

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::indexes::targets;
use super::model_pair::ModelPair;
use crate::migrate::operation::{AddTableObject, RemoveTableObject};
use crate::model::{ModelKey, TableObjectDef, TableObjectKind};

/// Changes of what stands on a table. What changes goes and comes again.
#[derive(Default)]
pub(super) struct TableObjectChanges<'b> {
    added: Vec<&'b TableObjectDef>,
    removed: Vec<&'b TableObjectDef>,
}

impl ModelPair<'_> {
    /// Fields that are renamed are the same fields.
    pub(super) fn table_objects(&self) -> TableObjectChanges<'_> {
        let mut changes = TableObjectChanges::default();
        if self.makes_no_table() && self.new.managed_view().is_none() {
            let goes = |object: &&TableObjectDef| object.fields().into_iter().any(|field| self.goes(field));
            changes.removed = self.old.objects.iter().filter(goes).collect();
            return changes;
        }
        let carried: Vec<TableObjectDef> = (self.old.objects.iter())
            .map(|object| {
                let mut object = object.clone();
                object.rename_fields(&mut |field| *field = self.now(field).to_owned());
                object.normalized()
            })
            .collect();
        let wanted: Vec<TableObjectDef> = self.new.objects.iter().map(TableObjectDef::normalized).collect();
        let stays = |at: usize| wanted.contains(&carried[at]);
        let old = self.old.objects.iter().enumerate();
        changes.removed = old
            .filter(|(at, _)| !stays(*at))
            .map(|(_, object)| object)
            .collect();
        let new = self.new.objects.iter().zip(&wanted);
        changes.added = new
            .filter(|(_, wanted)| !carried.contains(wanted))
            .map(|(object, _)| object)
            .collect();
        changes
    }
}

impl Detector<'_> {
    pub(super) fn removed_table_objects(
        &mut self,
        pairs: &[ModelPair<'_>],
        changes: &[TableObjectChanges<'_>],
    ) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for &object in &changes.removed {
                let renamed = self.renamed_tables_named_in(object);
                let old = self.renamed.get(&pair.key);
                // Before all of them, and before its own model, so by the old name of that.
                let old = old
                    .filter(|old| !renamed.is_empty() && old.app == pair.key.app)
                    .cloned();
                let model = old.as_ref().unwrap_or(&pair.key).clone();
                let operation = DetectedOperation::new(RemoveTableObject {
                    model: model.model.clone(),
                    object: object.kind(),
                    name: object.name().to_owned(),
                });
                let removed = Dependency::RemoveIndexOrConstraint(model, object.name().to_owned());
                let own = old.as_ref().map(|_| pair.key.clone());
                for renamed in renamed.into_iter().chain(own) {
                    self.before_renames
                        .entry(renamed)
                        .or_default()
                        .push(removed.clone());
                }
                let must = match old {
                    Some(_) => Vec::new(),
                    None => self.after_rename(&pair.key),
                };
                self.push(pair.app(), operation.must(must));
            }
        }
    }

    /// The models whose tables get another name than the SQL of a policy has. On the way back it is made when they have the old one again, so
    /// it goes before.
    fn renamed_tables_named_in(&self, object: &TableObjectDef) -> Vec<ModelKey> {
        if object.kind() != TableObjectKind::Policy {
            return Vec::new();
        }
        let named = self.renamed_to.iter().filter(|(old, new)| {
            let tables = self.from.model(old).zip(self.to.model(new));
            tables.is_some_and(|(old, new)| {
                old.table_name() != new.table_name() && object.mentions(&old.table_name().name)
            })
        });
        named.map(|(_, new)| new.clone()).collect()
    }

    /// Other tables that its SQL names have to be there, by these names.
    pub(super) fn mentioned_tables(&self, app: &str, object: &TableObjectDef) -> Vec<Dependency> {
        let models = self.to.models().iter();
        let mentioned =
            models.filter(|(key, model)| key.app == app && object.mentions(&model.table_name().name));
        mentioned
            .flat_map(|(key, _)| {
                [
                    Dependency::CreateModel(key.clone()),
                    Dependency::RenameModel(key.clone()),
                    Dependency::NameTable(key.clone()),
                ]
            })
            .collect()
    }

    pub(super) fn added_table_objects(
        &mut self,
        pairs: &[ModelPair<'_>],
        changes: &[TableObjectChanges<'_>],
    ) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for &object in &changes.added {
                let operation = DetectedOperation::new(AddTableObject {
                    model: pair.model(),
                    object: object.clone(),
                });
                let mut must = self.fields_are_there(pair, object.fields().into_iter());
                must.extend(
                    object
                        .name_in_database()
                        .map_or_else(Vec::new, |name| self.name_is_free(name)),
                );
                must.extend(self.mentioned_tables(pair.app(), object));
                self.push(pair.app(), operation.needs(targets(pair)).must(must));
            }
        }
    }
}
