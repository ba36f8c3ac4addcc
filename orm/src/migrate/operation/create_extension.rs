//! Creates an extension.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, DatabaseAction, ObjectAccesses, Operation, Reduction, RemoveExtension,
    SchemaObject, ServerAction, lower,
};
use crate::migrate::state::ProjectState;

/// Creates an extension if it does not exist; does nothing on databases without extensions.
///
/// # Example: of Postgres
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{CreateExtension, Operation};
///
/// let operation: Operation = CreateExtension { name: "citext".to_owned() }.into();
/// assert_eq!(operation.symbol(), '+');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateExtension {
    /// Name of the extension.
    pub name: String,
}

impl Contract for CreateExtension {
    fn state_forwards(&self, _app: &str, _state: &mut ProjectState) -> Result<()> {
        Ok(())
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveExtension {
            name: self.name.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Server(ServerAction::CreateExtension(self))
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("create extension {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("create_extension_{}", lower(&self.name)))
    }

    fn accesses<'a>(&'a self, _app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Ensures, SchemaObject::Extension(&self.name))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RemoveExtension(remove) if remove.name == self.name => Reduction::none(),
            _ => Reduction::past(self, other, app),
        }
    }
}
