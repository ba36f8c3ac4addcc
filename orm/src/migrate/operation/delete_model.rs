//! A model is gone.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;

use super::{Contract, CreateModel, Operation, Reduction, Work, lower};
use crate::migrate::state::ProjectState;

/// A model is gone, with its table and its rows. Taken back, the table is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteModel {
    /// Name of the model.
    pub model: String,
}

impl Contract for DeleteModel {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        state.delete(&ModelKey::new(app, &self.model)).map(drop)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(CreateModel::of(before.existing(&ModelKey::new(app, &self.model))?).into())
    }

    fn work(&self) -> Work<'_> {
        Work::Delete(&self.model)
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("delete model {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("delete_{}", lower(&self.model)))
    }

    fn references(&self, app: &str) -> Vec<ModelKey> {
        vec![ModelKey::new(app, &self.model)]
    }

    /// What was deleted may have pointed at any model.
    fn references_model(&self, _model: &ModelKey, _app: &str) -> bool {
        true
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            // Its table's name is free from here on.
            Operation::AlterModelTable(_) => Reduction::Barrier,
            _ => Reduction::past_model(&self.model, other, app),
        }
    }
}
