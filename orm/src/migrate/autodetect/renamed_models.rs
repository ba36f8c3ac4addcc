//! Renamed models: from `renamed_from`, from an answer, or asked if a deleted and a new model have the same fields.

use std::collections::{BTreeMap, BTreeSet};

use super::detected_operation::{Dependency, DetectedOperation, referred_to};
use super::join_models::join_field;
use super::rename_order::{RenameSteps, rename_steps};
use super::requested_renames::RequestedRenames;
use super::{Detector, by_name};
use crate::error::{Error, Result};
use crate::migrate::operation::RenameModel;
use crate::migrate::question::{Answer, Question};
use crate::model::{FieldDef, ModelDef, ModelKey, QualifiedName};

impl Detector<'_> {
    /// # Errors
    /// If the old model does not exist, or two requested renames contradict each other.
    pub(super) fn renamed_models(&mut self) -> Result<()> {
        let mut requested = self.renamed_from_of_models()?;
        let names: Vec<String> = self.from.models().keys().map(ModelKey::to_string).collect();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        self.add_answered_models(&mut requested, &names)?;
        let mut renames = self.order_model_renames(&requested, &names)?;
        let asked = self.ask_about_models(&renames)?;
        if !asked.is_empty() {
            for (new, old) in asked {
                requested.add_answer(&new.to_string(), &old.to_string(), &names)?;
            }
            renames = self.order_model_renames(&requested, &names)?;
        }
        for (new, old) in &renames.old_by_new {
            let (new, old) = (key_of(new), key_of(old));
            self.renamed_to.insert(old.clone(), new.clone());
            self.answer_source.before.insert(new.clone(), old.clone());
            self.renamed.insert(new, old);
        }
        let steps = renames.steps.iter();
        let steps: Vec<_> = steps.map(|step| (key_of(&step.old), key_of(&step.new))).collect();
        for (at, (old, new)) in steps.iter().enumerate() {
            // A name that an earlier step released or claimed.
            let earlier = steps[..at]
                .iter()
                .filter(|(left, given)| left == new || given == old);
            let must: Vec<Dependency> = earlier
                .map(|(_, given)| Dependency::RenameModel(given.clone()))
                .collect();
            let operation = match old.app == new.app {
                true => self.renamed_model(old, new),
                false => self.moved_model(old, new)?,
            };
            self.push(&new.app, operation.must(must));
        }
        Ok(())
    }

    /// The renames of models that were requested, within an app or to another.
    fn order_model_renames(
        &self,
        requested: &RequestedRenames,
        names: &BTreeSet<&str>,
    ) -> Result<RenameSteps> {
        if requested.is_empty() {
            return Ok(RenameSteps::default());
        }
        let (from, to, history) = (self.from, self.to, self.history);
        let renames = rename_steps(names, &requested.pairs(), |cycle| {
            let fits = |new: &str, old: &str| match (to.model(&key_of(new)), from.model(&key_of(old))) {
                (Some(new), Some(old)) => agnostic(new) == agnostic(old),
                _ => false,
            };
            let stayed = cycle.keys().all(|new| fits(new, new));
            let moved = cycle.iter().all(|(new, old)| fits(new, old));
            requested.has_answer(cycle)
                || match (stayed, moved) {
                    (true, false) => false,
                    (false, true) => true,
                    _ => !history.models_swapped(cycle),
                }
        });
        requested.check(
            &renames,
            names,
            |old| to.model(&key_of(old)).is_some(),
            |old, new| history.model_renamed(&key_of(old), &key_of(new)),
            |old, new| self.model_declined(&key_of(old), &key_of(new)),
        )?;
        Ok(renames)
    }

    /// Whether an answer says that a model was not renamed, or not to that one.
    fn model_declined(&self, old: &ModelKey, new: &ModelKey) -> bool {
        let answers = self.answer_source.answers;
        answers.is_declined(&old.to_string(), &called_from(old, new))
    }

    fn renamed_model(&self, old: &ModelKey, new: &ModelKey) -> DetectedOperation {
        let operation = DetectedOperation::new(RenameModel {
            old: old.model.clone(),
            new: new.model.clone(),
        });
        operation.needs(self.relations_of(new))
    }

    /// As in Django, a renamed model waits for the models it points at and those that point at it.
    fn relations_of(&self, key: &ModelKey) -> Vec<Dependency> {
        let Some(model) = self.to.model(key) else {
            return Vec::new();
        };
        let own = model.fields.iter().flat_map(referred_to);
        let incoming = self
            .to
            .incoming(key)
            .map(|(owner, _)| owner)
            // It cannot wait for a new model of another app, which itself waits for the name.
            .filter(|owner| owner.app == key.app || self.from.model(owner).is_some())
            .map(Dependency::CreateModel);
        own.chain(incoming).collect()
    }

    /// `renamed_from` of models, and of their apps.
    fn renamed_from_of_models(&self) -> Result<RequestedRenames> {
        let mut requested = RequestedRenames::of("");
        for (key, model) in &self.hints {
            let exists = |key: &ModelKey| self.from.model(key).is_some();
            if join_field(model).is_some() {
                continue;
            }
            let label = model.app_renamed_from.as_ref();
            let Some(said) = &model.renamed_from else { continue };
            let mut old = ModelKey::try_from(said.clone()).unwrap_or_else(|_| ModelKey::new(&key.app, said));
            if let Some(label) = label.filter(|_| !said.contains('.') && !exists(&old)) {
                old.app.clone_from(label);
            }
            let had_models = self.had_models(&key.app) || self.had_models(&old.app);
            if !exists(&old) && !exists(key) && had_models {
                return Err(Error::config(format!(
                    "{key} says it was renamed from {}, which is not a model of {} in the migrations",
                    old.model, old.app
                ))
                .with_hint("correct `renamed_from`, or take it out if the model is new"));
            }
            requested.add_renamed_from(&key.to_string(), &old.to_string());
        }
        let claimed: BTreeSet<String> = requested.pairs().into_values().collect();
        for (key, model) in &self.hints {
            let label = (model.app_renamed_from.as_ref()).filter(|_| model.renamed_from.is_none());
            let Some(label) = label else { continue };
            // A model that the old app never had is new, and one that it still has is another model.
            let old = ModelKey::new(label, &key.model);
            let is_moved = self.from.model(&old).is_some() && self.to.model(&old).is_none();
            if is_moved && self.from.model(key).is_none() && !claimed.contains(&old.to_string()) {
                requested.add_renamed_from(&key.to_string(), &old.to_string());
            }
        }
        Ok(requested)
    }

    /// Answers that were given.
    fn add_answered_models(
        &mut self,
        requested: &mut RequestedRenames,
        names: &BTreeSet<&str>,
    ) -> Result<()> {
        let answers = self.answer_source.answers;
        for (name, new) in &answers.renamed {
            let Ok(old) = ModelKey::try_from(name.clone()) else {
                continue;
            };
            if old.model.contains('.') || self.from.model(&old).is_none() {
                continue;
            }
            let key = named_from(&old, new);
            if self.to.model(&key).is_none() {
                return Err(no_such_answer(name, new, "model", &key.app));
            }
            requested.add_answer(&key.to_string(), name, names)?;
            self.answer_source.use_answer("renamed", name.as_str());
        }
        Ok(())
    }

    /// Asks about deleted models for which there are new ones with the same fields or table: new -> old.
    fn ask_about_models(&mut self, renames: &RenameSteps) -> Result<BTreeMap<ModelKey, ModelKey>> {
        let (from, to) = (self.from, self.to);
        let taken: BTreeSet<ModelKey> = renames.old_by_new.keys().map(|new| key_of(new)).collect();
        let moved: BTreeSet<ModelKey> = renames.old_by_new.values().map(|old| key_of(old)).collect();
        let is_new = |key: &&ModelKey| from.model(key).is_none() && !taken.contains(*key);
        let is_gone = |key: &&ModelKey| to.model(key).is_none() && !moved.contains(*key);
        let mut found = BTreeMap::new();
        let mut gone: Vec<&ModelKey> = from.models().keys().filter(is_gone).collect();
        gone.sort_by_cached_key(|key| by_name(key));
        if gone.is_empty() {
            return Ok(found);
        }
        let mut created: Vec<&ModelKey> = to.models().keys().filter(is_new).collect();
        created.sort_by_cached_key(|key| by_name(key));
        let mut by_shape: BTreeMap<String, Vec<&ModelKey>> = BTreeMap::new();
        let mut by_table: BTreeMap<QualifiedName, Vec<&ModelKey>> = BTreeMap::new();
        for key in created {
            let Some(model) = to.model(key) else { continue };
            if model.makes_table() {
                by_shape.entry(shape(model)).or_default().push(key);
            }
            by_table
                .entry(model.table_name().to_lowercase())
                .or_default()
                .push(key);
        }
        for old in gone {
            let Some(model) = from.model(old) else { continue };
            let alike = match model.makes_table() {
                false => None,
                true => by_shape.get(&shape(model)),
            };
            let on_table = by_table
                .get(&model.table_name().to_lowercase())
                .into_iter()
                .flatten();
            // If neither has a table of its own, nothing is lost.
            let on_table = on_table.copied().filter(|new| {
                let makes_table = to.model(new).is_some_and(ModelDef::makes_table);
                model.makes_table() || makes_table && model.view.is_none()
            });
            let on_table: BTreeSet<&ModelKey> = on_table.collect();
            let mut candidates: Vec<&ModelKey> = alike.into_iter().flatten().copied().collect();
            candidates.extend(&on_table);
            candidates.sort_by_cached_key(|key| (key.app != old.app, by_name(key)));
            candidates.dedup();
            candidates.retain(|new| !self.model_declined(old, new) && !found.contains_key(*new));
            self.answer_source.use_answer("renamed", old.to_string());
            if candidates.is_empty() {
                continue;
            }
            let on_table = candidates.iter().any(|new| on_table.contains(new));
            let question = Question::ModelRenamed {
                old: old.clone(),
                table: on_table.then(|| model.table_name().to_string()),
                candidates: candidates.iter().map(|new| called_from(old, new)).collect(),
            };
            if let Some(Answer::Renamed(new)) = self.answer_source.ask(question)? {
                let key = named_from(old, &new);
                if to.model(&key).is_none() || from.model(&key).is_some() || found.contains_key(&key) {
                    return Err(no_such_answer(&old.to_string(), &new, "new model", &key.app));
                }
                found.insert(key, old.clone());
            }
        }
        Ok(found)
    }
}

