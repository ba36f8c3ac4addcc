//! Operations: what a migration consists of, one file each.
//!
//! An [`Operation`] changes the state of the models and, when a migration runs, the database. Files hold operations as TOML, in
//! the words of the models, and each database gets its own SQL.
//!
//! | operation | on Postgres | on SQLite |
//! |---|---|---|
//! | [`CreateModel`], [`DeleteModel`] | `CREATE TABLE`, `DROP TABLE` | the same |
//! | [`RenameModel`], [`AlterModelTable`], [`MoveModel`] | `ALTER TABLE .. RENAME TO`; to another schema it moves as a whole | the same (there are no schemas) |
//! | [`AddField`] | `ALTER TABLE .. ADD COLUMN` | the same, or a new table that the rows are copied to |
//! | [`RemoveField`], [`AlterField`] | `ALTER TABLE .. DROP COLUMN`, `ALTER COLUMN` | a new table that the rows are copied to |
//! | [`RenameField`] | `ALTER TABLE .. RENAME COLUMN` | the same |
//! | [`AddIndex`], [`RemoveIndex`], [`RenameIndex`] | `CREATE INDEX`, `DROP INDEX`, `ALTER INDEX .. RENAME` | the same; a renamed one is recreated |
//! | [`AddConstraint`], [`RemoveConstraint`] | `ALTER TABLE .. ADD CONSTRAINT`, `DROP CONSTRAINT` | a unique index; a check by a new table |
//! | [`AddTableObject`], [`RemoveTableObject`] | `CREATE FUNCTION`, `CREATE TRIGGER`, `DROP TRIGGER`, `DROP FUNCTION`; the statements of policies, row security and grants | `CREATE TRIGGER`, `DROP TRIGGER` |
//! | [`AlterConstraint`], [`AlterModelOptions`] | nothing: only the models know it | nothing |
//! | [`AlterModelTableComment`] | `COMMENT ON TABLE` | nothing |
//! | [`CreateModel`], [`DeleteModel`] of a view | `CREATE VIEW`, `DROP VIEW` | the same |
//! | [`AlterView`] | `CREATE OR REPLACE VIEW`; where the server does not take that, the view and what depends on it are dropped and made again | `DROP VIEW`, `CREATE VIEW` |
//! | [`RefreshView`] | `REFRESH MATERIALIZED VIEW` | nothing: it has no materialized views |
//! | [`AlterModelStorage`] | `ALTER TABLE .. SET (..)` | a new table that the rows are copied to |
//! | [`CreateEnum`], [`DeleteEnum`], [`AddEnumValue`], [`RenameEnumValue`], [`AlterEnum`] | `CREATE TYPE .. AS ENUM`, `ALTER TYPE ..` | the checks of the columns |
//! | [`RenameChoice`] | `UPDATE`, and the check | a new table that the rows are copied to, with the new string |
//! | [`CreateExtension`], [`RemoveExtension`], [`CreateCollation`], [`RemoveCollation`] | `CREATE EXTENSION` .. | nothing |
//! | [`RunSql`] | what you wrote | what you wrote |
//! | [`RunRust`] | a function of the program, with the models of that point | the same |
//! | [`SeparateDatabaseAndState`] | one thing for the database, another for the models | the same |
//!
//! ```toml
//! [[operations]]
//! kind = "RenameField"
//! model = "Tag"
//! old = "label"
//! new = "name"
//! ```
//!
//! ```
//! use orm::migrate::operation::{Operation, RenameField};
//!
//! let operation: Operation =
//!     RenameField { model: "Tag".to_owned(), old: "label".to_owned(), new: "name".to_owned() }.into();
//! assert_eq!(operation.line(), "~ rename field label on Tag to name");
//! ```
//!
//! What is not known as an operation is refused, with the line and the names there are:
//!
//! ```
//! use orm::migrate::Migrations;
//!
//! let text = "id = \"5f0c3a9d7e21\"\ndependencies = []\n[[operations]]\nkind = \"RenameColumn\"\n";
//! let refused = Migrations::from_embedded(&[("blog/0001_initial.toml", text)]).unwrap_err();
//! assert!(refused.to_string().contains("RenameColumn"), "{refused}");
//! ```

mod access;
mod add_constraint;
mod add_enum_value;
mod add_field;
mod add_index;
mod add_table_object;
mod alter_constraint;
mod alter_enum;
mod alter_field;
mod alter_model_options;
mod alter_model_storage;
mod alter_model_table;
mod alter_model_table_comment;
mod alter_view;
mod create_collation;
mod create_enum;
mod create_extension;
mod create_model;
mod database_action;
mod delete_enum;
mod delete_model;
mod model_change;
mod move_model;
mod reduction;
mod refresh_view;
mod remove_collation;
mod remove_constraint;
mod remove_extension;
mod remove_field;
mod remove_index;
mod remove_table_object;
mod rename_choice;
mod rename_enum_value;
mod rename_field;
mod rename_index;
mod rename_model;
mod run_rust;
mod run_sql;
mod separate;
mod stored_field;

