//! A model is gone.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;

use super::{Contract, CreateModel, How, Of, Operation, Thing, Touches, Work, lower};
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

    fn touches<'a>(&'a self, app: &'a str) -> Touches<'a> {
        Touches::none().and(How::Deletes, Thing::Model(Of::new(app, &self.model)))
    }
}
