//! Fields that are gone.

use super::Detector;
use super::created_models::reads;
use super::draft::{Dependency, Draft};
use super::pair::Pair;
use crate::migrate::operation::RemoveField;
use crate::model::FieldDef;

impl Detector<'_> {
    pub(super) fn removed_fields(&mut self, pairs: &[Pair<'_>]) {
        for pair in pairs {
            for field in pair.removed() {
                self.removed_field(pair, field);
            }
        }
    }

    pub(super) fn removed_field(&mut self, pair: &Pair<'_>, field: &FieldDef) {
        let key = &pair.key;
        let mut must = self.after_rename(key);
        must.push(Dependency::RemoveIndexOrConstraint(key.clone()));
        // What is computed from it is gone before, or computed from something else.
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
        let draft = Draft::new(RemoveField {
            model: pair.model(),
            field: field.name.clone(),
        });
        self.push(pair.app(), draft.must(must));
    }
}
