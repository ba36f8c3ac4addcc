//! The ordering of a model, whose table it is, its comment and its name.

use super::Detector;
use super::draft::Draft;
use super::pair::Pair;
use crate::migrate::operation::{AlterModelOptions, AlterModelTable, AlterModelTableComment};

impl Detector<'_> {
    pub(super) fn options(&mut self, pairs: &[Pair<'_>]) {
        for pair in pairs {
            if pair.old.ordering != pair.new.ordering || pair.old.unmanaged != pair.new.unmanaged {
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), Draft::new(AlterModelOptions::of(pair.new)).must(must));
            }
        }
    }

    pub(super) fn comments(&mut self, pairs: &[Pair<'_>]) {
        for pair in pairs.iter().filter(|pair| pair.old.comment != pair.new.comment) {
            let draft = Draft::new(AlterModelTableComment {
                model: pair.model(),
                comment: pair.new.comment.clone(),
            });
            let must = self.after_rename(&pair.key);
            self.push(pair.app(), draft.must(must));
        }
    }

    pub(super) fn tables(&mut self, pairs: &[Pair<'_>]) {
        for pair in pairs.iter().filter(|pair| pair.old.table != pair.new.table) {
            let draft = Draft::new(AlterModelTable {
                model: pair.model(),
                table: pair.new.table.clone(),
            });
            let must = self.after_rename(&pair.key);
            self.push(pair.app(), draft.must(must));
        }
    }
}
