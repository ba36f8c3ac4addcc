//! All models of a project at one point of its history.

mod collation;
mod enums;
mod field_references;
mod pointed_at;
mod reverse_relations;
#[cfg(test)]
mod tests;

pub(super) use collation::Collation;
pub use enums::EnumKey;
pub(super) use enums::rename_text;
pub(super) use field_references::{check_fields, user_of};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{CompositeForeignKeyDef, FieldDef, ModelDef, ModelKey};
use crate::value::Literal;

use pointed_at::check_unique;
use reverse_relations::ReverseRelations;

/// The models of every app: those of the program, or the result of replaying operations. Cloning is cheap, because
/// models are shared copy-on-write.
///
/// # Example: what the migrations lead to is what the models say
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::ProjectState;
///
/// let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
/// let models: Vec<_> = models.into_iter().filter(|model| model.app == "blog").collect();
/// assert!(blog::migrations()?.state()?.agrees_with(&ProjectState::from_models(&models)?));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectState {
    models: BTreeMap<ModelKey, Arc<ModelDef>>,
    enums: BTreeMap<EnumKey, Vec<String>>,
    /// Collations created by migrations. No model refers to one, so they do not count when states are compared.
    collations: BTreeMap<String, Collation>,
    /// Derived from the models.
    reverse_relations: ReverseRelations,
}

