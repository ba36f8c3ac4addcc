//! The journal: which units of a migration are done, between its first and its last one.
//!
//! A migration of one unit needs none. The table is there only while a migration of several is not finished.

use std::collections::BTreeMap;

use chrono::Utc;

use super::Direction;
use super::compile::CompiledMigration;
use crate::error::{Error, Kind, Result};
use crate::migrate::file::digest;
use crate::migrate::graph::Graph;
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::schema;
use crate::sql::{Session, quote};
use crate::value::{ColumnType, FieldType, Value};

/// Name of the table in which a migration keeps how far it has come, while it is between two of its transactions.
///
/// # Example: no migration is half applied
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::JOURNAL_TABLE;
///
/// let tables = orm::tables::tables(&mut db.session()?)?;
/// assert!(!tables.iter().any(|table| table == JOURNAL_TABLE));
/// # Ok::<(), orm::Error>(())
/// ```
pub const TABLE: &str = "orm_migration_steps";

const COLUMNS: [&str; 7] = ["id", "migration", "direction", "unit", "hash", "done", "at"];

/// What the journal holds, by the id of the migration.
#[derive(Debug, Clone, Default)]
pub(in crate::migrate) struct Journal {
    migrations: BTreeMap<String, Unfinished>,
}

/// A migration between two of its units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::migrate) struct Unfinished {
    backward: bool,
    /// By the number of the unit: its hash, and whether it is done or was only begun.
    units: BTreeMap<i64, (String, bool)>,
}

/// The table as a model, so that the schema floor creates it like any other.
pub(in crate::migrate) fn model() -> ModelDef {
    let field = |name: &str, ty| FieldDef::new(name, ty);
    let mut model = ModelDef::new("orm", "MigrationStep");
    model.table = Some(TABLE.to_owned());
    let mut id = field("id", FieldType::Text);
    id.primary_key = true;
    model.fields = vec![
        id,
        field("migration", FieldType::Text),
        field("direction", FieldType::Text),
        field("unit", FieldType::BigInt),
        field("hash", FieldType::Text),
        field("done", FieldType::Bool),
        field("at", FieldType::Timestamp),
    ];
    model
}

