//! Drops an extension.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, CreateExtension, DatabaseAction, ObjectAccesses, Operation, SchemaObject,
    ServerAction, lower,
};
use crate::migrate::state::ProjectState;

/// Drops an extension; does nothing on databases without extensions.
///
/// # Example: of Postgres
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RemoveExtension, Operation};
///
/// let operation: Operation = RemoveExtension { name: "citext".to_owned() }.into();
/// assert_eq!(operation.line(), "- remove extension citext");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveExtension {
    /// Name of the extension.
    pub name: String,
}

impl Contract for RemoveExtension {
    fn state_forwards(&self, _app: &str, _state: &mut ProjectState) -> Result<()> {
        Ok(())
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(CreateExtension {
            name: self.name.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Server(ServerAction::RemoveExtension(self))
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("remove extension {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("remove_extension_{}", lower(&self.name)))
    }

    fn accesses<'a>(&'a self, _app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Deletes, SchemaObject::Extension(&self.name))
    }
}
