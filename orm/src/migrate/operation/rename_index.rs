//! Renames an index.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelDef;

use super::model_change::ModelChange;
use super::{Contract, ModelRef, ObjectAccesses, Operation, Reduction, RemoveIndex, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Renames an index.
///
/// # Example: its name only
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RenameIndex, Operation};
///
/// let operation: Operation = RenameIndex { model: "Post".to_owned(), old: "post_newest".to_owned(), new: "newest".to_owned() }.into();
/// assert_eq!(operation.line(), "~ rename index post_newest on Post to newest");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameIndex {
    /// Name of the model.
    pub model: String,
    /// Old name of the index.
    pub old: String,
    /// New name of the index.
    pub new: String,
}

impl ModelChange for RenameIndex {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let key = model.key();
        if model.indexes.iter().any(|index| index.name == self.new) {
            return Err(Error::migration(format!(
                "{key} has an index {} already",
                self.new
            )));
        }
        match model.indexes.iter_mut().find(|index| index.name == self.old) {
            Some(index) => {
                index.name.clone_from(&self.new);
                Ok(())
            }
            None => Err(Error::migration(format!("{key} has no index {}", self.old))),
        }
    }
}

impl Contract for RenameIndex {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RenameIndex {
            model: self.model.clone(),
            old: self.new.clone(),
            new: self.old.clone(),
        }
        .into())
    }

    fn describe(&self) -> String {
        format!("rename index {} on {} to {}", self.old, self.model, self.new)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("rename_{}_{}", lower(&self.old), lower(&self.new)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let object = |index| SchemaObject::Index(ModelRef::new(app, &self.model), index);
        ObjectAccesses::none().renames(object(&self.old), object(&self.new))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RenameIndex(later) if later.model == self.model && later.old == self.new => {
                match later.new == self.old {
                    true => Reduction::none(),
                    false => Reduction::one(RenameIndex {
                        old: self.old.clone(),
                        ..later.clone()
                    }),
                }
            }
            Operation::RemoveIndex(remove) if remove.model == self.model && remove.index == self.new => {
                Reduction::one(RemoveIndex {
                    model: self.model.clone(),
                    index: self.old.clone(),
                })
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
