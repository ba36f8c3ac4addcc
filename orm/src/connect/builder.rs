//! Settings of a handle that are not in its address.

use std::marker::PhantomData;
use std::time::Duration;

use crate::error::Result;

use super::Db;
use super::target::{Overrides, Target};

/// Settings of a handle to be opened; from [`Db::builder`] or `AsyncDb::builder`. What is set here outranks the URL.
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

    /// Most connections open at once; on SQLite the readers beside the one writer.
    pub fn pool_size(mut self, connections: u32) -> Self {
        self.overrides.pool_size = Some(connections.max(1));
        self
    }

    /// How long to wait for a free connection before giving up with a timeout.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.overrides.pool_timeout = Some(timeout);
        self
    }

    /// SQLite: how long to wait for the lock of another process.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.overrides.busy_timeout = Some(timeout);
        self
    }

    /// SQLite: only reads, as with `mode=ro` in the URL: the file has to be there and is not changed.
    pub fn read_only(mut self) -> Self {
        self.overrides.read_only = true;
        self
    }

    pub(super) fn target(&self) -> Result<Target> {
        Target::parse(&self.url, &self.overrides)
    }
}

impl Builder<Db> {
    /// Opens the database.
    ///
    /// # Errors
    /// If the URL is malformed or the database cannot be reached.
    pub fn connect(self) -> Result<Db> {
        Db::open(self.target()?)
    }

    /// Opens the database to look at it, if there is one: on SQLite nothing is made or changed, and `None` is answered where
    /// there is no file.
    ///
    /// # Errors
    /// If the URL is malformed or the database cannot be reached.
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
    /// If the URL is malformed or the database cannot be reached.
    pub async fn connect(self) -> Result<super::AsyncDb> {
        super::AsyncDb::open(self.target()?).await
    }
}
