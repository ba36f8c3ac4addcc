//! A new enum type.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;

use super::{Contract, DeleteEnum, EnumWork, Operation, Work, lower};
use crate::migrate::state::{EnumKey, ProjectState};

/// A new enum type: a type of the database where it has such types, a list of allowed texts elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateEnum {
    /// Name of the type.
    pub name: String,
    /// Its texts, in their order.
    pub values: Vec<String>,
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

    fn work(&self) -> Work<'_> {
        Work::Enum(EnumWork::Create(self))
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

    fn references(&self, _app: &str) -> Vec<ModelKey> {
        Vec::new()
    }
}