impl ProjectState {
    /// The state that models describe.
    ///
    /// # Errors
    /// If two models have the same name, a relation's target does not exist, fields of one enum type
    /// allow different strings, or a default is a number that files cannot hold.
    ///
    /// # Example: of some models
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::ProjectState;
    ///
    /// let mut tag = orm::migrate::StateFile::of_migrations(&blog::migrations()?)?.into_models();
    /// tag.retain(|model| model.name == "Tag");
    /// assert_eq!(ProjectState::from_models(&tag)?.models().len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn from_models(models: &[ModelDef]) -> Result<Self> {
        let mut state = ProjectState {
            enums: enums::of_models(models)?,
            ..ProjectState::default()
        };
        for model in models {
            let key = model.key();
            let mut model = model.clone();
            model.renamed_from = None;
            model.app_renamed_from = None;
            for field in &mut model.fields {
                // An answer to a question, not part of the model.
                field.renamed_from = None;
                field.renamed_in_embed = false;
                field.renamed_choices.clear();
                if let Some(Literal::Float(value)) = field.default
                    && !value.is_finite()
                {
                    return Err(Error::config(format!(
                        "{key}.{} has a default that is not a number",
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
    ///
    /// # Example: five of them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(blog::migrations()?.state()?.models().len(), 5);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn models(&self) -> &BTreeMap<ModelKey, Arc<ModelDef>> {
        &self.models
    }

    /// The model of that name.
    ///
    /// # Example: one of them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::ModelKey;
    ///
    /// assert!(blog::migrations()?.state()?.model(&ModelKey::new("blog", "Tag")).is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn model(&self, key: &ModelKey) -> Option<&ModelDef> {
        self.models.get(key).map(Arc::as_ref)
    }

    /// Every relation from another model to `target`, as model and field. Reads only the models that have one.
    ///
    /// # Example: who points at authors
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::ModelKey;
    ///
    /// let state = blog::migrations()?.state()?;
    /// assert_eq!(state.incoming(&ModelKey::new("blog", "Author")).count(), 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn incoming<'a>(&'a self, target: &'a ModelKey) -> impl Iterator<Item = (ModelKey, &'a FieldDef)> {
        self.reverse_relations
            .pointing_at(target)
            .filter(move |owner| *owner != target)
            .filter_map(|owner| self.models.get_key_value(owner))
            .flat_map(move |(owner, model)| {
                let fields = model.fields.iter();
                fields
                    .filter(move |field| field.refers_to().any(|to| to == target))
                    .map(|field| (owner.clone(), field))
            })
    }

    /// Every foreign key over several columns from another model to `target`, with its model.
    pub(super) fn incoming_composite<'a>(
        &'a self,
        target: &'a ModelKey,
    ) -> impl Iterator<Item = (&'a ModelKey, &'a CompositeForeignKeyDef)> {
        let owners = self.reverse_relations.pointing_at(target);
        owners
            .filter(move |owner| *owner != target)
            .filter_map(|owner| self.models.get_key_value(owner))
            .flat_map(|(owner, model)| model.composite_foreign_keys().map(move |key| (owner, key)))
            .filter(move |(_, key)| key.to == *target)
    }

    /// The views that read a model.
    pub(super) fn read_by<'a>(&'a self, read: &'a ModelKey) -> impl Iterator<Item = &'a ModelKey> {
        let owners = self.reverse_relations.pointing_at(read);
        owners.filter(move |owner| {
            let model = self.models.get(*owner);
            model.is_some_and(|model| model.reads().any(|other| other == read))
        })
    }

    /// Whether both have the same models. The order of fields, indexes and constraints does not matter, because
    /// columns are added at the end of an existing table.
    ///
    /// # Example: with itself
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let state = blog::migrations()?.state()?;
    /// assert!(state.agrees_with(&state));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn agrees_with(&self, other: &ProjectState) -> bool {
        self.enums == other.enums
            && self.models.len() == other.models.len()
            && self
                .models
                .iter()
                .zip(&other.models)
                .all(|((key, model), (other_key, other))| key == other_key && same(model, other))
    }

    pub(super) fn create(&mut self, mut model: ModelDef) -> Result<()> {
        let key = model.key();
        if self.models.contains_key(&key) {
            return Err(Error::migration(format!("the model {key} exists already")));
        }
        for (at, field) in model.fields.iter().enumerate() {
            if model.fields[..at].iter().any(|other| other.name == field.name) {
                return Err(Error::migration(format!(
                    "{key} has two fields named {}",
                    field.name
                )));
            }
        }
        for index in &model.indexes {
            check_fields(&model, &index.name, index.fields())?;
        }
        for constraint in &model.constraints {
            check_fields(&model, constraint.name(), constraint.fields())?;
        }
        for object in &model.objects {
            check_fields(&model, &object.label(), object.fields())?;
        }
        for field in &model.fields {
            check_reads(&model, field)?;
        }
        for field in &mut model.fields {
            if let Some(choices) = self.choices_of(&model.app, field)? {
                field.choices = choices;
            }
        }
        self.reverse_relations.insert(&key, &model);
        self.models.insert(key, Arc::new(model));
        Ok(())
    }

    pub(super) fn delete(&mut self, key: &ModelKey) -> Result<Arc<ModelDef>> {
        if let Some((model, field)) = self.incoming(key).next() {
            return Err(
                Error::migration(format!("{model}.{} still points at {key}", field.name))
                    .with_hint(format!("remove {model}.{} before the model", field.name)),
            );
        }
        if let Some((model, relation)) = self.incoming_composite(key).next() {
            let relation = format!("{model}.{}", relation.relation);
            return Err(Error::migration(format!("{relation} still points at {key}"))
                .with_hint(format!("remove the constraint of {relation} before the model")));
        }
        if let Some(view) = self.read_by(key).next() {
            return Err(Error::migration(format!("the view {view} still reads {key}"))
                .with_hint(format!("delete or change {view} before the model")));
        }
        let model = self.models.remove(key).ok_or_else(|| missing(key))?;
        self.reverse_relations.remove(key, &model);
        Ok(model)
    }

    /// Renames a model, or moves it to another app. Relations to it follow, and so do default table names.
    pub(super) fn rename(&mut self, old: &ModelKey, new: &ModelKey) -> Result<()> {
        if self.models.contains_key(new) {
            return Err(Error::migration(format!("the model {new} exists already"))
                .with_hint(format!("rename or delete {new} before")));
        }
        let choices = self.existing(old)?.fields.iter();
        let choices: Vec<_> = choices
            .map(|field| self.choices_of(&new.app, field))
            .collect::<Result<_>>()?;
        let mut model = self.models.remove(old).ok_or_else(|| missing(old))?;
        let owners: Vec<ModelKey> = self.reverse_relations.pointing_at(old).cloned().collect();
        for owner in owners.iter().filter(|owner| *owner != old) {
            self.edit_fields(owner, |model| {
                model.retarget(old, new);
                Ok(())
            })?;
        }
        self.reverse_relations.remove(old, &model);
        let renamed = Arc::make_mut(&mut model);
        renamed.rename(new);
        for (field, choices) in renamed.fields.iter_mut().zip(choices) {
            field.choices = choices.unwrap_or_else(|| std::mem::take(&mut field.choices));
        }
        self.reverse_relations.insert(new, renamed);
        self.models.insert(new.clone(), model);
        Ok(())
    }

    pub(super) fn existing(&self, key: &ModelKey) -> Result<&ModelDef> {
        self.model(key).ok_or_else(|| missing(key))
    }

    /// Changes a model, except the targets and enum types of its fields.
    pub(super) fn edit<T>(
        &mut self,
        key: &ModelKey,
        change: impl FnOnce(&mut ModelDef) -> Result<T>,
    ) -> Result<T> {
        let model = self.models.get_mut(key).ok_or_else(|| missing(key))?;
        change(Arc::make_mut(model))
    }

    /// Changes anything in a model except its name.
    pub(super) fn edit_fields<T>(
        &mut self,
        key: &ModelKey,
        change: impl FnOnce(&mut ModelDef) -> Result<T>,
    ) -> Result<T> {
        let model = Arc::make_mut(self.models.get_mut(key).ok_or_else(|| missing(key))?);
        self.reverse_relations.remove(key, model);
        let changed = change(model);
        self.reverse_relations.insert(key, model);
        changed
    }

    pub(super) fn check_targets(&self, model: &ModelDef) -> Result<()> {
        let key = model.key();
        if let Some(read) = model
            .reads()
            .find(|read| **read == key || !self.models.contains_key(*read))
        {
            let what = match *read == key {
                true => "reads itself",
                false => "reads a model that does not exist",
            };
            return Err(Error::migration(format!("the view {key} {what}: {read}")));
        }
        for field in &model.fields {
            self.check_target(&key, field)?;
            if let Some(pointed_at) = &field.to_field
                && field.to.as_ref() == Some(&key)
            {
                check_unique(&key, field, model, pointed_at)?;
            }
        }
        self.check_composite_foreign_keys(model)
    }

    pub(super) fn check_target(&self, owner: &ModelKey, field: &FieldDef) -> Result<()> {
        if let Some(to) = field
            .refers_to()
            .find(|to| *to != owner && !self.models.contains_key(to))
        {
            let verb = match field.to.as_ref() == Some(to) {
                true => "points at",
                false => "goes through",
            };
            return Err(Error::migration(format!(
                "{owner}.{} {verb} {to}, which does not exist",
                field.name
            )));
        }
        match &field.to {
            None if field.ty.is_relation() => Err(Error::migration(format!(
                "{owner}.{} is a relation and does not say to what",
                field.name
            ))
            .with_hint("add `to = \"app.Model\"`")),
            // A model that is being made looks at its own fields itself.
            to => match (to.as_ref().and_then(|to| self.model(to)), &field.to_field) {
                (Some(target), Some(pointed_at)) => check_unique(owner, field, target, pointed_at),
                _ => Ok(()),
            },
        }
    }

    /// The definition of a collation created by a migration.
    pub(super) fn collation(&self, name: &str) -> Option<&Collation> {
        self.collations.get(name)
    }

    pub(super) fn set_collation(&mut self, name: &str, collation: Option<Collation>) {
        match collation {
            Some(collation) => self.collations.insert(name.to_owned(), collation),
            None => self.collations.remove(name),
        };
    }
}

/// Checks that a generated field reads existing fields other than itself.
pub(super) fn check_reads(model: &ModelDef, field: &FieldDef) -> Result<()> {
    let Some(made) = &field.generated_as else {
        return Ok(());
    };
    let read = made.expression.fields();
    if read.contains(&field.name.as_str()) {
        return Err(Error::migration(format!(
            "{}.{} is computed from itself",
            model.key(),
            field.name
        )));
    }
    check_fields(model, &field.name, read)
}

fn missing(key: &ModelKey) -> Error {
    Error::migration(format!("there is no model {key}"))
}

/// Whether two models are equal apart from the order of their parts.
fn same(one: &Arc<ModelDef>, other: &Arc<ModelDef>) -> bool {
    let sorted = |model: &ModelDef| {
        let mut model = model.clone();
        model.fields.sort_by(|a, b| a.name.cmp(&b.name));
        model.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        model.constraints.sort_by(|a, b| a.name().cmp(b.name()));
        model
            .objects
            .sort_by_key(|object| (object.kind(), object.name().to_owned()));
        model
    };
    Arc::ptr_eq(one, other) || one == other || sorted(one) == sorted(other)
}
