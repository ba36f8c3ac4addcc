//! What stands on tables beside columns, indexes and constraints: removed before fields change, and added when they have.

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::indexes::targets;
use super::model_pair::ModelPair;
use crate::migrate::operation::{AddTableObject, RemoveTableObject};
use crate::model::TableObjectDef;

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
            for object in &changes.removed {
                let operation = DetectedOperation::new(RemoveTableObject {
                    model: pair.model(),
                    object: object.kind(),
                    name: object.name().to_owned(),
                });
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), operation.must(must));
            }
        }
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
