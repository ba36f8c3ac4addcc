//! Renames a model.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;

use super::{Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Renames a model, and its table and join tables unless they have explicit names. Relations that point at it follow.
///
/// # Example: with its table
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RenameModel, Operation};
///
/// let operation: Operation = RenameModel { old: "Tag".to_owned(), new: "Label".to_owned() }.into();
/// assert_eq!(operation.line(), "~ rename model Tag to Label");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameModel {
    /// Old name of the model.
    pub old: String,
    /// New name of the model.
    pub new: String,
}

impl Contract for RenameModel {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.rename(&ModelKey::new(app, &self.old), &ModelKey::new(app, &self.new))
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RenameModel {
            old: self.new.clone(),
            new: self.old.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Rename {
            old: &self.old,
            new: &self.new,
        }
    }

    fn describe(&self) -> String {
        format!("rename model {} to {}", self.old, self.new)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("rename_{}_{}", lower(&self.old), lower(&self.new)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let object = |model| SchemaObject::Model(ModelRef::new(app, model));
        ObjectAccesses::none().renames(object(&self.old), object(&self.new))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RenameModel(later) if later.old == self.new => match later.new == self.old {
                true => Reduction::none(),
                false => Reduction::one(RenameModel {
                    old: self.old.clone(),
                    new: later.new.clone(),
                }),
            },
            _ => Reduction::past(self, other, app),
        }
    }
}
