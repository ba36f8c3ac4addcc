//! The async handle.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Result;
use crate::plan::{Executor, Job};
use crate::sql::Dialect;

use super::async_conn::{AsyncConn, runtime, threaded};
use super::async_tx::attempt;
use super::target::Target;
use super::{AsyncTx, Builder, Db, TxOptions};

#[cfg(feature = "sqlite")]
use {
    super::async_conn::Threaded,
    super::queue::Queue,
    super::workers::{Patience, Workers},
    crate::plan::Access,
};
#[cfg(feature = "postgres")]
use {super::postgres::Left, crate::plan::ErrorContext};

/// What an async handle answers with.
pub(super) type Future<'e, T> = Pin<Box<dyn std::future::Future<Output = Result<T>> + Send + 'e>>;

/// A database and its connections: cheap to clone, shared between tasks, async (feature `async`, on tokio).
///
/// Postgres is spoken to by an async driver. SQLite has none: its work runs on threads for blocking work, and tasks wait
/// for a connection without holding one of those threads.
#[derive(Clone)]
pub struct AsyncDb(Arc<Pools>);

enum Pools {
    #[cfg(feature = "sqlite")]
    Sqlite(Gate),
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::AsyncPool),
}

/// The connections of an SQLite database, and the tasks that wait for them.
#[cfg(feature = "sqlite")]
struct Gate {
    db: Db,
    readers: Arc<Queue>,
    writer: Arc<Queue>,
    workers: Arc<Workers>,
}

#[cfg(feature = "sqlite")]
impl Gate {
    fn new(settings: super::sqlite::Settings) -> Result<Self> {
        let workers = Workers::new(Patience::of_this_machine());
        let queue = |size| Queue::new(size, settings.pool.timeout, Arc::clone(&workers));
        let writer = queue(1);
        Ok(Gate {
            readers: match settings.readers() {
                0 => Arc::clone(&writer),
                readers => queue(readers),
            },
            writer,
            workers: Arc::clone(&workers),
            db: Db::open(Target::Sqlite(settings))?,
        })
    }

    fn queue(&self, access: Access) -> &Arc<Queue> {
        match access {
            Access::Read => &self.readers,
            Access::Lock | Access::Write | Access::Atomic => &self.writer,
        }
    }

    async fn run<J: Job + 'static>(&self, job: J) -> Result<J::Output> {
        let db = self.db.clone();
        let queue = self.queue(job.access());
        queue.run(move |permit| (db.run_job(job), Some(permit))).await
    }

    async fn begin(&self, options: TxOptions) -> Result<AsyncConn> {
        let access = if options.read_only {
            Access::Read
        } else {
            Access::Atomic
        };
        let db = self.db.clone();
        let workers = Arc::clone(&self.workers);
        let begun = move |permit| {
            let conn = db.conn(access).and_then(|mut conn| {
                conn.begin(&options)?;
                Ok(conn)
            });
            match conn {
                Ok(conn) => {
                    let held = Threaded::new(conn, permit, workers);
                    (Ok(AsyncConn::Threaded(Box::new(held))), None)
                }
                Err(error) => (Err(error), Some(permit)),
            }
        };
        self.queue(access).run(begun).await
    }
}

impl AsyncDb {
    /// Opens the database at `url`; see the [addresses](crate::db#addresses).
    ///
    /// # Errors
    /// If the URL is malformed or the database cannot be reached.
    pub async fn connect(url: &str) -> Result<AsyncDb> {
        Self::builder(url).connect().await
    }

    /// Opens the database that `orm.toml` calls `name`; `DATABASE_URL` stands above the url of `default`.
    ///
    /// # Errors
    /// If the settings cannot be read or know no such database, or as [`AsyncDb::connect`].
    #[cfg(feature = "migrations")]
    pub async fn from_settings(name: &str) -> Result<AsyncDb> {
        Self::connect(&crate::registry::Settings::load()?.url(name)?).await
    }

    /// Settings for a handle to the database at `url`.
    pub fn builder(url: &str) -> Builder<AsyncDb> {
        Builder::new(url)
    }

