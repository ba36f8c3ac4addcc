//! A new field.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelKey};
use crate::value::Literal;

use super::{Contract, Operation, RemoveField, Work, lower, written};
use crate::migrate::state::{ProjectState, check_reads};

/// A new field, behind those that exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddField {
    /// Name of the model.
    pub model: String,
    /// The field.
    #[serde(serialize_with = "written::field")]
    pub field: FieldDef,
    /// What the rows that exist get, once; later rows do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Literal>,
}

impl Contract for AddField {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        state.check_target(&key, &self.field)?;
        let mut field = self.field.clone();
        state.fill_choices(app, &mut field)?;
        state.edit_fields(&key, |model| {
            if model.field(&field.name).is_some() {
                return Err(Error::migration(format!(
                    "{key} has a field {} already",
                    field.name
                )));
            }
            check_reads(model, &field)?;
            model.fields.push(field);
            Ok(())
        })
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveField {
            model: self.model.clone(),
            field: self.field.name.clone(),
        }
        .into())
    }

    fn work(&self) -> Work<'_> {
        Work::Alter {
            model: &self.model,
            fill: self.fill.as_ref().map(|fill| (self.field.name.as_str(), fill)),
        }
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add field {} to {}", self.field.name, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("{}_{}", lower(&self.model), lower(&self.field.name)))
    }

    fn references(&self, app: &str) -> Vec<ModelKey> {
        let mut keys = vec![ModelKey::new(app, &self.model)];
        keys.extend(self.field.to.clone());
        keys
    }
}
