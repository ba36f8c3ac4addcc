//! Detects the operations that lead from one state of the models to another: one file per kind of change, in
//! Django's order.
//!
//! Each kind of change appends [`DetectedOperation`]s to its app: an operation and its dependencies. [`partition`]
//! sorts them and divides them into migrations, and [`finalize`] optimizes each.

mod added_fields;
mod altered_fields;
mod answer_source;
mod composite_foreign_keys;
mod constraints;
mod created_models;
mod deleted_models;
mod detected_operation;
mod enums;
mod fill;
mod finalize;
mod indexes;
mod join_as_model;
mod join_models;
mod model_pair;
mod moved_models;
mod options;
mod partition;
mod pointed_at;
mod policies;
mod removed_fields;
mod rename_history;
mod rename_order;
mod renamed_choices;
mod renamed_fields;
mod renamed_models;
mod replaced_tables;
mod requested_renames;
mod sort;
mod table_objects;
mod through_models;
mod views;

pub(super) use detected_operation::DetectedOperation;
pub(super) use finalize::finalize;
pub(super) use partition::{PendingMigration, partition};
pub(super) use rename_history::RenameHistory;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::question::{Answers, Questioner};
use super::state::ProjectState;
use crate::error::Result;
use crate::model::{ModelDef, ModelKey};
use answer_source::AnswerSource;
use detected_operation::Dependency;
use enums::RenamedValues;
use model_pair::ModelPair;

/// The two states, and the sources of answers.
pub(super) struct DetectionInput<'a> {
    pub from: &'a ProjectState,
    pub to: &'a ProjectState,
    /// The models of `to`, with `renamed_from`.
    pub models: &'a [ModelDef],
    pub past: RenameHistory<'a>,
    pub answers: &'a Answers,
    pub questioner: Option<&'a mut dyn Questioner>,
    pub now: DateTime<Utc>,
}

/// One comparison of two states.
struct Detector<'a> {
    from: &'a ProjectState,
    to: &'a ProjectState,
    /// Models with a `renamed_from`.
    hints: BTreeMap<ModelKey, &'a ModelDef>,
    history: RenameHistory<'a>,
    answer_source: AnswerSource<'a>,
    now: DateTime<Utc>,
    /// New key -> old key, and back.
    renamed: BTreeMap<ModelKey, ModelKey>,
    renamed_to: BTreeMap<ModelKey, ModelKey>,
    /// Models that take over a join table, and the fields it belonged to.
    join_models: BTreeSet<ModelKey>,
    join_fields: BTreeSet<(ModelKey, String)>,
    /// Models whose table becomes a join table.
    becoming: BTreeSet<ModelKey>,
    renamed_values: RenamedValues,
    /// New key of a model and old name of a field -> its new name.
    new_field_names: BTreeMap<(ModelKey, String), String>,
    detected: BTreeMap<String, Vec<DetectedOperation>>,
    /// New key of a model -> what goes before its rename.
    before_renames: BTreeMap<ModelKey, Vec<Dependency>>,
    /// Operations that come first, in reverse order.
    first: BTreeMap<String, Vec<DetectedOperation>>,
}

/// The operations of each app that lead from one state to the other, with their dependencies.
///
/// # Errors
/// If a question has no answer, or an answer is invalid.
pub(super) fn detect(look: DetectionInput<'_>) -> Result<BTreeMap<String, Vec<DetectedOperation>>> {
    let answers_something = |model: &&ModelDef| {
        model.renamed_from.is_some()
            || model.app_renamed_from.is_some()
            || model
                .fields
                .iter()
                .any(|field| field.renamed_from.is_some() || !field.renamed_choices.is_empty())
    };
    let hints = look.models.iter().filter(answers_something);
    let becoming = through_models::becoming_join_tables(look.from, look.to)?;
    let mut detector = Detector {
        from: look.from,
        to: look.to,
        hints: hints.map(|model| (model.key(), model)).collect(),
        history: look.past,
        answer_source: AnswerSource::new(look.answers, look.questioner),
        now: look.now,
        renamed: BTreeMap::new(),
        renamed_to: BTreeMap::new(),
        join_models: BTreeSet::new(),
        becoming: becoming.keys().cloned().collect(),
        join_fields: BTreeSet::new(),
        renamed_values: RenamedValues::default(),
        new_field_names: BTreeMap::new(),
        detected: BTreeMap::new(),
        before_renames: BTreeMap::new(),
        first: BTreeMap::new(),
    };
    detector.renamed_models()?;
    detector.refuse_renamed_between(&becoming)?;
    detector.renamed_values()?;
    let mut pairs = detector.pairs();
    detector.watch_joined_keys(&mut pairs);
    detector.find_renamed_fields(&mut pairs)?;
    detector.watch_what_is_pointed_at(&mut pairs);
    detector.join_models(&mut pairs)?;
    // They are about models of this function.
    let mut pairs: Vec<ModelPair<'_>> = pairs;
    detector.join_tables_made(&mut pairs, &becoming);
    detector.refuse_other_joined_keys()?;
    detector.refuse_policies_of_gone_columns(&pairs)?;
    detector.find_renamed_choices(&mut pairs)?;
    detector.refuse_tables_as_views(&pairs)?;
    detector.deleted_models();
    detector.created_models();
    detector.enums();
    detector.options(&pairs)?;
    detector.comments(&pairs);
    detector.storage(&pairs, false);
    let indexes: Vec<_> = pairs.iter().map(ModelPair::indexes).collect();
    let mut constraints: Vec<_> = pairs.iter().map(ModelPair::constraints).collect();
    let objects: Vec<_> = pairs.iter().map(ModelPair::table_objects).collect();
    detector.removed_table_objects(&pairs, &objects);
    detector.make_foreign_keys_anew(&pairs, &mut constraints);
    detector.removed_constraints(&pairs, &constraints);
    detector.removed_indexes(&pairs, &indexes);
    detector.renamed_fields(&pairs);
    detector.renamed_choices(&pairs);
    detector.renamed_indexes(&pairs, &indexes);
    detector.removed_fields(&pairs);
    detector.added_fields(&pairs)?;
    detector.altered_fields(&pairs)?;
    detector.storage(&pairs, true);
    detector.added_indexes(&pairs, &indexes);
    detector.added_constraints(&pairs, &constraints);
    detector.altered_constraints(&pairs, &constraints);
    detector.added_table_objects(&pairs, &objects);
    detector.tables(&pairs);
    detector.altered_views(&pairs);
    detector.order_views();
    detector.order_policies();
    detector.gone_enums();
    detector.models_go_into_join_tables(&becoming);
    detector.replaced_tables()?;
    detector.into_detected()
}

