//! Fresh databases, removed when dropped.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use orm::Db;
use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Report, Target, make_migrations, migrate};
use orm::models::registry;
use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::behaviour::value;
use crate::pooler::pooler_url;

/// The databases that tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub const ALL: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];
}

/// The database of one test.
pub struct Database {
    url: String,
    place: Place,
}

/// Where it is, which is what has to be removed.
enum Place {
    Folder(TempDir),
    Server(Created),
}

/// File name of a SQLite database.
const FILE: &str = "test.db";

/// The name of a database on the test server.
struct Created(String);

impl Database {
    /// An empty one.
    pub fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                Self::in_folder(folder)
            }
            Backend::Postgres => Self::on_server("template1"),
        }
    }

    fn in_folder(folder: TempDir) -> Self {
        Database {
            url: format!("sqlite://{}", folder.path().join(FILE).display()),
            place: Place::Folder(folder),
        }
    }

    fn on_server(template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("orm_test_{}_{number}", std::process::id());
        server()
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .expect("a new database");
        Database {
            url: with_database(&server_url(), &name),
            place: Place::Server(Created(name)),
        }
    }

    /// A copy. No connection to the original may be open.
    pub fn copy(&self) -> Self {
        self.settled();
        match &self.place {
            Place::Folder(from) => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                for end in ["", "-wal"] {
                    let name = format!("{FILE}{end}");
                    if from.path().join(&name).exists() {
                        std::fs::copy(from.path().join(&name), folder.path().join(&name)).expect("a copy");
                    }
                }
                Self::in_folder(folder)
            }
            Place::Server(Created(name)) => Self::on_server(name),
        }
    }

    /// Waits until the server has closed all former connections.
    pub fn settled(&self) {
        let Place::Server(Created(name)) = &self.place else {
            return;
        };
        let mut server = server();
        let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        let deadline = Instant::now() + Duration::from_secs(10);
        while server
            .query_one(query, &[name])
            .expect("a count")
            .get::<_, i64>(0)
            > 0
        {
            assert!(Instant::now() < deadline, "somebody is still connected to {name}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The backend.
    pub fn backend(&self) -> Backend {
        match self.place {
            Place::Folder(_) => Backend::Sqlite,
            Place::Server(_) => Backend::Postgres,
        }
    }

    /// A database with the tables of the suite's models, created as users create them: by migrations made from the
    /// models.
    pub fn with_tables(backend: Backend) -> Self {
        Self::migrated(backend, &MIGRATIONS)
    }

    /// A database with the tables of another app.
    pub fn with_tables_of(backend: Backend, app: &str) -> Self {
        Self::migrated(backend, &migrations_of(app))
    }

    fn migrated(backend: Backend, migrations: &Migrations) -> Self {
        let database = Self::empty(backend);
        value(migrate_all(database.url(), migrations));
        database
    }

    /// Creates the tables of the suite's models in an empty database, through any of its addresses.
    pub fn migrate_at(url: &str) -> orm::Result<Report> {
        migrate_all(url, &MIGRATIONS)
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address behind the pooler.
    pub fn pooled_url(&self) -> String {
        match &self.place {
            Place::Folder(_) => panic!("a file has no pooler"),
            Place::Server(Created(name)) => with_database(&pooler_url(&server_url()), name),
        }
    }
}

fn migrate_all(url: &str, migrations: &Migrations) -> orm::Result<Report> {
    let mut session = Db::connect(url)?.session()?;
    let options = MigrateOptions::default();
    migrate(&mut session, migrations, &Target::Latest, &options, &mut |_| {})
}

impl Drop for Created {
    fn drop(&mut self) {
        // Connections that a test left open must not prevent this.
        let dropped = server().batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.0));
        if !std::thread::panicking() {
            dropped.expect("the database dropped");
        }
    }
}

static MIGRATIONS: LazyLock<Migrations> = LazyLock::new(|| migrations_of("suite"));

fn migrations_of(app: &str) -> Migrations {
    let models: Vec<_> = value(registry())
        .models()
        .map(|meta| meta.def.clone())
        .filter(|def| def.app == app)
        .collect();
    let new = value(make_migrations(
        &models,
        &Migrations::default(),
        &MakeOptions::default(),
    ));
    let files: Vec<_> = new
        .iter()
        .map(|new| (new.path.to_str().expect("a path of text"), new.text.as_str()))
        .collect();
    value(Migrations::from_embedded(&files))
}

/// The address of the test server; panics without one, because tests that cannot run must not be skipped.
fn server_url() -> String {
    std::env::var("ORM_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("ORM_TEST_POSTGRES is not set: run the tests by tests/run, which starts a Postgres")
    })
}

fn server() -> Client {
    Client::connect(&server_url(), NoTls).expect("a connection to the test server")
}

/// The same address with another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

#[test]
fn only_the_database_of_the_address_changes() {
    assert_eq!(
        with_database("postgres://a:b@%2Ftmp%2Fx/postgres", "t"),
        "postgres://a:b@%2Ftmp%2Fx/t"
    );
    assert_eq!(
        with_database("postgres:///p?host=/tmp&user=u", "t"),
        "postgres:///t?host=/tmp&user=u"
    );
    assert_eq!(with_database("postgres://h:5", "t"), "postgres://h:5/t");
}