    pub(super) async fn open(target: Target) -> Result<AsyncDb> {
        runtime()?;
        let pools = match target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(settings) => Pools::Sqlite(threaded(move || Gate::new(settings)).await?),
            #[cfg(feature = "postgres")]
            Target::Postgres(settings) => Pools::Postgres(super::postgres::AsyncPool::open(settings).await?),
        };
        Ok(AsyncDb(Arc::new(pools)))
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

    /// Runs `work` in a transaction: committed if it returns `Ok`, rolled back if it returns an error, panics, or the
    /// future is dropped.
    ///
    /// The closure is `async |tx| { … }`; the future is `Send` where what the closure holds is, so that it can be given to
    /// `tokio::spawn`.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use orm::{AsyncDb, Result};
    /// # async fn example() -> Result<()> {
    /// let db = AsyncDb::connect("sqlite::memory:").await?;
    /// tokio::spawn(async move {
    ///     db.transaction(async |tx| {
    ///         // post.save(tx).await?;
    ///         tx.on_commit(|| println!("send the mail"));
    ///         tx.transaction(async |_savepoint| Ok(())).await
    ///     })
    ///     .await
    /// });
    /// # Ok(()) }
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&AsyncTx) -> Result<T>) -> Result<T> {
        attempt(self, &TxOptions::new(), work).await
    }

    /// Runs `work` in a transaction with options: isolation, read only, retries.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit.
    pub async fn transaction_with<T>(
        &self,
        options: TxOptions,
        mut work: impl AsyncFnMut(&AsyncTx) -> Result<T>,
    ) -> Result<T> {
        let mut attempts = 0;
        loop {
            match attempt(self, &options, async |tx: &AsyncTx| work(tx).await).await {
                Err(error) if error.is_serialization_failure() && attempts < options.retries => {
                    runtime()?;
                    tokio::time::sleep(TxOptions::pause(attempts)).await;
                    attempts += 1;
                }
                result => return result,
            }
        }
    }

    /// Runs `work` with a blocking handle to the same database, on a thread where blocking is allowed: migrations, and
    /// other work that wants a [`Db`].
    ///
    /// On SQLite the handle shares the connections of this one; on Postgres it opens its own, and closes them afterwards.
    ///
    /// # Errors
    /// What `work` returns, or if the database cannot be reached.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => {
                let db = gate.db.clone();
                threaded(move || work(&db)).await
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                let settings = pool.settings.clone();
                threaded(move || work(&Db::open(Target::Postgres(settings))?)).await
            }
        }
    }

    /// A connection with a transaction open.
    pub(super) async fn begin(&self, options: TxOptions) -> Result<AsyncConn> {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => gate.begin(options).await,
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                let mut conn = pool.get().await?;
                conn.begin(&options).await?;
                Ok(AsyncConn::Postgres(conn))
            }
        }
    }

    /// Returns a connection; dropping it does too, but takes longer.
    #[cfg(feature = "postgres")]
    pub(super) fn put(&self, conn: AsyncConn) {
        match (&*self.0, conn) {
            (Pools::Postgres(pool), AsyncConn::Postgres(conn)) => pool.put(conn),
            // A connection of another handle goes where it came from.
            #[cfg(feature = "sqlite")]
            (_, conn) => drop(conn),
        }
    }
}

impl fmt::Debug for AsyncDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncDb")
            .field("dialect", &self.dialect().name)
            .finish_non_exhaustive()
    }
}

impl<'e> Executor<'e> for &'e AsyncDb {
    type Out<T: Send + 'e> = Future<'e, T>;

    fn run<J, T, F>(self, job: Result<J>, then: F) -> Future<'e, T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        #[cfg_attr(not(feature = "postgres"), allow(unused_mut))]
        let mut job = match job {
            Ok(job) => job,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        // A future for each backend, as small as it can be. The job stays where it was captured: a future that is given it
        // holds it twice.
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => Box::pin(async move { then(gate.run(job.into_owned()).await?) }),
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => Box::pin(async move {
                let context = job.error_context();
                let mut conn = pool.get().await?;
                let result = match conn.exchange(&mut job).await {
                    Ok(Left::Closed) => job.finish(),
                    Ok(Left::Open) => Box::pin(conn.settle(job.finish())).await,
                    Err(error) => Err(error),
                };
                pool.put(conn);
                then(result.map_err(|error| ErrorContext::explain(context, error))?)
            }),
        }
    }
}
