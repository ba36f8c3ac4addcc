//! The ordering or the comment of a model is another.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{ModelDef, ModelKey, snake_case};

use super::{Contract, Operation, Work};
use crate::migrate::state::ProjectState;

/// The options of a model as they are from here on; what is not named is unset. The ordering lives in the state only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterModelOptions {
    /// Name of the model.
    pub model: String,
    /// Comment in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Order of rows when a query gives none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordering: Vec<String>,
}

impl AlterModelOptions {
    /// The options of `model`.
    pub fn of(model: &ModelDef) -> Self {
        AlterModelOptions {
            model: model.name.clone(),
            comment: model.comment.clone(),
            ordering: model.ordering.clone(),
        }
    }
}

impl Contract for AlterModelOptions {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let model = state.existing_mut(&ModelKey::new(app, &self.model))?;
        model.comment.clone_from(&self.comment);
        model.ordering.clone_from(&self.ordering);
        Ok(())
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AlterModelOptions::of(before.existing(&ModelKey::new(app, &self.model))?).into())
    }

    fn work(&self) -> Work<'_> {
        Work::Alter {
            model: &self.model,
            fill: None,
        }
    }

    fn symbol(&self) -> char {
        '~'
    }

    fn describe(&self) -> String {
        format!("change options of {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}_options", snake_case(&self.model)))
    }

    fn references(&self, app: &str) -> Vec<ModelKey> {
        vec![ModelKey::new(app, &self.model)]
    }
}
