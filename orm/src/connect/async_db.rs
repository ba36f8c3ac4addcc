//! The async handle.

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Result;
use crate::model::ScopeValues;
use crate::plan::{Executor, HandleState, InScope, Job, Script};
use crate::sql::Dialect;

use super::async_conn::{AsyncConn, runtime, threaded};
use super::async_tx::{Reading, attempt};
use super::loans::Holder;
use super::target::ConnectionTarget;
use super::{AsyncTx, Builder, Db, TxOptions};

#[cfg(feature = "sqlite")]
use {
    super::async_conn::Threaded,
    super::conn::Conn,
    super::sqlite,
    super::tx::ended,
    super::workers::{Patience, Workers},
    crate::plan::Access,
};
#[cfg(feature = "postgres")]
use {super::postgres::ScopeState, crate::plan::ErrorContext};

/// What an async handle answers with.
pub(super) type Future<'e, T> = Pin<Box<dyn std::future::Future<Output = Result<T>> + Send + 'e>>;

/// A database and its connections, async (feature `async`, on tokio): cheap to clone, shared between tasks. Queries are the same
/// as on [`Db`], and every terminal is awaited: `.all(&db).await?`.
///
/// Postgres is spoken to by an async driver. SQLite has none: its work runs on threads for blocking work, and tasks wait for a
/// connection without holding one of those threads.
///
/// # Example: the same query, awaited
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// let posts = Post::objects().filter(|p| p.views.gt(3)).all(&db).await?;
/// assert_eq!(posts.len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// # Example: in tasks
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// let tasks: Vec<_> = (0..3)
///     .map(|_| {
///         let db = db.clone();
///         tokio::spawn(async move { Post::objects().count(&db).await })
///     })
///     .collect();
/// for task in tasks {
///     assert_eq!(task.await.unwrap()?, 2);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Example: a future is not a result yet
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// async fn count(db: &AsyncDb) -> orm::Result<i64> {
///     let count = Post::objects().count(db)?; // `.await?`
///     Ok(count)
/// }
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct AsyncDb(Arc<Pools>, HandleState);

enum Pools {
    #[cfg(feature = "sqlite")]
    Sqlite(Gate),
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::AsyncPool),
}

/// An SQLite database, and the threads that work on it for tasks.
#[cfg(feature = "sqlite")]
struct Gate {
    db: Db,
    workers: Arc<Workers<sqlite::Raw>>,
}

#[cfg(feature = "sqlite")]
impl Gate {
    fn new(settings: sqlite::Settings) -> Result<Self> {
        let warns = settings.pool.slow_statement.is_some();
        Ok(Gate {
            db: Db::open(ConnectionTarget::Sqlite(settings))?,
            workers: Workers::new(Patience::of_this_machine(), warns),
        })
    }

    /// Runs `work` with a connection, on a thread; it leaves the connection, unless it is needed for longer.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        reads: bool,
        work: impl FnOnce(&Db, &mut Option<Conn>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.db.clone();
        let in_turn = move |turn| match db.sqlite().and_then(|pools| pools.opened(reads, turn)) {
            Ok(conn) => {
                let mut conn = Some(Conn::Sqlite(conn));
                let result = work(&db, &mut conn);
                (result, conn.and_then(Conn::into_turn))
            }
            Err(error) => (Err(error), None),
        };
        self.workers
            .run_in_turn(self.db.sqlite()?.pool(reads), in_turn)
            .await
    }

    async fn run<J: Job + 'static>(&self, job: J) -> Result<J::Output> {
        let reads = job.access() == Access::Read;
        self.on_a_thread(reads, move |db, conn| db.run_job(Ok(job), Some(conn)))
            .await
    }

    async fn begin(&self, options: TxOptions, holder: Holder) -> Result<AsyncConn> {
        let workers = Arc::clone(&self.workers);
        let begun = move |_: &Db, own: &mut Option<Conn>| {
            if let Some(conn) = own {
                conn.note(holder);
                conn.begin(&options)?;
            }
            let conn = own.take().ok_or_else(ended)?;
            Ok(AsyncConn::Threaded(Box::new(Threaded { conn, workers })))
        };
        self.on_a_thread(options.read_only, begun).await
    }
}

impl AsyncDb {
    /// Opens the database at `url`; see the [addresses](crate::db#addresses).
    ///
    /// # Errors
    /// [`is_connection`](crate::Error::is_connection) if the database cannot be reached or does not let the user in; a message that
    /// says what is wrong with the URL if it is malformed, or that there is no tokio runtime.
    ///
    /// # Example: in memory
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let db = AsyncDb::connect("sqlite::memory:").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(url: &str) -> Result<AsyncDb> {
        Self::builder(url).connect().await
    }

