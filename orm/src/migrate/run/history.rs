//! The history: which migrations a database has, one row each in a table of its own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::migrate::file::{Fingerprint, MigrationFile, MigrationKey, hash_of_id};
use crate::migrate::graph::Graph;
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::schema;
use crate::sql::{Session, quote};
use crate::value::{ColumnType, FieldType, Value};

/// Name of the table.
///
/// # Example: when each migration was applied
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut names = Vec::new();
/// let sql = format!("SELECT name FROM {}", orm::db::quote(orm::migrate::HISTORY_TABLE));
/// db.session()?.query(&sql, &[], &mut |row| {
///     names.push(row.get::<String>(0)?);
///     Ok(())
/// })?;
/// assert_eq!(names, ["0001_initial"]);
/// # Ok::<(), orm::Error>(())
/// ```
pub const TABLE: &str = "orm_migrations";

const COLUMNS: [&str; 5] = ["id", "app", "name", "hash", "applied_at"];

/// What has been applied, by id.
#[derive(Debug, Clone, Default)]
pub(in crate::migrate) struct History {
    rows: BTreeMap<String, Applied>,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Applied {
    /// Its name when it was applied; the file may have been renamed since.
    pub key: MigrationKey,
    pub hash: String,
    pub at: DateTime<Utc>,
}

/// The table as a model, so that the schema floor creates it like any other.
pub(in crate::migrate) fn model() -> ModelDef {
    let text = |name: &str| FieldDef::new(name, FieldType::Text);
    let mut model = ModelDef::new("orm", "Migration");
    model.table = Some(TABLE.to_owned());
    let mut id = text("id");
    id.primary_key = true;
    model.fields = vec![
        id,
        text("app"),
        text("name"),
        text("hash"),
        FieldDef::new("applied_at", FieldType::Timestamp),
    ];
    model
}

impl History {
    /// Reads the table; where there is none, nothing has been applied.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn read(session: &mut dyn Session) -> Result<Self> {
        if !exists(session)? {
            return Ok(History::default());
        }
        let columns: Vec<String> = COLUMNS.map(quote).into();
        let sql = format!("SELECT {} FROM {}", columns.join(", "), quote(TABLE));
        let mut history = History::default();
        session.query(&sql, &[], &mut |row| {
            let applied = Applied {
                key: MigrationKey::new(row.get::<String>(1)?, row.get::<String>(2)?),
                hash: row.get(3)?,
                at: row.get(4)?,
            };
            history.rows.insert(row.get(0)?, applied);
            Ok(())
        })?;
        Ok(history)
    }

