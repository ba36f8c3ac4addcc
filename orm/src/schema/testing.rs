//! What the tests of this floor share: connections by hand, the way the executor runs steps, and models.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Kind, Result};
use serde_json::{Value as Json, json};

use crate::expr::RowExpr;
use crate::model::{FieldDef, ModelDef, ModelKey, ReferentialAction};
use crate::sql::{Dialect, Session};
use crate::value::{FieldType, Row, Value};

use super::{Step, before_transaction};

fn database(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Database, source.to_string()).with_source(source)
}

pub(super) struct Lite(pub rusqlite::Connection);

impl Lite {
    /// An empty database in memory, with foreign keys on, as connections have them.
    pub fn new() -> Self {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        Lite(connection)
    }
}

impl Session for Lite {
    fn dialect(&self) -> &'static Dialect {
        Dialect::SQLITE
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.0.prepare(sql).map_err(database)?;
        statement
            .execute(rusqlite::params_from_iter(values))
            .map(|rows| rows as u64)
            .map_err(database)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.0.prepare(sql).map_err(database)?;
        let mut rows = statement
            .query(rusqlite::params_from_iter(values))
            .map_err(database)?;
        while let Some(row) = rows.next().map_err(database)? {
            each(&Row::sqlite(row))?;
        }
        Ok(())
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.0.execute_batch(sql).map_err(database)
    }
}

pub(super) struct Pg {
    client: postgres::Client,
    schema: String,
}

impl Pg {
    /// A connection to a schema of its own, which is dropped with it.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("ORM_TEST_POSTGRES")
            .expect("ORM_TEST_POSTGRES is not set: run the tests with tests/run");
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let schema = format!(
            "schema_floor_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        client
            .batch_execute(&format!(
                "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET \
                 search_path = {schema}"
            ))
            .unwrap();
        Pg { client, schema }
    }
}

impl Drop for Pg {
    fn drop(&mut self) {
        let _ = self
            .client
            .batch_execute(&format!("ROLLBACK; DROP SCHEMA {} CASCADE", self.schema));
    }
}

impl Session for Pg {
    fn dialect(&self) -> &'static Dialect {
        Dialect::POSTGRES
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let parameters: Vec<&(dyn postgres::types::ToSql + Sync)> =
            values.iter().map(|value| value as _).collect();
        self.client.execute(sql, &parameters).map_err(database_pg)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let parameters: Vec<&(dyn postgres::types::ToSql + Sync)> =
            values.iter().map(|value| value as _).collect();
        for row in self.client.query(sql, &parameters).map_err(database_pg)? {
            each(&Row::postgres(&row))?;
        }
        Ok(())
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(database_pg)
    }
}

fn database_pg(source: postgres::Error) -> Error {
    let message = source
        .as_db_error()
        .map_or_else(|| source.to_string(), |error| error.message().to_owned());
    Error::new(Kind::Database, message).with_source(source)
}

/// Runs steps as the executor does.
pub(super) fn run(session: &mut dyn Session, steps: &[Step]) -> Result<()> {
    let mut suspension = before_transaction(session, steps)?;
    let done = session.batch("BEGIN").and_then(|()| {
        let done = suspension
            .begin(session)
            .and_then(|()| steps.iter().try_for_each(|step| step.run(session)))
            .and_then(|()| suspension.verify(session))
            .and_then(|()| session.batch("COMMIT"));
        if done.is_err() {
            session.batch("ROLLBACK")?;
        }
        done
    });
    suspension.restore(session)?;
    done
}

pub(super) fn all(session: &mut dyn Session, sql: &str) -> Vec<String> {
    let mut out = Vec::new();
    session
        .query(sql, &[], &mut |row| {
            out.push(row.get::<Option<String>>(0)?.unwrap_or_else(|| "NULL".to_owned()));
            Ok(())
        })
        .unwrap();
    out
}

pub(super) type State = BTreeMap<ModelKey, ModelDef>;

pub(super) fn state(models: &[&ModelDef]) -> State {
    models
        .iter()
        .map(|model| (model.key(), (*model).clone()))
        .collect()
}

pub(super) fn id() -> FieldDef {
    FieldDef {
        primary_key: true,
        generated: true,
        ..FieldDef::new("id", FieldType::BigInt)
    }
}

pub(super) fn key(name: &str, to: &str, on_delete: ReferentialAction) -> FieldDef {
    FieldDef {
        to: Some(ModelKey::new("shop", to)),
        on_delete: Some(on_delete),
        null: on_delete == ReferentialAction::SetNull,
        index: true,
        ..FieldDef::new(name, FieldType::ForeignKey)
    }
}

pub(super) fn model(name: &str, fields: Vec<FieldDef>) -> ModelDef {
    ModelDef {
        fields,
        ..ModelDef::new("shop", name)
    }
}

/// A call as files write it. Tests of what expressions mean know this form only.
pub(super) fn call(name: &str, operands: Vec<Json>) -> Json {
    let mut parts = vec![json!(name)];
    parts.extend(operands);
    Json::Array(parts)
}

pub(super) fn field(name: &str) -> Json {
    json!({ "field": name })
}

/// The expression that is written so.
pub(super) fn expression(written: &Json) -> RowExpr {
    serde_json::from_value(written.clone()).unwrap_or_else(|error| panic!("{written}: {error}"))
}
