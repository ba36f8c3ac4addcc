//! A field is something else.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{FieldDef, ModelKey};
use crate::value::Literal;

use super::remove_field::find;
use super::{Contract, Operation, Work, lower, written};
use crate::migrate::state::{ProjectState, check_reads};

/// A field is something else: another type, length, default or target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterField {
    /// Name of the model.
    pub model: String,
    /// The field as it is from here on.
    #[serde(serialize_with = "written::field")]
    pub field: FieldDef,
    /// What the rows get that hold NULL, once, where the field takes none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Literal>,
}

impl Contract for AlterField {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        find(state, &key, &self.field.name)?;
        state.check_target(&key, &self.field)?;
        let mut field = self.field.clone();
        state.fill_choices(app, &mut field)?;
        state.edit_fields(&key, |model| {
            check_reads(model, &field)?;
            if let Some(old) = model.fields.iter_mut().find(|old| old.name == field.name) {
                *old = field;
            }
            Ok(())
        })
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AlterField {
            model: self.model.clone(),
            field: find(before, &ModelKey::new(app, &self.model), &self.field.name)?.clone(),
            fill: None,
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
        '~'
    }

    fn describe(&self) -> String {
        format!("alter field {} on {}", self.field.name, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "alter_{}_{}",
            lower(&self.model),
            lower(&self.field.name)
        ))
    }

    fn references(&self, app: &str) -> Vec<ModelKey> {
        let mut keys = vec![ModelKey::new(app, &self.model)];
        keys.extend(self.field.to.clone());
        keys
    }
}
