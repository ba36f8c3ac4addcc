//! The blocking handle.

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::plan::{Access, Executor, Job};
use crate::sql::Dialect;

use super::conn::Conn;
use super::pool::Held;
use super::target::Target;
use super::tx::attempt;
use super::{Builder, DbSession, Tx, TxOptions};

/// A database and its connections: cheap to clone, shared between threads, blocking.
///
/// Inside an async program use [`AsyncDb`](super::AsyncDb) (feature `async`).
#[derive(Clone)]
pub struct Db(Arc<Pools>);

enum Pools {
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Pools),
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::Pool),
}

impl Db {
    /// Opens the database at `url`; see the [addresses](crate::db#addresses).
    ///
    /// # Errors
    /// If the URL is malformed or the database cannot be reached.
    pub fn connect(url: &str) -> Result<Db> {
        Self::builder(url).connect()
    }

    /// Opens the database that `orm.toml` calls `name`; `DATABASE_URL` stands above the url of `default`.
    ///
    /// # Errors
    /// If the settings cannot be read or know no such database, or as [`Db::connect`].
    #[cfg(feature = "migrations")]
    pub fn from_settings(name: &str) -> Result<Db> {
        Self::connect(&crate::registry::Settings::load()?.url(name)?)
    }

    /// Settings for a handle to the database at `url`.
    pub fn builder(url: &str) -> Builder<Db> {
        Builder::new(url)
    }

    pub(super) fn open(target: Target) -> Result<Db> {
        let pools = match target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(settings) => Pools::Sqlite(super::sqlite::Pools::open(&settings)?),
            #[cfg(feature = "postgres")]
            Target::Postgres(settings) => Pools::Postgres(super::postgres::Pool::open(settings)?),
        };
        Ok(Db(Arc::new(pools)))
    }

    /// What the database can do.
    pub fn dialect(&self) -> &'static Dialect {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(_) => Dialect::SQLITE,
            #[cfg(feature = "postgres")]
            Pools::Postgres(_) => Dialect::POSTGRES,
        }
    }

    /// Runs `work` in a transaction: committed if it returns `Ok`, rolled back if it returns an error or panics.
    ///
    /// ```
    /// # use orm::{Db, Result};
    /// # fn main() -> Result<()> {
    /// # let db = Db::connect("sqlite::memory:")?;
    /// db.transaction(|tx| {
    ///     // post.save(tx)?;
    ///     tx.on_commit(|| println!("send the mail"));
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit.
    pub fn transaction<T>(&self, work: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        attempt(self, &TxOptions::new(), work)
    }

    /// Runs `work` in a transaction with options: isolation, read only, retries.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit.
    pub fn transaction_with<T>(
        &self,
        options: TxOptions,
        mut work: impl FnMut(&Tx) -> Result<T>,
    ) -> Result<T> {
        let mut attempts = 0;
        loop {
            match attempt(self, &options, &mut work) {
                Err(error) if error.is_serialization_failure() && attempts < options.retries => {
                    std::thread::sleep(TxOptions::pause(attempts));
                    attempts += 1;
                }
                result => return result,
            }
        }
    }

    /// One connection for oneself, for schema changes and other work by SQL text.
    ///
    /// On SQLite it is the connection that writes; on Postgres it is one beside the pool, closed at the end.
    ///
    /// # Errors
    /// If there is no connection to be had.
    pub fn session(&self) -> Result<DbSession> {
        let conn = match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pools) => {
                let mut conn = pools.writer()?;
                conn.start_session();
                Conn::Sqlite(conn)
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => Conn::Postgres(pool.separate()?),
        };
        Ok(DbSession::new(conn))
    }

    /// A connection for what is to be done.
    #[inline]
    pub(super) fn conn(&self, access: Access) -> Result<Conn> {
        match (&*self.0, access) {
            #[cfg(feature = "sqlite")]
            (Pools::Sqlite(pools), Access::Read) => pools.reader().map(Conn::Sqlite),
            #[cfg(feature = "sqlite")]
            (Pools::Sqlite(pools), Access::Lock | Access::Write | Access::Atomic) => {
                pools.writer().map(Conn::Sqlite)
            }
            #[cfg(feature = "postgres")]
            (Pools::Postgres(pool), _) => pool.get().map(Conn::Postgres),
        }
    }

    /// Notes that this thread holds a connection for the length of a transaction.
    pub(super) fn held(&self) -> Held<'_> {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pools) => pools.held(),
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => pool.held(),
        }
    }

    pub(super) fn run_job<J: Job>(&self, job: J) -> Result<J::Output> {
        let mut conn = self.conn(job.access())?;
        // Should it panic, the connection is dropped, and thereby returned to be cleaned.
        let result = conn.run_alone(job);
        self.put(conn);
        result
    }

    /// Returns a connection; dropping it does too, but takes longer.
    #[inline]
    pub(super) fn put(&self, conn: Conn) {
        match (&*self.0, conn) {
            #[cfg(feature = "sqlite")]
            (Pools::Sqlite(pools), Conn::Sqlite(conn)) => pools.put(conn),
            #[cfg(feature = "postgres")]
            (Pools::Postgres(pool), Conn::Postgres(conn)) => pool.put(conn),
            // A connection of another handle goes where it came from.
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            (_, conn) => drop(conn),
        }
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("dialect", &self.dialect().name)
            .finish_non_exhaustive()
    }
}

impl<'e> Executor<'e> for &'e Db {
    type Out<T: Send + 'e> = Result<T>;

    #[inline]
    fn run<J, T, F>(self, job: Result<J>, then: F) -> Result<T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        self.run_job(job?).and_then(then)
    }
}
