//! What an operation touches, and whether two branches can both do what they do.

use std::fmt;

use crate::migrate::operation::Operation;
use crate::migrate::state::constraint_fields;
use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelKey};

/// Something that an operation makes, changes or needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Thing {
    Model(ModelKey),
    Field(ModelKey, String),
    /// An index or a constraint: the database knows them by name.
    Named(String),
    /// The table's name, its comment, or the model's options.
    Part(ModelKey, &'static str),
    Table(String),
    Enum(String, String),
    /// An extension or a collation.
    Server(String),
}

/// How it touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// It has to be there.
    Needs,
    /// It becomes something else, and is still there.
    Changes,
    /// It is there after, or before, and not both.
    Owns,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch {
    pub thing: Thing,
    pub how: How,
}

impl Touch {
    /// Whether the two stand in each other's way, whichever comes first.
    pub(super) fn clashes(&self, other: &Touch) -> bool {
        let (least, most) = (self.how.min(other.how), self.how.max(other.how));
        self.thing == other.thing && (most == How::Owns || least == How::Changes)
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::Model(key) => write!(f, "the model {key}"),
            Thing::Field(key, field) => write!(f, "the field {key}.{field}"),
            Thing::Named(name) => write!(f, "the index or constraint {name}"),
            Thing::Part(key, part) => write!(f, "the {part} of {key}"),
            Thing::Table(name) => write!(f, "the table {name}"),
            Thing::Enum(app, name) => write!(f, "the enum {app}.{name}"),
            Thing::Server(name) => write!(f, "{name}"),
        }
    }
}

/// What an operation of `app` touches; SQL and Rust tell nothing.
pub(super) fn touches(operation: &Operation, app: &str) -> Vec<Touch> {
    let mut list = List {
        app,
        touches: Vec::new(),
    };
    list.operation(operation);
    list.touches
}

/// Whether it does what cannot be seen from here.
pub(super) fn is_opaque(operation: &Operation) -> bool {
    match operation {
        Operation::RunSql(_) | Operation::RunRust(_) => true,
        Operation::SeparateDatabaseAndState(separate) => separate.database.iter().any(is_opaque),
        _ => false,
    }
}

struct List<'a> {
    app: &'a str,
    touches: Vec<Touch>,
}