impl Journal {
    /// Reads the table; where there is none, nothing is unfinished.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn read(session: &mut dyn Session) -> Result<Self> {
        let mut journal = Journal::default();
        if !exists(session)? {
            return Ok(journal);
        }
        let columns = ["migration", "direction", "unit", "hash", "done"].map(quote);
        let sql = format!("SELECT {} FROM {}", columns.join(", "), quote(TABLE));
        let read = session.query(&sql, &[], &mut |row| {
            let unfinished = journal.migrations.entry(row.get(0)?).or_default();
            unfinished.backward = row.get::<String>(1)? == word(Direction::Backward);
            unfinished.units.insert(row.get(2)?, (row.get(3)?, row.get(4)?));
            Ok(())
        });
        match read {
            // Another runner has finished meanwhile.
            Err(error) if error.kind() == Kind::Undefined => Ok(Journal::default()),
            read => read.map(|()| journal),
        }
    }

    /// What of a migration is done.
    pub(in crate::migrate) fn of(&self, id: &str) -> Option<&Unfinished> {
        self.migrations.get(id)
    }

    /// Checks that a plan goes on with every migration that is not finished.
    ///
    /// # Errors
    /// If one is left out, or would go the other way.
    pub(in crate::migrate) fn check(&self, graph: &Graph, plan: &[CompiledMigration<'_>]) -> Result<()> {
        for (id, unfinished) in &self.migrations {
            let planned = plan.iter().find(|compiled| compiled.file.id == *id);
            let goes_on = planned
                .is_some_and(|compiled| (compiled.direction == Direction::Backward) == unfinished.backward);
            if goes_on {
                continue;
            }
            let file = graph.all_files().find(|file| file.id == *id);
            let Some(file) = file else {
                return Err(Error::migration(format!(
                    "a migration with the id {id} is not finished, and there is no file of it"
                ))
                .with_hint(format!(
                    "bring the file back from version control and finish it; {TABLE} says what is done"
                )));
            };
            let (way, command) = match unfinished.backward {
                false => ("applied", format!("migrate {} {}", file.key.app, file.key.name)),
                true => (
                    "taken back",
                    format!("migrate {} to the one before {}", file.key.app, file.key.name),
                ),
            };
            return Err(Error::migration(format!(
                "{} is {way} in part: {} of its units are done",
                file.key,
                unfinished.done()
            ))
            .with_hint(format!(
                "finish it first: {command}; if you have finished it by hand, record it with --fake"
            )));
        }
        Ok(())
    }

    /// Creates the table if it does not exist, within the caller's transaction.
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
            step.run(session).map_err(|error| {
                error
                    .context(step.describe())
                    .context("the journal of the migration")
            })?;
        }
        Ok(())
    }

    /// Writes that a unit was begun or is done, within the caller's transaction.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn write(
        session: &mut dyn Session,
        compiled: &CompiledMigration<'_>,
        unit: usize,
        done: bool,
    ) -> Result<()> {
        let id = format!("{}:{unit}", compiled.file.id);
        let delete = format!("DELETE FROM {} WHERE {} = $1", quote(TABLE), quote("id"));
        session.execute(&delete, &[Value::from(id.as_str())])?;
        let columns: Vec<String> = COLUMNS.map(quote).into();
        let insert = format!(
            "INSERT INTO {} ({}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            quote(TABLE),
            columns.join(", ")
        );
        let hash = hash(compiled, unit);
        let (number, now) = (number(unit), Utc::now());
        let values = [
            Value::from(id.as_str()),
            Value::from(compiled.file.id.as_str()),
            Value::from(word(compiled.direction)),
            number.encode(),
            Value::from(hash.as_str()),
            Value::Bool(done),
            now.encode(),
        ];
        session.execute(&insert, &values).map(drop)
    }

    /// Forgets that a unit was begun, of which nothing is left; within the caller's transaction.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn not_begun(session: &mut dyn Session, id: &str, unit: usize) -> Result<()> {
        let delete = format!("DELETE FROM {} WHERE {} = $1", quote(TABLE), quote("id"));
        session.execute(&delete, &[Value::from(format!("{id}:{unit}").as_str())])?;
        Journal::drop_empty(session)
    }

    fn drop_empty(session: &mut dyn Session) -> Result<()> {
        match schema::count(session, &format!("SELECT count(*) FROM {}", quote(TABLE)))? {
            0 => session.batch(&format!("DROP TABLE {}", quote(TABLE))),
            _ => Ok(()),
        }
    }

    /// Forgets a migration that is finished, and the table with the last one; within the caller's transaction.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::migrate) fn finish(session: &mut dyn Session, id: &str) -> Result<()> {
        if !exists(session)? {
            return Ok(());
        }
        let delete = format!("DELETE FROM {} WHERE {} = $1", quote(TABLE), quote("migration"));
        session.execute(&delete, &[Value::from(id)])?;
        Journal::drop_empty(session)
    }
}

impl Unfinished {
    /// How many units are done.
    pub(in crate::migrate) fn done(&self) -> usize {
        self.units.values().filter(|(_, done)| *done).count()
    }

    /// Whether a unit is done; `None` if it was not even begun.
    pub(in crate::migrate) fn unit(&self, unit: usize) -> Option<bool> {
        self.units.get(&number(unit)).map(|(_, done)| *done)
    }

    /// Checks that what is done is what a migration would have done.
    ///
    /// # Errors
    /// If it is not, with what to do.
    pub(in crate::migrate) fn check(&self, compiled: &CompiledMigration<'_>) -> Result<()> {
        let units = compiled.units.len();
        for (unit, (kept, _)) in &self.units {
            let at = usize::try_from(*unit).ok().filter(|at| *at < units);
            if at.is_none_or(|at| hash(compiled, at) != *kept) {
                return Err(Error::migration(format!(
                    "{} of the units of {} are done, and it consists of others now",
                    self.done(),
                    compiled.file.key
                ))
                .with_hint(format!(
                    "finish it with the file, the options (`--no-online`) and the release with which it was begun; {TABLE} \
                     says what is done"
                )));
            }
        }
        Ok(())
    }
}

fn hash(compiled: &CompiledMigration<'_>, unit: usize) -> String {
    let text = compiled.units.get(unit).map(schema::Unit::text);
    digest(text.unwrap_or_default().as_bytes())
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

fn number(unit: usize) -> i64 {
    i64::try_from(unit).unwrap_or(i64::MAX)
}

fn exists(session: &mut dyn Session) -> Result<bool> {
    Ok(schema::tables(session)?.iter().any(|table| table == TABLE))
}
