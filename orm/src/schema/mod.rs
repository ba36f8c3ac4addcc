//! What the database has, what a model asks it to have, and the steps from one to the other.
//!
//! `lower` turns a model into the table it asks for; `create_model`, `delete_model` and `alter_model` turn models into
//! [`Step`]s; `introspect` reads a table back, so that what was made can be compared with what was asked for. All of it
//! works through a [`Session`] and opens no connection.

mod check;
mod diff;
mod literal;
mod lower;
mod postgres;
mod safety;
mod sqlite;
mod step;
mod table;

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::{ModelDef, ModelKey};
use crate::sql::{Dialect, Session};
use crate::value::Literal;

pub use diff::{alter_model, create_model, delete_model};
pub use lower::lower;
pub use safety::{Safety, before_transaction};
pub use sqlite::Rebuild;
pub use step::{Guard, Step};
pub use table::{CheckDef, ColumnDef, ForeignKeyDef, IndexColumn, IndexDef, TableDef, UniqueDef};

/// All models of one state, for resolving foreign keys.
pub trait Models {
    /// The model of that key.
    fn model(&self, key: &ModelKey) -> Option<&ModelDef>;

    /// Every model, in a fixed order: a change of a primary key's type changes the tables that point at it.
    fn all(&self) -> Vec<&ModelDef>;
}

impl Models for BTreeMap<ModelKey, ModelDef> {
    fn model(&self, key: &ModelKey) -> Option<&ModelDef> {
        self.get(key)
    }

    fn all(&self) -> Vec<&ModelDef> {
        self.values().collect()
    }
}

/// One value for the rows that are there already, where a field is added or takes NULL no longer.
#[derive(Debug, Clone, PartialEq)]
pub struct Fill {
    /// Name of the field.
    pub field: String,
    /// The value, read by the field's type.
    pub value: Literal,
}

/// What differs between the databases, one implementation per backend, found by [`Dialect::index`].
trait Backend: Sync {
    fn introspect(&self, session: &mut dyn Session, table: &str) -> Result<Option<TableDef>>;
    fn tables(&self, session: &mut dyn Session) -> Result<Vec<String>>;
    fn canonical(&self, session: &mut dyn Session, table: &TableDef) -> Result<TableDef>;
}

/// The implementation for a dialect.
fn backend(dialect: &Dialect) -> &'static dyn Backend {
    static BACKENDS: [&dyn Backend; 2] = [&sqlite::Sqlite, &postgres::Postgres];
    BACKENDS[dialect.index()]
}

/// Reads a table of the database, or nothing if it has none of that name.
///
/// # Errors
/// What the database says.
pub fn introspect(session: &mut dyn Session, table: &str) -> Result<Option<TableDef>> {
    backend(session.dialect()).introspect(session, table)
}

/// Names of the tables of the database (of the current schema), in order.
///
/// # Errors
/// What the database says.
pub fn tables(session: &mut dyn Session) -> Result<Vec<String>> {
    backend(session.dialect()).tables(session)
}

/// The same table with expressions (checks, defaults) in the words that this database uses when it is asked for them,
/// so that what [`lower`] gives can be compared with what [`introspect`] gives.
///
/// # Errors
/// What the database says.
pub fn canonical(session: &mut dyn Session, table: &TableDef) -> Result<TableDef> {
    backend(session.dialect()).canonical(session, table)
}
