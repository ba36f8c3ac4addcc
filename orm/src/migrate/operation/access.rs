//! What an operation touches: said once by each, and asked by everyone who has to know which operations have to do with
//! each other.

use std::fmt;

use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelKey};
use crate::value::FieldType;

use super::Operation;

/// A model by the names that an operation has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) struct ModelRef<'a> {
    /// Label of its app.
    pub app: &'a str,
    /// Its name.
    pub model: &'a str,
}

impl<'a> ModelRef<'a> {
    /// The model `model` of `app`.
    pub fn new(app: &'a str, model: &'a str) -> Self {
        ModelRef { app, model }
    }

    /// The same as a key of its own.
    pub fn key(self) -> ModelKey {
        ModelKey::new(self.app, self.model)
    }
}

impl<'a> From<&'a ModelKey> for ModelRef<'a> {
    fn from(key: &'a ModelKey) -> Self {
        ModelRef::new(&key.app, &key.model)
    }
}

impl fmt::Display for ModelRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app, self.model)
    }
}

/// Something that an operation can touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum SchemaObject<'a> {
    /// Whatever there is: what a person wrote may do anything, and tells nobody.
    Anything,
    /// A model with all that it has.
    Model(ModelRef<'a>),
    /// The name of a model's table.
    ModelTable(ModelRef<'a>),
    /// The comment of a model's table.
    Comment(ModelRef<'a>),
    /// The ordering of a model, and whose its table is.
    Options(ModelRef<'a>),
    /// A field of a model.
    Field(ModelRef<'a>, &'a str),
    /// The table of a many-to-many field.
    JoinTable(ModelRef<'a>, &'a str),
    /// An index of a model; its name is the database's.
    Index(ModelRef<'a>, &'a str),
    /// A constraint of a model; its name is the database's.
    Constraint(ModelRef<'a>, &'a str),
    /// A table by the name that somebody pins for it.
    Table(&'a str),
    /// An enum type of an app.
    Enum(&'a str, &'a str),
    /// An extension of the database.
    Extension(&'a str),
    /// A collation of the database.
    Collation(&'a str),
}

impl<'a> SchemaObject<'a> {
    /// The model that it is, or is a part of.
    pub fn model(self) -> Option<ModelRef<'a>> {
        match self {
            SchemaObject::Model(of)
            | SchemaObject::ModelTable(of)
            | SchemaObject::Comment(of)
            | SchemaObject::Options(of)
            | SchemaObject::Field(of, _)
            | SchemaObject::JoinTable(of, _)
            | SchemaObject::Index(of, _)
            | SchemaObject::Constraint(of, _) => Some(of),
            SchemaObject::Anything
            | SchemaObject::Table(_)
            | SchemaObject::Enum(..)
            | SchemaObject::Extension(_)
            | SchemaObject::Collation(_) => None,
        }
    }

    /// Its name in the database, if it is an index or a constraint, which share theirs.
    pub fn index_or_constraint(self) -> Option<&'a str> {
        match self {
            SchemaObject::Index(_, name) | SchemaObject::Constraint(_, name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for SchemaObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaObject::Anything => f.write_str("anything"),
            SchemaObject::Model(of) => write!(f, "the model {of}"),
            SchemaObject::ModelTable(of) => write!(f, "the table of {of}"),
            SchemaObject::Comment(of) => write!(f, "the comment of {of}"),
            SchemaObject::Options(of) => write!(f, "the options of {of}"),
            SchemaObject::Field(of, field) => write!(f, "the field {of}.{field}"),
            SchemaObject::JoinTable(of, field) => write!(f, "the join table of {of}.{field}"),
            SchemaObject::Index(_, name) | SchemaObject::Constraint(_, name) => {
                write!(f, "the index or constraint {name}")
            }
            SchemaObject::Table(name) => write!(f, "the table {name}"),
            SchemaObject::Enum(app, name) => write!(f, "the enum {app}.{name}"),
            SchemaObject::Extension(name) => write!(f, "the extension {name}"),
            SchemaObject::Collation(name) => write!(f, "the collation {name}"),
        }
    }
}

/// How an operation touches something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum AccessKind {
    /// It has to be there, and stays as it is.
    Reads,
    /// It is there from here on, whether it was before or not.
    Ensures,
    /// It has more than before; who knows what it had notices nothing.
    Extends,
    /// It is something else from here on.
    Alters,
    /// One of the strings that it allows is spelled otherwise; rows, defaults and conditions that hold it follow.
    RenamesValue,
    /// It is there from here on and was not before.
    Creates,
    /// It was there before and is not from here on.
    Deletes,
    /// It has this name no longer; the next touch says which it has instead.
    ReleasesName,
    /// It has this name from here on.
    ClaimsName,
}

impl AccessKind {
    /// Whether the thing was there before and is touched as such.
    pub fn finds(self) -> bool {
        match self {
            AccessKind::Extends
            | AccessKind::Alters
            | AccessKind::RenamesValue
            | AccessKind::Deletes
            | AccessKind::ReleasesName => true,
            AccessKind::Reads | AccessKind::Ensures | AccessKind::Creates | AccessKind::ClaimsName => false,
        }
    }

    /// Whether the thing is there afterwards, as the operation has left it.
    pub fn leaves_behind(self) -> bool {
        match self {
            AccessKind::Ensures
            | AccessKind::Extends
            | AccessKind::Alters
            | AccessKind::RenamesValue
            | AccessKind::Creates
            | AccessKind::ClaimsName => true,
            AccessKind::Reads | AccessKind::Deletes | AccessKind::ReleasesName => false,
        }
    }

    /// Whether a name is there afterwards and was not before, or the other way round.
    pub fn moves_the_name(self) -> bool {
        match self {
            AccessKind::Creates | AccessKind::Deletes | AccessKind::ReleasesName | AccessKind::ClaimsName => {
                true
            }
            AccessKind::Reads
            | AccessKind::Ensures
            | AccessKind::Extends
            | AccessKind::Alters
            | AccessKind::RenamesValue => false,
        }
    }
}

/// One thing, and how it is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) struct ObjectAccess<'a> {
    /// How.
    pub kind: AccessKind,
    /// What.
    pub object: SchemaObject<'a>,
}

/// Everything that an operation touches, what it is about in front. That a model has to be there whose part is touched
/// goes without saying.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::migrate) struct ObjectAccesses<'a>(Vec<ObjectAccess<'a>>);

/// How operations say it.
impl<'a> ObjectAccesses<'a> {
    pub(super) fn none() -> Self {
        ObjectAccesses::default()
    }

    pub(super) fn and(mut self, kind: AccessKind, object: SchemaObject<'a>) -> Self {
        self.0.push(ObjectAccess { kind, object });
        self
    }

    /// A thing that has another name.
    pub(super) fn renames(self, old: SchemaObject<'a>, new: SchemaObject<'a>) -> Self {
        self.and(AccessKind::ReleasesName, old)
            .and(AccessKind::ClaimsName, new)
    }

    /// A field, and what its definition reads.
    pub(super) fn field(mut self, kind: AccessKind, of: ModelRef<'a>, field: &'a FieldDef) -> Self {
        self = self.and(kind, SchemaObject::Field(of, &field.name));
        if let Some(made) = &field.generated_as {
            self = self.reads(of, made.expression.fields());
        }
        if let Some(to) = &field.to {
            self = self.and(AccessKind::Reads, SchemaObject::Model(to.into()));
        }
        if let Some(name) = &field.enum_type {
            self = self.and(AccessKind::Reads, SchemaObject::Enum(of.app, name));
        }
        if field.ty == FieldType::ManyToMany {
            self = self.and(kind, SchemaObject::JoinTable(of, &field.name));
        }
        self.pins(field.table.as_ref())
    }

    /// An index, and the fields that it is over.
    pub(super) fn index(self, kind: AccessKind, of: ModelRef<'a>, index: &'a IndexDef) -> Self {
        self.and(kind, SchemaObject::Index(of, &index.name))
            .reads(of, index.fields())
    }

    /// A constraint, and the fields that it is over.
    pub(super) fn constraint(
        self,
        kind: AccessKind,
        of: ModelRef<'a>,
        constraint: &'a ConstraintDef,
    ) -> Self {
        self.and(kind, SchemaObject::Constraint(of, constraint.name()))
            .reads(of, constraint.fields())
    }

    /// Fields that are named, with or without a direction.
    pub(super) fn reads(mut self, of: ModelRef<'a>, fields: impl IntoIterator<Item = &'a str>) -> Self {
        for field in fields {
            self = self.and(
                AccessKind::Reads,
                SchemaObject::Field(of, field.trim_start_matches('-')),
            );
        }
        self
    }

    /// The name of a table, where it is given.
    pub(super) fn pins(self, table: Option<&'a String>) -> Self {
        match table {
            Some(table) => self.and(AccessKind::ClaimsName, SchemaObject::Table(table)),
            None => self,
        }
    }

    /// What other operations touch.
    pub(super) fn and_those_of(mut self, operations: &'a [Operation], app: &'a str) -> Self {
        for operation in operations {
            self.0.extend(operation.accesses(app).0);
        }
        self
    }

    /// The same, of operations that are not run.
    pub(super) fn and_those_of_state(mut self, operations: &'a [Operation], app: &'a str) -> Self {
        let all = operations.iter().flat_map(|operation| operation.accesses(app).0);
        self.0
            .extend(all.filter(|access| access.object != SchemaObject::Anything));
        self
    }
}

/// What others ask.
impl<'a> ObjectAccesses<'a> {
    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = ObjectAccess<'a>> {
        self.0.iter().copied()
    }

    /// Whether it touches that thing so.
    pub fn has(&self, kind: AccessKind, object: SchemaObject<'_>) -> bool {
        self.iter()
            .any(|access| access.kind == kind && access.object == object)
    }

    /// Whether it runs what a person wrote, which may do anything.
    pub fn is_by_hand(&self) -> bool {
        self.has(AccessKind::Alters, SchemaObject::Anything)
    }

    /// The models it is about or points at, what it is about in front.
    pub fn models(&self) -> impl Iterator<Item = ModelRef<'a>> {
        self.iter().filter_map(|access| access.object.model())
    }

    /// The models that are not there any more under their name.
    pub fn models_left(&self) -> Vec<ModelRef<'a>> {
        let left = self
            .iter()
            .filter_map(|access| match (access.kind, access.object) {
                (AccessKind::Deletes | AccessKind::ReleasesName, SchemaObject::Model(of)) => Some(of),
                _ => None,
            });
        left.collect()
    }

    /// The models that have another name, or another app: what it was and what it is.
    pub fn models_renamed(&self) -> Vec<(ModelRef<'a>, ModelRef<'a>)> {
        let ends = |end: AccessKind| {
            self.iter().filter_map(move |access| match access.object {
                SchemaObject::Model(of) if access.kind == end => Some(of),
                _ => None,
            })
        };
        ends(AccessKind::ReleasesName)
            .zip(ends(AccessKind::ClaimsName))
            .collect()
    }

    /// The fields that have another name: of which model, what it was and what it is.
    pub fn fields_renamed(&self) -> Vec<(ModelRef<'a>, &'a str, &'a str)> {
        let ends = |end: AccessKind| {
            self.iter().filter_map(move |access| match access.object {
                SchemaObject::Field(of, name) if access.kind == end => Some((of, name)),
                _ => None,
            })
        };
        let ends = ends(AccessKind::ReleasesName).zip(ends(AccessKind::ClaimsName));
        ends.map(|((of, old), (_, new))| (of, old, new)).collect()
    }

    /// Whether a model matters to it, or may.
    pub fn concern_model(&self, model: ModelRef<'_>) -> bool {
        self.reach_anywhere() || self.models().any(|of| of == model)
    }

    /// Whether a field of a model matters to it, or may: also where it points at the model.
    pub fn concern_field(&self, model: ModelRef<'_>, field: &str) -> bool {
        self.reach_anywhere()
            || self.iter().any(|access| match access.object {
                SchemaObject::Field(of, name) | SchemaObject::JoinTable(of, name) => {
                    of == model && name == field
                }
                object => object.model() == Some(model),
            })
    }

    /// Whether it may have to do with models that it does not name.
    pub fn reach_anywhere(&self) -> bool {
        self.iter().any(|access| match access.object {
            SchemaObject::Anything | SchemaObject::Extension(_) | SchemaObject::Collation(_) => true,
            // A name is the database's and not a model's; a new table's come with it.
            SchemaObject::Index(of, _) | SchemaObject::Constraint(of, _) => {
                !self.has(AccessKind::Creates, SchemaObject::Model(of))
            }
            // What was deleted may have pointed at any model.
            SchemaObject::Model(_) => access.kind == AccessKind::Deletes,
            // Whose fields are of the type is not said. None is of one that is new, and no row holds a string that is.
            SchemaObject::Enum(..) => matches!(
                access.kind,
                AccessKind::Alters | AccessKind::RenamesValue | AccessKind::Deletes
            ),
            SchemaObject::ModelTable(_)
            | SchemaObject::Comment(_)
            | SchemaObject::Options(_)
            | SchemaObject::Field(..)
            | SchemaObject::JoinTable(..)
            | SchemaObject::Table(_) => false,
        })
    }

    /// Whether it leaves the name of a table, which it does not say.
    pub fn rename_tables(&self) -> bool {
        let mut all = self.iter();
        all.any(|access| matches!(access.object, SchemaObject::ModelTable(_)))
    }

    /// Whether it says what the name of a table is from here on.
    pub fn name_tables(&self) -> bool {
        self.iter().any(|access| match access.object {
            SchemaObject::ModelTable(_) | SchemaObject::Table(_) => access.kind != AccessKind::Reads,
            _ => false,
        })
    }

    /// Whether it gives a table a name, or takes one away, which may be what another one leaves or takes.
    pub fn move_tables(&self) -> bool {
        self.iter().any(|access| match access.object {
            SchemaObject::Model(_)
            | SchemaObject::ModelTable(_)
            | SchemaObject::JoinTable(..)
            | SchemaObject::Table(_) => access.kind != AccessKind::Reads,
            _ => false,
        })
    }
}
