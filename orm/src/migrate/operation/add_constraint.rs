//! A new constraint.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ConstraintDef, ModelKey};

use super::{Contract, Operation, RemoveConstraint, Work, lower};
use crate::migrate::state::{ProjectState, check_fields, constraint_fields};

/// A new unique or check constraint of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddConstraint {
    /// Name of the model.
    pub model: String,
    /// The constraint.
    pub constraint: ConstraintDef,
}

impl Contract for AddConstraint {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        let name = self.constraint.name();
        state.edit(&key, |model| {
            if model.constraints.iter().any(|other| other.name() == name) {
                return Err(Error::migration(format!("{key} has a constraint {name} already")));
            }
            check_fields(model, name, constraint_fields(&self.constraint))?;
            model.constraints.push(self.constraint.clone());
            Ok(())
        })
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveConstraint {
            model: self.model.clone(),
            constraint: self.constraint.name().to_owned(),
        }
        .into())
    }

    fn work(&self) -> Work<'_> {
        Work::Alter {
            model: &self.model,
            fill: None,
        }
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

    fn references(&self, app: &str) -> Vec<ModelKey> {
        vec![ModelKey::new(app, &self.model)]
    }
}
