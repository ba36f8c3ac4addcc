//! Which migrations there are and which a database has.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::sql::Session;

use super::Migrations;

/// One migration as `showmigrations` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// Label of its app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// When it was applied (`2026-11-22T18:05:00.000000Z`), if it is.
    pub applied_at: Option<String>,
    /// Whether the file's operations differ from those that were applied.
    pub edited: bool,
    /// Whether the history records it but there is no file.
    pub missing: bool,
}

/// Every migration in the order they run, those without a file last.
///
/// # Errors
/// If the database cannot be asked.
pub fn status(session: &mut dyn Session, migrations: &Migrations) -> Result<Vec<MigrationStatus>> {
    let _ = (session, migrations);
    Err(Error::unsupported("listing is not there yet"))
}
