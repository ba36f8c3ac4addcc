//! The database of one test.

use std::any::Any;
use std::fmt;

#[cfg(feature = "async")]
use crate::connect::AsyncDb;
use crate::connect::{Db, like};
use crate::error::Result;
use crate::sql::Backend;

use super::TestDatabaseBuilder;
use super::recipe::Recipe;

/// A database with the tables of the migrations and no other test's rows, removed when this is dropped. What
/// [`#[orm::test]`](macro@crate::test) gives a test a handle of; for what the attribute does not do, such as two databases in one test.
///
/// # Example: two databases
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::testing::TestDatabase;
///
/// let blog = || TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create();
/// let (here, there) = (blog()?, blog()?);
/// Tag::create().label("rust").save(&here.connect()?)?;
/// assert_eq!(Tag::objects().count(&there.connect()?)?, 0);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: it goes when it is dropped
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::testing::TestDatabase;
///
/// let database = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create()?;
/// let url = database.url().to_owned() + "?mode=rw";
/// assert!(Db::connect(&url).is_ok());
/// drop(database);
/// assert!(Db::connect(&url).unwrap_err().is_connection());
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "the database is removed when this is dropped"]
pub struct TestDatabase {
    url: String,
    /// Removes it.
    _kept: Box<dyn Any + Send + Sync>,
}

impl TestDatabase {
    /// One like that which `orm.toml` calls `default`, with the tables of the migrations that it names.
    ///
    /// # Errors
    /// As [`TestDatabaseBuilder::create`].
    ///
    /// # Example: in a test
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// let database = orm::testing::TestDatabase::create()?;
    /// assert_eq!(Post::objects().count(&database.connect()?)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn create() -> Result<TestDatabase> {
        TestDatabase::builder().create()
    }

    /// One with settings of its own.
    ///
    /// # Example: of another database of `orm.toml`
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// let database = orm::testing::TestDatabase::builder().database("reports").create()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn builder() -> TestDatabaseBuilder {
        TestDatabaseBuilder::default()
    }

    pub(super) fn of(recipe: &Recipe) -> Result<TestDatabase> {
        fn kept<T: Any + Send + Sync>((kept, url): (T, String)) -> TestDatabase {
            TestDatabase {
                url,
                _kept: Box::new(kept),
            }
        }
        match like::backend(&recipe.url)? {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite => super::sqlite::create(recipe).map(kept),
            #[cfg(feature = "postgres")]
            Backend::Postgres => super::postgres::create(recipe).map(kept),
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            _ => Err(crate::error::Error::internal(
                "an address is of a database without a driver",
            )),
        }
    }

    /// Its address.
    ///
    /// # Example: a file
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let database = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create()?;
    /// assert!(database.url().starts_with("sqlite://"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A handle of it.
    ///
    /// # Errors
    /// As [`Db::connect`].
    ///
    /// # Example: the tables are there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// use orm::testing::TestDatabase;
    ///
    /// let database = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?).create()?;
    /// assert_eq!(Post::objects().count(&database.connect()?)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn connect(&self) -> Result<Db> {
        Db::connect(&self.url)
    }

    /// An async handle of it.
    ///
    /// # Errors
    /// As [`AsyncDb::connect`].
    ///
    /// # Example: awaited
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// use orm::testing::TestDatabase;
    ///
    /// let builder = TestDatabase::builder().url("sqlite::memory:").migrations(blog::migrations()?);
    /// let database = tokio::task::spawn_blocking(|| builder.create()).await.unwrap()?;
    /// let db: AsyncDb = database.connect_async().await?;
    /// assert_eq!(Post::objects().count(&db).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub async fn connect_async(&self) -> Result<AsyncDb> {
        AsyncDb::connect(&self.url).await
    }
}

impl fmt::Debug for TestDatabase {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase").finish_non_exhaustive()
    }
}
