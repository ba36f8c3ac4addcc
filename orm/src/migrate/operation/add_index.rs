//! Adds an index.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{IndexDef, ModelDef};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, RemoveIndex, lower};
use crate::migrate::state::{ProjectState, check_fields};

/// Adds an index over fields of a model.
///
/// # Example: newest first
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AddIndex, Operation};
/// use orm::models::IndexDef;
///
/// let operation: Operation = AddIndex { model: "Post".to_owned(), index: IndexDef::over("post_newest", ["-published_at"]) }.into();
/// assert_eq!(operation.line(), "+ add index post_newest to Post");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddIndex {
    /// Name of the model.
    pub model: String,
    /// The index.
    pub index: IndexDef,
}

impl AddIndex {
    fn is_index(&self, model: &str, index: &str) -> bool {
        self.model == model && self.index.name == index
    }
}

impl ModelChange for AddIndex {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let (key, name) = (model.key(), self.index.name.as_str());
        if model.indexes.iter().any(|other| other.name == name) {
            return Err(Error::migration(format!("{key} has an index {name} already")));
        }
        check_fields(model, name, self.index.fields())?;
        model.indexes.push(self.index.clone());
        Ok(())
    }
}

impl Contract for AddIndex {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveIndex {
            model: self.model.clone(),
            index: self.index.name.clone(),
        }
        .into())
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add index {} to {}", self.index.name, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("{}_{}", lower(&self.model), lower(&self.index.name)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().index(AccessKind::Creates, ModelRef::new(app, &self.model), &self.index)
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RemoveIndex(remove) if self.is_index(&remove.model, &remove.index) => {
                Reduction::none()
            }
            Operation::RenameIndex(rename) if self.is_index(&rename.model, &rename.old) => {
                let mut add = self.clone();
                add.index.name.clone_from(&rename.new);
                Reduction::one(add)
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
