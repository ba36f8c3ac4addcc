//! Removes a field.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey};

use super::model_change::ModelChange;
use super::{
    AccessKind, AddField, Contract, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower,
    stored_field,
};
use crate::migrate::state::{ProjectState, user_of};

/// Removes a field with its column and the values in it.
///
/// # Example: with its column
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RemoveField, Operation};
///
/// let operation: Operation = RemoveField { model: "Post".to_owned(), field: "summary".to_owned() }.into();
/// assert_eq!(operation.symbol(), '-');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveField {
    /// Name of the model.
    pub model: String,
    /// Name of the field.
    pub field: String,
}

/// The field of a model, or an error with both names.
pub(super) fn find<'a>(state: &'a ProjectState, key: &ModelKey, field: &str) -> Result<&'a FieldDef> {
    state
        .existing(key)?
        .field(field)
        .ok_or_else(|| Error::migration(format!("{key} has no field {field}")))
}

impl ModelChange for RemoveField {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        if model.field(&self.field).is_none() {
            return Err(Error::migration(format!(
                "{} has no field {}",
                model.key(),
                self.field
            )));
        }
        if let Some(user) = user_of(model, &self.field) {
            let key = model.key();
            return Err(
                Error::migration(format!("{user} of {key} is over the field {}", self.field))
                    .with_hint(format!("remove {user} before the field")),
            );
        }
        model.fields.retain(|field| field.name != self.field);
        Ok(())
    }
}

impl Contract for RemoveField {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        state.edit_fields(&key, |model| self.change(model))?;
        state.check_pointed_at(&key)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AddField {
            model: self.model.clone(),
            field: stored_field::stored(find(before, &ModelKey::new(app, &self.model), &self.field)?),
            fill: None,
        }
        .into())
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("remove field {} from {}", self.field, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("remove_{}_{}", lower(&self.model), lower(&self.field)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::Deletes,
            SchemaObject::Field(ModelRef::new(app, &self.model), &self.field),
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
