//! Drops a collation.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::{
    AccessKind, Contract, CreateCollation, DatabaseAction, ObjectAccesses, Operation, SchemaObject,
    ServerAction, lower,
};
use crate::migrate::state::ProjectState;

/// Drops a collation. Its definition is taken from the state if a migration created it.
///
/// # Example: of Postgres
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RemoveCollation, Operation};
///
/// let operation: Operation = RemoveCollation { name: "german".to_owned() }.into();
/// assert_eq!(operation.line(), "- remove collation german");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveCollation {
    /// Name of the collation.
    pub name: String,
}

impl Contract for RemoveCollation {
    fn state_forwards(&self, _app: &str, state: &mut ProjectState) -> Result<()> {
        state.set_collation(&self.name, None);
        Ok(())
    }

    fn inverse(&self, _app: &str, before: &ProjectState) -> Result<Operation> {
        match before.collation(&self.name) {
            Some(collation) => Ok(CreateCollation {
                name: self.name.clone(),
                locale: collation.locale.clone(),
                provider: collation.provider.clone(),
                deterministic: collation.deterministic,
            }
            .into()),
            None => Err(Error::migration(format!(
                "the operation `{}` has no way back: no migration made the collation",
                self.describe()
            ))),
        }
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Server(ServerAction::RemoveCollation(self))
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("remove collation {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("remove_collation_{}", lower(&self.name)))
    }

    fn accesses<'a>(&'a self, _app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Deletes, SchemaObject::Collation(&self.name))
    }
}
