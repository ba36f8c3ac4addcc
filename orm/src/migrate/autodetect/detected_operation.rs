//! A detected operation, and what must come before it.

use crate::migrate::operation::{AccessKind, ObjectAccess, Operation, SchemaObject};
use crate::migrate::state::EnumKey;
use crate::model::{FieldDef, ModelKey, QualifiedName};

/// Something that another operation does, to be waited for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::migrate) enum Dependency {
    CreateModel(ModelKey),
    RemoveModel(ModelKey),
    CreateField(ModelKey, String),
    RemoveField(ModelKey, String),
    AlterField(ModelKey, String),
    /// A field takes this name.
    RenameField(ModelKey, String),
    /// The constraint of that name is added.
    CreateConstraint(ModelKey, String),
    /// The index, constraint or trigger of that name is removed or renamed.
    RemoveIndexOrConstraint(ModelKey, String),
    /// The table of a model no longer has that name.
    LeaveTable(ModelKey, QualifiedName),
    /// The table of a model gets the name that it shall have.
    NameTable(ModelKey),
    /// A model takes this name, in this app.
    RenameModel(ModelKey),
    CreateEnum(EnumKey),
    /// Something of a model that becomes a join table is changed.
    ReshapeModel(ModelKey),
    /// The table of a model that a view reads is made, or gets something.
    ReshapeTable(ModelKey),
    /// The query of a view is another one.
    AlterView(ModelKey),
    /// The last existing migration of an app.
    Files(String),
}

impl Dependency {
    /// The dependency that an operation with this access satisfies, if any.
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
            (AccessKind::ClaimsName, SchemaObject::Field(of, field)) => {
                Dependency::RenameField(of.key(), field.to_owned())
            }
            (
                AccessKind::Deletes | AccessKind::ReleasesName,
                SchemaObject::Index(of, name)
                | SchemaObject::Constraint(of, name)
                | SchemaObject::TableObject(of, _, name),
            ) => Dependency::RemoveIndexOrConstraint(of.key(), name.to_owned()),
            (AccessKind::Creates, SchemaObject::Constraint(of, name)) => {
                Dependency::CreateConstraint(of.key(), name.to_owned())
            }
            (AccessKind::Creates, SchemaObject::Enum(app, name)) => {
                Dependency::CreateEnum(EnumKey::new(app, name))
            }
            (AccessKind::Alters, SchemaObject::ModelTable(of)) => Dependency::NameTable(of.key()),
            (AccessKind::Alters, SchemaObject::View(of)) => Dependency::AlterView(of.key()),
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
            | Dependency::RenameField(key, _)
            | Dependency::CreateConstraint(key, _)
            | Dependency::RemoveIndexOrConstraint(key, _)
            | Dependency::LeaveTable(key, _)
            | Dependency::NameTable(key)
            | Dependency::ReshapeModel(key)
            | Dependency::ReshapeTable(key)
            | Dependency::AlterView(key)
            | Dependency::RenameModel(key) => &key.app,
            Dependency::CreateEnum(key) => &key.app,
            Dependency::Files(app) => app,
        }
    }
}

/// An operation and its dependencies.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct DetectedOperation {
    pub operation: Operation,
    /// Dependencies that Django has, too. They determine the order of operations.
    pub needs: Vec<Dependency>,
    /// Further dependencies, without which an intermediate state would be invalid. They move an operation only
    /// where Django's order would be wrong.
    pub must: Vec<Dependency>,
    /// Dependencies it satisfies that do not follow from its accesses.
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

    /// Adds a dependency that it satisfies.
    pub fn also(mut self, provided: Dependency) -> Self {
        self.also.push(provided);
        self
    }

    /// The same, of an operation that was found before.
    pub fn provide(&mut self, provided: Dependency) {
        self.also.push(provided);
    }

    /// Whether its dependencies only determine the order within the app: a model can be renamed before the
    /// models that point at it exist.
    pub fn is_free(&self, app: &str) -> bool {
        !self.operation.accesses(app).models_renamed().is_empty()
    }

    /// The dependencies it satisfies.
    pub fn provides(&self, app: &str) -> Vec<Dependency> {
        let accesses = self.operation.accesses(app);
        let mut provided: Vec<Dependency> = accesses.iter().filter_map(Dependency::on).collect();
        provided.extend(self.also.iter().cloned());
        provided
    }
}

/// The target of a relation must exist, and the model that it goes through.
pub(super) fn referred_to(field: &FieldDef) -> impl Iterator<Item = Dependency> {
    field.refers_to().cloned().map(Dependency::CreateModel)
}
