//! An enum type has one more text.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelKey;

use super::{AlterEnum, Contract, EnumWork, Operation, Work, lower};
use crate::migrate::state::{EnumKey, ProjectState};

/// An enum type has one more text, at the end or before another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddEnumValue {
    /// Name of the type.
    pub name: String,
    /// The new text.
    pub value: String,
    /// The text it stands before; at the end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl Contract for AddEnumValue {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = EnumKey::new(app, &self.name);
        let mut values = state.existing_enum(&key)?.clone();
        let at = match &self.before {
            None => values.len(),
            Some(before) => values
                .iter()
                .position(|value| value == before)
                .ok_or_else(|| Error::migration(format!("the enum type {key} has no value `{before}`")))?,
        };
        values.insert(at, self.value.clone());
        state.set_enum(&key, values)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AlterEnum {
            name: self.name.clone(),
            values: before.existing_enum(&EnumKey::new(app, &self.name))?.clone(),
        }
        .into())
    }

    fn work(&self) -> Work<'_> {
        Work::Enum(EnumWork::AddValue(self))
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

    fn references(&self, _app: &str) -> Vec<ModelKey> {
        Vec::new()
    }
}
