//! Changed ordering and comments.

use super::Detector;
use super::draft::Needs;
use crate::migrate::operation::{AlterModelOptions, AlterModelTableComment};

impl Detector<'_> {
    pub(super) fn options(&mut self) {
        for (old, new) in self.kept() {
            if old.ordering != new.ordering || old.unmanaged != new.unmanaged {
                self.push(&new.key(), AlterModelOptions::of(new), Needs::default());
            }
            if old.comment != new.comment {
                let comment = AlterModelTableComment {
                    model: new.name.clone(),
                    comment: new.comment.clone(),
                };
                self.push(&new.key(), comment, Needs::default());
            }
        }
    }
}
