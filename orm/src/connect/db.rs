//! The blocking handle.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::error::Result;
use crate::model::ScopeValues;
use crate::plan::{Access, Executor, HandleState, InScope, Job, Script};
use crate::sql::Dialect;

use super::conn::Conn;
use super::loans::Holder;
use super::target::ConnectionTarget;
use super::tx::{Reading, attempt};
use super::{Builder, DbSession, Tx, TxOptions};

/// A database and its connections, blocking: cheap to clone, shared between threads. Every terminal takes it by reference,
/// `.all(&db)?`.
///
/// It keeps a pool: on SQLite one connection that writes and four that read, on Postgres up to eight
/// ([addresses and options](crate::db#addresses)). A query borrows one for as long as it runs, a transaction for as long as its
/// closure.
///
/// Inside an async program use [`AsyncDb`](super::AsyncDb) (feature `async`), which has the same methods with `.await`.
///
/// # Example: a file, or memory
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let folder = tempfile::tempdir().unwrap();
/// let db = Db::connect(&format!("sqlite://{}", folder.path().join("blog.db").display()))?;
/// let memory = Db::connect("sqlite::memory:")?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: shared between threads
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let threads: Vec<_> = (0..3)
///     .map(|_| {
///         let db = db.clone();
///         std::thread::spawn(move || Post::objects().count(&db))
///     })
///     .collect();
/// for thread in threads {
///     assert_eq!(thread.join().unwrap()?, 2);
/// }
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: where there are no tables yet
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let db = Db::connect("sqlite::memory:")?;
/// let error = Author::objects().all(&db).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "reading blog.Author: no such table: blog_author\nhint: bring the database up to date: `orm migrate`"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: `?` takes an `orm::Result`, or what an `orm::Error` becomes
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// fn count(db: &Db) -> i64 {
///     Post::objects().count(db) // `orm::Result<i64>`
/// }
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct Db(Arc<Pools>, HandleState);

enum Pools {
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Pools),
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::Pool),
}

