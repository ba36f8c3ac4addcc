//! Which migrations there are and which a database has.

use serde::Serialize;

use super::Migrations;
use super::history::{Applied, History};
use crate::error::Result;
use crate::sql::Session;

/// One migration as `showmigrations` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// Label of its app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// When it was applied (`2026-11-22T18:05:00Z`), if it is.
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
    let history = History::read(session)?;
    let instant = |applied: &Applied| applied.at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut out = Vec::new();
    for file in migrations.graph.files() {
        let applied = history.get(file);
        let hash = file.hash()?;
        out.push(MigrationStatus {
            app: file.key.app.clone(),
            name: file.key.name.clone(),
            applied_at: applied.map(instant),
            edited: applied.is_some_and(|applied| applied.hash != hash),
            missing: false,
        });
    }
    for (_, applied) in history.without_file(&migrations.graph) {
        out.push(MigrationStatus {
            app: applied.key.app.clone(),
            name: applied.key.name.clone(),
            applied_at: Some(instant(applied)),
            edited: false,
            missing: true,
        });
    }
    Ok(out)
}
