//! An operation on its way into a migration.

use crate::migrate::operation::Operation;
use crate::model::ModelKey;

/// An operation with what has to come before it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Draft {
    /// The model it is about; its app is the app of the migration.
    pub key: ModelKey,
    pub operation: Operation,
    pub needs: Needs,
}

/// What has to come before an operation. Operations on one model keep their order in any case.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::migrate) struct Needs {
    /// Models that must exist.
    pub models: Vec<ModelKey>,
    /// Models that must be gone.
    pub gone: Vec<ModelKey>,
    /// Fields that must be gone or point elsewhere.
    pub freed: Vec<(ModelKey, String)>,
}

impl Needs {
    pub fn exists(&mut self, key: &ModelKey) {
        if !self.models.contains(key) {
            self.models.push(key.clone());
        }
    }
}

impl Draft {
    pub fn new(key: &ModelKey, operation: Operation, needs: Needs) -> Self {
        Draft {
            key: key.clone(),
            operation,
            needs,
        }
    }

    /// Whether it is one of the operations that `needs` asks for.
    pub fn provides(&self, needs: &Needs) -> bool {
        match &self.operation {
            Operation::CreateModel(_) => needs.models.contains(&self.key),
            Operation::DeleteModel(_) => needs.gone.contains(&self.key),
            Operation::RemoveField(remove) => self.frees(needs, &remove.field),
            Operation::AlterField(alter) => self.frees(needs, &alter.field.name),
            _ => false,
        }
    }

    fn frees(&self, needs: &Needs, field: &str) -> bool {
        needs
            .freed
            .iter()
            .any(|(key, name)| *key == self.key && name == field)
    }
}
