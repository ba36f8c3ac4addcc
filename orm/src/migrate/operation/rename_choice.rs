//! Renames an allowed string of a field.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelDef;

use super::model_change::ModelChange;
use super::{
    AccessKind, Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower,
};
use crate::migrate::state::{ProjectState, rename_text};

/// Renames one of the strings or numbers that a field allows; rows, defaults and conditions that hold it follow. Values of an
/// enum type belong to the type: [`RenameEnumValue`](super::RenameEnumValue) renames them. Foreign keys over several columns that
/// stand on the field have to be removed before and added after, since the rows of their other side do not follow.
///
/// # Example: in all rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RenameChoice, Operation};
///
/// let operation: Operation = RenameChoice { model: "Post".to_owned(), field: "status".to_owned(), old: "draft".to_owned(), new: "sketch".to_owned() }.into();
/// assert_eq!(operation.symbol(), '~');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameChoice {
    /// Name of the model.
    pub model: String,
    /// Name of the field.
    pub field: String,
    /// The old value.
    pub old: String,
    /// The new value.
    pub new: String,
}

impl ModelChange for RenameChoice {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let name = format!("{}.{}", model.key(), self.field);
        let Some(field) = model.fields.iter_mut().find(|field| field.name == self.field) else {
            return Err(Error::migration(format!("there is no field {name}")));
        };
        if field.enum_type.is_some() {
            return Err(
                Error::migration(format!("the strings of {name} are those of an enum type"))
                    .with_hint("rename them with RenameEnumValue"),
            );
        }
        if field.choices.contains(&self.new) {
            return Err(Error::migration(format!(
                "{name} has the text `{}` already",
                self.new
            )));
        }
        match field.choices.iter_mut().find(|text| **text == self.old) {
            Some(text) => text.clone_from(&self.new),
            None => {
                return Err(Error::migration(format!("{name} has no text `{}`", self.old)));
            }
        }
        rename_text(model, std::slice::from_ref(&self.field), &self.old, &self.new);
        Ok(())
    }
}

impl Contract for RenameChoice {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RenameChoice {
            old: self.new.clone(),
            new: self.old.clone(),
            ..self.clone()
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Choice(self)
    }

    fn describe(&self) -> String {
        format!(
            "rename value {} of {} on {} to {}",
            self.old, self.field, self.model, self.new
        )
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "rename_{}_{}_{}_{}",
            lower(&self.old),
            lower(&self.model),
            lower(&self.field),
            lower(&self.new)
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::RenamesValue,
            SchemaObject::Field(ModelRef::new(app, &self.model), &self.field),
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RenameChoice(later)
                if later.model == self.model && later.field == self.field && later.old == self.new =>
            {
                match later.new == self.old {
                    true => Reduction::none(),
                    false => Reduction::one(RenameChoice {
                        old: self.old.clone(),
                        ..later.clone()
                    }),
                }
            }
            Operation::RemoveField(remove) if remove.model == self.model && remove.field == self.field => {
                Reduction::one(remove.clone())
            }
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
