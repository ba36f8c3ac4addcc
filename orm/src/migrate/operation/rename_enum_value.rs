//! Renames a value of an enum type.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, DatabaseAction, EnumAction, ObjectAccesses, Operation, Reduction, SchemaObject,
    lower,
};
use crate::migrate::state::{EnumKey, ProjectState};

/// Renames a value of an enum type; rows and defaults that hold it follow.
///
/// # Example: one value
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RenameEnumValue, Operation};
///
/// let operation: Operation = RenameEnumValue { name: "Mood".to_owned(), old: "glad".to_owned(), new: "happy".to_owned() }.into();
/// assert_eq!(operation.line(), "~ rename value glad of Mood to happy");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameEnumValue {
    /// Name of the type.
    pub name: String,
    /// The old value.
    pub old: String,
    /// The new value.
    pub new: String,
}

impl RenameEnumValue {
    /// The values with the new name; `None` if it does not fit.
    pub(super) fn renamed_in(&self, values: &[String]) -> Option<Vec<String>> {
        let mut values = values.to_vec();
        let value = values.iter_mut().find(|value| **value == self.old)?;
        value.clone_from(&self.new);
        Some(values)
    }
}

impl Contract for RenameEnumValue {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.rename_enum_value(&EnumKey::new(app, &self.name), &self.old, &self.new)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RenameEnumValue {
            name: self.name.clone(),
            old: self.new.clone(),
            new: self.old.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Enum(EnumAction::RenameValue(self))
    }

    fn describe(&self) -> String {
        format!("rename value {} of {} to {}", self.old, self.name, self.new)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "rename_{}_{}_{}",
            lower(&self.old),
            lower(&self.name),
            lower(&self.new)
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::RenamesValue, SchemaObject::Enum(app, &self.name))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RenameEnumValue(later) if later.name == self.name && later.old == self.new => {
                match later.new == self.old {
                    true => Reduction::none(),
                    false => Reduction::one(RenameEnumValue {
                        old: self.old.clone(),
                        ..later.clone()
                    }),
                }
            }
            Operation::DeleteEnum(delete) if delete.name == self.name => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
