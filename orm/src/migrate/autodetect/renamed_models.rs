//! Models that have another name: said by the model, by an answer, or asked where the fields are alike.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Dependency, Draft, target};
use super::moves::moves;
use super::{Detector, by_name};
use crate::error::{Error, Result};
use crate::migrate::operation::RenameModel;
use crate::migrate::question::{Answer, Question};
use crate::model::{FieldDef, ModelDef, ModelKey};

impl Detector<'_> {
    /// # Errors
    /// If a model was renamed from one that there is not.
    pub(super) fn renamed_models(&mut self) -> Result<()> {
        let mut wanted = self.models_said_renamed()?;
        let mut swapped = self.models_answered_renamed()?;
        for (app, model) in self.models_asked(&wanted, &swapped)? {
            swapped.entry(app).or_default().extend(model);
        }
        let answered: BTreeSet<(String, String)> = swapped
            .iter()
            .flat_map(|(app, pairs)| pairs.keys().map(|new| (app.clone(), new.clone())))
            .collect();
        for (app, pairs) in swapped {
            wanted.entry(app).or_default().extend(pairs);
        }
        for (app, wanted) in wanted {
            let names: BTreeSet<&str> = self
                .from
                .models()
                .keys()
                .filter(|key| key.app == app)
                .map(|key| key.model.as_str())
                .collect();
            let (from, to, history) = (self.from, self.to, self.history);
            let moves = moves(&names, &wanted, |circle| {
                let asked_now = circle
                    .keys()
                    .all(|new| answered.contains(&(app.clone(), (*new).to_owned())));
                let fits = |new: &str, old: &str| {
                    let (new, old) = (ModelKey::new(&app, new), ModelKey::new(&app, old));
                    matches!((to.model(&new), from.model(&old)), (Some(new), Some(old)) if agnostic(new) == agnostic(old))
                };
                let stayed = circle.keys().all(|new| fits(new, new));
                let moved = circle.iter().all(|(new, old)| fits(new, old));
                asked_now
                    || match (stayed, moved) {
                        (true, false) => false,
                        (false, true) => true,
                        _ => !history.models_swapped(&app, circle),
                    }
            });
            for step in moves.steps {
                let key = ModelKey::new(&app, &step.new);
                let draft = Draft::new(RenameModel {
                    old: step.old,
                    new: step.new,
                });
                let needs = self.relations_of(&key);
                self.push(&app, draft.needs(needs));
            }
            for (new, old) in moves.ends {
                let (new, old) = (ModelKey::new(&app, new), ModelKey::new(&app, old));
                self.renamed_to.insert(old.clone(), new.clone());
                self.asking.before.insert(new.clone(), old.clone());
                self.renamed.insert(new, old);
            }
        }
        Ok(())
    }

    /// What Django has a renamed model wait for: the models it points at, and those that point at it.
    fn relations_of(&self, key: &ModelKey) -> Vec<Dependency> {
        let Some(model) = self.to.model(key) else {
            return Vec::new();
        };
        let own = model.fields.iter().filter_map(target);
        let incoming = self
            .to
            .incoming(key)
            .map(|(owner, _)| owner)
            // A model of another app that is new cannot be waited for: it waits for the name.
            .filter(|owner| owner.app == key.app || self.from.model(owner).is_some())
            .map(Dependency::CreateModel);
        own.chain(incoming).collect()
    }

    /// `renamed_from` of models: app -> new -> old.
    fn models_said_renamed(&self) -> Result<Wanted> {
        let mut wanted = Wanted::new();
        for (key, model) in &self.hints {
            let Some(said) = &model.renamed_from else { continue };
            let old = match said.split_once('.') {
                Some((app, old)) if app == key.app => old,
                Some(_) => {
                    return Err(Error::unsupported(format!(
                        "{key} says it was renamed from {said}, a model of another app"
                    ))
                    .with_hint(
                        "a model stays in its app: make a new one, move the rows, delete the old one",
                    ));
                }
                None => said,
            };
            let exists = |name: &str| self.from.model(&ModelKey::new(&key.app, name)).is_some();
            if !exists(old) && !exists(&key.model) && self.had_models(&key.app) {
                return Err(Error::config(format!(
                    "{key} says it was renamed from {old}, which is no model of {} in the migrations",
                    key.app
                ))
                .with_hint("correct `renamed_from`, or take it out if the model is new"));
            }
            let of_app: &mut BTreeMap<String, String> = wanted.entry(key.app.clone()).or_default();
            of_app.insert(key.model.clone(), old.to_owned());
        }
        Ok(wanted)
    }

    /// Answers that were given.
    fn models_answered_renamed(&mut self) -> Result<Wanted> {
        let mut wanted = Wanted::new();
        for (name, new) in &self.asking.answers.renamed {
            let Ok(old) = ModelKey::try_from(name.clone()) else {
                continue;
            };
            if old.model.contains('.') || self.from.model(&old).is_none() {
                continue;
            }
            let key = ModelKey::new(&old.app, new);
            if self.to.model(&key).is_none() {
                return Err(no_such_answer(name, new, "model", &old.app));
            }
            wanted.entry(old.app).or_default().insert(key.model, old.model);
        }
        for name in wanted
            .iter()
            .flat_map(|(app, pairs)| pairs.values().map(move |old| format!("{app}.{old}")))
        {
            self.asking.heard("renamed", name);
        }
        Ok(wanted)
    }

    /// Asks about models that are gone, each with the new ones of its app that have the same fields.
    fn models_asked(&mut self, said: &Wanted, answered: &Wanted) -> Result<Wanted> {
        let (from, to) = (self.from, self.to);
        let is_new = |key: &ModelKey| {
            let of = |wanted: &Wanted| {
                wanted
                    .get(&key.app)
                    .is_some_and(|pairs| pairs.contains_key(&key.model))
            };
            from.model(key).is_none() && !of(said) && !of(answered)
        };
        let is_gone = |key: &ModelKey| {
            let of = |wanted: &Wanted| {
                let pairs = wanted.get(&key.app);
                pairs.is_some_and(|pairs| pairs.values().any(|old| *old == key.model))
            };
            to.model(key).is_none() && !of(said) && !of(answered)
        };
        let mut gone: Vec<&ModelKey> = from.models().keys().filter(|key| is_gone(key)).collect();
        gone.sort_by_cached_key(|key| by_name(key));
        let mut found = Wanted::new();
        if gone.is_empty() {
            return Ok(found);
        }
        let mut by_shape: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
        let mut created: Vec<&ModelKey> = to.models().keys().filter(|key| is_new(key)).collect();
        created.sort_by_cached_key(|key| by_name(key));
        for key in created {
            if let Some(model) = to.model(key).filter(|model| !model.unmanaged) {
                by_shape
                    .entry((&key.app, shape(model)))
                    .or_default()
                    .push(&key.model);
            }
        }
        for old in gone {
            let Some(model) = from.model(old).filter(|model| !model.unmanaged) else {
                continue;
            };
            let Some(alike) = by_shape.get_mut(&(old.app.as_str(), shape(model))) else {
                continue;
            };
            let declined = &self.asking.answers.not_renamed;
            let candidates: Vec<String> = alike
                .iter()
                .filter(|new| !declined.contains(&format!("{old}:{new}")))
                .map(|&new| new.to_owned())
                .collect();
            self.asking.heard("renamed", old.to_string());
            if candidates.is_empty() {
                continue;
            }
            let question = Question::ModelRenamed {
                old: old.clone(),
                candidates,
            };
            if let Some(Answer::Renamed(new)) = self.asking.ask(question)? {
                alike.retain(|name| *name != new);
                found
                    .entry(old.app.clone())
                    .or_default()
                    .insert(new, old.model.clone());
            }
        }
        Ok(found)
    }
}

/// App -> new name -> old name.
type Wanted = BTreeMap<String, BTreeMap<String, String>>;

/// The error for an answer that names something new that there is not.
pub(super) fn no_such_answer(old: &str, new: &str, what: &str, of: &str) -> Error {
    Error::config(format!(
        "the answer says that {old} was renamed to {new}, which is no {what} of {of}"
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
    }
    fields
}

/// The same as a text, to be found by.
fn shape(model: &ModelDef) -> String {
    serde_json::to_string(&agnostic(model)).unwrap_or_default()
}
