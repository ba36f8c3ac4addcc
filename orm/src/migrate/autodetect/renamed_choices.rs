//! Renamed strings of plain choices, as the variants' `renamed_from` says. Rows that hold one are updated.

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::enums::{RenamedValueLists, values_renamed};
use super::model_pair::ModelPair;
use crate::error::{Error, Result};
use crate::migrate::operation::{ModelChange as _, RenameChoice};

impl Detector<'_> {
    /// Finds renamed strings, and applies them to the old models.
    ///
    /// # Errors
    /// If two requested renames contradict each other.
    pub(super) fn find_renamed_choices(&self, pairs: &mut [ModelPair<'_>]) -> Result<()> {
        for pair in pairs.iter_mut().filter(|pair| !pair.makes_no_table()) {
            let Some(hints) = self.hints.get(&pair.key) else {
                continue;
            };
            for hint in hints
                .fields
                .iter()
                .filter(|field| !field.renamed_choices.is_empty())
            {
                let (before, field) = (pair.before(&hint.name), pair.new.field(&hint.name));
                let (Some(before), Some(field)) = (before, field) else {
                    continue;
                };
                let name = format!("{}.{}", pair.key, field.name);
                let is_its_own = before.enum_type.is_some();
                if is_its_own && field.enum_type.is_some() {
                    continue;
                }
                let history = self.history;
                let renamed = values_renamed(
                    &RenamedValueLists {
                        prefix: format!("{name}."),
                        old: &before.choices,
                        new: &field.choices,
                        was: &|old, new| history.choice_renamed(&pair.key.app, old, new),
                    },
                    &hint.renamed_choices,
                    |_, _| Ok(()),
                )?;
                if is_its_own && !renamed.is_empty() {
                    return Err(Error::unsupported(format!(
                        "{name} has an enum type no more, and its texts are renamed in the same run"
                    ))
                    .with_hint("make it in two rounds: rename the texts and run makemigrations, then let go of the type"));
                }
                let (old_name, new_name) = (before.name.clone(), field.name.clone());
                for (old, new) in renamed {
                    let rename = RenameChoice {
                        model: pair.model(),
                        field: old_name.clone(),
                        old,
                        new,
                    };
                    rename.change(pair.old.to_mut())?;
                    pair.choices.push(RenameChoice {
                        field: new_name.clone(),
                        ..rename
                    });
                }
            }
        }
        Ok(())
    }

    pub(super) fn renamed_choices(&mut self, pairs: &[ModelPair<'_>]) {
        for pair in pairs {
            for rename in &pair.choices {
                let mut must = self.after_rename(&pair.key);
                must.extend(self.until_not_part_of_keys(&pair.key, pair.was(&rename.field)));
                // What waits until the field is as it will be waits for its values, too.
                let altered = Dependency::AlterField(pair.key.clone(), rename.field.clone());
                let operation = DetectedOperation::new(rename.clone()).also(altered);
                self.push(pair.app(), operation.must(must));
            }
        }
    }
}
