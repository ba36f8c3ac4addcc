//! Changed ordering and comments.

use super::Detector;
use super::draft::Needs;
use crate::migrate::operation::AlterModelOptions;

impl Detector<'_> {
    pub(super) fn options(&mut self) {
        for (old, new) in self.kept() {
            if old.ordering != new.ordering || old.comment != new.comment {
                self.push(&new.key(), AlterModelOptions::of(new), Needs::default());
            }
        }
    }
}
