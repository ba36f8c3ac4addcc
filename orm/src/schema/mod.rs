//! Tables as the database has them, tables as models describe them, and the steps from one to the other.
//!
//! `lower` turns a model into the table it describes; `create_model`, `delete_model` and `alter_model` turn models
//! into [`Step`]s; `introspect` reads a table back, so that the two can be compared. All of it works through a
//! [`Session`] and opens no connection.

mod around_views;
mod asked;
mod ddl;
mod diff;
mod enum_comparisons;
mod enums;
mod expression;
mod foreign_key_suspension;
mod index;
mod key_mapping;
mod literal;
mod lower;
mod move_table;
mod names;
mod postgres;
mod rename;
mod retype;
mod script;
mod search;
mod security;
mod sqlite;
mod step;
mod table;
mod table_part;
mod time;
mod trigger;
mod unit;
mod view;
mod whole_numbers;

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod laws;
#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod testing;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::{DbDefault, FieldDef, ModelDef, ModelKey, QualifiedName, TriggerDef, ViewDef};
use crate::sql::{Dialect, ScriptToken, Session};
use crate::value::range_form::RangeValue;
use crate::value::{ArrayType, FieldType, Literal};

use around_views::RemadeColumn;
pub use asked::of_models;
pub use diff::{alter_model, create_model, delete_model};
pub use enums::{EnumChange, alter_enum, enum_values, rename_choice};
pub use foreign_key_suspension::{ForeignKeySuspension, before_transaction, broken_keys};
use foreign_key_suspension::{Violation, ViolationCount};
pub use literal::check_literal;
pub use lower::lower;
pub use names::check_models;
pub use rename::joined_by_other_key;
use script::ForbiddenStatement;
pub use script::check_script;
pub use security::{TableGrant, TablePolicy};
pub use sqlite::Rebuild;
pub(crate) use step::count;
pub use step::{FunctionStep, Guard, Loss, Requirement, Step, lost};
pub use table::{
    CheckDef, ColumnDef, ComputedDef, ForeignKeyDef, IndexColumn, TableDef, TableExclusion, TableIndex,
    TableIndexKey, TableUnique,
};
pub use table_part::PartChange;
use table_part::{LivePart, TablePart};
pub use trigger::{TableTrigger, TriggerAction, check_triggers, columns_of_rows};
pub use unit::{AloneStep, Patience, StepGroup, Unit, units};
use view::DatabaseView;
pub use view::{
    empty_view, fill_view, refresh_view, refuse_unreadable_views, same_queries, unreadable_views,
};
pub(crate) use whole_numbers::is_choice_of;

/// All models of one state, for resolving foreign keys.
pub trait Models {
    /// The model of that key.
    fn model(&self, key: &ModelKey) -> Option<&ModelDef>;

    /// Every model, in a fixed order: a change of a primary key's type changes the tables that point at it.
    fn all(&self) -> Vec<&ModelDef>;
}

impl<M: Borrow<ModelDef>> Models for BTreeMap<ModelKey, M> {
    fn model(&self, key: &ModelKey) -> Option<&ModelDef> {
        self.get(key).map(Borrow::borrow)
    }

    fn all(&self) -> Vec<&ModelDef> {
        self.values().map(Borrow::borrow).collect()
    }
}

/// One value for existing rows, for a field that is added or becomes NOT NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct Fill {
    /// Name of the field.
    pub field: String,
    /// The value, read by the field's type.
    pub value: Literal,
}

