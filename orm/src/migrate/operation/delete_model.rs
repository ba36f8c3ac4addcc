//! Deletes a model.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;

use super::{
    AccessKind, Contract, CreateModel, DatabaseAction, ModelRef, ObjectAccesses, Operation, SchemaObject,
    lower,
};
use crate::migrate::state::ProjectState;

/// Deletes a model with its table and rows. Reversing it creates an empty table.
///
/// # Example: with its table
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{DeleteModel, Operation};
///
/// let operation: Operation = DeleteModel { model: "Tag".to_owned() }.into();
/// assert_eq!(operation.line(), "- delete model Tag");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteModel {
    /// Name of the model.
    pub model: String,
}

impl Contract for DeleteModel {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.delete(&ModelKey::new(app, &self.model)).map(drop)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(CreateModel::of(before.existing(&ModelKey::new(app, &self.model))?).into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Delete(&self.model)
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("delete model {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("delete_{}", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::Deletes,
            SchemaObject::Model(ModelRef::new(app, &self.model)),
        )
    }
}
