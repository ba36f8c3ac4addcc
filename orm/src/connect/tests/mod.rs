//! The same behaviour on every backend and both kinds of handle, with jobs written by hand.
//!
//! On SQLite and on the Postgres of `ORM_TEST_POSTGRES`, which `tests/run` starts.

mod blocking;
#[cfg(feature = "async")]
mod crowds;
mod errors;
mod lending;
#[cfg(feature = "async")]
mod pool;
#[cfg(feature = "async")]
mod pool_reports;
mod server;
mod session;
#[cfg(feature = "async")]
mod tasks;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use crate::connect::Db;
use crate::error::Result;
use crate::plan::{Access, Executor, Job};
use crate::sql::{Dialect, Placeholder, Statement};
use crate::value::{Row, Value};

/// Statements in a row; the output is the first column of every row, as whole numbers.
pub(super) struct Sql {
    access: Access,
    steps: VecDeque<(String, Vec<Value<'static>>)>,
    values: Vec<Value<'static>>,
    rows: Vec<i64>,
    panics: bool,
}

pub(super) fn sql(access: Access, text: &str, values: Vec<Value<'static>>) -> Sql {
    Sql {
        access,
        steps: VecDeque::from([(text.to_owned(), values)]),
        values: Vec::new(),
        rows: Vec::new(),
        panics: false,
    }
}

impl Sql {
    pub(super) fn then(mut self, text: &str, values: Vec<Value<'static>>) -> Self {
        self.steps.push_back((text.to_owned(), values));
        self
    }

    pub(super) fn panics(mut self) -> Self {
        self.panics = true;
        self
    }

    pub(super) fn on<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<i64>> {
        db.run(Ok(self), Ok)
    }
}

/// One statement per text, as a cache of shapes would have it.
fn statement(text: String) -> Arc<Statement> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Statement>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap();
    let make = |text: &String| {
        let placeholders = (0..text.matches('$').count() as u32)
            .map(Placeholder::plain)
            .collect();
        let returns_rows =
            text.starts_with("SELECT") || text.starts_with("WITH") || text.contains("RETURNING");
        Arc::new(Statement::new(text.clone(), placeholders, returns_rows))
    };
    Arc::clone(known.entry(text.clone()).or_insert_with(|| make(&text)))
}

impl Job for Sql {
    type Output = Vec<i64>;
    type Owned = Self;

    fn access(&self) -> Access {
        self.access
    }

    fn next(&mut self, _: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        Ok(self.steps.pop_front().map(|(text, values)| {
            self.values = values;
            statement(text)
        }))
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        assert!(!self.panics, "as asked");
        self.rows.push(row.get(0)?);
        Ok(())
    }

    fn finish(self) -> Result<Vec<i64>> {
        Ok(self.rows)
    }

    fn into_owned(self) -> Self {
        self
    }
}

pub(super) fn insert(id: i64) -> Sql {
    sql(
        Access::Write,
        "INSERT INTO item (id) VALUES ($1)",
        vec![id.into()],
    )
}

/// Two rows by a statement each, which succeed or fail together.
pub(super) fn several(second: Value<'static>) -> Sql {
    let first = sql(Access::Atomic, "INSERT INTO item (id) VALUES (6)", vec![]);
    first.then("INSERT INTO item (id) VALUES ($1)", vec![second])
}

pub(super) fn ids() -> Sql {
    sql(Access::Read, "SELECT id FROM item ORDER BY id", vec![])
}

/// An address of an empty database with the table `item`, gone at the end of the test.
pub(super) struct Place {
    pub url: String,
    file: Option<PathBuf>,
    schema: Option<(String, String)>,
}

pub(super) const ITEM: &str = "CREATE TABLE item (id BIGINT PRIMARY KEY, parent BIGINT REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)";

impl Place {
    /// Every kind of database there is, with options appended.
    pub(super) fn all(options: &str) -> Vec<Place> {
        let mut places = vec![Self::memory(options), Self::file(options)];
        places.extend(Self::postgres(options));
        places
    }

    pub(super) fn memory(options: &str) -> Place {
        Place {
            url: format!("sqlite::memory:?{options}"),
            file: None,
            schema: None,
        }
    }

    pub(super) fn file(options: &str) -> Place {
        let file = std::env::temp_dir().join(format!("orm-connect-{}-{}.db", std::process::id(), unique()));
        Place {
            url: format!("sqlite://{}?{options}", file.display()),
            file: Some(file),
            schema: None,
        }
    }

    pub(super) fn postgres(options: &str) -> Option<Place> {
        let base = std::env::var("ORM_TEST_POSTGRES")
            .expect("ORM_TEST_POSTGRES is not set: run the tests with tests/run");
        let schema = format!("orm_connect_{}_{}", std::process::id(), unique());
        let db = Db::connect(&base).unwrap();
        crate::sql::Session::batch(&mut db.session().unwrap(), &format!("CREATE SCHEMA {schema}")).unwrap();
        let join = if base.contains('?') { '&' } else { '?' };
        Some(Place {
            url: format!("{base}{join}options=-c%20search_path%3D{schema}&{options}"),
            file: None,
            schema: Some((base, schema)),
        })
    }

    /// A handle, with the table made.
    pub(super) fn db(&self) -> Db {
        let db = Db::connect(&self.url).unwrap();
        sql(Access::Write, ITEM, vec![]).on(&db).unwrap();
        db
    }
}

fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
            }
        }
        if let Some((base, schema)) = self.schema.take() {
            // On a thread of its own: the test may be async.
            let dropped = std::thread::spawn(move || {
                let db = Db::connect(&base)?;
                crate::sql::Session::batch(&mut db.session()?, &format!("DROP SCHEMA {schema} CASCADE"))
            });
            let _ = dropped.join();
        }
    }
}
