//! Adds a value to an enum type.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::{
    AccessKind, AlterEnum, Contract, DatabaseAction, EnumAction, ObjectAccesses, Operation, Reduction,
    SchemaObject, lower,
};
use crate::migrate::state::{EnumKey, ProjectState};

/// Adds a value to an enum type, at the end or before another value.
///
/// # Example: in front of another
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AddEnumValue, Operation};
///
/// let operation: Operation = AddEnumValue { name: "Mood".to_owned(), value: "calm".to_owned(), before: Some("sad".to_owned()) }.into();
/// assert_eq!(operation.line(), "+ add value calm to Mood");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddEnumValue {
    /// Name of the type.
    pub name: String,
    /// The new value.
    pub value: String,
    /// The value to insert it before; if absent, it goes last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl AddEnumValue {
    /// The values including the new one; `None` if it does not fit.
    pub(super) fn added_to(&self, values: &[String]) -> Option<Vec<String>> {
        let at = match &self.before {
            None => values.len(),
            Some(before) => values.iter().position(|value| value == before)?,
        };
        let mut values = values.to_vec();
        values.insert(at, self.value.clone());
        Some(values)
    }
}

impl Contract for AddEnumValue {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = EnumKey::new(app, &self.name);
        let values = self.added_to(state.existing_enum(&key)?).ok_or_else(|| {
            let before = self.before.as_deref().unwrap_or_default();
            Error::migration(format!("the enum type {key} has no value `{before}`"))
        })?;
        state.set_enum(&key, values)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AlterEnum {
            name: self.name.clone(),
            values: before.existing_enum(&EnumKey::new(app, &self.name))?.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Enum(EnumAction::AddValue(self))
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add value {} to {}", self.value, self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("{}_{}", lower(&self.name), lower(&self.value)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Extends, SchemaObject::Enum(app, &self.name))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterEnum(later) if later.name == self.name => Reduction::one(later.clone()),
            Operation::DeleteEnum(delete) if delete.name == self.name => Reduction::one(delete.clone()),
            Operation::RenameEnumValue(rename) if rename.name == self.name && rename.old == self.value => {
                Reduction::one(AddEnumValue {
                    value: rename.new.clone(),
                    ..self.clone()
                })
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
