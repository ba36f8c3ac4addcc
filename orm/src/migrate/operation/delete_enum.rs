//! An enum type is gone.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{Contract, CreateEnum, EnumWork, How, Operation, Thing, Touches, Work, lower};
use crate::migrate::state::{EnumKey, ProjectState};

/// An enum type is gone; no field is of it any more.
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

    fn work(&self) -> Work<'_> {
        Work::Enum(EnumWork::Delete(self))
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

    fn touches<'a>(&'a self, app: &'a str) -> Touches<'a> {
        Touches::none().and(How::Deletes, Thing::Enum(app, &self.name))
    }
}