    /// Creates the table if it does not exist. The caller must hold the lock or a write transaction.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn create_table(session: &mut dyn Session) -> Result<()> {
        if exists(session)? {
            return Ok(());
        }
        let model = model();
        let models: BTreeMap<ModelKey, ModelDef> = [(model.key(), model.clone())].into();
        for step in schema::create_model(&model, &models, session.dialect())? {
            step.run(session)
                .map_err(|error| error.context(step.describe()).context("the table of the history"))?;
        }
        Ok(())
    }

    /// Whether nothing is applied: then nobody uses the tables yet.
    pub(in crate::migrate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of a migration.
    pub(in crate::migrate) fn row(&self, id: &str) -> Option<&Applied> {
        self.rows.get(id)
    }

    /// The graph of this database.
    ///
    /// # Errors
    /// As [`Graph::recorded`].
    pub(in crate::migrate) fn graph<'a>(
        &self,
        graph: &'a Graph,
        without: &BTreeSet<MigrationKey>,
    ) -> Result<Cow<'a, Graph>> {
        graph.recorded(&|id, key| self.recorded(id, key), without)
    }

    fn recorded(&self, id: Option<&str>, key: &MigrationKey) -> bool {
        match id {
            Some(id) => self.rows.contains_key(id),
            None => self.rows.values().any(|applied| applied.key == *key),
        }
    }

    /// Whether a migration is applied, by its own record or by those of what replaces it or what it replaces.
    pub(in crate::migrate) fn has(&self, graph: &Graph, file: &MigrationFile) -> bool {
        graph.squashes().applied(file, &|id, key| self.recorded(id, key))
    }

    /// Rows whose migration has no file and is not replaced, except those of other programs.
    pub(in crate::migrate) fn without_file<'a>(&'a self, graph: &'a Graph) -> Vec<(&'a str, &'a Applied)> {
        let ids: BTreeSet<&str> = graph.all_files().map(|file| file.id.as_str()).collect();
        let mut rows: Vec<(&str, &Applied)> = self
            .rows
            .iter()
            .filter(|(id, applied)| {
                !graph.is_of_another(&applied.key.app)
                    && !ids.contains(id.as_str())
                    && !graph.squashes().replaces(id, &applied.key)
            })
            .map(|(id, applied)| (id.as_str(), applied))
            .collect();
        rows.sort_by(|a, b| a.1.key.cmp(&b.1.key));
        rows
    }

    /// Checks that the history matches the files: every applied migration has an unedited file, and its
    /// dependencies are applied.
    ///
    /// # Errors
    /// If it does not, with what to do.
    pub(in crate::migrate) fn check(&self, graph: &Graph) -> Result<()> {
        let lost = self.without_file(graph);
        refuse_lost_apps(graph, &lost)?;
        if let Some((id, applied)) = lost.first() {
            return Err(Error::migration(format!(
                "{} was applied at {}, but there is no file with its id {id}",
                applied.key,
                applied.at.format("%Y-%m-%d %H:%M UTC")
            ))
            .with_hint(format!(
                "bring the file back from version control; if it shall be forgotten, delete its row from {TABLE}"
            )));
        }
        for file in graph.all_files() {
            if let Some(change) = self.edit(graph, file)? {
                return Err(Error::migration(format!(
                    "{} was changed after it was applied: {change}",
                    file.key
                ))
                .with_hint(
                    "bring back what was applied and put the change into a new migration; on a database that \
                             nobody needs, start over",
                ));
            }
        }
        for file in graph.files().filter(|file| self.has(graph, file)) {
            for parent in graph.parents(&file.key).filter_map(|key| graph.file(key)) {
                if !self.has(graph, parent) {
                    return Err(Error::migration(format!(
                        "{} is applied, but {}, which it depends on, is not",
                        file.key, parent.key
                    ))
                    .with_hint(format!(
                        "if its changes are in the database, record it: migrate {} {} --fake; if its file came with \
                         another branch, let it depend on what is applied, not the other way around",
                        parent.key.app, parent.key.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// How a file differs from what was applied, if it was applied.
    ///
    /// # Errors
    /// If an operation cannot be serialized.
    pub(in crate::migrate) fn edit(&self, graph: &Graph, file: &MigrationFile) -> Result<Option<String>> {
        // There is no hash of a migration whose file was missing when a squashed one was applied.
        let Some(applied) = self.row(&file.id).filter(|applied| !applied.hash.is_empty()) else {
            return Ok(None);
        };
        if applied.key.app != file.key.app {
            return Ok(Some(format!(
                "it was applied as {}, and its tables are those of the app {}",
                applied.key, applied.key.app
            )));
        }
        let Some(kept) = Fingerprint::parse(&applied.hash) else {
            return Ok(Some(format!("{TABLE} keeps no hash of it that can be read")));
        };
        let now = fingerprint(graph, file)?;
        if !now.same_operations(&kept) {
            return Ok(Some(now.changes(&kept, file)));
        }
        let mut lost = kept.dependencies_without(&now);
        for dependency in &file.dependencies {
            // A squashed migration and those it replaces may stand for each other.
            for id in graph.squashes().relatives(dependency) {
                lost.remove(&hash_of_id(id));
            }
            if graph.file(dependency).is_none() {
                // Its file is gone, and only the history has its id.
                for (id, _) in self.rows.iter().filter(|(_, row)| row.key == *dependency) {
                    lost.remove(&hash_of_id(id));
                }
            }
        }
        if lost.is_empty() {
            return Ok(None);
        }
        let named: Vec<String> = graph
            .all_files()
            .filter(|file| lost.contains(&hash_of_id(&file.id)))
            .map(|file| file.key.to_string())
            .collect();
        Ok(Some(match named.is_empty() {
            true => "it does not depend any more on a migration that has no file now".to_owned(),
            false => format!("it does not depend any more on {}", named.join(", ")),
        }))
    }

    /// Which of these are recorded now.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn probe(session: &mut dyn Session, ids: &[&str]) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for ids in ids.chunks(200) {
            let places: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
            let sql = format!(
                "SELECT {} FROM {} WHERE {} IN ({})",
                quote("id"),
                quote(TABLE),
                quote("id"),
                places.join(", ")
            );
            let values: Vec<Value<'_>> = ids.iter().map(|&id| Value::from(id)).collect();
            session.query(&sql, &values, &mut |row| {
                found.insert(row.get(0)?);
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Records a migration; without a file, there is no hash.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn record(
        session: &mut dyn Session,
        graph: &Graph,
        entry: &RecordedMigration<'_>,
    ) -> Result<()> {
        let columns: Vec<String> = COLUMNS.map(quote).into();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ($1, $2, $3, $4, $5)",
            quote(TABLE),
            columns.join(", ")
        );
        let hash = match graph.file(entry.key) {
            Some(file) => fingerprint(graph, file)?.to_string(),
            None => String::new(),
        };
        let now = Utc::now();
        let values = [
            Value::from(entry.id),
            Value::from(entry.key.app.as_str()),
            Value::from(entry.key.name.as_str()),
            Value::from(hash.as_str()),
            now.encode(),
        ];
        session.execute(&sql, &values).map(drop)
    }

    /// Removes a migration from the history.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn forget(session: &mut dyn Session, id: &str) -> Result<()> {
        let sql = format!("DELETE FROM {} WHERE {} = $1", quote(TABLE), quote("id"));
        session.execute(&sql, &[Value::from(id)]).map(drop)
    }
}

/// # Errors
/// If an app has history but no files.
fn refuse_lost_apps(graph: &Graph, lost: &[(&str, &Applied)]) -> Result<()> {
    let there = graph.apps();
    let apps: BTreeSet<&str> = lost
        .iter()
        .map(|(_, applied)| applied.key.app.as_str())
        .filter(|app| there.binary_search(app).is_err())
        .collect();
    if apps.is_empty() {
        return Ok(());
    }
    let count = |app: &str| lost.iter().filter(|(_, applied)| applied.key.app == app).count();
    let counted: Vec<String> = apps.iter().map(|app| format!("{app} ({})", count(app))).collect();
    let what = match there.is_empty() {
        true => "there are no migration files",
        false => "there are no migration files of some apps",
    };
    Err(Error::migration(format!(
        "{what}, but this database has applied migrations of {}",
        counted.join(", ")
    ))
    .with_hint(format!(
        "bring their files back from version control, or see that `migrations` in orm.toml names their directory; what \
         another program migrates is named in `other_apps` of orm.toml (Migrations::shared_with); if an app is gone for good, \
         delete its rows from {TABLE}"
    )))
}

/// Id and name of a migration in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) struct RecordedMigration<'a> {
    pub id: &'a str,
    pub key: &'a MigrationKey,
}

fn fingerprint(graph: &Graph, file: &MigrationFile) -> Result<Fingerprint> {
    Fingerprint::of(file, file.dependencies.iter().map(|key| graph.identity(key)))
}

fn exists(session: &mut dyn Session) -> Result<bool> {
    Ok(schema::tables(session)?.iter().any(|table| table == TABLE))
}