/// What differs between the databases: one implementation per backend, found by [`Dialect::index`].
trait Backend: Sync {
    /// `true` and `false` as a column of booleans stores them.
    fn bool_literal(&self, value: bool) -> &'static str;
    fn text_literal(&self, text: &str) -> Result<String>;
    /// The collation that the name of a column's type says.
    fn named_collation<'f>(&self, field: &'f FieldDef) -> Option<&'f str> {
        let _ = field;
        None
    }
    /// From 32 hexadecimal digits.
    fn uuid_literal(&self, hex: &str) -> String;
    /// From hexadecimal digits, two a byte.
    fn bytes_literal(&self, hex: &str) -> String;
    /// Of an IP address, a network, a MAC address or a range, from its text and the bytes that say the same.
    fn typed_literal(&self, ty: FieldType, text: &str, bytes: &[u8]) -> String;
    /// Of ranges in their order that lie apart.
    ///
    /// # Errors
    /// If a bound is a value that no column holds.
    fn multirange_literal(&self, ty: FieldType, ranges: &[RangeValue]) -> Result<String>;
    /// From the canonical string of the number.
    fn decimal_literal(&self, text: &str) -> String;
    /// Of so many microseconds.
    fn duration_literal(&self, micros: i64) -> String;
    fn infinity_literal(&self, positive: bool) -> &'static str;
    /// Of a rectangular array whose items are right.
    ///
    /// # Errors
    /// If an element is none of its type.
    fn array_literal(&self, ty: ArrayType, items: &[Literal]) -> Result<String>;

    /// A computed decimal as a column stores it, if it can be exact; `places` are given where the number is known to
    /// have no more, and few enough digits for a floating-point number.
    fn computed_decimal(&self, sql: &str, places: Option<u32>) -> Option<String>;

    /// The type of a column that stores what `base` (no relation, a field of a model of `app`) stores.
    fn column_type(&self, app: &str, base: &FieldDef) -> Result<String>;
    /// The checks for what a field allows and the column's type does not enforce.
    fn column_check(&self, column: &str, field: &FieldDef) -> Result<Option<String>>;
    fn db_default(&self, default: &DbDefault, ty: FieldType) -> Result<String>;

    fn create(&self, table: &TableDef) -> Vec<Step>;
    /// Drops a table without foreign keys from other tables; it may have some to itself.
    fn drop(&self, table: &QualifiedName, restricts_itself: bool) -> Vec<Step>;
    /// What of a model's searches would stay when its table is dropped.
    fn drop_searches(&self, model: &ModelDef) -> Vec<Step> {
        let _ = model;
        Vec::new()
    }
    /// What must not be there while a table or its columns get other names, and how it comes back: steps in front of the renames and
    /// behind them.
    fn around_rename(&self, before: &TableDef, after: &TableDef) -> (Vec<Step>, Vec<Step>) {
        let _ = (before, after);
        (Vec::new(), Vec::new())
    }
    fn alter(&self, change: &diff::TableChange) -> Result<diff::Phases>;
    /// Makes a schema that is not there.
    fn create_schema(&self, schema: &str) -> Option<Step>;
    /// Drops a schema that a migration made, and in which nothing is left.
    fn drop_schema(&self, schema: &str) -> Option<Step>;
    /// Moves a table to another schema; `None` is the current one.
    fn set_schema(&self, table: &QualifiedName, schema: Option<&str>) -> Vec<Step>;
    /// What a trigger that is over these columns is here: none, one, or one for each event.
    ///
    /// # Errors
    /// If it is not said for this database, or says what that cannot do.
    fn triggers(&self, trigger: &TriggerDef, columns: Vec<String>) -> Result<Vec<TableTrigger>>;
    /// What roles may do with a view that was just made.
    fn create_grants(&self, view: &TableDef) -> Vec<Step> {
        let _ = view;
        Vec::new()
    }
    /// What takes back and what gives where roles may do something else with a view: before it changes and after.
    fn alter_grants(&self, from: &TableDef, to: &TableDef) -> (Vec<Step>, Vec<Step>) {
        let _ = (from, to);
        Default::default()
    }
    /// What a trigger does here, in SQL.
    fn trigger_text<'t>(&self, trigger: &'t TriggerDef) -> Option<&'t str>;
    /// The steps that drop a table, with those that drop the functions that were made for its triggers.
    fn with_functions(&self, table: &QualifiedName, triggers: &[&TriggerDef], drop: Vec<Step>) -> Vec<Step> {
        let _ = (table, triggers);
        drop
    }
    /// Moves them to the schema that their table has moved to.
    fn move_functions(
        &self,
        from: &QualifiedName,
        to: &QualifiedName,
        triggers: &[&TriggerDef],
    ) -> Vec<Step> {
        let _ = (from, to, triggers);
        Vec::new()
    }
    /// Renames the primary key constraint of a table that was renamed, or whose columns were.
    fn rename_key(&self, before: &TableDef, after: &TableDef) -> Option<Step>;

    /// A name as it is compared with others.
    fn compared(&self, name: &str) -> String;
    /// Prefixes that table names must not have.
    fn reserved_prefix(&self) -> Option<&'static str>;
    /// Names that a table takes besides its own and those of its indexes and unique constraints.
    fn names_beside(&self, table: &TableDef) -> Vec<String>;

    /// Columns that are made anew, so that no view may depend on them meanwhile.
    fn remade(&self, change: &diff::TableChange) -> Vec<RemadeColumn> {
        let _ = change;
        Vec::new()
    }
    /// Does work while views that depend on columns are not there.
    fn around_views(
        &self,
        session: &mut dyn Session,
        columns: &[RemadeColumn],
        work: &mut dyn FnMut(&mut dyn Session) -> Result<()>,
    ) -> Result<()> {
        let _ = columns;
        work(session)
    }
    /// The query of a view on this database.
    fn view_text<'v>(&self, view: &'v ViewDef) -> Option<&'v str>;
    /// The statements that make a view, or replace another.
    fn view_statements(&self, from: Option<&DatabaseView>, to: &DatabaseView) -> Vec<String>;
    /// Gives a view a query that reads nothing, and has the same columns.
    fn empty_view(&self, session: &mut dyn Session, view: &QualifiedName) -> Result<()>;
    /// Replaces a view, with everything that depends on it.
    fn replace_view(&self, session: &mut dyn Session, from: &DatabaseView, to: &DatabaseView) -> Result<()>;

    fn enum_steps(&self, ty: &QualifiedName, change: EnumChange<'_>) -> Result<enums::EnumSteps>;
    /// The texts of an enum type.
    fn enum_values(&self, session: &mut dyn Session, ty: &QualifiedName) -> Result<Option<Vec<String>>>;
    /// Extensions and collations, where there are any.
    fn server(&self, change: ServerChange<'_>) -> Result<Vec<Step>>;

    /// Whether and why a statement is forbidden in a migration.
    fn forbidden(&self, statement: &[ScriptToken]) -> Option<ForbiddenStatement>;

    /// Checks that nothing has the name of an index that is made outside of a transaction.
    ///
    /// # Errors
    /// If something has it.
    fn check_free(&self, session: &mut dyn Session, index: &unit::ConcurrentIndex) -> Result<()> {
        let _ = (session, index);
        Ok(())
    }
    /// Runs a step outside of a transaction.
    fn run_alone(
        &self,
        session: &mut dyn Session,
        step: &AloneStep,
        again: bool,
        patience: &mut dyn Patience,
    ) -> Result<()> {
        let _ = (session, again, patience);
        Err(Error::internal(format!("{} has no form here", step.describe())))
    }

    /// Whose transaction has been open for longest, where the database knows.
    fn oldest_transaction(&self, session: &mut dyn Session) -> Result<Option<String>> {
        let _ = session;
        Ok(None)
    }

    fn introspect(&self, session: &mut dyn Session, table: &QualifiedName) -> Result<Option<TableDef>>;
    /// Of a schema; `None` is the current one.
    fn tables(&self, session: &mut dyn Session, schema: Option<&str>) -> Result<Vec<String>>;
    fn canonical(&self, session: &mut dyn Session, table: &TableDef) -> Result<TableDef>;

    /// The constraints and indexes of a table, and how each can be changed.
    fn parts(&self, session: &mut dyn Session, table: &QualifiedName) -> Result<Vec<LivePart>>;
    /// A part in the form that [`parts`](Backend::parts) returns.
    fn canonical_part(&self, session: &mut dyn Session, part: &TablePart) -> Result<TablePart>;
    fn rename_part(
        &self,
        session: &mut dyn Session,
        table: &QualifiedName,
        part: &LivePart,
        new: &str,
    ) -> Result<()>;
    fn drop_part(&self, session: &mut dyn Session, change: &PartChange, part: &LivePart) -> Result<()>;
    /// Drops what names a column and keeps it from being changed, until it is brought back.
    fn set_aside(&self, session: &mut dyn Session, table: &QualifiedName, column: &str) -> Result<()> {
        let _ = (session, table, column);
        Ok(())
    }
    /// Makes again what was set aside, as it was.
    fn bring_back(&self, session: &mut dyn Session) -> Result<()> {
        let _ = session;
        Ok(())
    }
    /// Whether tables have constraints that only a rebuild can change.
    fn needs_rebuilds(&self, session: &mut dyn Session) -> Result<bool>;

    /// Whether foreign keys are enabled, and can be disabled.
    fn foreign_keys(&self, session: &mut dyn Session) -> Result<bool>;
    fn set_foreign_keys(&self, session: &mut dyn Session, on: bool) -> Result<()>;
    /// Checks that a trigger can run, if the database has not when it was made. Tables that it names may still come.
    ///
    /// # Errors
    /// If it cannot.
    fn check_trigger(&self, session: &mut dyn Session, name: &str, tables_come: bool) -> Result<()> {
        let _ = (session, name, tables_come);
        Ok(())
    }
    /// Drops a trigger of a table, where triggers of all tables stand under one set of names.
    fn drop_trigger(&self, session: &mut dyn Session, table: &str, name: &str) -> Result<()> {
        let _ = (session, table, name);
        Ok(())
    }
    /// The views that cannot be read, if the database drops what views read without a word.
    fn unreadable_views(&self, session: &mut dyn Session) -> Result<BTreeSet<String>> {
        let _ = session;
        Ok(BTreeSet::new())
    }
    /// The triggers that stand on a table for its indexes.
    fn triggers_of_index(&self, index: &TableIndex) -> Vec<String> {
        let _ = index;
        Vec::new()
    }
    /// Every foreign key violation, with names of tables but no values.
    fn violations(&self, session: &mut dyn Session) -> Result<BTreeMap<Violation, ViolationCount>>;
}

/// A change of an extension or a collation, where the database has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerChange<'a> {
    /// Create an extension if it does not exist.
    CreateExtension(&'a str),
    /// Drop an extension.
    RemoveExtension(&'a str),
    /// Create a collation.
    CreateCollation {
        /// Its name.
        name: &'a str,
        /// The locale, as the provider spells it.
        locale: &'a str,
        /// The provider.
        provider: Option<&'a str>,
        /// Whether only strings with equal bytes are equal.
        deterministic: bool,
    },
    /// Drop a collation.
    RemoveCollation(&'a str),
}

/// The steps of a change of an extension or a collation; none where the database has no such things.
///
/// # Errors
/// If the backend cannot do what it says.
pub fn alter_server(change: ServerChange<'_>, dialect: &'static Dialect) -> Result<Vec<Step>> {
    backend(dialect).server(change)
}

/// Whose transaction has been open for longest, in words, where the database knows.
///
/// # Errors
/// What the database says.
pub fn oldest_transaction(session: &mut dyn Session) -> Result<Option<String>> {
    backend(session.dialect()).oldest_transaction(session)
}

/// The implementation for a dialect.
fn backend(dialect: &Dialect) -> &'static dyn Backend {
    static BACKENDS: [&dyn Backend; 2] = [&sqlite::Sqlite, &postgres::Postgres];
    BACKENDS[dialect.index()]
}

/// Reads a table of the database, or `None` if there is no table of that name: in the schema that is named, or else in the current one.
///
/// # Errors
/// What the database says.
///
/// # Example: a table, and none
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut session = db.session()?;
/// let tag = orm::tables::introspect(&mut session, "blog_tag")?.expect("the table is there");
/// assert_eq!(tag.uniques[0].columns, ["label"]);
/// assert_eq!(orm::tables::introspect(&mut session, "no_such_table")?, None);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn introspect(session: &mut dyn Session, table: impl Into<QualifiedName>) -> Result<Option<TableDef>> {
    backend(session.dialect()).introspect(session, &table.into())
}

/// Names of the tables of the database (of the current schema), in order.
///
/// # Errors
/// What the database says.
///
/// # Example: those of the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tables = orm::tables::tables(&mut db.session()?)?;
/// assert!(tables.contains(&"blog_post_tags".to_owned()));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn tables(session: &mut dyn Session) -> Result<Vec<String>> {
    backend(session.dialect()).tables(session, None)
}

/// Names of the tables of a schema, in order; none where the database has no schemas.
///
/// # Errors
/// What the database says.
///
/// # Example: SQLite has none
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert!(orm::tables::tables_in(&mut db.session()?, "billing")?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn tables_in(session: &mut dyn Session, schema: &str) -> Result<Vec<String>> {
    backend(session.dialect()).tables(session, Some(schema))
}

/// The same table with expressions (checks, defaults) in the words that this database uses when it is asked for them,
/// so that what the models say can be compared with what [`introspect`] gives.
///
/// # Errors
/// What the database says.
///
/// # Example: what was read is in those words already
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut session = db.session()?;
/// let tag = orm::tables::introspect(&mut session, "blog_tag")?.expect("the table is there");
/// assert_eq!(orm::tables::canonical(&mut session, &tag)?, tag);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn canonical(session: &mut dyn Session, table: &TableDef) -> Result<TableDef> {
    backend(session.dialect()).canonical(session, table)
}
