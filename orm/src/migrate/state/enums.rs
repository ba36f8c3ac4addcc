//! Enum types: lists of strings that fields of an app share.

use std::collections::BTreeMap;
use std::fmt;

use super::ProjectState;
use crate::error::{Error, Result};
use crate::expr::{Node, OperandTypes, RowExpr};
use crate::model::{FieldDef, IndexDef, ModelDef, ModelKey, TableObjectDef};

/// `app.name` of an enum type.
///
/// # Example: the type of a field
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let key = orm::migrate::EnumKey::new("blog", "Mood");
/// assert_eq!(key.to_string(), "blog.Mood");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumKey {
    /// Label of the app it belongs to.
    pub app: String,
    /// Name of the type.
    pub name: String,
}

impl EnumKey {
    /// The key of the type `name` of `app`.
    ///
    /// # Example: a key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::migrate::EnumKey::new("blog", "Mood").app, "blog");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> Self {
        EnumKey {
            app: app.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for EnumKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app, self.name)
    }
}

/// The enum types of the models' fields.
pub(super) fn of_models(models: &[ModelDef]) -> Result<BTreeMap<EnumKey, Vec<String>>> {
    let mut found: BTreeMap<EnumKey, (ModelKey, &FieldDef)> = BTreeMap::new();
    for model in models {
        for field in &model.fields {
            let Some(name) = &field.enum_type else { continue };
            let key = EnumKey::new(&model.app, name);
            check_values(&key, &field.choices)?;
            match found.get(&key) {
                Some((owner, first)) if first.choices != field.choices => {
                    return Err(Error::config(format!(
                        "{owner}.{} and {}.{} are of the enum type {key} and do not allow the same texts",
                        first.name,
                        model.key(),
                        field.name
                    ))
                    .with_hint("give one of the two enums another name"));
                }
                Some(_) => {}
                None => {
                    found.insert(key, (model.key(), field));
                }
            }
        }
    }
    let values = found
        .into_iter()
        .map(|(key, (_, field))| (key, field.choices.clone()));
    Ok(values.collect())
}

/// Checks that a list of strings can be an enum type.
fn check_values(key: &EnumKey, values: &[String]) -> Result<()> {
    if values.is_empty() {
        return Err(Error::migration(format!("the enum type {key} has no values")));
    }
    for (at, value) in values.iter().enumerate() {
        if values[..at].contains(value) {
            return Err(Error::migration(format!(
                "the enum type {key} has the value `{value}` twice"
            )));
        }
    }
    Ok(())
}

