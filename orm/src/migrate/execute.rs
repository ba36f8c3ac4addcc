//! Running a plan: each migration in one transaction, together with its row of history.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::sql::Session;

use super::{Direction, Migrations, Target};

/// How to migrate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateOptions {
    /// Record (or forget) without touching a table.
    pub fake: bool,
    /// How long to wait for another runner to finish.
    pub lock_timeout: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        MigrateOptions {
            fake: false,
            lock_timeout: Duration::from_secs(60),
        }
    }
}

/// What is happening, as it happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Another runner holds the lock; said once.
    Waiting,
    /// A migration starts.
    Started {
        /// Label of its app.
        app: &'a str,
        /// Its name.
        name: &'a str,
        /// Which way it runs.
        direction: Direction,
    },
    /// The migration that started last is committed.
    Finished {
        /// How long it took.
        took: Duration,
    },
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `app.name` of the migrations applied, in order.
    pub applied: Vec<String>,
    /// `app.name` of the migrations taken back, in order.
    pub unapplied: Vec<String>,
}

/// Brings a database to a target.
///
/// # Errors
/// If the plan cannot be made (see [`plan`](super::plan())), another runner does not finish in time, or the database
/// refuses a step; the migration it belongs to has then changed nothing, those before it stay applied.
pub fn migrate(
    session: &mut dyn Session,
    migrations: &Migrations,
    target: &Target,
    options: &MigrateOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report> {
    let _ = (session, migrations, target, options, progress);
    Err(Error::unsupported("migrating is not there yet"))
}

/// Brings a database to the last migrations of a directory.
///
/// # Errors
/// As [`migrate`] and [`Project::load`](super::Project::load).
pub fn up(session: &mut dyn Session, migrations_dir: &Path) -> Result<Report> {
    let migrations = super::Project::new(migrations_dir).load()?;
    migrate(
        session,
        &migrations,
        &Target::Latest,
        &MigrateOptions::default(),
        &mut |_| {},
    )
}
