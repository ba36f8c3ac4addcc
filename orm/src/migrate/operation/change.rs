//! Changes that concern one model: the same whether the model stands in a state or is about to be created.

use super::Operation;
use crate::error::Result;
use crate::model::ModelDef;

/// A change of one model.
pub(super) trait ModelChange {
    /// Name of the model.
    fn model(&self) -> &str;

    /// Changes it.
    ///
    /// # Errors
    /// If the change does not fit the model, by name.
    fn change(&self, model: &mut ModelDef) -> Result<()>;
}

impl Operation {
    /// The model that it changes, if it changes one that is there and nothing else.
    pub(in crate::migrate) fn changed_model(&self) -> Option<&str> {
        self.model_change().map(|change| change.model())
    }

    /// The operation as a change of one model, if it is nothing else.
    pub(super) fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(match self {
            Operation::AlterModelTable(operation) => operation,
            Operation::AlterModelTableComment(operation) => operation,
            Operation::AlterModelOptions(operation) => operation,
            Operation::AddField(operation) => operation,
            Operation::RemoveField(operation) => operation,
            Operation::AlterField(operation) => operation,
            Operation::RenameField(operation) => operation,
            Operation::AddIndex(operation) => operation,
            Operation::RemoveIndex(operation) => operation,
            Operation::RenameIndex(operation) => operation,
            Operation::AddConstraint(operation) => operation,
            Operation::RemoveConstraint(operation) => operation,
            Operation::AlterConstraint(operation) => operation,
            _ => return None,
        })
    }
}