pub use add_constraint::AddConstraint;
pub use add_enum_value::AddEnumValue;
pub use add_field::AddField;
pub use add_index::AddIndex;
pub use add_table_object::AddTableObject;
pub use alter_constraint::AlterConstraint;
pub use alter_enum::AlterEnum;
pub use alter_field::AlterField;
pub use alter_model_options::AlterModelOptions;
pub use alter_model_storage::AlterModelStorage;
pub use alter_model_table::AlterModelTable;
pub use alter_model_table_comment::AlterModelTableComment;
pub use alter_view::AlterView;
pub use create_collation::CreateCollation;
pub use create_enum::CreateEnum;
pub use create_extension::CreateExtension;
pub use create_model::CreateModel;
pub use delete_enum::DeleteEnum;
pub use delete_model::DeleteModel;
pub use move_model::MoveModel;
pub use refresh_view::RefreshView;
pub use remove_collation::RemoveCollation;
pub use remove_constraint::RemoveConstraint;
pub use remove_extension::RemoveExtension;
pub use remove_field::RemoveField;
pub use remove_index::RemoveIndex;
pub use remove_table_object::RemoveTableObject;
pub use rename_choice::RenameChoice;
pub use rename_enum_value::RenameEnumValue;
pub use rename_field::RenameField;
pub(in crate::migrate) use rename_field::keep_column;
pub use rename_index::RenameIndex;
pub use rename_model::RenameModel;
pub use run_rust::RunRust;
pub use run_sql::{RunSql, SqlPair};
pub use separate::SeparateDatabaseAndState;

pub(super) use access::{AccessKind, ModelRef, ObjectAccess, ObjectAccesses, SchemaObject};
pub(super) use database_action::{DatabaseAction, EnumAction, ServerAction};
pub(super) use model_change::ModelChange;
pub(super) use reduction::Reduction;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelKey};

use super::state::ProjectState;

/// What every operation implements. One that only changes a single model returns it from `model_change` and
/// inherits most of the rest.
trait Contract {
    /// The operation as a change of one model, if that is all it does.
    fn model_change(&self) -> Option<&dyn ModelChange> {
        None
    }

    /// Changes the state as the operation changes the database.
    ///
    /// # Errors
    /// If the operation does not fit the state, by name.
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        match self.model_change() {
            Some(change) => state.edit(&ModelKey::new(app, change.model()), |model| change.change(model)),
            None => Err(Error::internal("an operation does not say what it changes")),
        }
    }

    /// The operation that undoes this one, given the state before it.
    ///
    /// # Errors
    /// If it cannot be undone.
    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation>;

    /// What it does to tables.
    fn database_action(&self) -> DatabaseAction<'_> {
        match self.model_change() {
            Some(change) => DatabaseAction::Alter {
                model: change.model(),
                fill: None,
            },
            None => DatabaseAction::Nothing,
        }
    }

    /// `+` adds, `-` removes, `~` changes, `s` is SQL, `r` is Rust, `?` is anything.
    fn symbol(&self) -> char {
        '~'
    }

    /// A description in English: `add field published_at to Post`.
    fn describe(&self) -> String;

    /// Its part of the migration's name, if it has one.
    fn name_fragment(&self) -> Option<String>;

    /// The schema objects it accesses, and how. There is no default: an access that an operation omits would be
    /// invisible to the optimizer, to merges, to the detector's sorting and to the merging of table changes.
    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a>;

    /// The fields it defines.
    fn fields(&self) -> &[FieldDef] {
        &[]
    }

    /// The same, to be changed.
    fn fields_mut(&mut self) -> &mut [FieldDef] {
        &mut []
    }

    /// Reduces it with an operation that comes after it. An operation names the pairs that merge; for all
    /// others the accesses of the two decide, and [`Operation`] adds what holds for all.
    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        Reduction::past(self, other, app)
    }

    /// Whether it can be undone.
    fn reversible(&self) -> bool {
        true
    }

    /// Whether a squashed migration can leave it out, because a new database does not need it.
    fn elidable(&self) -> bool {
        false
    }
}

/// A name as used in file names.
fn lower(name: &str) -> String {
    name.to_lowercase()
}

