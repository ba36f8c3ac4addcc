//! The list of migrations, and which of them a database has.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::history::History;
use crate::error::Result;
use crate::migrate::project::Migrations;
use crate::sql::Session;

/// One migration as `showmigrations` lists it.
///
/// # Example: applied, and as it was
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let listed = orm::migrate::status(&mut db.session()?, &blog::migrations()?)?;
/// assert!(listed[0].applied_at.is_some() && !listed[0].edited && !listed[0].missing);
/// # Ok::<(), orm::Error>(())
/// ```
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
    /// Names of the migrations it replaces; they are not listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<String>,
    /// Whether all migrations it replaces are applied but it is not recorded yet; the next `migrate` records it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unrecorded: bool,
}

/// Checks that a database's history matches the files; `makemigrations` calls it before it adds to them.
///
/// # Errors
/// If a dependency of an applied migration is not applied, or a file is missing or was edited after it was
/// applied.
///
/// # Example: files that are gone
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{Migrations, check_history};
///
/// check_history(&mut db.session()?, &blog::migrations()?)?;
/// assert!(check_history(&mut db.session()?, &Migrations::default()).is_err());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn check_history(session: &mut dyn Session, migrations: &Migrations) -> Result<()> {
    let history = History::read(session)?;
    history.check(history.graph(&migrations.graph, &BTreeSet::new())?.as_ref())
}

/// Every migration in the order they run, with those without a file last.
///
/// # Errors
/// What the database says.
///
/// # Example: what is missing
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let db = blog::empty()?;
/// let missing = orm::migrate::status(&mut db.session()?, &blog::migrations()?)?
///     .into_iter()
///     .filter(|migration| migration.applied_at.is_none());
/// assert_eq!(missing.count(), 0);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn status(session: &mut dyn Session, migrations: &Migrations) -> Result<Vec<MigrationStatus>> {
    let history = History::read(session)?;
    let graph = history.graph(&migrations.graph, &BTreeSet::new())?;
    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut out = Vec::new();
    for file in graph.files() {
        let row = history.row(&file.id);
        let squash = graph.squashes().get(&file.key);
        let replaced = || squash.into_iter().flat_map(|squash| &squash.single);
        let unrecorded = row.is_none() && history.has(&graph, file);
        let mut edited = history.edit(&graph, file)?.is_some();
        let mut applied_at = row.map(|row| row.at);
        if unrecorded {
            for key in replaced() {
                let row = graph.squashes().id(key).and_then(|id| history.row(id));
                applied_at = applied_at.max(row.map(|row| row.at));
            }
        }
        for file in replaced().filter_map(|key| graph.file(key)) {
            edited |= history.edit(&graph, file)?.is_some();
        }
        out.push(MigrationStatus {
            app: file.key.app.clone(),
            name: file.key.name.clone(),
            applied_at: applied_at.map(instant),
            edited,
            missing: false,
            replaces: replaced().map(|key| key.name.clone()).collect(),
            unrecorded,
        });
    }
    for (_, applied) in history.without_file(&graph) {
        out.push(MigrationStatus {
            app: applied.key.app.clone(),
            name: applied.key.name.clone(),
            applied_at: Some(instant(applied.at)),
            edited: false,
            missing: true,
            replaces: Vec::new(),
            unrecorded: false,
        });
    }
    Ok(out)
}
