//! An operation on its way into a migration, with what has to come before it.

use crate::migrate::operation::{AccessKind, ObjectAccess, Operation, SchemaObject};
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
    /// What can depend on an operation that touches something so, if anything can.
    fn on(access: ObjectAccess<'_>) -> Option<Self> {
        Some(match (access.kind, access.object) {
            (AccessKind::Creates, SchemaObject::Model(of)) => Dependency::CreateModel(of.key()),
            (AccessKind::Deletes, SchemaObject::Model(of)) => Dependency::RemoveModel(of.key()),
            (AccessKind::ClaimsName, SchemaObject::Model(of)) => Dependency::RenameModel(of.key()),
            (AccessKind::Creates, SchemaObject::Field(of, field)) => {
                Dependency::CreateField(of.key(), field.to_owned())
            }
            (AccessKind::Deletes, SchemaObject::Field(of, field)) => {
                Dependency::RemoveField(of.key(), field.to_owned())
            }
            (AccessKind::Alters, SchemaObject::Field(of, field)) => {
                Dependency::AlterField(of.key(), field.to_owned())
            }
            (
                AccessKind::Deletes | AccessKind::ReleasesName,
                SchemaObject::Index(of, name) | SchemaObject::Constraint(of, name),
            ) => Dependency::RemoveIndexOrConstraint(of.key(), name.to_owned()),
            (AccessKind::Creates, SchemaObject::Enum(app, name)) => {
                Dependency::CreateEnum(EnumKey::new(app, name))
            }
            _ => return None,
        })
    }

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
pub(in crate::migrate) struct DetectedOperation {
    pub operation: Operation,
    /// What Django has come before it: the order of operations follows from it.
    pub needs: Vec<Dependency>,
    /// What else has to come before it, in order that no state on the way is impossible. It moves an operation only
    /// where the order would be wrong otherwise.
    pub must: Vec<Dependency>,
    /// What others can depend on and the operation alone does not tell.
    also: Vec<Dependency>,
}

impl DetectedOperation {
    pub fn new(operation: impl Into<Operation>) -> Self {
        DetectedOperation {
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
    pub fn is_free(&self, app: &str) -> bool {
        !self.operation.accesses(app).models_renamed().is_empty()
    }

    /// What others can depend on.
    pub fn provides(&self, app: &str) -> Vec<Dependency> {
        let accesses = self.operation.accesses(app);
        let mut provided: Vec<Dependency> = accesses.iter().filter_map(Dependency::on).collect();
        provided.extend(self.also.iter().cloned());
        provided
    }
}

/// The model that a relation points at has to be there.
pub(super) fn target(field: &FieldDef) -> Option<Dependency> {
    field.to.clone().map(Dependency::CreateModel)
}