macro_rules! operations {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// One operation of a migration.
        ///
        /// # Example: all kinds
        ///
        /// ```
        /// # use {blog::*, orm::prelude::*};
        /// # let db = blog::open()?;
        /// use orm::migrate::operation::Operation;
        ///
        /// assert!(Operation::KINDS.contains(&"CreateModel"));
        /// # Ok::<(), orm::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum Operation {
            $($(#[$doc])* $kind($kind),)*
        }

        impl Operation {
            /// The names of all kinds.
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

            fn contract_mut(&mut self) -> &mut dyn Contract {
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
    /// Creates a model.
    CreateModel,
    /// Deletes a model.
    DeleteModel,
    /// Renames a model.
    RenameModel,
    /// Moves a model to another app.
    MoveModel,
    /// Renames the table of a model.
    AlterModelTable,
    /// Changes the comment of a table.
    AlterModelTableComment,
    /// Changes how a table is stored.
    AlterModelStorage,
    /// Changes the ordering of a model, or whether its table is managed.
    AlterModelOptions,
    /// Changes the query and the fields of a view.
    AlterView,
    /// Stores the rows of a materialized view anew.
    RefreshView,
    /// Adds a field.
    AddField,
    /// Removes a field.
    RemoveField,
    /// Changes a field.
    AlterField,
    /// Renames a field.
    RenameField,
    /// Adds an index.
    AddIndex,
    /// Removes an index.
    RemoveIndex,
    /// Renames an index.
    RenameIndex,
    /// Adds a constraint.
    AddConstraint,
    /// Removes a constraint.
    RemoveConstraint,
    /// Changes the message of a constraint.
    AlterConstraint,
    /// Adds a trigger, a policy, row security or a grant.
    AddTableObject,
    /// Removes a trigger, a policy, row security or a grant.
    RemoveTableObject,
    /// Creates an enum type.
    CreateEnum,
    /// Drops an enum type.
    DeleteEnum,
    /// Adds a value to an enum type.
    AddEnumValue,
    /// Renames a value of an enum type.
    RenameEnumValue,
    /// Renames an allowed string of a field.
    RenameChoice,
    /// Changes the values of an enum type.
    AlterEnum,
    /// Runs hand-written SQL.
    RunSql,
    /// Runs a function of the program.
    RunRust,
    /// Changes the database and the state by different operations.
    SeparateDatabaseAndState,
    /// Creates an extension.
    CreateExtension,
    /// Drops an extension.
    RemoveExtension,
    /// Creates a collation.
    CreateCollation,
    /// Drops a collation.
    RemoveCollation,
}

/// Public methods.
impl Operation {
    /// Its symbol and its description: `+ create model Post`.
    ///
    /// # Example: with its symbol
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// assert_eq!(Operation::from(DeleteModel { model: "Tag".to_owned() }).line(), "- delete model Tag");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn line(&self) -> String {
        format!("{} {}", self.symbol(), self.describe())
    }

    /// A description in English: `create model Post`.
    ///
    /// # Example: without its symbol
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// assert_eq!(Operation::from(DeleteModel { model: "Tag".to_owned() }).describe(), "delete model Tag");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn describe(&self) -> String {
        self.contract().describe()
    }

    /// `+` adds, `-` removes, `~` changes, `s` is SQL, `r` is Rust, `?` is anything.
    ///
    /// # Example: of a deletion
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// assert_eq!(Operation::from(DeleteModel { model: "Tag".to_owned() }).symbol(), '-');
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn symbol(&self) -> char {
        self.contract().symbol()
    }

    /// Changes the state as the operation changes the database.
    ///
    /// # Errors
    /// If the operation does not fit the state, by name.
    ///
    /// # Example: one model less
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// let mut state = blog::migrations()?.state()?;
    /// Operation::from(DeleteModel { model: "Comment".to_owned() }).state_forwards("blog", &mut state)?;
    /// assert_eq!(state.models().len(), 4);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        self.contract().state_forwards(app, state)
    }

    /// The operation that undoes this one, given the state before it.
    ///
    /// # Errors
    /// If it cannot be undone.
    ///
    /// # Example: what deletes a model is undone by making it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// let before = blog::migrations()?.state()?;
    /// let undo = Operation::from(DeleteModel { model: "Comment".to_owned() }).inverse("blog", &before)?;
    /// assert_eq!(undo.line(), "+ create model Comment");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        self.contract().inverse(app, before)
    }

    /// Whether it can be undone.
    ///
    /// # Example: a model can be made again, its rows cannot
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// assert!(Operation::from(DeleteModel { model: "Tag".to_owned() }).reversible());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn reversible(&self) -> bool {
        self.contract().reversible()
    }

    /// Whether a squashed migration can leave it out, because a new database does not need it.
    ///
    /// # Example: only what says so
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::{DeleteModel, Operation};
    ///
    /// assert!(!Operation::from(DeleteModel { model: "Tag".to_owned() }).elidable());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn elidable(&self) -> bool {
        self.contract().elidable()
    }
}

/// The rest of the contract, for migrations only.
impl Operation {
    pub(super) fn model_change(&self) -> Option<&dyn ModelChange> {
        self.contract().model_change()
    }

    pub(super) fn database_action(&self) -> DatabaseAction<'_> {
        self.contract().database_action()
    }

    pub(super) fn name_fragment(&self) -> Option<String> {
        self.contract().name_fragment()
    }

    pub(super) fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        self.contract().accesses(app)
    }

    pub(super) fn fields(&self) -> &[FieldDef] {
        self.contract().fields()
    }

    pub(super) fn fields_mut(&mut self) -> &mut [FieldDef] {
        self.contract_mut().fields_mut()
    }

    pub(super) fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        reduction::reduce(self, self.contract().reduce(other, app), other, app)
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