impl Db {
    /// Opens the database at `url`; see the [addresses](crate::db#addresses). A file of SQLite is made where there is none.
    ///
    /// # Errors
    /// [`is_connection`](crate::Error::is_connection) if the database cannot be reached or does not let the user in; a message that
    /// says what is wrong with the URL if it is malformed.
    ///
    /// # Example: in memory
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let db = Db::connect("sqlite::memory:")?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: no such scheme
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Db::connect("mysql://localhost/blog").unwrap_err();
    /// assert!(error.to_string().contains("mysql"), "{error}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn connect(url: &str) -> Result<Db> {
        Self::builder(url).connect()
    }

    /// Opens the database that `orm.toml` calls `name`; `DATABASE_URL` overrides the url of `default`. The command line reads the
    /// same file.
    ///
    /// # Errors
    /// If the settings cannot be read or know no such database, or as [`Db::connect`].
    ///
    /// # Example: the database that `orm migrate` migrates
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// let db = Db::from_settings("default")?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[cfg(feature = "migrations")]
    pub fn from_settings(name: &str) -> Result<Db> {
        Self::connect(&crate::registry::Settings::load()?.url(name)?)
    }

    /// Settings for a handle to the database at `url`, where the URL does not say them.
    ///
    /// # Example: two readers, and no waiting
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use std::time::Duration;
    ///
    /// let db = Db::builder("sqlite::memory:").pool_size(2).busy_timeout(Duration::ZERO).connect()?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn builder(url: &str) -> Builder<Db> {
        Builder::new(url)
    }

    /// # Errors
    /// Inside async code, which must not wait.
    #[cfg(all(feature = "testing", feature = "postgres"))]
    pub(crate) fn ensure_blocking() -> Result<()> {
        super::postgres::ensure_blocking()
    }

    pub(super) fn open(target: ConnectionTarget) -> Result<Db> {
        let state = target.state();
        let pools = match target {
            #[cfg(feature = "sqlite")]
            ConnectionTarget::Sqlite(settings) => Pools::Sqlite(super::sqlite::Pools::open(&settings)?),
            #[cfg(feature = "postgres")]
            ConnectionTarget::Postgres(settings) => Pools::Postgres(super::postgres::Pool::open(settings)?),
        };
        Ok(Db(Arc::new(pools), state))
    }

    /// The same database, with a key by which the cursors of [`after`](crate::queries::QuerySet::after) and [`before`](crate::queries::QuerySet::before)
    /// are signed (HMAC with SHA-256): so only cursors that a program with this key has given are taken. Transactions and sessions of
    /// the handle have the key too.
    ///
    /// # Errors
    /// If the key has less than 16 bytes.
    ///
    /// # Example: a cursor of who does not have the key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let secret = [7; 32]; // 32 random bytes, from where the program's secrets are
    /// let signing = db.clone().with_cursor_key(&secret)?;
    /// let next = Post::objects().after(None, 1, &signing)?.next;
    /// assert_eq!(Post::objects().after(next.as_ref(), 1, &signing)?.rows.len(), 1);
    ///
    /// let forged = Post::objects().after(None, 1, &db)?.next;
    /// let refused = Post::objects().after(forged.as_ref(), 1, &signing).unwrap_err();
    /// assert!(refused.is_invalid_cursor());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with_cursor_key(self, key: &[u8]) -> Result<Db> {
        Ok(Db(self.0, self.1.with_cursor_key(key)?))
    }

    pub(super) fn scopes(&self) -> ScopeValues {
        self.1.scopes.clone()
    }

    /// The same connections for what another handle knows.
    #[cfg(feature = "async")]
    pub(super) fn with_state(&self, state: HandleState) -> Db {
        Db(Arc::clone(&self.0), state)
    }

    /// The same connections with these values for scopes.
    pub(super) fn sharing(&self, scopes: ScopeValues) -> Db {
        Db(Arc::clone(&self.0), self.1.clone().with_scopes(scopes))
    }

    /// Which database it is and what it can do.
    ///
    /// # Example: what only one of them can do
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Backend;
    ///
    /// assert_eq!(db.dialect().backend, Backend::Sqlite);
    /// assert!(!db.dialect().enum_types);
    /// # Ok::<(), orm::Error>(())
    /// ```
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
    /// On SQLite it begins with `BEGIN IMMEDIATE`, so that two that write never find out in the middle that one of them must fail.
    /// Inside of it use `tx`: `&db` would be another connection, which on SQLite waits for this transaction, and that is an error
    /// that says so.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit.
    ///
    /// # Example: all or nothing
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let moved = db.transaction(|tx| {
    ///     Post::get(1, tx)?.update(|p| p.views.set(p.views - 3)).run(tx)?;
    ///     Post::get(2, tx)?.update(|p| p.views.set(p.views + 3)).run(tx)?;
    ///     tx.on_commit(|| println!("send the mail"));
    ///     Ok(3)
    /// })?;
    /// assert_eq!(moved, 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: an error undoes what was done
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let result = db.transaction(|tx| {
    ///     Post::objects().delete().run(tx)?;
    ///     Tag::create().label("rust").save(tx) // there is one already
    /// });
    /// assert!(result.unwrap_err().is_unique_violation());
    /// assert_eq!(Post::objects().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: there is no `begin`
    ///
    /// ```compile_fail,E0599
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tx = db.begin()?; // `db.transaction(|tx| ..)`
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[track_caller]
    pub fn transaction<T>(&self, work: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        attempt(self, &TxOptions::new(), Location::caller(), work)
    }

    /// Runs `work` in a transaction with options: isolation, read only, retries. With retries `work` may run several times, so it
    /// changes nothing outside of the database.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to the commit;
    /// [`is_serialization_failure`](crate::Error::is_serialization_failure) if it lost against others more often than it may be
    /// tried again.
    ///
    /// # Example: as if it were alone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::{Isolation, TxOptions};
    ///
    /// let options = TxOptions::new().isolation(Isolation::Serializable).retry(3);
    /// let views = db.transaction_with(options, |tx| Post::objects().aggregate(|p| p.views.sum()).run(tx))?;
    /// assert_eq!(views, Some(7));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[track_caller]
    pub fn transaction_with<T>(
        &self,
        options: TxOptions,
        mut work: impl FnMut(&Tx) -> Result<T>,
    ) -> Result<T> {
        let began = Location::caller();
        let mut attempts = 0;
        loop {
            match attempt(self, &options, began, &mut work) {
                Err(error) if error.is_serialization_failure() && attempts < options.retries => {
                    std::thread::sleep(TxOptions::pause(attempts));
                    attempts += 1;
                }
                result => return result,
            }
        }
    }

    /// A transaction in which rows are read one after another.
    pub(super) fn reading(&self, began: &'static Location<'static>) -> Result<Reading<'_>> {
        let mut conn = self.conn(Access::Read)?;
        conn.note(Holder::transaction(began));
        conn.begin(&TxOptions::ONE_SNAPSHOT)?;
        Ok(Reading::new(self, conn))
    }

    /// One connection for oneself, for migrations, schema changes and other work by SQL text.
    ///
    /// On SQLite it is the connection that writes; on Postgres it is one beside the pool, closed at the end.
    ///
    /// # Errors
    /// [`is_timeout`](crate::Error::is_timeout) or [`is_connection`](crate::Error::is_connection) if there is no connection to be had.
    ///
    /// # Example: SQL by hand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut session = db.session()?;
    /// session.batch("CREATE INDEX views ON blog_post (views)")?;
    ///
    /// let mut titles = Vec::new();
    /// session.query("SELECT title FROM blog_post WHERE views > ?", &[3_i64.into()], &mut |row| {
    ///     titles.push(row.get::<String>(0)?);
    ///     Ok(())
    /// })?;
    /// assert_eq!(titles, ["Hello"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[track_caller]
    pub fn session(&self) -> Result<DbSession> {
        let mut conn = match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pools) => {
                let mut conn = pools.writer()?;
                conn.start_session();
                Conn::Sqlite(conn)
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => Conn::Postgres(pool.separate()?),
        };
        conn.note(Holder::anywhere("session", Location::caller()));
        Ok(DbSession::new(conn, self.1.clone()))
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

    /// The connections of SQLite, which tasks queue for too.
    #[cfg(all(feature = "async", feature = "sqlite"))]
    pub(super) fn sqlite(&self) -> Result<&super::sqlite::Pools> {
        match &*self.0 {
            Pools::Sqlite(pools) => Ok(pools),
            #[cfg(feature = "postgres")]
            Pools::Postgres(_) => Err(crate::Error::internal(
                "work for SQLite has come to another database",
            )),
        }
    }

    /// Runs a job on the connection that the caller has, or on one that it returns itself. The one place where jobs are run for
    /// threads and on threads for tasks, so that the compiler makes one function of each with nothing to call in it.
    /// Takes what has to be a job, so that a job is moved once on its way.
    pub(super) fn run_job<J: Job>(
        &self,
        job: Result<J>,
        mut own: Option<&mut Option<Conn>>,
    ) -> Result<J::Output> {
        let job = job?;
        let mut conn = match own.as_mut().and_then(|own| own.take()) {
            Some(conn) => conn,
            None => self.conn(job.access())?,
        };
        // Should it panic, the connection is dropped, and thereby returned to be cleaned.
        let result = conn.run_alone(job);
        match own {
            Some(own) => *own = Some(conn),
            None => self.put(conn),
        }
        result
    }

    /// How many wait for a connection that writes, and how many of those are open.
    #[cfg(test)]
    pub(super) fn counted(&self) -> (usize, usize) {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite(pools) => pools.counted(),
            #[cfg(feature = "postgres")]
            Pools::Postgres(pool) => pool.counted(),
        }
    }

    /// Returns a connection; dropping it does too, but takes longer.
    #[inline]
    pub(super) fn put(&self, conn: Conn) {
        match (&*self.0, conn) {
            #[cfg(feature = "sqlite")]
            (Pools::Sqlite(pools), Conn::Sqlite(conn)) => pools.put(conn),
            #[cfg(feature = "postgres")]
            (Pools::Postgres(pool), Conn::Postgres(conn)) => pool.put(conn),
            // A connection of another handle is returned to its own pool.
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
        let job = job.map(|job| InScope::new(job, self.scopes()));
        self.run_job(job, None).and_then(then)
    }

    fn state(&self) -> HandleState {
        self.1.clone()
    }

    #[track_caller]
    fn run_script(self, script: Script) -> Result<()> {
        script.checked(self.dialect())?;
        self.transaction(|tx| tx.with(|conn| conn.batch(script.checked(tx.dialect())?)))
    }
}
