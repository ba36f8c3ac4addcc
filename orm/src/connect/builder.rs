//! Settings of a handle that are not in its address.

use std::marker::PhantomData;
use std::time::Duration;

use crate::error::Result;

use super::Db;
use super::target::{ConnectionTarget, Overrides};

/// Settings of a handle to be opened; from [`Db::builder`] or `AsyncDb::builder`. What is set here outranks the URL.
///
/// # Example: all of them
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use std::time::Duration;
///
/// let db = Db::builder("sqlite::memory:?pool=1")
///     .pool_size(2)
///     .pool_timeout(Duration::from_secs(3))
///     .busy_timeout(Duration::from_secs(1))
///     .slow_statement(Duration::from_millis(200))
///     .connect()?;
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a builder opens nothing until `connect`"]
pub struct Builder<H> {
    url: String,
    overrides: Overrides,
    handle: PhantomData<fn() -> H>,
}

impl<H> Builder<H> {
    pub(super) fn new(url: &str) -> Self {
        Builder {
            url: url.to_owned(),
            overrides: Overrides::default(),
            handle: PhantomData,
        }
    }

    /// Most connections open at once, as `pool=8` in the URL; on SQLite the readers beside the one writer.
    ///
    /// # Example: two readers
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let db = Db::builder("sqlite::memory:").pool_size(2).connect()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn pool_size(mut self, connections: u32) -> Self {
        self.overrides.pool_size = Some(connections.max(1));
        self
    }

    /// How long to wait for a free connection before giving up with [`is_timeout`](crate::Error::is_timeout), as `pool_timeout=10s`
    /// in the URL.
    ///
    /// # Example: three seconds
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let db = Db::builder("sqlite::memory:").pool_timeout(std::time::Duration::from_secs(3)).connect()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.overrides.pool_timeout = Some(timeout);
        self
    }

    /// How long a statement may take without a warning, as `slow_statement=200ms` in the URL: one that takes longer is an event of
    /// `tracing` with the target `orm::sql` and the level `WARN`, with its `sql`, its `rows` and the `micros` that it took. Without this
    /// no time is taken.
    ///
    /// # Example: a fifth of a second
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let slow = std::time::Duration::from_millis(200);
    /// let db = Db::builder("sqlite::memory:").slow_statement(slow).connect()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn slow_statement(mut self, time: Duration) -> Self {
        self.overrides.slow_statement = Some(time);
        self
    }

    /// SQLite: how long to wait for the lock of another process, as `busy_timeout=5s` in the URL; then the error is
    /// [`is_lock_not_available`](crate::Error::is_lock_not_available). Postgres has `lock_timeout` (`?options=-c%20lock_timeout%3D5s`).
    ///
    /// # Example: one second
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let db = Db::builder("sqlite::memory:").busy_timeout(std::time::Duration::from_secs(1)).connect()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.overrides.busy_timeout = Some(timeout);
        self
    }

    /// SQLite: only reads, as with `mode=ro` in the URL: the file has to be there and is not changed.
    ///
    /// # Example: a file that is looked at
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let folder = tempfile::tempdir().unwrap();
    /// let url = format!("sqlite://{}", folder.path().join("blog.db").display());
    /// assert!(Db::builder(&url).read_only().connect().unwrap_err().is_connection());
    ///
    /// Db::connect(&url)?.session()?.batch("CREATE TABLE t (x)")?;
    /// let db = Db::builder(&url).read_only().connect()?;
    /// assert!(db.session()?.batch("DROP TABLE t").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn read_only(mut self) -> Self {
        self.overrides.read_only = true;
        self
    }

    pub(super) fn target(&self) -> Result<ConnectionTarget> {
        ConnectionTarget::parse(&self.url, &self.overrides)
    }
}

impl Builder<Db> {
    /// Opens the database.
    ///
    /// # Errors
    /// As [`Db::connect`].
    ///
    /// # Example: with one reader
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let db = Db::builder("sqlite::memory:").pool_size(1).connect()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn connect(self) -> Result<Db> {
        Db::open(self.target()?)
    }

    /// Opens the database to look at it, if there is one: on SQLite nothing is made or changed, and `None` is answered where there is
    /// no file.
    ///
    /// # Errors
    /// As [`Db::connect`].
    ///
    /// # Example: nothing is made
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let folder = tempfile::tempdir().unwrap();
    /// let file = folder.path().join("blog.db");
    /// assert!(Db::builder(&format!("sqlite://{}", file.display())).connect_existing()?.is_none());
    /// assert!(!file.exists());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn connect_existing(self) -> Result<Option<Db>> {
        let target = self.read_only().target()?;
        if !target.may_exist() {
            return Ok(None);
        }
        let at_rest = target.at_rest();
        Db::open(target)
            .or_else(|error| at_rest.map_or(Err(error), Db::open))
            .map(Some)
    }
}

#[cfg(feature = "async")]
impl Builder<super::AsyncDb> {
    /// Opens the database.
    ///
    /// # Errors
    /// As [`AsyncDb::connect`](super::AsyncDb::connect).
    ///
    /// # Example: with one reader
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let db = AsyncDb::builder("sqlite::memory:").pool_size(1).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(self) -> Result<super::AsyncDb> {
        super::AsyncDb::open(self.target()?).await
    }
}
