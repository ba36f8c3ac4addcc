//! Creates an enum type.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, DatabaseAction, DeleteEnum, EnumAction, ObjectAccesses, Operation, Reduction,
    SchemaObject, lower,
};
use crate::migrate::state::{EnumKey, ProjectState};

/// Creates an enum type: a database type where there are such types, elsewhere a list of allowed strings.
///
/// # Example: two values
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{CreateEnum, Operation};
///
/// let operation: Operation = CreateEnum { name: "Mood".to_owned(), values: vec!["sad".to_owned(), "glad".to_owned()] }.into();
/// assert_eq!(operation.symbol(), '+');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateEnum {
    /// Name of the type.
    pub name: String,
    /// The values, in order.
    pub values: Vec<String>,
}

impl CreateEnum {
    /// The same creation with other values.
    fn with(&self, values: Option<Vec<String>>) -> Reduction {
        match values {
            Some(values) => Reduction::one(CreateEnum {
                name: self.name.clone(),
                values,
            }),
            // It does not fit; replaying the file reports that.
            None => Reduction::Barrier,
        }
    }
}

impl Contract for CreateEnum {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.create_enum(EnumKey::new(app, &self.name), self.values.clone())
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(DeleteEnum {
            name: self.name.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Enum(EnumAction::Create(self))
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("create enum {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(lower(&self.name))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Creates, SchemaObject::Enum(app, &self.name))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::DeleteEnum(delete) if delete.name == self.name => Reduction::none(),
            Operation::AlterEnum(alter) if alter.name == self.name => self.with(Some(alter.values.clone())),
            Operation::AddEnumValue(add) if add.name == self.name => self.with(add.added_to(&self.values)),
            Operation::RenameEnumValue(rename) if rename.name == self.name => {
                self.with(rename.renamed_in(&self.values))
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
