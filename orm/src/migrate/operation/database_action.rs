//! What operations do to the database, as data, so that neighbouring changes of one table can be merged.

use super::{
    AddEnumValue, AlterEnum, CreateCollation, CreateEnum, CreateExtension, DeleteEnum, Operation,
    RefreshView, RemoveCollation, RemoveExtension, RenameChoice, RenameEnumValue, RunRust, RunSql,
};
use crate::model::ModelKey;
use crate::value::Literal;

/// What an operation does to the database.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::migrate) enum DatabaseAction<'a> {
    /// Creates the table of a model, as in the state after the operation.
    Create(&'a str),
    /// Drops the table of a model, as in the state before the operation.
    Delete(&'a str),
    /// Renames the table of a model from its name before to its name after the operation. Its join tables
    /// follow, and so do foreign key columns in its own and other models' join tables.
    Rename {
        /// Old name of the model.
        old: &'a str,
        /// New name of the model.
        new: &'a str,
    },
    /// The same for a model that moves to another app.
    Move {
        /// The model before the move.
        from: &'a ModelKey,
        /// The model after the move.
        to: &'a ModelKey,
    },
    /// Changes the table of a model from the state before it to the state after it.
    Alter {
        /// The model.
        model: &'a str,
        /// A field and the value that existing rows get in it, once.
        fill: Option<(&'a str, &'a Literal)>,
    },
    /// Renames a string in rows and in the column's check.
    Choice(&'a RenameChoice),
    /// Stores the rows of a view anew.
    Refresh(&'a RefreshView),
    /// Runs hand-written SQL.
    Sql(&'a RunSql),
    /// Runs a function of the program.
    Rust(&'a RunRust),
    /// Changes an enum type and the columns that have it.
    Enum(EnumAction<'a>),
    /// Changes an extension or a collation.
    Server(ServerAction<'a>),
    /// Does what nested operations do. They see a copy of the state, which is then discarded.
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

/// A change of an extension or a collation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::migrate) enum ServerAction<'a> {
    CreateExtension(&'a CreateExtension),
    RemoveExtension(&'a RemoveExtension),
    CreateCollation(&'a CreateCollation),
    RemoveCollation(&'a RemoveCollation),
}