/// Parses `app.Model`.
fn key_of(name: &str) -> ModelKey {
    match name.split_once('.') {
        Some((app, model)) => ModelKey::new(app, model),
        None => ModelKey::new("", name),
    }
}

/// The name of a model next to an old one: with its app if that differs.
fn called_from(old: &ModelKey, new: &ModelKey) -> String {
    match old.app == new.app {
        true => new.model.clone(),
        false => new.to_string(),
    }
}

/// The model of that name.
fn named_from(old: &ModelKey, new: &str) -> ModelKey {
    match new.contains('.') {
        true => key_of(new),
        false => ModelKey::new(&old.app, new),
    }
}

/// The error for an answer whose new name does not exist.
pub(super) fn no_such_answer(old: &str, new: &str, what: &str, of: &str) -> Error {
    Error::config(format!(
        "the answer says that {old} was renamed to {new}, which is not a {what} of {of}"
    ))
    .with_hint("correct the answer: it is the new name, as it stands in the models")
}

/// The fields of a model without their names and without what they point at.
fn agnostic(model: &ModelDef) -> Vec<FieldDef> {
    let mut fields = model.fields.clone();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    for field in &mut fields {
        field.name.clear();
        field.to = None;
        field.through = None;
    }
    fields
}

/// The same as a string, used as a map key.
fn shape(model: &ModelDef) -> String {
    format!("{:?}", agnostic(model))
}
