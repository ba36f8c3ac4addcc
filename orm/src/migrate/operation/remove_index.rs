//! Removes an index.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ModelDef, ModelKey};

use super::model_change::ModelChange;
use super::{AccessKind, AddIndex, Contract, ModelRef, ObjectAccesses, Operation, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Removes an index; the state has its definition.
///
/// # Example: by its name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RemoveIndex, Operation};
///
/// let operation: Operation = RemoveIndex { model: "Post".to_owned(), index: "post_newest".to_owned() }.into();
/// assert_eq!(operation.line(), "- remove index post_newest from Post");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveIndex {
    /// Name of the model.
    pub model: String,
    /// Name of the index.
    pub index: String,
}

impl ModelChange for RemoveIndex {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let before = model.indexes.len();
        model.indexes.retain(|index| index.name != self.index);
        if model.indexes.len() == before {
            return Err(Error::migration(format!(
                "{} has no index {}",
                model.key(),
                self.index
            )));
        }
        Ok(())
    }
}

impl Contract for RemoveIndex {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let key = ModelKey::new(app, &self.model);
        let index = before
            .existing(&key)?
            .indexes
            .iter()
            .find(|index| index.name == self.index)
            .ok_or_else(|| Error::migration(format!("{key} has no index {}", self.index)))?;
        Ok(AddIndex {
            model: self.model.clone(),
            index: index.clone(),
        }
        .into())
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("remove index {} from {}", self.index, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("remove_{}_{}", lower(&self.model), lower(&self.index)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::Deletes,
            SchemaObject::Index(ModelRef::new(app, &self.model), &self.index),
        )
    }
}
