//! Fresh databases, removed when dropped.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
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
        create(&mut server(), &name, template);
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
    /// models. They run once; what a test gets is a copy.
    pub fn with_tables(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                std::fs::write(folder.path().join(FILE), &*MIGRATED).expect("a copy");
                Self::in_folder(folder)
            }
            Backend::Postgres => Self::on_server(&TEMPLATE.name),
        }
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
    let options = losing();
    migrate(&mut session, migrations, &Target::Latest, &options, &mut |_| {})
}

/// Options with which rows may be lost, as tests do that drop tables with rows.
pub fn losing() -> MigrateOptions {
    MigrateOptions {
        allow_loss: true,
        ..MigrateOptions::default()
    }
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

/// The file that tests with tables copy.
static MIGRATED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let database = Database::migrated(Backend::Sqlite, &MIGRATIONS);
    let Place::Folder(folder) = &database.place else {
        panic!("a database of SQLite is a file");
    };
    assert!(
        !folder.path().join(format!("{FILE}-wal")).exists(),
        "the file alone is the database"
    );
    std::fs::read(folder.path().join(FILE)).expect("the file")
});

/// The database on the server that tests with tables copy.
struct Template {
    name: String,
    /// Holds the lock of the name, which tells other runs that this one is still there.
    _session: Mutex<Client>,
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    const START: &str = "orm_test_template_";
    let mut session = server();
    let lock = |session: &mut Client, name: &str| -> bool {
        let query = "SELECT pg_try_advisory_lock(hashtext($1))";
        session.query_one(query, &[&name]).expect("an answer").get(0)
    };
    let name = format!("{START}{}", std::process::id());
    assert!(lock(&mut session, &name), "{name} is in use");
    // What is static is never dropped, so that a run leaves its template to the next one.
    let query = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)";
    for row in session.query(query, &[&START]).expect("names") {
        let left: String = row.get(0);
        if left == name || lock(&mut session, &left) {
            // Another run may have done it.
            let sql = format!("DROP DATABASE IF EXISTS {left} WITH (FORCE)");
            session.batch_execute(&sql).expect("the database dropped");
        }
    }
    create(&mut session, &name, "template1");
    value(Database::migrate_at(&with_database(&server_url(), &name)));
    Template {
        name,
        _session: Mutex::new(session),
    }
});

fn create(server: &mut Client, name: &str, template: &str) {
    server
        .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .expect("a new database");
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
