//! Tables that would be dropped and created again for something else: never without an answer.

use std::collections::BTreeMap;

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use crate::error::{Error, Result};
use crate::migrate::operation::Operation;
use crate::migrate::question::Question;
use crate::model::{ModelDef, ModelKey, QualifiedName};

impl Detector<'_> {
    /// Asks about each, and orders the drop before the creation.
    ///
    /// # Errors
    /// If the table to be dropped belongs to another model afterwards, or the questioner fails.
    pub(super) fn replaced_tables(&mut self) -> Result<()> {
        let mut dropped: BTreeMap<QualifiedName, (String, Dependency)> = BTreeMap::new();
        for (app, operation) in self.all_detected() {
            if let Some((table, old, gone)) = self.drops(app, operation) {
                dropped.insert(table.to_lowercase(), (old, gone));
            }
        }
        if dropped.is_empty() {
            return Ok(());
        }
        self.refuse_drop_of_adopted(&dropped)?;
        let mut questions = Vec::new();
        let mut waits: Vec<(String, Operation, Dependency)> = Vec::new();
        for (app, found) in self.all_detected() {
            let made = self.makes(app, found);
            let known = made.and_then(|(table, new)| Some((dropped.get(&table.to_lowercase())?, table, new)));
            let Some(((old, gone), table, new)) = known else {
                continue;
            };
            waits.push((app.to_owned(), found.operation.clone(), gone.clone()));
            questions.push(Question::TableMadeAnew {
                old: old.clone(),
                new,
                table: table.to_string(),
            });
        }
        for (app, operation, gone) in waits {
            let all = self.first.get_mut(&app).into_iter().flatten();
            let all = all.chain(self.detected.get_mut(&app).into_iter().flatten());
            for found in all.filter(|detected| detected.operation == operation) {
                if !found.needs.contains(&gone) && !found.must.contains(&gone) {
                    found.must.push(gone.clone());
                }
            }
        }
        if !self.answer_source.is_unsettled() {
            for question in questions {
                self.answer_source.ask(question)?;
            }
        }
        Ok(())
    }

    /// Refuses to drop a table that another model starts to manage.
    fn refuse_drop_of_adopted(&self, dropped: &BTreeMap<QualifiedName, (String, Dependency)>) -> Result<()> {
        for (key, model) in self.to.models() {
            let before = self.from.model(self.old_key(key));
            let adopts = before.is_some_and(|before| before.unmanaged && !model.unmanaged);
            let table = model.table_name();
            if let Some((old, _)) = dropped.get(&table.to_lowercase()).filter(|_| adopts) {
                return Err(Error::unsupported(format!(
                    "{key} is managed from here on, and its table {table} would be dropped with {old}, which is gone"
                ))
                .with_hint(format!(
                    "leave {old} in the models as #[orm(unmanaged)] and run makemigrations, then delete it: its table stays"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn all_detected(&self) -> impl Iterator<Item = (&str, &DetectedOperation)> {
        let all = self.first.iter().chain(&self.detected);
        all.flat_map(|(app, detected)| detected.iter().map(move |found| (app.as_str(), found)))
    }

    /// The table that an operation drops, its owner, and the dependency that waits for the drop.
    fn drops(&self, app: &str, found: &DetectedOperation) -> Option<(QualifiedName, String, Dependency)> {
        match &found.operation {
            Operation::DeleteModel(delete) => {
                let key = ModelKey::new(app, &delete.model);
                let model = self.from.model(&key).filter(|model| model.makes_table())?;
                Some((model.table_name(), key.to_string(), Dependency::RemoveModel(key)))
            }
            Operation::RemoveField(remove) => {
                let key = ModelKey::new(app, &remove.model);
                let old = self.old_key(&key);
                let model = self.from.model(old).filter(|model| model.makes_table())?;
                if self.to.model(&key).is_some_and(|model| model.unmanaged) {
                    return None;
                }
                let table = join_table(&self.under_new_name(model, &key), &remove.field)?;
                let what = format!("{old}.{}", remove.field);
                Some((table, what, Dependency::RemoveField(key, remove.field.clone())))
            }
            _ => None,
        }
    }

    /// An old model after its rename.
    fn under_new_name(&self, model: &ModelDef, key: &ModelKey) -> ModelDef {
        let mut model = model.clone();
        if model.key() != *key {
            if let Some(new) = self.to.model(key).filter(|_| model.app != key.app) {
                model.table = super::moved_models::table_of_moved(&model, new);
            }
            model.rename(key);
        }
        model
    }

    /// The table that an operation creates, and its owner.
    fn makes(&self, app: &str, found: &DetectedOperation) -> Option<(QualifiedName, String)> {
        let managed = |model: &str| {
            let key = ModelKey::new(app, model);
            self.to.model(&key).filter(|model| !model.unmanaged)
        };
        match &found.operation {
            Operation::CreateModel(create) => {
                let model = managed(&create.model)?;
                Some((model.table_name(), model.key().to_string()))
            }
            Operation::AddField(add) => {
                let model = managed(&add.model)?;
                let table = join_table(model, &add.field.name)?;
                Some((table, format!("{}.{}", model.key(), add.field.name)))
            }
            _ => None,
        }
    }
}

fn join_table(model: &ModelDef, field: &str) -> Option<QualifiedName> {
    model.join_table_name(model.field(field)?)
}
