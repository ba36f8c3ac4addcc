//! Renamed fields: from `renamed_from`, from an answer, or asked if a removed and an added field have the same
//! definition.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::{ModelPair, same};
use super::rename_order::{RenameSteps, rename_steps};
use super::renamed_models::no_such_answer;
use super::requested_renames::RequestedRenames;
use crate::error::{Error, Result};
use crate::migrate::operation::{AlterField, RenameField};
use crate::migrate::question::{Answer, Question};
use crate::model::{FieldDef, ModelKey};

impl Detector<'_> {
    /// Finds renamed fields.
    ///
    /// # Errors
    /// If the old field does not exist, or two requested renames contradict each other.
    pub(super) fn find_renamed_fields(&mut self, pairs: &mut [ModelPair<'_>]) -> Result<()> {
        for pair in pairs.iter_mut().filter(|pair| pair.has_fields_of_its_own()) {
            let mut requested = self.requested_field_renames(pair)?;
            let mut renames = self.order_field_renames(pair, &requested)?;
            let asked = self.ask_about_fields(pair, &renames)?;
            if !asked.is_empty() {
                for (new, old) in &asked {
                    requested.add_answer(new, old, &old_names(pair))?;
                }
                renames = self.order_field_renames(pair, &requested)?;
            }
            for (new, old) in &renames.old_by_new {
                self.new_field_names
                    .insert((pair.key.clone(), old.clone()), new.clone());
                for key in self.keys_of(&pair.key) {
                    self.answer_source
                        .record_rename(format!("{key}.{old}"), format!("{key}.{new}"));
                }
            }
            pair.renames = renames;
        }
        self.names_follow(pairs);
        Ok(())
    }

    /// Fields that a foreign key points at, or that a many-to-many field goes through, were renamed where their model says so, so
    /// nothing is left to change.
    fn names_follow(&self, pairs: &mut [ModelPair<'_>]) {
        for pair in pairs {
            for at in 0..pair.old.fields.len() {
                let field = &pair.old.fields[at];
                if let (Some(to), Some(name)) = (&field.to, &field.to_field)
                    && let Some(new) = self.new_field_names.get(&(to.clone(), name.clone()))
                {
                    let new = new.clone();
                    pair.old.to_mut().fields[at].to_field = Some(new);
                }
                let field = &pair.old.fields[at];
                let Some(through) = &field.through else { continue };
                let now = |name: &String| self.new_field_names.get(&(through.clone(), name.clone()));
                let names = field.through_fields.iter();
                let names: Vec<String> = names.map(|name| now(name).unwrap_or(name).clone()).collect();
                if names != field.through_fields {
                    pair.old.to_mut().fields[at].through_fields = names;
                }
            }
            self.composite_foreign_keys_follow(pair);
        }
    }

    /// The renames of fields that were requested.
    fn order_field_renames(&self, pair: &ModelPair<'_>, requested: &RequestedRenames) -> Result<RenameSteps> {
        if requested.is_empty() {
            return Ok(RenameSteps::default());
        }
        let names = old_names(pair);
        let fits = |new: &str, old: &str| match (pair.new.field(new), pair.old.field(old)) {
            (Some(new), Some(old)) => alike(pair, old, new),
            _ => false,
        };
        let history = self.history;
        let renames = rename_steps(&names, &requested.pairs(), |cycle| {
            if requested.has_answer(cycle) {
                return true;
            }
            let stayed = cycle.keys().all(|new| fits(new, new));
            let moved = cycle.iter().all(|(new, old)| fits(new, old));
            match (stayed, moved) {
                (true, false) => false,
                (false, true) => true,
                _ => !history.fields_swapped(&pair.key, cycle),
            }
        });
        requested.check(
            &renames,
            &names,
            |old| pair.new.field(old).is_some(),
            |old, new| history.field_renamed(&pair.key.app, old, new),
            |old, new| self.field_declined(&pair.key, old, new),
        )?;
        Ok(renames)
    }

    /// The model's name, and its old one if it was renamed: answers may use either.
    fn keys_of(&self, key: &ModelKey) -> Vec<ModelKey> {
        let before = self.renamed.get(key);
        [key].into_iter().chain(before).cloned().collect()
    }

    /// Whether an answer says that a field was not renamed, or not to that one.
    fn field_declined(&self, model: &ModelKey, old: &str, new: &str) -> bool {
        let keys = [Some(model), self.renamed.get(model)];
        let mut keys = keys.into_iter().flatten();
        keys.any(|key| {
            self.answer_source
                .answers
                .is_declined(&format!("{key}.{old}"), new)
        })
    }

    /// `renamed_from` of fields, and answers that were given, under the model's new name or its old one.
    fn requested_field_renames(&mut self, pair: &ModelPair<'_>) -> Result<RequestedRenames> {
        let mut requested = RequestedRenames::of(format!("{}.", pair.key));
        let fields = self.hints.get(&pair.key).map(|model| &model.fields);
        let looked_at = |field: &&FieldDef| pair.adds(&field.name);
        for field in fields.into_iter().flatten().filter(looked_at) {
            let Some(old) = &field.renamed_from else { continue };
            // A struct that models embed speaks for all of them: for one that never had the old name, or still has a field of
            // its own under it, it is no answer.
            let mut others = fields.into_iter().flatten();
            let is_taken = others.any(|other| other.name == *old && !other.renamed_in_embed);
            if field.renamed_in_embed && (pair.old.field(old).is_none() || is_taken) {
                continue;
            }
            if pair.old.field(old).is_none() && pair.old.field(&field.name).is_none() {
                let key = &pair.key;
                return Err(Error::config(format!(
                    "{key}.{} says it was renamed from {old}, which is not a field of {key} in the migrations",
                    field.name
                ))
                .with_hint("correct `renamed_from`, or take it out if the field is new"));
            }
            requested.add_renamed_from(&field.name, old);
        }
        let all_answers = &self.answer_source.answers.renamed;
        let mut used = Vec::new();
        for key in self.keys_of(&pair.key) {
            let start = format!("{key}.");
            let answers = all_answers.range(start.clone()..);
            for (name, new) in answers.take_while(|(name, _)| name.starts_with(&start)) {
                let old = &name[start.len()..];
                // A name with a dot is that of a join table that a model takes over.
                if pair.old.field(old).is_none() || new.contains('.') || !pair.adds(old) {
                    continue;
                }
                if pair.new.field(new).is_none() {
                    return Err(no_such_answer(name, new, "field", &pair.key.to_string()));
                }
                requested.add_answer(new, old, &old_names(pair))?;
                used.push(name.clone());
            }
        }
        for name in used {
            self.answer_source.use_answer("renamed", name);
        }
        Ok(requested)
    }

    /// Asks about each removed field for which there are added ones with the same definition.
    fn ask_about_fields(
        &mut self,
        pair: &ModelPair<'_>,
        renames: &RenameSteps,
    ) -> Result<BTreeMap<String, String>> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let taken = |new: &String| renames.old_by_new.contains_key(new);
        let moved = |old: &String| renames.old_by_new.values().any(|from| from == old);
        let mut gone: Vec<&FieldDef> = pair.old.fields.iter().collect();
        gone.retain(|field| pair.adds(&field.name));
        gone.retain(|field| pair.new.field(&field.name).is_none() && !moved(&field.name));
        gone.sort_by(|a, b| a.name.cmp(&b.name));
        let mut created: Vec<&FieldDef> = pair.new.fields.iter().collect();
        created.retain(|field| pair.adds(&field.name));
        created.retain(|field| pair.old.field(&field.name).is_none() && !taken(&field.name));
        created.sort_by(|a, b| a.name.cmp(&b.name));
        for old in gone {
            let candidates: Vec<String> = created
                .iter()
                .filter(|new| alike(pair, old, new) && !found.contains_key(&new.name))
                .filter(|new| !self.field_declined(&pair.key, &old.name, &new.name))
                .map(|new| new.name.clone())
                .collect();
            for key in self.keys_of(&pair.key) {
                self.answer_source
                    .use_answer("renamed", format!("{key}.{}", old.name));
            }
            if candidates.is_empty() {
                continue;
            }
            let question = Question::FieldRenamed {
                model: pair.key.clone(),
                old: old.name.clone(),
                candidates,
            };
            if let Some(Answer::Renamed(new)) = self.answer_source.ask(question)? {
                if !created.iter().any(|field| field.name == new) || found.contains_key(&new) {
                    let old = format!("{}.{}", pair.key, old.name);
                    return Err(no_such_answer(&old, &new, "new field", &pair.key.to_string()));
                }
                found.insert(new, old.name.clone());
            }
        }
        Ok(found)
    }

    /// The operations. If the column keeps its name, it is named explicitly before the field is renamed.
    pub(super) fn renamed_fields(&mut self, pairs: &[ModelPair<'_>]) {
        for pair in pairs {
            let must = self.after_rename(&pair.key);
            for step in &pair.renames.steps {
                if let Some(pinned) = pinned(pair, &step.old) {
                    let must = self.after_renames(&pair.key, &pinned);
                    let operation = DetectedOperation::new(AlterField {
                        model: pair.model(),
                        field: pinned,
                        fill: None,
                    });
                    self.push(pair.app(), operation.must(must));
                }
                let operation = DetectedOperation::new(RenameField {
                    model: pair.model(),
                    old: step.old.clone(),
                    new: step.new.clone(),
                });
                let files = self.after_files_that_name(&pair.key, &step.old);
                self.push(pair.app(), operation.needs(files).must(must.clone()));
            }
        }
    }

    /// Changes of a renamed model come after its rename, and those of a model that takes over a join table after that.
    pub(super) fn after_rename(&self, key: &ModelKey) -> Vec<Dependency> {
        if self.join_models.contains(key) {
            return vec![Dependency::CreateModel(key.clone())];
        }
        let renamed = self.renamed.contains_key(key);
        renamed
            .then(|| Dependency::RenameModel(key.clone()))
            .into_iter()
            .collect()
    }

    /// The same, and relations to a renamed model.
    pub(super) fn after_renames(&self, key: &ModelKey, field: &FieldDef) -> Vec<Dependency> {
        let mut must = self.after_rename(key);
        for to in field.refers_to() {
            must.extend(self.after_rename(to));
        }
        must
    }
}

fn old_names<'b>(pair: &'b ModelPair<'_>) -> BTreeSet<&'b str> {
    pair.old.fields.iter().map(|field| field.name.as_str()).collect()
}

/// The old field with the explicit column or join table that it keeps when it is renamed, if there is one.
fn pinned(pair: &ModelPair<'_>, old: &str) -> Option<FieldDef> {
    let before = pair.old.field(old).filter(|_| pair.is_renamed(old))?;
    let field = pair.new.field(pair.now(old))?;
    pair.keeps_column(before, field).then(|| FieldDef {
        column: field.column.clone(),
        table: field.table.clone(),
        ..before.clone()
    })
}

/// Whether two fields differ only in their name (and in an explicit column with the old one).
fn alike(pair: &ModelPair<'_>, old: &FieldDef, new: &FieldDef) -> bool {
    let mut before = Cow::Borrowed(old);
    if old.name != new.name {
        let kept = pair.keeps_column(old, new);
        before.to_mut().name.clone_from(&new.name);
        if kept {
            before.to_mut().column.clone_from(&new.column);
            before.to_mut().table.clone_from(&new.table);
        }
    }
    same(&before, new)
}
