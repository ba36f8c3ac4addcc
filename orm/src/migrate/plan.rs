//! Which migrations have to run to get from a database's history to a target, and what each will do.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::sql::{Dialect, Session};

use super::Migrations;

/// Where to migrate to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// The last migration of every app.
    #[default]
    Latest,
    /// The last migration of one app, and what it depends on.
    App(String),
    /// One migration of one app, by its name or the start of it; backwards where it is already applied.
    Migration(String, String),
    /// Nothing of this app, nor of what depends on it.
    Zero(String),
}

impl Target {
    /// From what a command line takes: `[app] [name|prefix|zero]`.
    pub fn from_args(app: Option<&str>, name: Option<&str>) -> Self {
        match (app, name) {
            (None, _) => Target::Latest,
            (Some(app), None) => Target::App(app.to_owned()),
            (Some(app), Some("zero")) => Target::Zero(app.to_owned()),
            (Some(app), Some(name)) => Target::Migration(app.to_owned(), name.to_owned()),
        }
    }
}

/// Which way a migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Applied.
    Forward,
    /// Taken back.
    Backward,
}

/// One migration of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedMigration {
    /// Label of its app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Which way it runs.
    pub direction: Direction,
    /// Its operations in English, each with its symbol in front.
    pub describe: Vec<String>,
    /// What is sent to the database.
    pub steps: Vec<PlannedStep>,
}

/// One step of a migration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStep {
    /// What it does, in English.
    pub describe: String,
    /// Its SQL.
    pub sql: Vec<String>,
}

/// What [`migrate`](super::migrate) would do, without doing it.
///
/// # Errors
/// If the target names no migration, the history contradicts the files, or a migration to take back has no way back.
pub fn plan(
    session: &mut dyn Session,
    migrations: &Migrations,
    target: &Target,
) -> Result<Vec<PlannedMigration>> {
    let _ = (session, migrations, target);
    Err(Error::unsupported("planning is not there yet"))
}

/// What one migration (by the start of its name) sends to a database of `dialect`.
///
/// # Errors
/// If there is no such migration, or it has no way back where one is asked for.
pub fn sql_of(
    migrations: &Migrations,
    app: &str,
    name: &str,
    dialect: &'static Dialect,
    backwards: bool,
) -> Result<PlannedMigration> {
    let _ = (migrations, app, name, dialect, backwards);
    Err(Error::unsupported("planning is not there yet"))
}
