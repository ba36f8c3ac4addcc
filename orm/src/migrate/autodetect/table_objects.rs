//! What stands on tables beside columns, indexes and constraints: removed before fields change, and added when they have.

use super::Detector;
use super::detected_operation::DetectedOperation;
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
        if self.makes_no_table() {
            let goes = |object: &&TableObjectDef| object.fields().into_iter().any(|field| self.goes(field));
            changes.removed = self.old.objects.iter().filter(goes).collect();
            return changes;
        }
        let carried: Vec<TableObjectDef> = (self.old.objects.iter())
            .map(|object| {
                let mut object = object.clone();
                object.rename_fields(&mut |field| *field = self.now(field).to_owned());
                object
            })
            .collect();
        let stays = |at: usize| self.new.objects.contains(&carried[at]);
        let old = self.old.objects.iter().enumerate();
        changes.removed = old
            .filter(|(at, _)| !stays(*at))
            .map(|(_, object)| object)
            .collect();
        let new = self.new.objects.iter();
        changes.added = new.filter(|object| !carried.contains(object)).collect();
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
                must.extend(self.name_is_free(object.name()));
                self.push(pair.app(), operation.needs(targets(pair)).must(must));
            }
        }
    }
}
