//! What operations do to tables, as data.

use super::{
    AddEnumValue, AlterEnum, CreateCollation, CreateEnum, CreateExtension, DeleteEnum, Operation,
    RemoveCollation, RemoveExtension, RenameChoice, RenameEnumValue, RunRust, RunSql,
};
use crate::model::ModelKey;
use crate::value::Literal;

/// What an operation does to tables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::migrate) enum DatabaseAction<'a> {
    /// Creates the table of a model as the state after it says.
    Create(&'a str),
    /// Drops the table of a model as the state before it says.
    Delete(&'a str),
    /// Renames the table of a model from what the state before it says to what the state after it says; its join tables
    /// and their key columns follow, and so do the key columns of other models' join tables that point at it.
    Rename {
        /// Name of the model so far.
        old: &'a str,
        /// Name of the model from here on.
        new: &'a str,
    },
    /// The same for a model that goes to another app.
    Move {
        /// The model so far.
        from: &'a ModelKey,
        /// The model from here on.
        to: &'a ModelKey,
    },
    /// Changes the table of a model from the state before it to the state after it.
    Alter {
        /// The model.
        model: &'a str,
        /// What rows that exist get in a field, once.
        fill: Option<(&'a str, &'a Literal)>,
    },
    /// Gives rows another text, and the column's check.
    Choice(&'a RenameChoice),
    /// Runs SQL that a person wrote.
    Sql(&'a RunSql),
    /// Runs a function of the program.
    Rust(&'a RunRust),
    /// Changes an enum type, and whatever columns are of it.
    Enum(EnumAction<'a>),
    /// Changes what tables stand on.
    Server(ServerAction<'a>),
    /// Does what these do, which see a state of their own: what they do to it is forgotten.
    Composite(&'a [Operation]),
    /// Nothing: only the state changes.
    Nothing,
}

/// A change of an enum type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::migrate) enum EnumAction<'a> {
    Create(&'a CreateEnum),
    Delete(&'a DeleteEnum),
    AddValue(&'a AddEnumValue),
    RenameValue(&'a RenameEnumValue),
    Alter(&'a AlterEnum),
}

/// A change of what tables stand on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::migrate) enum ServerAction<'a> {
    CreateExtension(&'a CreateExtension),
    RemoveExtension(&'a RemoveExtension),
    CreateCollation(&'a CreateCollation),
    RemoveCollation(&'a RemoveCollation),
}
