//! All models of a project at one point of its history.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{CheckExpr, ConstraintDef, FieldDef, ModelDef, ModelKey};
use crate::value::Literal;

/// The models of every app, as the models say now or as operations replay to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectState {
    models: BTreeMap<ModelKey, ModelDef>,
}

impl ProjectState {
    /// The state that models describe.
    ///
    /// # Errors
    /// If two models have one name, a relation points nowhere, or a default is a number that no file can hold.
    pub fn from_models(models: &[ModelDef]) -> Result<Self> {
        let mut state = ProjectState::default();
        for model in models {
            let key = model.key();
            let mut model = model.clone();
            model.renamed_from = None;
            for field in &mut model.fields {
                // An answer to a question, no part of what the model is.
                field.renamed_from = None;
                field.renamed_choices.clear();
                if let Some(Literal::Float(value)) = field.default
                    && !value.is_finite()
                {
                    return Err(Error::config(format!(
                        "{key}.{} has a default that is no number",
                        field.name
                    ))
                    .with_hint("give a finite number, or make the field an Option"));
                }
            }
            state.create(model)?;
        }
        for model in state.models.values() {
            state.check_targets(model)?;
        }
        Ok(state)
    }

    /// Every model, by app and name.
    pub fn models(&self) -> &BTreeMap<ModelKey, ModelDef> {
        &self.models
    }

    /// The model of that name.
    pub fn model(&self, key: &ModelKey) -> Option<&ModelDef> {
        self.models.get(key)
    }

    /// Every relation that points at `target` from another model, as its model and field.
    pub fn incoming<'a>(&'a self, target: &'a ModelKey) -> impl Iterator<Item = (ModelKey, &'a FieldDef)> {
        self.models.values().flat_map(move |model| {
            model
                .fields
                .iter()
                .filter(move |field| field.to.as_ref() == Some(target) && model.key() != *target)
                .map(|field| (model.key(), field))
        })
    }

    /// Whether both hold the same models; the order of fields, indexes and constraints does not matter, because
    /// columns of a table that exists are added at its end.
    pub fn agrees_with(&self, other: &ProjectState) -> bool {
        self.sorted() == other.sorted()
    }

    fn sorted(&self) -> BTreeMap<ModelKey, ModelDef> {
        let mut models = self.models.clone();
        for model in models.values_mut() {
            model.fields.sort_by(|a, b| a.name.cmp(&b.name));
            model.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            model.constraints.sort_by(|a, b| a.name().cmp(b.name()));
        }
        models
    }

    pub(super) fn create(&mut self, model: ModelDef) -> Result<()> {
        let key = model.key();
        for (at, field) in model.fields.iter().enumerate() {
            if model.fields[..at].iter().any(|other| other.name == field.name) {
                return Err(Error::migration(format!(
                    "{key} has two fields named {}",
                    field.name
                )));
            }
        }
        for index in &model.indexes {
            check_fields(&model, &index.name, index.fields.iter().map(String::as_str))?;
        }
        for constraint in &model.constraints {
            check_fields(&model, constraint.name(), constraint_fields(constraint))?;
        }
        if self.models.contains_key(&key) {
            return Err(Error::migration(format!("the model {key} exists already")));
        }
        self.models.insert(key, model);
        Ok(())
    }

    pub(super) fn delete(&mut self, key: &ModelKey) -> Result<ModelDef> {
        if let Some((model, field)) = self.incoming(key).next() {
            return Err(
                Error::migration(format!("{model}.{} still points at {key}", field.name))
                    .with_hint(format!("remove {model}.{} before the model", field.name)),
            );
        }
        self.models
            .remove(key)
            .ok_or_else(|| Error::migration(format!("there is no model {key}")))
    }

    pub(super) fn existing(&self, key: &ModelKey) -> Result<&ModelDef> {
        self.models
            .get(key)
            .ok_or_else(|| Error::migration(format!("there is no model {key}")))
    }

    pub(super) fn existing_mut(&mut self, key: &ModelKey) -> Result<&mut ModelDef> {
        self.models
            .get_mut(key)
            .ok_or_else(|| Error::migration(format!("there is no model {key}")))
    }

    pub(super) fn check_targets(&self, model: &ModelDef) -> Result<()> {
        for field in &model.fields {
            self.check_target(&model.key(), field)?;
        }
        Ok(())
    }

    pub(super) fn check_target(&self, owner: &ModelKey, field: &FieldDef) -> Result<()> {
        match &field.to {
            Some(to) if !self.models.contains_key(to) => Err(Error::migration(format!(
                "{owner}.{} points at {to}, which does not exist",
                field.name
            ))),
            None if field.ty.is_relation() => Err(Error::migration(format!(
                "{owner}.{} is a relation and does not say to what",
                field.name
            ))
            .with_hint("add `to = \"app.Model\"`")),
            _ => Ok(()),
        }
    }
}

/// That an index or constraint is over fields the model has.
pub(super) fn check_fields<'a>(
    model: &ModelDef,
    name: &str,
    fields: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    for field in fields {
        let field = field.trim_start_matches('-');
        if model.field(field).is_none() {
            return Err(Error::migration(format!(
                "{name} of {} is over the field {field}, which does not exist",
                model.key()
            )));
        }
    }
    Ok(())
}

/// The fields a constraint is over.
pub(super) fn constraint_fields(constraint: &ConstraintDef) -> Vec<&str> {
    fn walk<'a>(condition: &'a CheckExpr, out: &mut Vec<&'a str>) {
        match condition {
            CheckExpr::Field { field } => out.push(field),
            CheckExpr::Literal(_) => {}
            CheckExpr::Call(parts) => parts.iter().for_each(|part| walk(part, out)),
        }
    }
    match constraint {
        ConstraintDef::Unique { fields, .. } => fields.iter().map(String::as_str).collect(),
        ConstraintDef::Check { condition, .. } => {
            let mut out = Vec::new();
            walk(condition, &mut out);
            out
        }
    }
}

/// Name of the index or constraint that is over a field, if there is one.
pub(super) fn user_of<'a>(model: &'a ModelDef, field: &str) -> Option<&'a str> {
    let index = model
        .indexes
        .iter()
        .find(|index| {
            index
                .fields
                .iter()
                .any(|name| name.trim_start_matches('-') == field)
        })
        .map(|index| index.name.as_str());
    index.or_else(|| {
        model
            .constraints
            .iter()
            .find(|constraint| constraint_fields(constraint).contains(&field))
            .map(ConstraintDef::name)
    })
}
