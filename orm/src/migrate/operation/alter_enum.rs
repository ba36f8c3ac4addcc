//! Changes the values of an enum type.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, DatabaseAction, EnumAction, ObjectAccesses, Operation, Reduction, SchemaObject,
    lower,
};
use crate::migrate::state::{EnumKey, ProjectState};

/// Changes the values of an enum type or their order. No row may hold a removed value.
///
/// # Example: two values
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AlterEnum, Operation};
///
/// let operation: Operation = AlterEnum { name: "Mood".to_owned(), values: vec!["glad".to_owned(), "sad".to_owned()] }.into();
/// assert_eq!(operation.line(), "~ alter enum Mood");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterEnum {
    /// Name of the type.
    pub name: String,
    /// All values of the type, in order.
    pub values: Vec<String>,
}

impl Contract for AlterEnum {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.set_enum(&EnumKey::new(app, &self.name), self.values.clone())
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AlterEnum {
            name: self.name.clone(),
            values: before.existing_enum(&EnumKey::new(app, &self.name))?.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Enum(EnumAction::Alter(self))
    }

    fn describe(&self) -> String {
        format!("alter enum {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}", lower(&self.name)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Alters, SchemaObject::Enum(app, &self.name))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterEnum(later) if later.name == self.name => Reduction::one(later.clone()),
            Operation::DeleteEnum(delete) if delete.name == self.name => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
