//! A new index.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{IndexDef, ModelKey};

use super::{Contract, Operation, RemoveIndex, Work, lower};
use crate::migrate::state::{ProjectState, check_fields};

/// A new index over fields of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddIndex {
    /// Name of the model.
    pub model: String,
    /// The index.
    pub index: IndexDef,
}

impl Contract for AddIndex {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        let name = self.index.name.as_str();
        state.edit(&key, |model| {
            if model.indexes.iter().any(|other| other.name == name) {
                return Err(Error::migration(format!("{key} has an index {name} already")));
            }
            check_fields(model, name, self.index.fields.iter().map(String::as_str))?;
            model.indexes.push(self.index.clone());
            Ok(())
        })
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveIndex {
            model: self.model.clone(),
            index: self.index.name.clone(),
        }
        .into())
    }

    fn work(&self) -> Work<'_> {
        Work::Alter {
            model: &self.model,
            fill: None,
        }
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add index {} to {}", self.index.name, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("{}_{}", lower(&self.model), lower(&self.index.name)))
    }

    fn references(&self, app: &str) -> Vec<ModelKey> {
        vec![ModelKey::new(app, &self.model)]
    }
}
