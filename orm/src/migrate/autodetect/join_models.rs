//! Models that take over the join table, and the rows, of a removed many-to-many field.

use std::collections::BTreeMap;

use super::detected_operation::{Dependency, DetectedOperation};
use super::join_as_model::join_as_model;
use super::model_pair::{ModelPair, replaced};
use super::renamed_models::no_such_answer;
use super::{Detector, by_name};
use crate::error::{Error, Result};
use crate::migrate::operation::{AlterField, CreateModel, Operation, RemoveField, SeparateDatabaseAndState};
use crate::migrate::question::{Answer, Question};
use crate::model::{FieldDef, ModelDef, ModelKey, QualifiedName, ThroughKey};
use crate::value::FieldType;

/// A removed many-to-many field.
struct RemovedManyToMany {
    owner: ModelKey,
    field: FieldDef,
    target: ModelKey,
    table: QualifiedName,
    /// The field as it is now, if it goes through the model.
    now: Option<FieldDef>,
}

impl<'a> Detector<'a> {
    /// Finds them. Each becomes a pair, as if the join table had always been a model.
    ///
    /// # Errors
    /// If a model or an answer names a join table that cannot become the model.
    pub(super) fn join_models(&mut self, pairs: &mut Vec<ModelPair<'a>>) -> Result<()> {
        let said = self.join_tables_said()?;
        let mut new: Vec<ModelPair<'a>> = Vec::new();
        for gone in self.joins_gone(pairs) {
            let through = gone.now.as_ref().and_then(|now| now.through.as_ref());
            let key = match said.get(&gone.name()) {
                // The model between is where the rows go, whatever else would have been asked.
                said if through.is_some() => {
                    if let Some((said, through)) = said.zip(through).filter(|(said, through)| said != through)
                    {
                        return Err(Error::config(format!(
                            "{said} says that it was the join table of {}, which goes through {through}",
                            gone.name()
                        ))
                        .with_hint("take its `renamed_from` out, or let the field go through it"));
                    }
                    through.cloned()
                }
                Some(key) if self.from.model(key).is_none() => Some(key.clone()),
                _ => self.ask_about_join_table(&gone)?,
            };
            if let Some(key) = key {
                new.push(self.join_model(&gone, &key)?);
                self.join_fields.insert((gone.owner, gone.field.name));
                self.join_models.insert(key);
            }
        }
        self.find_renamed_fields(&mut new)?;
        pairs.extend(new);
        pairs.sort_by_cached_key(|pair| by_name(&pair.key));
        Ok(())
    }

    /// `renamed_from = "app.Model.field"` of models: the field -> the model.
    fn join_tables_said(&self) -> Result<BTreeMap<String, ModelKey>> {
        let mut said = BTreeMap::new();
        for (key, model) in &self.hints {
            let Some((owner, field)) = join_field(model) else {
                continue;
            };
            let of_field = self.from.model(&owner).and_then(|owner| owner.field(&field));
            let was = of_field.is_some_and(|field| field.ty == FieldType::ManyToMany);
            if !was && self.from.model(key).is_none() && self.had_models(&owner.app) {
                return Err(Error::config(format!(
                    "{key} says it was the join table of {owner}.{field}, which is not a many-to-many field in the migrations"
                ))
                .with_hint("correct `renamed_from`, or take it out if the model is new"));
            }
            said.insert(format!("{owner}.{field}"), key.clone());
        }
        Ok(said)
    }