impl List<'_> {
    fn push(&mut self, how: How, thing: Thing) {
        self.touches.push(Touch { thing, how });
    }

    fn model(&mut self, how: How, model: &str) -> ModelKey {
        let key = ModelKey::new(self.app, model);
        self.push(how, Thing::Model(key.clone()));
        key
    }

    fn own_field(&mut self, how: How, model: &str, field: &str) -> ModelKey {
        let key = self.model(How::Needs, model);
        self.push(how, Thing::Field(key.clone(), field.to_owned()));
        key
    }

    /// What a field's definition needs.
    fn defined(&mut self, model: &str, field: &FieldDef) {
        if let Some(generated) = &field.generated_as {
            for read in generated.expression.fields() {
                let key = ModelKey::new(self.app, model);
                self.push(How::Needs, Thing::Field(key, read.to_owned()));
            }
        }
        if let Some(to) = &field.to {
            self.push(How::Needs, Thing::Model(to.clone()));
        }
        if let Some(name) = &field.enum_type {
            self.push(How::Needs, Thing::Enum(self.app.to_owned(), name.clone()));
        }
        if let Some(table) = &field.table {
            self.push(How::Owns, Thing::Table(table.clone()));
        }
    }

    fn index(&mut self, model: &str, index: &IndexDef) {
        let fields = index.fields.iter().map(|field| field.trim_start_matches('-'));
        self.over_fields(model, &index.name, fields);
    }

    fn constraint(&mut self, model: &str, constraint: &ConstraintDef) {
        self.over_fields(model, constraint.name(), constraint_fields(constraint));
    }

    fn over_fields<'a>(&mut self, model: &str, name: &str, fields: impl IntoIterator<Item = &'a str>) {
        let key = self.model(How::Needs, model);
        self.push(How::Owns, Thing::Named(name.to_owned()));
        for field in fields {
            self.push(How::Needs, Thing::Field(key.clone(), field.to_owned()));
        }
    }

    fn named(&mut self, how: How, model: &str, name: &str) {
        self.model(How::Needs, model);
        self.push(how, Thing::Named(name.to_owned()));
    }

    fn part(&mut self, model: &str, part: &'static str) -> ModelKey {
        let key = self.model(How::Needs, model);
        self.push(How::Changes, Thing::Part(key.clone(), part));
        key
    }

    fn enum_type(&mut self, how: How, name: &str) {
        self.push(how, Thing::Enum(self.app.to_owned(), name.to_owned()));
    }

    fn operation(&mut self, operation: &Operation) {
        match operation {
            Operation::CreateModel(create) => {
                self.model(How::Owns, &create.model);
                if let Some(table) = &create.table {
                    self.push(How::Owns, Thing::Table(table.clone()));
                }
                for field in &create.fields {
                    self.defined(&create.model, field);
                }
                for index in &create.indexes {
                    self.push(How::Owns, Thing::Named(index.name.clone()));
                }
                for constraint in &create.constraints {
                    self.push(How::Owns, Thing::Named(constraint.name().to_owned()));
                }
            }
            Operation::DeleteModel(delete) => drop(self.model(How::Owns, &delete.model)),
            Operation::RenameModel(rename) => {
                self.model(How::Owns, &rename.old);
                self.model(How::Owns, &rename.new);
            }
            Operation::MoveModel(moved) => {
                self.push(How::Owns, Thing::Model(moved.from.clone()));
                self.push(How::Owns, Thing::Model(moved.to.clone()));
                if let Some(table) = &moved.table {
                    self.push(How::Owns, Thing::Table(table.clone()));
                }
            }
            Operation::AlterModelTable(alter) => {
                self.part(&alter.model, "table");
                if let Some(table) = &alter.table {
                    self.push(How::Owns, Thing::Table(table.clone()));
                }
            }
            Operation::AlterModelTableComment(alter) => drop(self.part(&alter.model, "comment")),
            Operation::AlterModelOptions(alter) => {
                let key = self.part(&alter.model, "options");
                for field in &alter.ordering {
                    let field = field.trim_start_matches('-').to_owned();
                    self.push(How::Needs, Thing::Field(key.clone(), field));
                }
            }
            Operation::AddField(add) => {
                self.own_field(How::Owns, &add.model, &add.field.name);
                self.defined(&add.model, &add.field);
            }
            Operation::RemoveField(remove) => drop(self.own_field(How::Owns, &remove.model, &remove.field)),
            Operation::AlterField(alter) => {
                self.own_field(How::Changes, &alter.model, &alter.field.name);
                self.defined(&alter.model, &alter.field);
            }
            Operation::RenameField(rename) => {
                self.own_field(How::Owns, &rename.model, &rename.old);
                self.own_field(How::Owns, &rename.model, &rename.new);
            }
            Operation::AddIndex(add) => self.index(&add.model, &add.index),
            Operation::RemoveIndex(remove) => self.named(How::Owns, &remove.model, &remove.index),
            Operation::RenameIndex(rename) => {
                self.named(How::Owns, &rename.model, &rename.old);
                self.named(How::Owns, &rename.model, &rename.new);
            }
            Operation::AddConstraint(add) => self.constraint(&add.model, &add.constraint),
            Operation::RemoveConstraint(remove) => self.named(How::Owns, &remove.model, &remove.constraint),
            Operation::AlterConstraint(alter) => {
                self.named(How::Changes, &alter.model, alter.constraint.name());
            }
            Operation::CreateEnum(create) => self.enum_type(How::Owns, &create.name),
            Operation::DeleteEnum(delete) => self.enum_type(How::Owns, &delete.name),
            Operation::AddEnumValue(add) => self.enum_type(How::Changes, &add.name),
            Operation::RenameChoice(rename) => {
                self.own_field(How::Changes, &rename.model, &rename.field);
            }
            Operation::RenameEnumValue(rename) => self.enum_type(How::Changes, &rename.name),
            Operation::AlterEnum(alter) => self.enum_type(How::Changes, &alter.name),
            Operation::CreateExtension(create) => self.server(How::Needs, "extension", &create.name),
            Operation::RemoveExtension(remove) => self.server(How::Owns, "extension", &remove.name),
            Operation::CreateCollation(create) => self.server(How::Owns, "collation", &create.name),
            Operation::RemoveCollation(remove) => self.server(How::Owns, "collation", &remove.name),
            Operation::RunSql(run) => self.all(&run.state_operations),
            Operation::SeparateDatabaseAndState(separate) => {
                self.all(&separate.database);
                self.all(&separate.state);
            }
            Operation::RunRust(_) => {}
        }
    }

    fn server(&mut self, how: How, what: &str, name: &str) {
        self.push(how, Thing::Server(format!("the {what} {name}")));
    }

    fn all(&mut self, operations: &[Operation]) {
        operations.iter().for_each(|operation| self.operation(operation));
    }
}
