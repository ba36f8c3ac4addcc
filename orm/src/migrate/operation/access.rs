//! Which schema objects an operation reads and changes. Each operation declares this once; the optimizer, the
//! detector, merges and the compiler derive from it which operations depend on each other.

use std::fmt;

use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelKey, TableObjectDef, TableObjectKind, ViewDef};
use crate::value::FieldType;

use super::Operation;

/// A model, by app and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) struct ModelRef<'a> {
    /// Label of the app.
    pub app: &'a str,
    /// Its name.
    pub model: &'a str,
}

impl<'a> ModelRef<'a> {
    /// The model `model` of `app`.
    pub fn new(app: &'a str, model: &'a str) -> Self {
        ModelRef { app, model }
    }

    /// The owned form.
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

/// Something in the schema that an operation can read or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum SchemaObject<'a> {
    /// Anything at all: hand-written SQL or Rust does not declare what it changes.
    Anything,
    /// A model with everything in it.
    Model(ModelRef<'a>),
    /// The name of a model's table.
    ModelTable(ModelRef<'a>),
    /// The comment of a model's table.
    Comment(ModelRef<'a>),
    /// How a model's table is stored.
    Storage(ModelRef<'a>),
    /// The ordering of a model, and whether its table is managed.
    Options(ModelRef<'a>),
    /// The query of a model that is a view. It stays where it is among all others, because what it uses of the tables that it reads is
    /// not known.
    View(ModelRef<'a>),
    /// A field of a model.
    Field(ModelRef<'a>, &'a str),
    /// The table of a many-to-many field.
    JoinTable(ModelRef<'a>, &'a str),
    /// An index of a model. Its name is unique in the whole database.
    Index(ModelRef<'a>, &'a str),
    /// A constraint of a model. Its name is unique in the whole database.
    Constraint(ModelRef<'a>, &'a str),
    /// What stands on the table of a model beside. The name of a trigger is unique in the whole database. It stays where it is among all
    /// others, because what its SQL names is not known.
    TableObject(ModelRef<'a>, TableObjectKind, &'a str),
    /// A table, by an explicitly given name.
    Table(&'a str),
    /// An enum type of an app.
    Enum(&'a str, &'a str),
    /// An extension of the database.
    Extension(&'a str),
    /// A collation of the database.
    Collation(&'a str),
}

impl<'a> SchemaObject<'a> {
    /// The model that this is, or belongs to.
    pub fn model(self) -> Option<ModelRef<'a>> {
        match self {
            SchemaObject::Model(of)
            | SchemaObject::ModelTable(of)
            | SchemaObject::Comment(of)
            | SchemaObject::Storage(of)
            | SchemaObject::Options(of)
            | SchemaObject::View(of)
            | SchemaObject::Field(of, _)
            | SchemaObject::JoinTable(of, _)
            | SchemaObject::Index(of, _)
            | SchemaObject::Constraint(of, _)
            | SchemaObject::TableObject(of, ..) => Some(of),
            SchemaObject::Anything
            | SchemaObject::Table(_)
            | SchemaObject::Enum(..)
            | SchemaObject::Extension(_)
            | SchemaObject::Collation(_) => None,
        }
    }

    /// The name, if this is a part of a table whose name is unique in the whole database: among those of its kind, if it has one.
    pub fn unique_name(self) -> Option<(Option<TableObjectKind>, &'a str)> {
        match self {
            SchemaObject::Index(_, name) | SchemaObject::Constraint(_, name) => Some((None, name)),
            SchemaObject::TableObject(_, kind @ TableObjectKind::Trigger, name) => Some((Some(kind), name)),
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
            SchemaObject::Storage(of) => write!(f, "the storage of {of}"),
            SchemaObject::Options(of) => write!(f, "the options of {of}"),
            SchemaObject::View(of) => write!(f, "the query of {of}"),
            SchemaObject::Field(of, field) => write!(f, "the field {of}.{field}"),
            SchemaObject::JoinTable(of, field) => write!(f, "the join table of {of}.{field}"),
            SchemaObject::Index(_, name) | SchemaObject::Constraint(_, name) => {
                write!(f, "the index or constraint {name}")
            }
            SchemaObject::TableObject(of, kind, name) => write!(f, "the {kind} {name} of {of}"),
            SchemaObject::Table(name) => write!(f, "the table {name}"),
            SchemaObject::Enum(app, name) => write!(f, "the enum {app}.{name}"),
            SchemaObject::Extension(name) => write!(f, "the extension {name}"),
            SchemaObject::Collation(name) => write!(f, "the collation {name}"),
        }
    }
}

/// How an operation accesses an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum AccessKind {
    /// The object must exist, and is not changed.
    Reads,
    /// The object exists afterwards, whether or not it existed before.
    Ensures,
    /// The object gains something; whatever used it before is unaffected.
    Extends,
    /// The object is changed.
    Alters,
    /// One of its allowed strings is renamed; rows, defaults and conditions with that string follow.
    RenamesValue,
    /// The object is created.
    Creates,
    /// The object is deleted.
    Deletes,
    /// The object gives up this name; the next access says its new one.
    ReleasesName,
    /// The object has this name from here on.
    ClaimsName,
}

impl AccessKind {
    /// Whether the object existed before and is changed.
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

    /// Whether the object exists afterwards, in the form the operation gave it.
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

    /// Whether a name appears or disappears.
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

/// One object and how it is accessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) struct ObjectAccess<'a> {
    /// How.
    pub kind: AccessKind,
    /// What.
    pub object: SchemaObject<'a>,
}

/// All accesses of an operation, its main subject first. Access to a part of a model implies that the model exists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::migrate) struct ObjectAccesses<'a>(Vec<ObjectAccess<'a>>);

/// For operations: building the list.
impl<'a> ObjectAccesses<'a> {
    pub(super) fn none() -> Self {
        ObjectAccesses::default()
    }

    pub(super) fn and(mut self, kind: AccessKind, object: SchemaObject<'a>) -> Self {
        self.0.push(ObjectAccess { kind, object });
        self
    }

    /// A renamed object.
    pub(super) fn renames(self, old: SchemaObject<'a>, new: SchemaObject<'a>) -> Self {
        self.and(AccessKind::ReleasesName, old)
            .and(AccessKind::ClaimsName, new)
    }

    /// A field, and the objects its definition refers to.
    pub(super) fn field(mut self, kind: AccessKind, of: ModelRef<'a>, field: &'a FieldDef) -> Self {
        self = self.and(kind, SchemaObject::Field(of, &field.name));
        if let Some(made) = &field.generated_as {
            self = self.reads(of, made.expression.fields());
        }
        for to in field.refers_to() {
            self = self.and(AccessKind::Reads, SchemaObject::Model(to.into()));
            if let Some(pointed_at) = &field.to_field {
                self = self.and(AccessKind::Reads, SchemaObject::Field(to.into(), pointed_at));
            }
        }
        if let Some(through) = &field.through {
            self = self.reads(through.into(), field.through_fields.iter().map(String::as_str));
        }
        if let Some(name) = &field.enum_type {
            self = self.and(AccessKind::Reads, SchemaObject::Enum(of.app, name));
        }
        if field.ty == FieldType::ManyToMany && field.through.is_none() {
            self = self.and(kind, SchemaObject::JoinTable(of, &field.name));
        }
        self.pins(field.table.as_ref())
    }

    /// An index, and the fields it covers.
    pub(super) fn index(self, kind: AccessKind, of: ModelRef<'a>, index: &'a IndexDef) -> Self {
        self.and(kind, SchemaObject::Index(of, &index.name))
            .reads(of, index.fields())
    }

    /// A constraint, and the fields it covers.
    pub(super) fn constraint(
        self,
        kind: AccessKind,
        of: ModelRef<'a>,
        constraint: &'a ConstraintDef,
    ) -> Self {
        let own = self
            .and(kind, SchemaObject::Constraint(of, constraint.name()))
            .reads(of, constraint.fields());
        match constraint.foreign_key() {
            Some(key) => own
                .and(AccessKind::Reads, SchemaObject::Model((&key.to).into()))
                .reads((&key.to).into(), key.to_fields.iter().map(String::as_str)),
            None => own,
        }
    }

    /// What stands on a table beside, and the fields it names.
    pub(super) fn table_object(self, kind: AccessKind, of: ModelRef<'a>, object: &'a TableObjectDef) -> Self {
        self.and(kind, SchemaObject::TableObject(of, object.kind(), object.name()))
            .reads(of, object.fields())
    }

    /// Fields by name, with or without a leading `-`.
    pub(super) fn reads(mut self, of: ModelRef<'a>, fields: impl IntoIterator<Item = &'a str>) -> Self {
        for field in fields {
            self = self.and(
                AccessKind::Reads,
                SchemaObject::Field(of, field.trim_start_matches('-')),
            );
        }
        self
    }

    /// The query of a view, and the models that it reads.
    pub(super) fn view(self, kind: AccessKind, of: ModelRef<'a>, view: &'a ViewDef) -> Self {
        let own = self.and(kind, SchemaObject::View(of));
        let reads = view.reads.iter();
        reads.fold(own, |accesses, read| {
            accesses.and(AccessKind::Reads, SchemaObject::Model(read.into()))
        })
    }

    /// An explicit table name, if there is one.
    pub(super) fn pins(self, table: Option<&'a String>) -> Self {
        match table {
            Some(table) => self.and(AccessKind::ClaimsName, SchemaObject::Table(table)),
            None => self,
        }
    }

    /// The accesses of nested operations.
    pub(super) fn and_those_of(mut self, operations: &'a [Operation], app: &'a str) -> Self {
        for operation in operations {
            self.0.extend(operation.accesses(app).0);
        }
        self
    }

    /// The same for operations that only change the state.
    pub(super) fn and_those_of_state(mut self, operations: &'a [Operation], app: &'a str) -> Self {
        let all = operations.iter().flat_map(|operation| operation.accesses(app).0);
        self.0
            .extend(all.filter(|access| access.object != SchemaObject::Anything));
        self
    }
}

/// For callers: queries.
impl<'a> ObjectAccesses<'a> {
    /// The accesses, in order.
    pub fn iter(&self) -> impl Iterator<Item = ObjectAccess<'a>> {
        self.0.iter().copied()
    }

    /// Whether this access is among them.
    pub fn has(&self, kind: AccessKind, object: SchemaObject<'_>) -> bool {
        self.iter()
            .any(|access| access.kind == kind && access.object == object)
    }

    /// Whether the operation runs hand-written SQL or Rust, which may change anything.
    pub fn is_by_hand(&self) -> bool {
        self.has(AccessKind::Alters, SchemaObject::Anything)
    }

    /// Whether the operation makes or changes a view.
    pub fn make_view(&self) -> bool {
        self.iter()
            .any(|access| matches!(access.object, SchemaObject::View(_)))
    }

    /// The models it changes or refers to, its main subject first.
    pub fn models(&self) -> impl Iterator<Item = ModelRef<'a>> {
        self.iter().filter_map(|access| access.object.model())
    }

    /// The models that no longer exist under their name.
    pub fn models_left(&self) -> Vec<ModelRef<'a>> {
        let left = self
            .iter()
            .filter_map(|access| match (access.kind, access.object) {
                (AccessKind::Deletes | AccessKind::ReleasesName, SchemaObject::Model(of)) => Some(of),
                _ => None,
            });
        left.collect()
    }

    /// The renamed or moved models, as (old, new).
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

    /// The renamed fields, as (model, old, new).
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

    /// Whether the operation may depend on a model or change it.
    pub fn concern_model(&self, model: ModelRef<'_>) -> bool {
        self.reach_anywhere() || self.models().any(|of| of == model)
    }

    /// Whether the operation may depend on a field or change it; a relation to the model counts.
    pub fn concern_field(&self, model: ModelRef<'_>, field: &str) -> bool {
        self.reach_anywhere()
            || self.iter().any(|access| match access.object {
                SchemaObject::Field(of, name) | SchemaObject::JoinTable(of, name) => {
                    of == model && name == field
                }
                object => object.model() == Some(model),
            })
    }

    /// Whether the operation may affect models it does not name.
    pub fn reach_anywhere(&self) -> bool {
        self.iter().any(|access| match access.object {
            SchemaObject::Anything
            | SchemaObject::Extension(_)
            | SchemaObject::Collation(_)
            | SchemaObject::View(_)
            | SchemaObject::TableObject(..) => true,
            // These names are unique in the database, so any model may be affected; those of a new table come with it.
            SchemaObject::Index(of, _) | SchemaObject::Constraint(of, _) => {
                !self.has(AccessKind::Creates, SchemaObject::Model(of))
            }
            // A deleted model may have pointed at any other.
            SchemaObject::Model(_) => access.kind == AccessKind::Deletes,
            // It is not known which fields have this type. A new type has none, and no row holds a new string yet.
            SchemaObject::Enum(..) => matches!(
                access.kind,
                AccessKind::Alters | AccessKind::RenamesValue | AccessKind::Deletes
            ),
            SchemaObject::ModelTable(_)
            | SchemaObject::Comment(_)
            | SchemaObject::Storage(_)
            | SchemaObject::Options(_)
            | SchemaObject::Field(..)
            | SchemaObject::JoinTable(..)
            | SchemaObject::Table(_) => false,
        })
    }

    /// Whether it gives up a table name without saying which.
    pub fn rename_tables(&self) -> bool {
        let mut all = self.iter();
        all.any(|access| matches!(access.object, SchemaObject::ModelTable(_)))
    }

    /// Whether it sets the name of a table.
    pub fn name_tables(&self) -> bool {
        self.iter().any(|access| match access.object {
            SchemaObject::ModelTable(_) | SchemaObject::Table(_) => access.kind != AccessKind::Reads,
            _ => false,
        })
    }

    /// Whether it creates, drops or renames a table, so that the name may clash with another operation's.
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
