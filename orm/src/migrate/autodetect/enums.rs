//! Enum types: created before the fields that use them, dropped after; and their values.

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::renamed_models::no_such_answer;
use super::requested_renames::{not_new, one_for_two, said_both, two_for_one};
use crate::error::{Error, Result};
use crate::migrate::operation::{AddEnumValue, AlterEnum, CreateEnum, DeleteEnum, RenameEnumValue};
use crate::migrate::question::{Answer, Question};
use crate::migrate::state::EnumKey;
use crate::model::ModelKey;

/// The values before and after, and the renames that the files have.
pub(super) struct RenamedValueLists<'b> {
    /// Prefix of a value in messages.
    pub prefix: String,
    pub old: &'b [String],
    pub new: &'b [String],
    /// Whether the files have such a rename.
    pub was: &'b dyn Fn(&str, &str) -> bool,
}

/// Old values -> new values, from the requested renames `said` (new -> old); `fits` checks the answers about a pair.
///
/// # Errors
/// If two requested renames contradict each other.
pub(super) fn values_renamed(
    texts: &RenamedValueLists<'_>,
    said: &BTreeMap<String, String>,
    fits: impl Fn(&str, &str) -> Result<()>,
) -> Result<BTreeMap<String, String>> {
    let (old, new, prefix) = (texts.old, texts.new, &texts.prefix);
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for (value, before) in said.iter().filter(|(_, before)| old.contains(before)) {
        let is_new = new.contains(value) && !old.contains(value);
        match (new.contains(before), is_new) {
            (false, true) => {
                if let Some(other) = renamed.get(before) {
                    return Err(one_for_two(prefix, before, other, value));
                }
                fits(before, value)?;
                renamed.insert(before.clone(), value.clone());
            }
            (true, true) => {
                return Err(Error::config(format!(
                    "{prefix}{before} cannot have been renamed to {value}: it is still there"
                ))
                .with_hint(
                    "take `renamed_from` out if the text is new, or the variant that has the old text",
                ));
            }
            (false, false) if !(texts.was)(before, value) => return Err(not_new(prefix, before, value)),
            _ => {}
        }
    }
    Ok(renamed)
}

/// Old values of enum types -> new values.
#[derive(Default)]
pub(super) struct RenamedValues(BTreeMap<EnumKey, BTreeMap<String, String>>);

impl RenamedValues {
    pub fn new_name(&self, app: &str, name: &str, old: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let values = self.0.get(&EnumKey::new(app, name))?;
        values.get(old).map(String::as_str)
    }
}

