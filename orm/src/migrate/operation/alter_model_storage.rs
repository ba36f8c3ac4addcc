//! Changes how a table is stored.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{ModelDef, ModelKey, TableStorage};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Changes how the database stores a table: on Postgres pages that are there stay as they are, on SQLite a table that gets
/// or loses `WITHOUT ROWID` is made anew.
///
/// # Example: as the database does by itself
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AlterModelStorage, Operation};
/// use orm::models::TableStorage;
///
/// let operation: Operation =
///     AlterModelStorage { model: "Post".to_owned(), storage: TableStorage::default() }.into();
/// assert_eq!(operation.line(), "~ change storage of Post");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterModelStorage {
    /// Name of the model.
    pub model: String,
    /// The new storage; absent for what the database does by itself.
    #[serde(default, skip_serializing_if = "TableStorage::is_default")]
    pub storage: TableStorage,
}

impl ModelChange for AlterModelStorage {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        model.storage.clone_from(&self.storage);
        Ok(())
    }
}

impl Contract for AlterModelStorage {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let model = before.existing(&ModelKey::new(app, &self.model))?;
        Ok(AlterModelStorage {
            model: self.model.clone(),
            storage: model.storage.clone(),
        }
        .into())
    }

    fn describe(&self) -> String {
        format!("change storage of {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}_storage", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::Alters,
            SchemaObject::Storage(ModelRef::new(app, &self.model)),
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterModelStorage(later) if later.model == self.model => Reduction::one(later.clone()),
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
