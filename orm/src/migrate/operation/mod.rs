//! Operations: what a migration consists of, one file each.
//!
//! An operation knows five things, and [`Contract`] is all of them: what it does to the state, which operation undoes
//! it, what it does to tables (as data, so that neighbours can be merged), how it says itself, and what it is about.

mod add_constraint;
mod add_field;
mod add_index;
mod alter_field;
mod alter_model_options;
mod create_model;
mod delete_model;
mod remove_constraint;
mod remove_field;
mod remove_index;
mod rename_field;
mod run_sql;

pub use add_constraint::AddConstraint;
pub use add_field::AddField;
pub use add_index::AddIndex;
pub use alter_field::AlterField;
pub use alter_model_options::AlterModelOptions;
pub use create_model::CreateModel;
pub use delete_model::DeleteModel;
pub use remove_constraint::RemoveConstraint;
pub use remove_field::RemoveField;
pub use remove_index::RemoveIndex;
pub use rename_field::RenameField;
pub use run_sql::{RunSql, SqlPair};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::ModelKey;
use crate::value::Literal;

use super::state::ProjectState;

/// What an operation does to tables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Work<'a> {
    /// Creates the table of a model as the state after it says.
    Create(&'a str),
    /// Drops the table of a model as the state before it says.
    Delete(&'a str),
    /// Changes the table of a model from the state before it to the state after it.
    Alter {
        /// The model.
        model: &'a str,
        /// What rows that exist get in a field, once.
        fill: Option<(&'a str, &'a Literal)>,
    },
    /// Runs SQL that a person wrote.
    Sql(&'a RunSql),
}

/// What every operation can do.
pub trait Contract {
    /// Changes the state as the operation changes the database.
    ///
    /// # Errors
    /// If the operation does not fit the state, by name.
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()>;

    /// The operation that undoes this one, given the state before it.
    ///
    /// # Errors
    /// If it has no way back.
    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation>;

    /// What it does to tables.
    fn work(&self) -> Work<'_>;

    /// `+` adds, `-` removes, `~` changes, `s` is SQL.
    fn symbol(&self) -> char;

    /// Itself in English: `add field published_at to Post`.
    fn describe(&self) -> String;

    /// Its part of a file's name, if it has one.
    fn name_fragment(&self) -> Option<String>;

    /// The models it is about or points at.
    fn references(&self, app: &str) -> Vec<ModelKey>;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// One change of a migration.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(tag = "kind")]
        pub enum Operation {
            $($(#[$doc])* $kind($kind),)*
        }

        impl Operation {
            /// The kinds there are.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($kind)),*];

            /// Reads an operation of a kind; `None` if there is no such kind.
            pub(super) fn of_kind<'de, D: serde::Deserializer<'de>>(
                kind: &str,
                from: D,
            ) -> Option<std::result::Result<Self, D::Error>> {
                match kind {
                    $(stringify!($kind) => Some($kind::deserialize(from).map(Operation::$kind)),)*
                    _ => None,
                }
            }

            fn contract(&self) -> &dyn Contract {
                match self {
                    $(Operation::$kind(operation) => operation,)*
                }
            }
        }

        $(impl From<$kind> for Operation {
            fn from(operation: $kind) -> Self {
                Operation::$kind(operation)
            }
        })*
    };
}

operations! {
    /// A new model.
    CreateModel,
    /// A model is gone.
    DeleteModel,
    /// A new field.
    AddField,
    /// A field is gone.
    RemoveField,
    /// A field is something else.
    AlterField,
    /// A field has another name.
    RenameField,
    /// A new index.
    AddIndex,
    /// An index is gone.
    RemoveIndex,
    /// A new constraint.
    AddConstraint,
    /// A constraint is gone.
    RemoveConstraint,
    /// The ordering or the comment of a model is another.
    AlterModelOptions,
    /// SQL that a person wrote.
    RunSql,
}

impl Contract for Operation {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        self.contract().state_forwards(app, state)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        self.contract().inverse(app, before)
    }

    fn work(&self) -> Work<'_> {
        self.contract().work()
    }

    fn symbol(&self) -> char {
        self.contract().symbol()
    }

    fn describe(&self) -> String {
        self.contract().describe()
    }

    fn name_fragment(&self) -> Option<String> {
        self.contract().name_fragment()
    }

    fn references(&self, app: &str) -> Vec<ModelKey> {
        self.contract().references(app)
    }
}

impl Operation {
    /// Its symbol and itself in English: `+ create model Post`.
    pub fn line(&self) -> String {
        format!("{} {}", self.symbol(), self.describe())
    }
}

#[cfg(test)]
mod tests;