impl Detector<'_> {
    /// Finds renamed values.
    pub(super) fn renamed_values(&mut self) -> Result<()> {
        let (from, to) = (self.from, self.to);
        for (key, new) in to.enums() {
            let Some(old) = from.enums().get(key).filter(|old| *old != new) else {
                continue;
            };
            let mut gone: Vec<&String> = old.iter().filter(|value| !new.contains(value)).collect();
            let mut fresh: BTreeSet<&String> = new.iter().filter(|value| !old.contains(value)).collect();
            let prefix = format!("{key}.");
            let said = RenamedValueLists {
                prefix: prefix.clone(),
                old,
                new,
                was: &|old, new| self.history.value_renamed(&key.app, old, new),
            };
            let answers = self.answer_source.answers;
            let mut renamed = values_renamed(&said, &self.values_said_renamed(key), |before, value| {
                let name = format!("{prefix}{before}");
                match answers.renamed.get(&name).filter(|other| *other != value) {
                    Some(other) => Err(one_for_two(&prefix, before, value, other)),
                    None if answers.is_declined(&name, value) => Err(said_both(&prefix, before, value)),
                    None => Ok(()),
                }
            })?;
            for (before, value) in &renamed {
                self.answer_source
                    .use_answer("renamed", format!("{prefix}{before}"));
                gone.retain(|old| *old != before);
                fresh.remove(value);
            }
            for before in gone {
                let name = format!("{prefix}{before}");
                let given = self.answer_source.answers.renamed.get(&name);
                let taken = |value: &&String| renamed.iter().find(|(_, new)| new == value);
                if let Some((other, value)) = given.and_then(|value| taken(&value)) {
                    return Err(two_for_one(&prefix, other, before, value));
                }
                if let Some(value) = given.filter(|value| !fresh.contains(value)) {
                    return Err(no_such_answer(&name, value, "new value", &key.to_string()));
                }
                self.answer_source.use_answer("renamed", name.clone());
                let answers = self.answer_source.answers;
                let candidates = fresh.iter().filter(|new| !answers.is_declined(&name, new));
                let candidates: Vec<String> = candidates.map(|&new| new.clone()).collect();
                if candidates.is_empty() {
                    continue;
                }
                let question = Question::ValueRenamed {
                    app: key.app.clone(),
                    name: key.name.clone(),
                    old: before.clone(),
                    candidates,
                };
                if let Some(Answer::Renamed(value)) = self.answer_source.ask(question)? {
                    if !fresh.contains(&value) {
                        return Err(no_such_answer(&name, &value, "new value", &key.to_string()));
                    }
                    fresh.remove(&value);
                    renamed.insert(before.clone(), value);
                }
            }
            if !renamed.is_empty() {
                self.renamed_values.0.insert(key.clone(), renamed);
            }
        }
        Ok(())
    }

    /// `renamed_choices` of the fields of a type: new -> old.
    fn values_said_renamed(&self, key: &EnumKey) -> BTreeMap<String, String> {
        let of_app = self.hints.iter().filter(|(model, _)| model.app == key.app);
        of_app
            .flat_map(|(_, model)| &model.fields)
            .filter(|field| field.enum_type.as_ref() == Some(&key.name))
            .flat_map(|field| field.renamed_choices.clone())
            .collect()
    }

    /// Creates types and adds values, before everything that may use them.
    pub(super) fn enums(&mut self) {
        let (from, to) = (self.from, self.to);
        for (key, new) in to.enums().iter().rev() {
            let detected = match from.enums().get(key) {
                None => vec![DetectedOperation::new(CreateEnum {
                    name: key.name.clone(),
                    values: new.clone(),
                })],
                Some(old) if old != new => self.grown(key, old, new),
                Some(_) => continue,
            };
            for operation in detected.into_iter().rev() {
                self.push_first(&key.app, operation);
            }
        }
    }

    fn grown(&self, key: &EnumKey, old: &[String], new: &[String]) -> Vec<DetectedOperation> {
        let renamed = self.renamed_values.0.get(key);
        let mut detected = Vec::new();
        for (before, value) in renamed.into_iter().flatten() {
            detected.push(DetectedOperation::new(RenameEnumValue {
                name: key.name.clone(),
                old: before.clone(),
                new: value.clone(),
            }));
        }
        let mut values = self.after_renames_of(key, old);
        for (value, before) in added(&mut values, new) {
            detected.push(DetectedOperation::new(AddEnumValue {
                name: key.name.clone(),
                value,
                before,
            }));
        }
        detected
    }

    fn after_renames_of(&self, key: &EnumKey, old: &[String]) -> Vec<String> {
        let renamed = self.renamed_values.0.get(key);
        let name = |value: &String| {
            renamed
                .and_then(|renamed| renamed.get(value))
                .unwrap_or(value)
                .clone()
        };
        old.iter().map(name).collect()
    }

    /// Removes values and types, after everything that may have used them.
    pub(super) fn gone_enums(&mut self) {
        let (from, to) = (self.from, self.to);
        for (key, old) in from.enums() {
            let name = key.name.clone();
            let users = self.fields_of(key);
            match to.enums().get(key) {
                None => self.push(&key.app, DetectedOperation::new(DeleteEnum { name }).must(users)),
                Some(new) if old != new => {
                    let mut values = self.after_renames_of(key, old);
                    added(&mut values, new);
                    if values != *new {
                        let values = new.clone();
                        self.push(
                            &key.app,
                            DetectedOperation::new(AlterEnum { name, values }).must(users),
                        );
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// Everything done to fields that had the type.
    fn fields_of(&self, key: &EnumKey) -> Vec<Dependency> {
        let models = self.from.models().range(ModelKey::new(&key.app, "")..);
        let of_app = models.take_while(|(model, _)| model.app == key.app);
        let mut users = Vec::new();
        for (owner, model) in of_app {
            let fields = model.fields.iter();
            for field in fields.filter(|field| field.enum_type.as_ref() == Some(&key.name)) {
                let (now, name) = self.now(owner, &field.name);
                users.push(Dependency::RemoveField(now.clone(), field.name.clone()));
                users.push(Dependency::AlterField(now.clone(), name));
                if now.app != key.app {
                    // The model uses the values of its new app's type.
                    users.push(Dependency::RenameModel(now.clone()));
                }
                users.push(Dependency::RemoveModel(now));
            }
        }
        users
    }
}

/// Inserts the new values into the existing ones; returns each with the value it comes before.
fn added(values: &mut Vec<String>, new: &[String]) -> Vec<(String, Option<String>)> {
    let mut added = Vec::new();
    for (at, value) in new.iter().enumerate() {
        if values.contains(value) {
            continue;
        }
        let before = new[at..].iter().find(|later| values.contains(later)).cloned();
        let place = before
            .as_ref()
            .and_then(|before| values.iter().position(|value| value == before));
        values.insert(place.unwrap_or(values.len()), value.clone());
        added.push((value.clone(), before));
    }
    added
}
