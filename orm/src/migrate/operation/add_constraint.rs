//! Adds a constraint.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ConstraintDef, ModelDef, ModelKey};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, RemoveConstraint, lower};
use crate::migrate::state::{ProjectState, check_fields};

/// Adds a constraint to a model: what is unique, a check, an exclusion constraint or a foreign key over several columns.
///
/// # Example: a unique constraint
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AddConstraint, Operation};
/// use orm::models::UniqueDef;
///
/// let operation: Operation = AddConstraint { model: "Tag".to_owned(), constraint: UniqueDef::over("tag_label", ["label"]).into() }.into();
/// assert_eq!(operation.line(), "+ add constraint tag_label to Tag");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddConstraint {
    /// Name of the model.
    pub model: String,
    /// The constraint.
    pub constraint: ConstraintDef,
}

impl AddConstraint {
    fn is_constraint(&self, model: &str, constraint: &str) -> bool {
        self.model == model && self.constraint.name() == constraint
    }
}

impl ModelChange for AddConstraint {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let (key, name) = (model.key(), self.constraint.name());
        if model.constraints.iter().any(|other| other.name() == name) {
            return Err(Error::migration(format!("{key} has a constraint {name} already")));
        }
        check_fields(model, name, self.constraint.fields())?;
        model.constraints.push(self.constraint.clone());
        Ok(())
    }
}

impl Contract for AddConstraint {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        state.edit_fields(&key, |model| self.change(model))?;
        match self.constraint.foreign_key() {
            Some(_) => state.check_composite_foreign_keys(state.existing(&key)?),
            None => Ok(()),
        }
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveConstraint {
            model: self.model.clone(),
            constraint: self.constraint.name().to_owned(),
        }
        .into())
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add constraint {} to {}", self.constraint.name(), self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "{}_{}",
            lower(&self.model),
            lower(self.constraint.name())
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().constraint(
            AccessKind::Creates,
            ModelRef::new(app, &self.model),
            &self.constraint,
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RemoveConstraint(remove) if self.is_constraint(&remove.model, &remove.constraint) => {
                Reduction::none()
            }
            Operation::AlterConstraint(alter)
                if self.is_constraint(&alter.model, alter.constraint.name()) =>
            {
                Reduction::one(AddConstraint {
                    model: self.model.clone(),
                    constraint: alter.constraint.clone(),
                })
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
