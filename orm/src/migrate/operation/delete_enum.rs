//! Drops an enum type.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, CreateEnum, DatabaseAction, EnumAction, ObjectAccesses, Operation, SchemaObject,
    lower,
};
use crate::migrate::state::{EnumKey, ProjectState};

/// Drops an enum type that no field has any more.
///
/// # Example: a type that no field is of
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{DeleteEnum, Operation};
///
/// let operation: Operation = DeleteEnum { name: "Mood".to_owned() }.into();
/// assert_eq!(operation.line(), "- delete enum Mood");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteEnum {
    /// Name of the type.
    pub name: String,
}

impl Contract for DeleteEnum {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.delete_enum(&EnumKey::new(app, &self.name))
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(CreateEnum {
            name: self.name.clone(),
            values: before.existing_enum(&EnumKey::new(app, &self.name))?.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Enum(EnumAction::Delete(self))
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("delete enum {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("delete_{}", lower(&self.name)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Deletes, SchemaObject::Enum(app, &self.name))
    }
}
