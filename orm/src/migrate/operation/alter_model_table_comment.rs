//! Changes the comment of a table.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{ModelDef, ModelKey};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Changes the comment of a table, or removes it if absent.
///
/// # Example: no comment any more
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AlterModelTableComment, Operation};
///
/// let operation: Operation = AlterModelTableComment { model: "Post".to_owned(), comment: None }.into();
/// assert_eq!(operation.line(), "~ change table comment of Post");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterModelTableComment {
    /// Name of the model.
    pub model: String,
    /// The new comment; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl ModelChange for AlterModelTableComment {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        model.comment.clone_from(&self.comment);
        Ok(())
    }
}

impl Contract for AlterModelTableComment {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let model = before.existing(&ModelKey::new(app, &self.model))?;
        Ok(AlterModelTableComment {
            model: self.model.clone(),
            comment: model.comment.clone(),
        }
        .into())
    }

    fn describe(&self) -> String {
        format!("change table comment of {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}_table_comment", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::Alters,
            SchemaObject::Comment(ModelRef::new(app, &self.model)),
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterModelTableComment(later) if later.model == self.model => {
                Reduction::one(later.clone())
            }
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