    /// Removed many-to-many fields of managed models that still exist.
    fn joins_gone(&self, pairs: &[ModelPair<'a>]) -> Vec<RemovedManyToMany> {
        let mut gone = Vec::new();
        for pair in pairs.iter().filter(|pair| !pair.makes_no_table()) {
            let altered = pair.altered();
            let elsewhere = altered.iter().filter(|(before, field)| replaced(before, field));
            let elsewhere = elsewhere.map(|(before, _)| before.as_ref());
            // With the names before models were renamed.
            let before = self.from.model(self.old_key(&pair.key));
            let Some(before) = before.filter(|before| before.makes_table()) else {
                continue;
            };
            let through = altered
                .iter()
                .filter(|(old, now)| !replaced(old, now) && old.through.is_none() && now.through.is_some());
            let through = through.map(|(old, now)| (old.as_ref(), Some((*now).clone())));
            let gone_fields = pair.removed().into_iter().chain(elsewhere);
            for (field, now) in gone_fields.map(|field| (field, None)).chain(through) {
                let field = before.field(&field.name);
                let join = field.and_then(|field| Some((field, before.join_table_name(field)?)));
                if let Some((field, table)) = join {
                    gone.push(RemovedManyToMany {
                        owner: before.key(),
                        target: field.to.clone().unwrap_or_else(|| before.key()),
                        field: field.clone(),
                        table,
                        now,
                    });
                }
            }
        }
        gone
    }

    /// Asks about new models whose table is a join table, or that have foreign keys to both models it joins.
    fn ask_about_join_table(&mut self, gone: &RemovedManyToMany) -> Result<Option<ModelKey>> {
        let name = gone.name();
        let answers = self.answer_source.answers;
        let created: Vec<&ModelDef> = self.created();
        self.answer_source.use_answer("renamed", name.clone());
        if let Some(new) = answers.renamed.get(&name).filter(|new| new.contains('.')) {
            let key = ModelKey::try_from(new.clone()).ok();
            let key = key.filter(|key| created.iter().any(|model| model.key() == *key));
            return match key {
                Some(key) => Ok(Some(key)),
                None => Err(no_such_answer(&name, new, "new model", "the program")),
            };
        }
        let now = |key: &ModelKey| self.renamed_to.get(key).unwrap_or(key).clone();
        let (owner, target) = (now(&gone.owner), now(&gone.target));
        let candidates = created.iter().filter(|model| {
            let on_table = model.table_name().eq_ignore_ascii_case(&gone.table);
            let is_free = model.makes_table() && !self.join_models.contains(&model.key());
            is_free
                && (on_table || ends(model, &owner, &target).is_some())
                && !answers.is_declined(&name, &model.key().to_string())
        });
        let candidates: Vec<String> = candidates.map(|model| model.key().to_string()).collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let question = Question::JoinTableKept {
            model: gone.owner.clone(),
            field: gone.field.name.clone(),
            candidates,
            table: gone.table.to_string(),
        };
        match self.answer_source.ask(question)? {
            Some(Answer::Renamed(new)) => Ok(ModelKey::try_from(new).ok()),
            _ => Ok(None),
        }
    }

    /// The join table as a model with that key, and the operation that creates it.
    fn join_model(&mut self, gone: &RemovedManyToMany, key: &ModelKey) -> Result<ModelPair<'a>> {
        let RemovedManyToMany { owner, target, .. } = gone;
        let refuse = |why: &str, hint: String| {
            let what = format!("{key} cannot take over the join table of {}", gone.name());
            Err(Error::unsupported(format!("{what}: {why}")).with_hint(hint))
        };
        let Some(new) = self.to.model(key).filter(|new| new.makes_table()) else {
            return refuse(
                "it is not a managed model",
                "take the answer out, or manage the model".to_owned(),
            );
        };
        if gone.now.is_some() && self.from.model(key).is_some() {
            return refuse(
                "it has a table and rows of its own",
                "give the field another name and copy the rows by a RunSql, then remove the old one; or let a new model take over the \
                 join table"
                    .to_owned(),
            );
        }
        let changes = |key: &ModelKey| self.renamed_to.contains_key(key) || self.to.model(key).is_none();
        if changes(owner) || changes(target) {
            return refuse(
                "a model that it joins gets another name in the same run, or goes",
                "make it in two rounds, one of the two changes in each, and run makemigrations after both"
                    .to_owned(),
            );
        }
        if owner.app != key.app {
            return refuse(
                "it is of another app",
                format!(
                    "put the model into the app {} and run makemigrations, then move it",
                    owner.app
                ),
            );
        }
        let keys = match (self.to.model(owner), self.to.model(target), &gone.now) {
            (Some(of), Some(to), Some(now)) => Some(of.through_keys(now, new, to)?),
            (Some(_), Some(_), None) => ends(new, owner, target),
            _ => None,
        };
        // By the primary keys as the table was made of them: the models may have their fields in another order now.
        let joined = self.from.model(owner).zip(self.from.model(target));
        let found = keys.zip(joined).and_then(|((near, far), (owner, target))| {
            let join = join_as_model(owner, &gone.field, target)?;
            Some((join, [near.fields(owner), far.fields(target)]))
        });
        let Some((mut join, ends)) = found else {
            return refuse(
                &format!("it has not a key to {owner} and one to {target}"),
                "give the model both keys; they may change in a later run".to_owned(),
            );
        };
        let id = |field: &&FieldDef| field.primary_key && field.ty.is_integer() && field.generated;
        let id = new.fields.iter().find(id).map(|id| id.name.as_str());
        if !join.called(id, &ends) {
            return refuse(
                "its two foreign keys share a field, or the primary key of what they point at changes in the same run",
                "give each of the two fields of its own, as many as the primary key has; they may change in a later run".to_owned(),
            );
        }
        let mut join = join.model;
        join.app.clone_from(&key.app);
        join.name.clone_from(&key.model);
        if join.table_name() == new.table_name() {
            join.table.clone_from(&new.table);
        }
        let remove = RemoveField {
            model: owner.model.clone(),
            field: gone.field.name.clone(),
        };
        let create = CreateModel::of(&join).into();
        let state: Vec<Operation> = match &gone.now {
            None => vec![remove.into(), create],
            Some(now) => {
                let alter = AlterField {
                    model: owner.model.clone(),
                    field: now.clone(),
                    fill: None,
                };
                vec![create, alter.into()]
            }
        };
        let operation = DetectedOperation::new(SeparateDatabaseAndState {
            database: Vec::new(),
            state,
        });
        let operation = operation.also(Dependency::CreateModel(key.clone()));
        let operation = match gone.now {
            None => operation.also(Dependency::RemoveField(owner.clone(), gone.field.name.clone())),
            Some(_) => operation,
        };
        self.push(&key.app, operation);
        Ok(ModelPair::of_join(join, new))
    }
}

impl RemovedManyToMany {
    fn name(&self) -> String {
        format!("{}.{}", self.owner, self.field.name)
    }
}

/// The many-to-many field that a model's `renamed_from` names.
pub(super) fn join_field(model: &ModelDef) -> Option<(ModelKey, String)> {
    let (owner, field) = model.renamed_from.as_deref()?.rsplit_once('.')?;
    let (app, owner) = owner.split_once('.')?;
    Some((ModelKey::new(app, owner), field.to_owned()))
}

/// The two foreign keys of a model to the models that a table joins.
fn ends<'m>(
    model: &'m ModelDef,
    source: &ModelKey,
    target: &ModelKey,
) -> Option<(ThroughKey<'m>, ThroughKey<'m>)> {
    let first = ThroughKey::of_model(model).find(|key| key.points_at(source))?;
    let mut others = ThroughKey::of_model(model).filter(|key| key.name() != first.name());
    let second = others.find(|key| key.points_at(target))?;
    let backwards = source == target && second.name().starts_with("from") && first.name().starts_with("to");
    Some(match backwards {
        true => (second, first),
        false => (first, second),
    })
}
