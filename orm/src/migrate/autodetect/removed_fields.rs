//! Fields that are gone, or have to make way for another kind of field of their name.

use super::draft::Needs;
use super::{Detector, replaced};
use crate::migrate::operation::RemoveField;

impl Detector<'_> {
    pub(super) fn removed_fields(&mut self) {
        for (old, new) in self.kept() {
            for field in &old.fields {
                if new.field(&field.name).is_none_or(|now| replaced(field, now)) {
                    let remove = RemoveField {
                        model: old.name.clone(),
                        field: field.name.clone(),
                    };
                    self.push(&old.key(), remove, Needs::default());
                }
            }
        }
    }
}
