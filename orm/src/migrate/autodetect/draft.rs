//! An operation on its way into a migration, with what has to come before it.

use crate::migrate::operation::Operation;
use crate::migrate::state::EnumKey;
use crate::model::{FieldDef, ModelKey};

/// Something that another operation does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::migrate) enum Dependency {
    CreateModel(ModelKey),
    RemoveModel(ModelKey),
    CreateField(ModelKey, String),
    RemoveField(ModelKey, String),
    AlterField(ModelKey, String),
    /// The index or constraint of that name goes, or has another name.
    RemoveIndexOrConstraint(ModelKey, String),
    /// The table of a model has that name no more.
    LeaveTable(ModelKey, String),
    /// A model gets this name, in this app.
    RenameModel(ModelKey),
    CreateEnum(EnumKey),
    /// What the files say of an app, whatever is new in it.
    Files(String),
}

impl Dependency {
    pub fn app(&self) -> &str {
        match self {
            Dependency::CreateModel(key)
            | Dependency::RemoveModel(key)
            | Dependency::CreateField(key, _)
            | Dependency::RemoveField(key, _)
            | Dependency::AlterField(key, _)
            | Dependency::RemoveIndexOrConstraint(key, _)
            | Dependency::LeaveTable(key, _)
            | Dependency::RenameModel(key) => &key.app,
            Dependency::CreateEnum(key) => &key.app,
            Dependency::Files(app) => app,
        }
    }
}

/// An operation with what has to come before it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Draft {
    pub operation: Operation,
    /// What Django has come before it: the order of operations follows from it.
    pub needs: Vec<Dependency>,
    /// What else has to come before it, in order that no state on the way is impossible. It moves an operation only
    /// where the order would be wrong otherwise.
    pub must: Vec<Dependency>,
    /// What others can depend on and the operation alone does not tell.
    also: Vec<Dependency>,
}

impl Draft {
    pub fn new(operation: impl Into<Operation>) -> Self {
        Draft {
            operation: operation.into(),
            needs: Vec::new(),
            must: Vec::new(),
            also: Vec::new(),
        }
    }

    pub fn needs(mut self, needs: impl IntoIterator<Item = Dependency>) -> Self {
        for dependency in needs {
            if !self.needs.contains(&dependency) {
                self.needs.push(dependency);
            }
        }
        self
    }

    pub fn must(mut self, must: impl IntoIterator<Item = Dependency>) -> Self {
        self.must.extend(must);
        self
    }

    /// Others can depend on this, too.
    pub fn also(mut self, provided: Dependency) -> Self {
        self.also.push(provided);
        self
    }

    /// Whether what it needs only places it: a model can be renamed before the models exist that point at it now.
    pub fn is_free(&self) -> bool {
        matches!(
            self.operation,
            Operation::RenameModel(_) | Operation::MoveModel(_)
        )
    }

    /// What others can depend on.
    pub fn provides(&self, app: &str) -> Vec<Dependency> {
        let key = |model: &str| ModelKey::new(app, model);
        let mut provided = match &self.operation {
            Operation::CreateModel(create) => {
                let fields = create.fields.iter();
                fields
                    .map(|field| Dependency::CreateField(key(&create.model), field.name.clone()))
                    .chain([Dependency::CreateModel(key(&create.model))])
                    .collect()
            }
            Operation::DeleteModel(delete) => vec![Dependency::RemoveModel(key(&delete.model))],
            Operation::RenameModel(rename) => vec![Dependency::RenameModel(key(&rename.new))],
            Operation::MoveModel(moved) => vec![Dependency::RenameModel(moved.to.clone())],
            Operation::AddField(add) => {
                vec![Dependency::CreateField(key(&add.model), add.field.name.clone())]
            }
            Operation::RemoveField(remove) => {
                vec![Dependency::RemoveField(key(&remove.model), remove.field.clone())]
            }
            Operation::AlterField(alter) => {
                vec![Dependency::AlterField(
                    key(&alter.model),
                    alter.field.name.clone(),
                )]
            }
            Operation::RemoveIndex(remove) => vec![Dependency::RemoveIndexOrConstraint(
                key(&remove.model),
                remove.index.clone(),
            )],
            Operation::RenameIndex(rename) => vec![Dependency::RemoveIndexOrConstraint(
                key(&rename.model),
                rename.old.clone(),
            )],
            Operation::RemoveConstraint(remove) => {
                vec![Dependency::RemoveIndexOrConstraint(
                    key(&remove.model),
                    remove.constraint.clone(),
                )]
            }
            Operation::CreateEnum(create) => vec![Dependency::CreateEnum(EnumKey::new(app, &create.name))],
            _ => Vec::new(),
        };
        provided.extend(self.also.iter().cloned());
        provided
    }
}

/// The model that a relation points at has to be there.
pub(super) fn target(field: &FieldDef) -> Option<Dependency> {
    field.to.clone().map(Dependency::CreateModel)
}