impl<'a> Detector<'a> {
    fn push(&mut self, app: &str, operation: DetectedOperation) {
        of_app(&mut self.detected, app).push(operation);
    }

    /// Before everything found for the app so far.
    fn push_first(&mut self, app: &str, operation: DetectedOperation) {
        of_app(&mut self.first, app).push(operation);
    }

    fn into_detected(self) -> Result<BTreeMap<String, Vec<DetectedOperation>>> {
        let mut all = self.first;
        for detected in all.values_mut() {
            detected.reverse();
        }
        for (app, detected) in self.detected {
            all.entry(app).or_default().extend(detected);
        }
        self.answer_source.finish(!all.is_empty())?;
        Ok(all)
    }

    /// Whether the old state has models of an app.
    fn had_models(&self, app: &str) -> bool {
        let from = self.from.models();
        from.range(ModelKey::new(app, "")..)
            .next()
            .is_some_and(|(key, _)| key.app == app)
    }

    /// Present names of a model of the old state and a field of it.
    fn now(&self, owner: &ModelKey, field: &str) -> (ModelKey, String) {
        let key = self.renamed_to.get(owner).unwrap_or(owner).clone();
        let id = (key, field.to_owned());
        let name = self.new_field_names.get(&id).cloned();
        (id.0, name.unwrap_or(id.1))
    }

    /// The old name of a model that is still there.
    fn old_key<'b>(&'b self, key: &'b ModelKey) -> &'b ModelKey {
        self.renamed.get(key).unwrap_or(key)
    }

    /// Models that only the new state has, managed ones first, each kind in Django's order.
    fn created(&self) -> Vec<&'a ModelDef> {
        let (from, to) = (self.from, self.to);
        let is_new = |key: &ModelKey| match self.renamed.contains_key(key) {
            true => false,
            false if self.join_models.contains(key) => false,
            // The old name of a renamed model is free for a new one.
            false => from.model(key).is_none() || self.renamed_to.contains_key(key),
        };
        let created = to.models().iter().filter(|(key, _)| is_new(key));
        in_order(created.map(|(_, model)| model.as_ref()))
    }

    /// Models that only the old state has.
    fn deleted(&self) -> Vec<&'a ModelDef> {
        let (from, to) = (self.from, self.to);
        let is_gone = |key: &ModelKey| match self.renamed_to.contains_key(key) {
            true => false,
            false if self.becoming.contains(key) => false,
            false => to.model(key).is_none() || self.renamed.contains_key(key),
        };
        let deleted = from.models().iter().filter(|(key, _)| is_gone(key));
        in_order(deleted.map(|(_, model)| model.as_ref()))
    }
}

fn of_app<'b>(
    detected: &'b mut BTreeMap<String, Vec<DetectedOperation>>,
    app: &str,
) -> &'b mut Vec<DetectedOperation> {
    detected.entry(app.to_owned()).or_default()
}

fn in_order<'a>(models: impl Iterator<Item = &'a ModelDef>) -> Vec<&'a ModelDef> {
    let mut models: Vec<&ModelDef> = models.collect();
    models.sort_by_cached_key(|model| (!model.makes_table(), by_name(&model.key())));
    models
}

/// Django orders models by their lowercase names.
fn by_name(key: &ModelKey) -> (String, String, String) {
    (key.app.clone(), key.model.to_lowercase(), key.model.clone())
}

#[cfg(test)]
mod filled;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
