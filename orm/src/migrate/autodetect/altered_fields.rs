//! Altered fields.

use super::Detector;
use super::created_models::reads;
use super::detected_operation::{Dependency, DetectedOperation, referred_to};
use super::model_pair::{ModelPair, replaced};
use crate::error::Result;
use crate::migrate::operation::AlterField;

impl Detector<'_> {
    pub(super) fn altered_fields(&mut self, pairs: &[ModelPair<'_>]) -> Result<()> {
        for pair in pairs {
            for (before, field) in pair.altered() {
                if self.join_fields.contains(&(pair.key.clone(), field.name.clone())) {
                    // It is altered when its table becomes that of a model, or a model's becomes its own.
                    continue;
                }
                self.refuse_lost_join(pair, &before, field)?;
                if replaced(&before, field) {
                    self.removed_field(pair, &before);
                    self.added_field(pair, field, &[])?;
                    continue;
                }
                let key = &pair.key;
                let fill = match pair.makes_no_table() {
                    true => None,
                    false => self.fill_of_null(key, &before, field)?,
                };
                let mut must = self.after_renames(key, field);
                must.extend(self.until_unique(field));
                let was = pair.was(&field.name);
                must.extend(self.until_not_part_of_keys(key, was));
                if field.primary_key && !before.primary_key {
                    must.extend(self.until_key_not_stood_on(key));
                }
                if field.primary_key != before.primary_key {
                    must.extend(self.until_not_joined(key));
                }
                let mut files = Vec::new();
                if pair.old.is_unique(was) && !pair.new.is_unique(&field.name) {
                    must.extend(self.until_not_pointed_at(key, was));
                    files = self.after_files_that_name(key, was);
                }
                must.extend(reads(field).map(|name| Dependency::CreateField(key.clone(), name.to_owned())));
                let operation = DetectedOperation::new(AlterField {
                    model: pair.model(),
                    field: field.clone(),
                    fill,
                });
                self.push(
                    pair.app(),
                    operation.needs(referred_to(field)).needs(files).must(must),
                );
            }
        }
        Ok(())
    }
}
