//! Renames the table of a model, or moves it to another schema.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{ModelDef, ModelKey};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Renames the table of a model, or moves it to another schema; join tables named after it follow, and stand in its schema.
///
/// A schema that is not there is made, and one that a migration made is dropped when its last table leaves it.
///
/// # Example: a name of its own
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AlterModelTable, Operation};
///
/// let operation: Operation = AlterModelTable {
///     model: "Post".to_owned(),
///     table: Some("posts".to_owned()),
///     schema: None,
/// }
/// .into();
/// assert_eq!(operation.line(), "~ rename table of Post to posts");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterModelTable {
    /// Name of the model.
    pub model: String,
    /// The new name of the table; absent for the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The schema that it stands in afterwards; absent for the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

impl ModelChange for AlterModelTable {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        model.table.clone_from(&self.table);
        model.schema.clone_from(&self.schema);
        Ok(())
    }
}

impl Contract for AlterModelTable {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let model = before.existing(&ModelKey::new(app, &self.model))?;
        Ok(AlterModelTable {
            model: self.model.clone(),
            table: model.table.clone(),
            schema: model.schema.clone(),
        }
        .into())
    }

    fn describe(&self) -> String {
        let model = &self.model;
        match (&self.schema, &self.table) {
            (Some(schema), Some(table)) => format!("move table of {model} to {schema}.{table}"),
            (Some(schema), None) => format!("move table of {model} to the schema {schema}"),
            (None, Some(table)) => format!("rename table of {model} to {table}"),
            (None, None) => format!("rename table of {model} to its default"),
        }
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}_table", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let table = SchemaObject::ModelTable(ModelRef::new(app, &self.model));
        ObjectAccesses::none()
            .and(AccessKind::Alters, table)
            .pins(self.table.as_ref())
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterModelTable(later) if later.model == self.model => Reduction::one(later.clone()),
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
