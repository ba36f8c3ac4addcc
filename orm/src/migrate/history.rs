//! What a database says has been applied to it: one row per migration in a table of its own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::file::{MigrationFile, MigrationKey};
use super::graph::Graph;
use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::schema;
use crate::sql::{Session, quote};
use crate::value::{ColumnType, FieldType, Value};

/// Name of the table.
pub const TABLE: &str = "orm_migrations";

/// What has been applied, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    rows: BTreeMap<String, Applied>,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Applied {
    /// As it was named when it was applied; the file may have another name by now.
    pub key: MigrationKey,
    pub hash: String,
    pub at: DateTime<Utc>,
}

/// The table as a model, so that the schema floor makes it like any other.
fn model() -> ModelDef {
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
    pub(super) fn read(session: &mut dyn Session) -> Result<Self> {
        if !exists(session)? {
            return Ok(History::default());
        }
        let columns: Vec<String> = ["id", "app", "name", "hash", "applied_at"].map(quote).into();
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

    /// Makes the table if there is none. Whoever calls it holds the lock, or has begun to write.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn create_table(session: &mut dyn Session) -> Result<()> {
        if exists(session)? {
            return Ok(());
        }
        let model = model();
        let models: BTreeMap<ModelKey, ModelDef> = [(model.key(), model.clone())].into();
        for step in schema::create_model(&model, &models, session.dialect())? {
            step.run(session)?;
        }
        Ok(())
    }

    pub(super) fn ids(&self) -> BTreeSet<String> {
        self.rows.keys().cloned().collect()
    }

    pub(super) fn get(&self, file: &MigrationFile) -> Option<&Applied> {
        self.rows.get(&file.id)
    }

    pub(super) fn has(&self, file: &MigrationFile) -> bool {
        self.rows.contains_key(&file.id)
    }

    /// Rows whose migration has no file, by name. Rows of apps that have no file at all are someone else's.
    pub(super) fn without_file<'a>(&'a self, graph: &'a Graph) -> Vec<(&'a str, &'a Applied)> {
        let apps = graph.apps();
        let ids: BTreeSet<&str> = graph.files().map(|file| file.id.as_str()).collect();
        let mut rows: Vec<(&str, &Applied)> = self
            .rows
            .iter()
            .filter(|(id, applied)| apps.contains(&applied.key.app.as_str()) && !ids.contains(id.as_str()))
            .map(|(id, applied)| (id.as_str(), applied))
            .collect();
        rows.sort_by(|a, b| a.1.key.cmp(&b.1.key));
        rows
    }

    /// That the history fits the files: every applied migration has its file, unedited, after those it depends on.
    ///
    /// # Errors
    /// If it does not, saying what to do.
    pub(super) fn check(&self, graph: &Graph) -> Result<()> {
        if let Some((id, applied)) = self.without_file(graph).first() {
            return Err(Error::migration(format!(
                "{} was applied at {}, but there is no file with its id {id}",
                applied.key,
                applied.at.format("%Y-%m-%d %H:%M UTC")
            ))
            .with_hint(format!(
                "bring the file back from version control; if it shall be forgotten, delete its row from {TABLE}"
            )));
        }
        for file in graph.files() {
            let Some(applied) = self.get(file) else { continue };
            if applied.hash != file.hash()? {
                return Err(
                    Error::migration(format!("{} was changed after it was applied", file.key)).with_hint(
                        "bring back what was applied and put the change into a new migration; on a database that \
                         nobody needs, start over",
                    ),
                );
            }
            for parent in file.dependencies.iter().filter_map(|key| graph.file(key)) {
                if !self.has(parent) {
                    return Err(Error::migration(format!(
                        "{} is applied, but {}, which it depends on, is not",
                        file.key, parent.key
                    ))
                    .with_hint(format!(
                        "if its changes are in the database, record it: migrate {} {} --fake",
                        parent.key.app, parent.key.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// Records a migration.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn record(session: &mut dyn Session, file: &MigrationFile) -> Result<()> {
        let columns: Vec<String> = ["id", "app", "name", "hash", "applied_at"].map(quote).into();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ($1, $2, $3, $4, $5)",
            quote(TABLE),
            columns.join(", ")
        );
        let hash = file.hash()?;
        let now = Utc::now();
        let values = [
            Value::from(file.id.as_str()),
            Value::from(file.key.app.as_str()),
            Value::from(file.key.name.as_str()),
            Value::from(hash.as_str()),
            now.encode(),
        ];
        session.execute(&sql, &values).map(drop)
    }

    /// Forgets a migration.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn forget(session: &mut dyn Session, file: &MigrationFile) -> Result<()> {
        let sql = format!("DELETE FROM {} WHERE {} = $1", quote(TABLE), quote("id"));
        session.execute(&sql, &[Value::from(file.id.as_str())]).map(drop)
    }
}

fn exists(session: &mut dyn Session) -> Result<bool> {
    Ok(schema::tables(session)?.iter().any(|table| table == TABLE))
}
