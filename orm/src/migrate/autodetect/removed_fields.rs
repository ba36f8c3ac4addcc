//! Fields that are gone.

use super::Detector;
use super::created_models::reads;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::ModelPair;
use crate::migrate::operation::RemoveField;
use crate::model::{ConstraintDef, FieldDef, ModelDef, TableObjectDef};

impl Detector<'_> {
    pub(super) fn removed_fields(&mut self, pairs: &[ModelPair<'_>]) {
        for pair in pairs {
            for field in pair.removed() {
                self.removed_field(pair, field);
            }
        }
    }

    pub(super) fn removed_field(&mut self, pair: &ModelPair<'_>, field: &FieldDef) {
        let key = &pair.key;
        if self.join_fields.contains(&(key.clone(), field.name.clone())) {
            // It is removed when a model takes over its join table.
            return;
        }
        let mut must = self.after_rename(key);
        must.extend(self.until_not_pointed_at(key, &field.name));
        must.extend(self.until_not_part_of_keys(key, &field.name));
        if field.primary_key {
            must.extend(self.until_not_joined(key));
        }
        must.extend(
            users(&pair.old, &field.name)
                .map(|name| Dependency::RemoveIndexOrConstraint(key.clone(), name.to_owned())),
        );
        // Generated fields that read it are removed or altered first.
        for other in pair
            .old
            .fields
            .iter()
            .filter(|other| reads(other).any(|name| name == field.name))
        {
            must.push(Dependency::RemoveField(key.clone(), other.name.clone()));
            must.push(Dependency::AlterField(
                key.clone(),
                pair.now(&other.name).to_owned(),
            ));
        }
        let operation = DetectedOperation::new(RemoveField {
            model: pair.model(),
            field: field.name.clone(),
        });
        let files = self.after_files_that_name(key, &field.name);
        self.push(pair.app(), operation.needs(files).must(must));
    }
}

/// Names of the indexes and constraints over a field, and of the triggers that name it.
fn users<'b>(model: &'b ModelDef, field: &'b str) -> impl Iterator<Item = &'b str> {
    let indexes = model.indexes.iter();
    let indexes = indexes.filter(move |index| index.fields().contains(&field));
    let constraints = model.constraints.iter();
    let constraints = constraints.filter(move |constraint| constraint.fields().contains(&field));
    let objects = model.objects.iter();
    let objects = objects.filter(move |object| object.fields().contains(&field));
    let indexes = indexes.map(|index| index.name.as_str());
    indexes
        .chain(constraints.map(ConstraintDef::name))
        .chain(objects.map(TableObjectDef::name))
}