impl ProjectState {
    /// The enum types of every app, each with its values in order.
    ///
    /// # Example: the blog has none: its choices are plain
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(blog::migrations()?.state()?.enums().len(), 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn enums(&self) -> &BTreeMap<EnumKey, Vec<String>> {
        &self.enums
    }

    /// The values of an enum type.
    pub(in crate::migrate) fn existing_enum(&self, key: &EnumKey) -> Result<&Vec<String>> {
        self.enums.get(key).ok_or_else(|| missing(key))
    }

    /// The values that a field of an enum type allows, which files leave out.
    pub(in crate::migrate) fn choices_of(&self, app: &str, field: &FieldDef) -> Result<Option<Vec<String>>> {
        match &field.enum_type {
            Some(name) => Ok(Some(self.existing_enum(&EnumKey::new(app, name))?.clone())),
            None => Ok(None),
        }
    }

    pub(in crate::migrate) fn create_enum(&mut self, key: EnumKey, values: Vec<String>) -> Result<()> {
        check_values(&key, &values)?;
        if self.enums.contains_key(&key) {
            return Err(Error::migration(format!("the enum type {key} exists already")));
        }
        self.enums.insert(key, values);
        Ok(())
    }

    pub(in crate::migrate) fn delete_enum(&mut self, key: &EnumKey) -> Result<()> {
        if let Some(user) = self.reverse_relations.using(key).next() {
            return Err(
                Error::migration(format!("{user} still has a field of the enum type {key}"))
                    .with_hint("remove or alter the field before the type"),
            );
        }
        match self.enums.remove(key) {
            Some(_) => Ok(()),
            None => Err(missing(key)),
        }
    }

    /// Changes the values of a type, and of every field that has it.
    pub(in crate::migrate) fn set_enum(&mut self, key: &EnumKey, values: Vec<String>) -> Result<()> {
        check_values(key, &values)?;
        self.existing_enum(key)?;
        self.each_user(key, |field| field.choices.clone_from(&values));
        self.enums.insert(key.clone(), values);
        Ok(())
    }

    /// Renames a value of a type; defaults and conditions with it follow.
    pub(in crate::migrate) fn rename_enum_value(
        &mut self,
        key: &EnumKey,
        old: &str,
        new: &str,
    ) -> Result<()> {
        let mut values = self.existing_enum(key)?.clone();
        match values.iter_mut().find(|value| *value == old) {
            Some(value) => new.clone_into(value),
            None => {
                return Err(Error::migration(format!(
                    "the enum type {key} has no value `{old}`"
                )));
            }
        }
        self.set_enum(key, values)?;
        let users: Vec<ModelKey> = self.reverse_relations.using(key).cloned().collect();
        for user in users {
            if let Some(model) = self.models.get_mut(&user) {
                let model = std::sync::Arc::make_mut(model);
                let of_type = model.fields.iter();
                let of_type = of_type.filter(|field| field.enum_type.as_ref() == Some(&key.name));
                let of_type: Vec<String> = of_type.map(|field| field.name.clone()).collect();
                rename_text(model, &of_type, old, new);
            }
        }
        Ok(())
    }

    fn each_user(&mut self, key: &EnumKey, mut change: impl FnMut(&mut FieldDef)) {
        let users: Vec<ModelKey> = self.reverse_relations.using(key).cloned().collect();
        for user in users {
            if let Some(model) = self.models.get_mut(&user) {
                let fields = &mut std::sync::Arc::make_mut(model).fields;
                fields
                    .iter_mut()
                    .filter(|field| field.enum_type.as_ref() == Some(&key.name))
                    .for_each(&mut change);
            }
        }
    }
}

/// Renames a string of some fields in their defaults and in conditions of the model that compare them.
pub(in crate::migrate) fn rename_text(model: &mut ModelDef, of_type: &[String], old: &str, new: &str) {
    for field in model
        .fields
        .iter_mut()
        .filter(|field| of_type.contains(&field.name))
    {
        if let Some(default) = &mut field.default {
            default.rename_string(old, new);
        }
    }
    for field in &mut model.fields {
        if let Some(made) = &mut field.generated_as {
            rename_in(&mut made.expression, of_type, old, new);
        }
    }
    for constraint in &mut model.constraints {
        for expression in constraint.expressions_mut() {
            rename_in(expression, of_type, old, new);
        }
    }
    for expression in (model.objects.iter_mut()).flat_map(TableObjectDef::expressions_mut) {
        rename_in(expression, of_type, old, new);
    }
    for expression in model.indexes.iter_mut().flat_map(IndexDef::expressions_mut) {
        rename_in(expression, of_type, old, new);
    }
}

fn rename_in(condition: &mut RowExpr, fields: &[String], old: &str, new: &str) {
    condition.each_mut(&mut |node| {
        let Node::Call(function, operands) = node else {
            return;
        };
        let compares = matches!(
            function.def().operands,
            OperandTypes::SameType | OperandTypes::List | OperandTypes::Arrays
        ) && (operands.iter())
            .any(|operand| matches!(operand, Node::Column(field) if fields.contains(field)));
        for operand in operands.iter_mut().filter(|_| compares) {
            if let Node::Value(value) = operand {
                value.rename_string(old, new);
            }
        }
    });
}

fn missing(key: &EnumKey) -> Error {
    Error::migration(format!("there is no enum type {key}")).with_hint("create it before, with CreateEnum")
}
