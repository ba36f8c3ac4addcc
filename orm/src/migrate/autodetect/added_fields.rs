//! New fields.

use std::collections::BTreeSet;

use super::Detector;
use super::created_models::reads;
use super::detected_operation::{Dependency, DetectedOperation, referred_to};
use super::model_pair::ModelPair;
use crate::error::Result;
use crate::migrate::operation::AddField;
use crate::model::FieldDef;

impl Detector<'_> {
    pub(super) fn added_fields(&mut self, pairs: &[ModelPair<'_>]) -> Result<()> {
        for pair in pairs {
            let added = pair.added();
            for &field in &added {
                self.added_field(pair, field, &added)?;
            }
        }
        Ok(())
    }

    /// `added` are all new fields of the model.
    pub(super) fn added_field(
        &mut self,
        pair: &ModelPair<'_>,
        field: &FieldDef,
        added: &[&FieldDef],
    ) -> Result<()> {
        let key = &pair.key;
        let mut needs = vec![Dependency::RemoveField(key.clone(), field.name.clone())];
        needs.extend(referred_to(field));
        if field.generated_as.is_some() {
            let read: BTreeSet<&str> = reads(field).collect();
            let new = added.iter().filter(|other| other.name != field.name);
            let before = new.filter(|other| other.to.is_some() || read.contains(other.name.as_str()));
            needs.extend(before.map(|other| Dependency::CreateField(key.clone(), other.name.clone())));
        }
        let fill = match pair.makes_no_table() {
            true => None,
            false => self.fill_of_new(key, field)?,
        };
        let operation = DetectedOperation::new(AddField {
            model: pair.model(),
            field: field.clone(),
            fill,
        });
        let mut must = self.after_renames(key, field);
        must.extend(self.until_unique(field));
        must.extend(self.until_keys_can_be_joined(key, field));
        if field.primary_key {
            must.extend(self.until_key_not_stood_on(key));
            must.extend(self.until_not_joined(key));
        }
        must.extend(reads(field).map(|name| Dependency::CreateField(key.clone(), name.to_owned())));
        self.push(pair.app(), operation.needs(needs).must(must));
        Ok(())
    }
}
