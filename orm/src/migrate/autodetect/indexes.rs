//! Indexes that are gone, new, or over something else under the same name.

use super::Detector;
use super::draft::Needs;
use crate::migrate::operation::{AddIndex, RemoveIndex};

impl Detector<'_> {
    pub(super) fn removed_indexes(&mut self) {
        for (old, new) in self.kept() {
            for index in old.indexes.iter().filter(|index| !new.indexes.contains(index)) {
                let remove = RemoveIndex {
                    model: old.name.clone(),
                    index: index.name.clone(),
                };
                self.push(&old.key(), remove, Needs::default());
            }
        }
    }

    pub(super) fn added_indexes(&mut self) {
        for (old, new) in self.kept() {
            for index in new.indexes.iter().filter(|index| !old.indexes.contains(index)) {
                let add = AddIndex {
                    model: new.name.clone(),
                    index: index.clone(),
                };
                self.push(&new.key(), add, Needs::default());
            }
        }
    }
}
