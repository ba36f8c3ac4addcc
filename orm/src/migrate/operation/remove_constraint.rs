//! Removes a constraint.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ModelDef, ModelKey};

use super::model_change::ModelChange;
use super::{
    AccessKind, AddConstraint, Contract, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower,
};
use crate::migrate::state::ProjectState;

/// Removes a constraint; the state has its definition.
///
/// # Example: by its name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RemoveConstraint, Operation};
///
/// let operation: Operation = RemoveConstraint { model: "Tag".to_owned(), constraint: "tag_label".to_owned() }.into();
/// assert_eq!(operation.line(), "- remove constraint tag_label from Tag");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveConstraint {
    /// Name of the model.
    pub model: String,
    /// Name of the constraint.
    pub constraint: String,
}

impl ModelChange for RemoveConstraint {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let before = model.constraints.len();
        model
            .constraints
            .retain(|constraint| constraint.name() != self.constraint);
        if model.constraints.len() == before {
            return Err(Error::migration(format!(
                "{} has no constraint {}",
                model.key(),
                self.constraint
            )));
        }
        Ok(())
    }
}

impl Contract for RemoveConstraint {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        state.edit_fields(&key, |model| self.change(model))?;
        state.check_pointed_at(&key)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let key = ModelKey::new(app, &self.model);
        let constraint = before
            .existing(&key)?
            .constraints
            .iter()
            .find(|constraint| constraint.name() == self.constraint)
            .ok_or_else(|| Error::migration(format!("{key} has no constraint {}", self.constraint)))?;
        Ok(AddConstraint {
            model: self.model.clone(),
            constraint: constraint.clone(),
        }
        .into())
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("remove constraint {} from {}", self.constraint, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "remove_{}_{}",
            lower(&self.model),
            lower(&self.constraint)
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let object = SchemaObject::Constraint(ModelRef::new(app, &self.model), &self.constraint);
        ObjectAccesses::none().and(AccessKind::Deletes, object)
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