    /// Opens the database that `orm.toml` calls `name`; `DATABASE_URL` overrides the url of `default`. The command line reads the
    /// same file.
    ///
    /// # Errors
    /// If the settings cannot be read or know no such database, or as [`AsyncDb::connect`].
    ///
    /// # Example: the database that `orm migrate` migrates
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let db = AsyncDb::from_settings("default").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "migrations")]
    pub async fn from_settings(name: &str) -> Result<AsyncDb> {
        Self::connect(&crate::registry::Settings::load()?.url(name)?).await
    }

    /// Settings for a handle to the database at `url`, where the URL does not say them.
    ///
    /// # Example: two readers
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let db = AsyncDb::builder("sqlite::memory:").pool_size(2).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(url: &str) -> Builder<AsyncDb> {
        Builder::new(url)
    }

    pub(super) async fn open(target: ConnectionTarget) -> Result<AsyncDb> {
        runtime()?;
        let state = target.state();
        let pools = match target {
            #[cfg(feature = "sqlite")]
            ConnectionTarget::Sqlite(settings) => Pools::Sqlite(threaded(move || Gate::new(settings)).await?),
            #[cfg(feature = "postgres")]
            ConnectionTarget::Postgres(settings) => {
                Pools::Postgres(super::postgres::AsyncPool::open(settings).await?)
            }
        };
        Ok(AsyncDb(Arc::new(pools), state))
    }

    /// The same database, with a key by which the cursors of pages are signed, as [`Db::with_cursor_key`](super::Db::with_cursor_key).
    ///
    /// # Errors
    /// If the key has less than 16 bytes.
    ///
    /// # Example: a page and the next
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let db = db.with_cursor_key(&[7; 32])?;
    /// let first = Post::objects().after(None, 1, &db).await?;
    /// let second = Post::objects().after(first.next.as_ref(), 1, &db).await?;
    /// assert_eq!(second.rows[0].title, "Later");
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_cursor_key(self, key: &[u8]) -> Result<AsyncDb> {
        Ok(AsyncDb(self.0, self.1.with_cursor_key(key)?))
    }

    pub(super) fn scopes(&self) -> ScopeValues {
        self.1.scopes.clone()
    }

    /// The same connections with these values for scopes.
    pub(super) fn sharing(&self, scopes: ScopeValues) -> AsyncDb {
        AsyncDb(Arc::clone(&self.0), self.1.clone().with_scopes(scopes))
    }

    /// Which database it is and what it can do.
    ///
    /// # Example: which one?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// assert_eq!(db.dialect().name, "sqlite");
    /// # Ok(())
    /// # }
    /// ```
    pub fn dialect(&self) -> &'static Dialect {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(_) => Dialect::SQLITE,
            #[cfg(feature = "postgres")]
            Pools::Postgres(_) => Dialect::POSTGRES,
        }
    }

    /// Runs `work` in a transaction: committed if it returns `Ok`, rolled back if it returns an error, panics, or the future is
    /// dropped.
    ///
    /// The closure is `async |tx| { .. }`; the future is `Send` where what the closure holds is, so that it can be given to
    /// `tokio::spawn`.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit.
    ///
    /// # Example: all or nothing, in a task
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// tokio::spawn(async move {
    ///     db.transaction(async |tx| {
    ///         Post::get(1, tx).await?.update(|p| p.views.set(p.views - 3)).run(tx).await?;
    ///         tx.on_commit(|| println!("send the mail"));
    ///         tx.transaction(async |inner| Tag::create().label("new").save(inner).await).await
    ///     })
    ///     .await
    /// })
    /// .await
    /// .unwrap()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Example: a closure that returns a future is not an async closure
    ///
    /// ```compile_fail
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// async fn clear(db: &AsyncDb) -> orm::Result<u64> {
    ///     db.transaction(|tx| async move { Post::objects().delete().run(tx).await }).await // `async |tx| ..`
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[track_caller]
    pub fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&AsyncTx) -> Result<T>,
    ) -> impl std::future::Future<Output = Result<T>> {
        let began = Location::caller();
        async move { attempt(self, &TxOptions::new(), began, work).await }
    }

    /// Runs `work` in a transaction with options: isolation, read only, retries. With retries `work` may run several times, so it
    /// changes nothing outside of the database.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit;
    /// [`is_serialization_failure`](crate::Error::is_serialization_failure) if it lost against others more often than it may be
    /// tried again.
    ///
    /// # Example: reads that belong together
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// use orm::db::TxOptions;
    ///
    /// let (posts, comments) = db
    ///     .transaction_with(TxOptions::new().read_only(), async |tx| {
    ///         Ok((Post::objects().count(tx).await?, Comment::objects().count(tx).await?))
    ///     })
    ///     .await?;
    /// assert_eq!((posts, comments), (2, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn transaction_with<T>(
        &self,
        options: TxOptions,
        mut work: impl AsyncFnMut(&AsyncTx) -> Result<T>,
    ) -> impl std::future::Future<Output = Result<T>> {
        let began = Location::caller();
        async move {
            let mut attempts = 0;
            loop {
                match attempt(self, &options, began, async |tx: &AsyncTx| work(tx).await).await {
                    Err(error) if error.is_serialization_failure() && attempts < options.retries => {
                        runtime()?;
                        tokio::time::sleep(TxOptions::pause(attempts)).await;
                        attempts += 1;
                    }
                    result => return result,
                }
            }
        }
    }

    /// Runs `work` with a blocking handle to the same database, on a thread where blocking is allowed: migrations, and other work
    /// that wants a [`Db`].
    ///
    /// On SQLite the handle shares the connections of this one; on Postgres it opens its own, and closes them afterwards.
    /// It has the scopes and the cursor key of this one.
    ///
    /// # Errors
    /// What `work` returns, or if the database cannot be reached.
    ///
    /// # Example: migrations when the program starts
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let report = db.blocking(|db| orm::migrate::up(&mut db.session()?, "migrations")).await?;
    /// println!("applied {:?}", report.applied);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => {
                let db = gate.db.with_state(self.1.clone());
                threaded(move || work(&db)).await
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                let (settings, state) = (pool.settings.clone(), self.1.clone());
                let open = || Db::open(ConnectionTarget::Postgres(settings));
                threaded(move || work(&open()?.with_state(state))).await
            }
        }
    }

    /// A transaction in which rows are read one after another.
    pub(super) async fn reading(&self, began: &'static Location<'static>) -> Result<Reading<'_>> {
        let conn = self.begin(TxOptions::ONE_SNAPSHOT, began).await?;
        Ok(Reading::new(self, conn))
    }

    /// A connection with a transaction open.
    pub(super) async fn begin(
        &self,
        options: TxOptions,
        began: &'static Location<'static>,
    ) -> Result<AsyncConn> {
        let holder = Holder::anywhere("transaction", began);
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => gate.begin(options, holder).await,
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => {
                let mut conn = pool.get().await?;
                conn.note(holder);
                conn.begin(&options).await?;
                Ok(AsyncConn::Postgres(conn))
            }
        }
    }

    /// How many wait for a connection that writes, and how many of those are open.
    #[cfg(test)]
    pub(super) fn counted(&self) -> (usize, usize) {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => gate.db.counted(),
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => pool.counted(),
        }
    }

    /// Returns a connection; dropping it does too, but takes longer.
    #[cfg(feature = "postgres")]
    pub(super) fn put(&self, conn: AsyncConn) {
        match (&*self.0, conn) {
            (Pools::Postgres(pool), AsyncConn::Postgres(conn)) => pool.put(conn),
            // A connection of another handle is returned to its own pool.
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
            Ok(job) => InScope::new(job, self.scopes()),
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        // One future per backend, kept small. The job is captured and not passed on: a future that takes it
        // as an argument stores it twice.
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(gate) => Box::pin(async move { then(gate.run(job.into_owned()).await?) }),
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => Box::pin(async move {
                let context = job.error_context();
                let mut conn = pool.get().await?;
                let result = match conn.exchange(&mut job).await {
                    Ok(ScopeState::Closed) => job.finish(),
                    Ok(ScopeState::Open) => {
                        let result = job.finish();
                        Box::pin(conn.settle(result.is_ok())).await.and(result)
                    }
                    Err(error) => Err(error),
                };
                pool.put(conn);
                then(result.map_err(|error| ErrorContext::explain(context, error))?)
            }),
        }
    }

    fn state(&self) -> HandleState {
        self.1.clone()
    }

    #[track_caller]
    fn run_script(self, script: Script) -> Future<'e, ()> {
        let began = Location::caller();
        Box::pin(async move {
            script.checked(self.dialect())?;
            attempt(self, &TxOptions::new(), began, async |tx: &AsyncTx| {
                tx.batch(script).await
            })
            .await
        })
    }
}
