//! What an operation touches: said once by each, and asked by everyone who has to know which operations have to do with
//! each other.

use std::fmt;

use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelKey};
use crate::value::FieldType;

use super::{Contract, Operation};
use crate::migrate::state::constraint_fields;

/// A model by the names that an operation has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Of<'a> {
    /// Label of its app.
    pub app: &'a str,
    /// Its name.
    pub model: &'a str,
}

impl<'a> Of<'a> {
    /// The model `model` of `app`.
    pub fn new(app: &'a str, model: &'a str) -> Self {
        Of { app, model }
    }

    /// The same as a key of its own.
    pub fn key(self) -> ModelKey {
        ModelKey::new(self.app, self.model)
    }
}

impl<'a> From<&'a ModelKey> for Of<'a> {
    fn from(key: &'a ModelKey) -> Self {
        Of::new(&key.app, &key.model)
    }
}

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app, self.model)
    }
}

/// Something that an operation can touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing<'a> {
    /// Whatever there is: what a person wrote may do anything, and tells nobody.
    Anything,
    /// A model with all that it has.
    Model(Of<'a>),
    /// The name of a model's table.
    TableOf(Of<'a>),
    /// The comment of a model's table.
    Comment(Of<'a>),
    /// The ordering of a model, and whose its table is.
    Options(Of<'a>),
    /// A field of a model.
    Field(Of<'a>, &'a str),
    /// The table of a many-to-many field.
    JoinTable(Of<'a>, &'a str),
    /// An index of a model; its name is the database's.
    Index(Of<'a>, &'a str),
    /// A constraint of a model; its name is the database's.
    Constraint(Of<'a>, &'a str),
    /// A table by the name that somebody pins for it.
    Table(&'a str),
    /// An enum type of an app.
    Enum(&'a str, &'a str),
    /// An extension of the database.
    Extension(&'a str),
    /// A collation of the database.
    Collation(&'a str),
}

impl<'a> Thing<'a> {
    /// The model that it is, or is a part of.
    pub fn model(self) -> Option<Of<'a>> {
        match self {
            Thing::Model(of)
            | Thing::TableOf(of)
            | Thing::Comment(of)
            | Thing::Options(of)
            | Thing::Field(of, _)
            | Thing::JoinTable(of, _)
            | Thing::Index(of, _)
            | Thing::Constraint(of, _) => Some(of),
            Thing::Anything
            | Thing::Table(_)
            | Thing::Enum(..)
            | Thing::Extension(_)
            | Thing::Collation(_) => None,
        }
    }

    /// Its name in the database, if it is an index or a constraint, which share theirs.
    pub fn index_or_constraint(self) -> Option<&'a str> {
        match self {
            Thing::Index(_, name) | Thing::Constraint(_, name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Thing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::Anything => f.write_str("anything"),
            Thing::Model(of) => write!(f, "the model {of}"),
            Thing::TableOf(of) => write!(f, "the table of {of}"),
            Thing::Comment(of) => write!(f, "the comment of {of}"),
            Thing::Options(of) => write!(f, "the options of {of}"),
            Thing::Field(of, field) => write!(f, "the field {of}.{field}"),
            Thing::JoinTable(of, field) => write!(f, "the join table of {of}.{field}"),
            Thing::Index(_, name) | Thing::Constraint(_, name) => {
                write!(f, "the index or constraint {name}")
            }
            Thing::Table(name) => write!(f, "the table {name}"),
            Thing::Enum(app, name) => write!(f, "the enum {app}.{name}"),
            Thing::Extension(name) => write!(f, "the extension {name}"),
            Thing::Collation(name) => write!(f, "the collation {name}"),
        }
    }
}

/// How an operation touches something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It has to be there, and stays as it is.
    Reads,
    /// It is there from here on, whether it was before or not.
    Ensures,
    /// It has more than before; who knows what it had notices nothing.
    Extends,
    /// It is something else from here on.
    Alters,
    /// One of the strings that it allows is spelled otherwise; rows, defaults and conditions that hold it follow.
    Respells,
    /// It is there from here on and was not before.
    Creates,
    /// It was there before and is not from here on.
    Deletes,
    /// It has this name no longer; the next touch says which it has instead.
    Leaves,
    /// It has this name from here on.
    Takes,
}

impl How {
    /// Whether the thing was there before and is touched as such.
    pub fn finds(self) -> bool {
        match self {
            How::Extends | How::Alters | How::Respells | How::Deletes | How::Leaves => true,
            How::Reads | How::Ensures | How::Creates | How::Takes => false,
        }
    }

    /// Whether the thing is there afterwards, as the operation has left it.
    pub fn leaves_behind(self) -> bool {
        match self {
            How::Ensures | How::Extends | How::Alters | How::Respells | How::Creates | How::Takes => true,
            How::Reads | How::Deletes | How::Leaves => false,
        }
    }

    /// Whether a name is there afterwards and was not before, or the other way round.
    pub fn moves_the_name(self) -> bool {
        match self {
            How::Creates | How::Deletes | How::Leaves | How::Takes => true,
            How::Reads | How::Ensures | How::Extends | How::Alters | How::Respells => false,
        }
    }
}

/// One thing, and how it is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch<'a> {
    /// How.
    pub how: How,
    /// What.
    pub thing: Thing<'a>,
}

/// Everything that an operation touches, what it is about in front. That a model has to be there whose part is touched
/// goes without saying.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touches<'a>(Vec<Touch<'a>>);

/// How operations say it.
impl<'a> Touches<'a> {
    pub(super) fn none() -> Self {
        Touches::default()
    }

    pub(super) fn and(mut self, how: How, thing: Thing<'a>) -> Self {
        self.0.push(Touch { how, thing });
        self
    }

    /// A thing that has another name.
    pub(super) fn renames(self, old: Thing<'a>, new: Thing<'a>) -> Self {
        self.and(How::Leaves, old).and(How::Takes, new)
    }

    /// A field, and what its definition reads.
    pub(super) fn field(mut self, how: How, of: Of<'a>, field: &'a FieldDef) -> Self {
        self = self.and(how, Thing::Field(of, &field.name));
        if let Some(made) = &field.generated_as {
            self = self.reads(of, made.expression.fields());
        }
        if let Some(to) = &field.to {
            self = self.and(How::Reads, Thing::Model(to.into()));
        }
        if let Some(name) = &field.enum_type {
            self = self.and(How::Reads, Thing::Enum(of.app, name));
        }
        if field.ty == FieldType::ManyToMany {
            self = self.and(how, Thing::JoinTable(of, &field.name));
        }
        self.pins(field.table.as_ref())
    }

    /// An index, and the fields that it is over.
    pub(super) fn index(self, how: How, of: Of<'a>, index: &'a IndexDef) -> Self {
        self.and(how, Thing::Index(of, &index.name))
            .reads(of, index.fields.iter().map(String::as_str))
    }

    /// A constraint, and the fields that it is over.
    pub(super) fn constraint(self, how: How, of: Of<'a>, constraint: &'a ConstraintDef) -> Self {
        self.and(how, Thing::Constraint(of, constraint.name()))
            .reads(of, constraint_fields(constraint))
    }

    /// Fields that are named, with or without a direction.
    pub(super) fn reads(mut self, of: Of<'a>, fields: impl IntoIterator<Item = &'a str>) -> Self {
        for field in fields {
            self = self.and(How::Reads, Thing::Field(of, field.trim_start_matches('-')));
        }
        self
    }

    /// The name of a table, where it is given.
    pub(super) fn pins(self, table: Option<&'a String>) -> Self {
        match table {
            Some(table) => self.and(How::Takes, Thing::Table(table)),
            None => self,
        }
    }

    /// What other operations touch.
    pub(super) fn and_those_of(mut self, operations: &'a [Operation], app: &'a str) -> Self {
        for operation in operations {
            self.0.extend(operation.touches(app).0);
        }
        self
    }

    /// The same, of operations that are not run.
    pub(super) fn and_those_of_state(mut self, operations: &'a [Operation], app: &'a str) -> Self {
        let all = operations.iter().flat_map(|operation| operation.touches(app).0);
        self.0.extend(all.filter(|touch| touch.thing != Thing::Anything));
        self
    }
}

/// What others ask.
impl<'a> Touches<'a> {
    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Touch<'a>> {
        self.0.iter().copied()
    }

    /// Whether it touches that thing so.
    pub fn has(&self, how: How, thing: Thing<'_>) -> bool {
        self.iter().any(|touch| touch.how == how && touch.thing == thing)
    }

    /// Whether it runs what a person wrote, which may do anything.
    pub fn is_by_hand(&self) -> bool {
        self.has(How::Alters, Thing::Anything)
    }

    /// The models it is about or points at, what it is about in front.
    pub fn models(&self) -> impl Iterator<Item = Of<'a>> {
        self.iter().filter_map(|touch| touch.thing.model())
    }

    /// The models that are not there any more under their name.
    pub fn models_left(&self) -> Vec<Of<'a>> {
        let left = self.iter().filter_map(|touch| match (touch.how, touch.thing) {
            (How::Deletes | How::Leaves, Thing::Model(of)) => Some(of),
            _ => None,
        });
        left.collect()
    }

    /// The models that have another name, or another app: what it was and what it is.
    pub fn models_renamed(&self) -> Vec<(Of<'a>, Of<'a>)> {
        let ends = |end: How| {
            self.iter().filter_map(move |touch| match touch.thing {
                Thing::Model(of) if touch.how == end => Some(of),
                _ => None,
            })
        };
        ends(How::Leaves).zip(ends(How::Takes)).collect()
    }

    /// The fields that have another name: of which model, what it was and what it is.
    pub fn fields_renamed(&self) -> Vec<(Of<'a>, &'a str, &'a str)> {
        let ends = |end: How| {
            self.iter().filter_map(move |touch| match touch.thing {
                Thing::Field(of, name) if touch.how == end => Some((of, name)),
                _ => None,
            })
        };
        let ends = ends(How::Leaves).zip(ends(How::Takes));
        ends.map(|((of, old), (_, new))| (of, old, new)).collect()
    }

    /// Whether a model matters to it, or may.
    pub fn concern_model(&self, model: Of<'_>) -> bool {
        self.reach_anywhere() || self.models().any(|of| of == model)
    }

    /// Whether a field of a model matters to it, or may: also where it points at the model.
    pub fn concern_field(&self, model: Of<'_>, field: &str) -> bool {
        self.reach_anywhere()
            || self.iter().any(|touch| match touch.thing {
                Thing::Field(of, name) | Thing::JoinTable(of, name) => of == model && name == field,
                thing => thing.model() == Some(model),
            })
    }

    /// Whether it may have to do with models that it does not name.
    pub fn reach_anywhere(&self) -> bool {
        self.iter().any(|touch| match touch.thing {
            Thing::Anything | Thing::Extension(_) | Thing::Collation(_) => true,
            // A name is the database's and not a model's; a new table's come with it.
            Thing::Index(of, _) | Thing::Constraint(of, _) => !self.has(How::Creates, Thing::Model(of)),
            // What was deleted may have pointed at any model.
            Thing::Model(_) => touch.how == How::Deletes,
            // Whose fields are of the type is not said. None is of one that is new, and no row holds a string that is.
            Thing::Enum(..) => matches!(touch.how, How::Alters | How::Respells | How::Deletes),
            Thing::TableOf(_)
            | Thing::Comment(_)
            | Thing::Options(_)
            | Thing::Field(..)
            | Thing::JoinTable(..)
            | Thing::Table(_) => false,
        })
    }

    /// Whether it leaves the name of a table, which it does not say.
    pub fn rename_tables(&self) -> bool {
        let mut all = self.iter();
        all.any(|touch| matches!(touch.thing, Thing::TableOf(_)))
    }

    /// Whether it says what the name of a table is from here on.
    pub fn name_tables(&self) -> bool {
        self.iter().any(|touch| match touch.thing {
            Thing::TableOf(_) | Thing::Table(_) => touch.how != How::Reads,
            _ => false,
        })
    }

    /// Whether it gives a table a name, or takes one away, which may be what another one leaves or takes.
    pub fn move_tables(&self) -> bool {
        self.iter().any(|touch| match touch.thing {
            Thing::Model(_) | Thing::TableOf(_) | Thing::JoinTable(..) | Thing::Table(_) => {
                touch.how != How::Reads
            }
            _ => false,
        })
    }
}
