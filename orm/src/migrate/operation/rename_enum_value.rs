//! A text of an enum type is spelled otherwise.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;

use super::{Contract, EnumWork, Operation, Work, lower};
use crate::migrate::state::{EnumKey, ProjectState};

/// A text of an enum type is spelled otherwise; rows and defaults that hold it follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameEnumValue {
    /// Name of the type.
    pub name: String,
    /// The text so far.
    pub old: String,
    /// The text from here on.
    pub new: String,
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

    fn work(&self) -> Work<'_> {
        Work::Enum(EnumWork::RenameValue(self))
    }

    fn symbol(&self) -> char {
        '~'
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

    fn references(&self, _app: &str) -> Vec<ModelKey> {
        Vec::new()
    }
}
