//! Indexes that are gone, new, or have another name.

use super::Detector;
use super::draft::{Dependency, Draft, target};
use super::pair::{IndexChanges, Pair};
use crate::migrate::operation::{AddIndex, RemoveIndex, RenameIndex};

impl Detector<'_> {
    pub(super) fn removed_indexes(&mut self, pairs: &[Pair<'_>], changes: &[IndexChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for index in &changes.removed {
                let draft = Draft::new(RemoveIndex {
                    model: pair.model(),
                    index: index.name.clone(),
                });
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), draft.must(must));
            }
        }
    }

    pub(super) fn renamed_indexes(&mut self, pairs: &[Pair<'_>], changes: &[IndexChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for (old, new) in &changes.renamed {
                let draft = Draft::new(RenameIndex {
                    model: pair.model(),
                    old: old.name.clone(),
                    new: new.name.clone(),
                });
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), draft.must(must));
            }
        }
    }

    pub(super) fn added_indexes(&mut self, pairs: &[Pair<'_>], changes: &[IndexChanges<'_>]) {
        for (pair, changes) in pairs.iter().zip(changes) {
            for &index in &changes.added {
                let draft = Draft::new(AddIndex {
                    model: pair.model(),
                    index: index.clone(),
                });
                let fields = index.fields.iter().map(|field| field.trim_start_matches('-'));
                let must = self.fields_are_there(pair, fields);
                self.push(pair.app(), draft.needs(targets(pair)).must(must));
            }
        }
    }

    /// What is over fields comes after the fields are what they shall be.
    pub(super) fn fields_are_there<'b>(
        &self,
        pair: &Pair<'_>,
        fields: impl Iterator<Item = &'b str>,
    ) -> Vec<Dependency> {
        let mut must = self.after_rename(&pair.key);
        for field in fields {
            must.push(Dependency::CreateField(pair.key.clone(), field.to_owned()));
        }
        must
    }
}

/// Django has what is new over a model wait for everything that the model points at.
pub(super) fn targets(pair: &Pair<'_>) -> impl Iterator<Item = Dependency> {
    pair.new.fields.iter().filter_map(target)
}
