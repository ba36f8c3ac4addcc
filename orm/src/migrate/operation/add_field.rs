//! Adds a field.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::Literal;

use super::model_change::ModelChange;
use super::{
    AccessKind, AlterField, Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction,
    RemoveField, lower, stored_field,
};
use crate::migrate::state::{ProjectState, check_reads};

/// Adds a field after the existing ones.
///
/// # Example: rows that exist get an empty string, once
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AddField, Operation};
/// use orm::fields::{FieldType, Literal};
/// use orm::models::FieldDef;
///
/// let operation: Operation = AddField { model: "Post".to_owned(), field: FieldDef::new("summary", FieldType::Text), fill: Some(Literal::Str(String::new())) }.into();
/// assert_eq!(operation.line(), "+ add field summary to Post");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddField {
    /// Name of the model.
    pub model: String,
    /// The field.
    #[serde(serialize_with = "stored_field::field")]
    pub field: FieldDef,
    /// The value that existing rows get, once. It is not a default for later rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Literal>,
}

impl AddField {
    fn is_field(&self, model: &str, field: &str) -> bool {
        self.model == model && self.field.name == field
    }

    /// The same addition with the field as `alter` leaves it; `None` if the value for existing rows would need
    /// converting.
    fn altered(&self, alter: &AlterField) -> Option<AddField> {
        let default = self.field.default.as_ref();
        let so_far = self.fill.as_ref().or(default);
        let kept = self.fill.is_none() && default == alter.field.default.as_ref();
        let fill = match so_far {
            None => alter.fill.clone(),
            Some(_) if kept => None,
            Some(_) if self.field.ty != alter.field.ty => return None,
            Some(value) => Some(value.clone()),
        };
        Some(AddField {
            model: self.model.clone(),
            field: alter.field.clone(),
            fill,
        })
    }
}

impl ModelChange for AddField {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        if model.field(&self.field.name).is_some() {
            return Err(Error::migration(format!(
                "{} has a field {} already",
                model.key(),
                self.field.name
            )));
        }
        check_reads(model, &self.field)?;
        model.fields.push(self.field.clone());
        Ok(())
    }
}

impl Contract for AddField {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        state.check_target(&key, &self.field)?;
        let choices = state.choices_of(app, &self.field)?;
        state.edit_fields(&key, |model| {
            self.change(model)?;
            if let Some(choices) = choices {
                stored_field::set_choices(model, &self.field.name, choices);
            }
            Ok(())
        })?;
        match self.field.primary_key {
            true => state.check_pointed_at(&key),
            false => Ok(()),
        }
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveField {
            model: self.model.clone(),
            field: self.field.name.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Alter {
            model: &self.model,
            fill: self.fill.as_ref().map(|fill| (self.field.name.as_str(), fill)),
        }
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add field {} to {}", self.field.name, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("{}_{}", lower(&self.model), lower(&self.field.name)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().field(AccessKind::Creates, ModelRef::new(app, &self.model), &self.field)
    }

    fn fields(&self) -> &[FieldDef] {
        std::slice::from_ref(&self.field)
    }

    fn fields_mut(&mut self) -> &mut [FieldDef] {
        std::slice::from_mut(&mut self.field)
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterField(alter) if self.is_field(&alter.model, &alter.field.name) => {
                self.altered(alter).map_or(Reduction::Barrier, Reduction::one)
            }
            Operation::RemoveField(remove) if self.is_field(&remove.model, &remove.field) => {
                Reduction::none()
            }
            Operation::RenameField(rename) if self.is_field(&rename.model, &rename.old) => {
                let mut add = self.clone();
                add.field.name.clone_from(&rename.new);
                Reduction::one(add)
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
