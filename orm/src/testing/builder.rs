//! Where the database of a test is, and what makes its tables.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::migrate::{Migrations, Project};
use crate::registry::{DEFAULT_DATABASE, Settings};

use super::TestDatabase;
use super::recipe::Recipe;

/// Where there is none in the settings.
const IN_MEMORY: &str = "sqlite::memory:";

/// Settings of the database of a test; from [`TestDatabase::builder`].
///
/// # Example: another server, and migrations that are in the program
///
/// ```no_run
/// # use {blog::*, orm::prelude::*};
/// use orm::testing::TestDatabase;
///
/// let builder = TestDatabase::builder().url("postgres://localhost/blog").migrations(blog::migrations()?);
/// let database = builder.create()?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder makes nothing until `create`"]
pub struct TestDatabaseBuilder {
    database: Option<String>,
    url: Option<Address>,
    migrations: Option<Source>,
}

/// What may hold a password.
#[derive(Clone)]
struct Address(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

#[derive(Debug, Clone)]
enum Source {
    Folder(PathBuf),
    Loaded(Migrations),
}

impl TestDatabaseBuilder {
    /// Like another database of `orm.toml` than `default`. The database itself is not touched.
    ///
    /// # Example: that of the reports
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// let database = orm::testing::TestDatabase::builder().database("reports").create()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = Some(name.into());
        self
    }

    /// Like the database at an address, whatever the settings say: a file for any address of SQLite, and on the same server for one of
    /// Postgres.
    ///
    /// # Example: on SQLite
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let database = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(Address(url.into()));
        self
    }

    /// With the tables of migrations that are loaded already, such as those that are in the program.
    ///
    /// # Example: those of a crate of models
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let database = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = Some(Source::Loaded(migrations));
        self
    }

    /// With the tables of the migrations in another folder than that of `orm.toml`.
    ///
    /// # Example: by its path
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/migrations");
    /// let database = TestDatabase::builder().url("sqlite::memory:").migrations_dir(folder).create()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a folder without migrations
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let none = TestDatabase::builder().url("sqlite::memory:").migrations_dir("no/such/folder").create();
    /// assert!(none.unwrap_err().to_string().starts_with("there are no migrations in no/such/folder"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn migrations_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.migrations = Some(Source::Folder(folder.into()));
        self
    }

    /// Makes the database. The first one of a process, on a server the first one since the migrations have changed, takes as long as
    /// the migrations do; the others are copies.
    ///
    /// # Errors
    /// If the settings or the migrations cannot be read, there are no migrations, one of them fails, or the server does not let the user
    /// make databases.
    ///
    /// # Example: in a test
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let database = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create()?;
    /// assert_eq!(Tag::objects().count(&database.connect()?)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn create(self) -> Result<TestDatabase> {
        let (url, migrations) = match (self.url, self.migrations) {
            (Some(Address(url)), Some(Source::Loaded(migrations))) => (url, migrations),
            (url, source) => {
                let settings = Settings::load()?;
                let url = match url {
                    Some(Address(url)) => url,
                    None => url_in(&settings, self.database.as_deref())?,
                };
                (url, migrations_in(&settings, source)?)
            }
        };
        TestDatabase::of(&Recipe { url, migrations })
    }
}

/// Those of a folder, which is that of the settings if none is said.
fn migrations_in(settings: &Settings, source: Option<Source>) -> Result<Migrations> {
    let folder = match source {
        Some(Source::Loaded(migrations)) => return Ok(migrations),
        Some(Source::Folder(folder)) => folder,
        None => settings.migrations().to_owned(),
    };
    let migrations = Project::new(&folder).load()?;
    if migrations.apps().is_empty() {
        return Err(Error::config(format!("there are no migrations in {}", folder.display())).with_hint(
            "make them by `orm makemigrations`, or say where they are: `#[orm::test(migrations_dir = \"..\")]`",
        ));
    }
    Ok(migrations.shared_with(settings.other_apps().iter().cloned()))
}

/// The address that the settings have for a name. Without a name it is that of the default one, if there is one.
fn url_in(settings: &Settings, name: Option<&str>) -> Result<String> {
    match name {
        // A file takes no setting.
        None if cfg!(feature = "sqlite") && !settings.has_database(DEFAULT_DATABASE) => {
            Ok(IN_MEMORY.to_owned())
        }
        name => settings.url(name.unwrap_or(DEFAULT_DATABASE)),
    }
}
