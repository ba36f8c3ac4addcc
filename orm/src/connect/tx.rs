//! A transaction on a blocking connection.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Kind, Result};
use crate::model::ScopeValues;
use crate::plan::{Access, Executor, HandleState, InScope, InTransaction, Job, Script};
use crate::sql::Dialect;

use super::conn::{Conn, Savepoint};
use super::loans::Holder;
use super::on_commit::Hooks;
use super::{Db, TxOptions};

/// An open transaction, or a savepoint in one; given to the closure of [`Db::transaction`]. Every terminal takes it like a
/// handle, `.all(tx)?`.
///
/// # Example: functions that take the transaction of their caller
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Tx;
///
/// fn publish(id: i64, tx: &Tx) -> orm::Result<()> {
///     let mut post = Post::get(id, tx)?;
///     post.status = Status::Published;
///     post.save(tx)
/// }
/// db.transaction(|tx| {
///     publish(1, tx)?;
///     publish(2, tx)
/// })?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: it does not outlive its closure
///
/// ```compile_fail,E0521
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut kept = None;
/// db.transaction(|tx| {
///     kept = Some(tx);
///     Ok(())
/// })?;
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Tx {
    core: Arc<TxCore>,
    /// 0 is the transaction, each savepoint in it one more.
    depth: usize,
    scopes: ScopeValues,
}

struct TxCore {
    dialect: &'static Dialect,
    state: HandleState,
    /// Whether the transaction is ours to open and close, or a session's.
    owned: bool,
    conn: Mutex<Option<Conn>>,
    /// Depth of the innermost open savepoint.
    depth: AtomicUsize,
    hooks: Mutex<Hooks>,
}

/// A transaction in which rows are read one after another; it ends when this is dropped.
pub(super) struct Reading<'e> {
    db: &'e Db,
    tx: Tx,
}

impl<'e> Reading<'e> {
    /// In the transaction that is open on a connection.
    pub(super) fn new(db: &'e Db, conn: Conn) -> Self {
        Reading {
            db,
            tx: Tx::new(conn, true, db.state()),
        }
    }

    pub(super) fn tx(&self) -> &Tx {
        &self.tx
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let conn = self.tx.core.conn().take();
        if let Some(mut conn) = conn {
            // It has changed nothing.
            conn.rollback();
            self.db.put(conn);
        }
    }
}

/// Runs `work` once, in a transaction of its own.
pub(super) fn attempt<T>(
    db: &Db,
    options: &TxOptions,
    began: &'static Location<'static>,
    work: impl FnOnce(&Tx) -> Result<T>,
) -> Result<T> {
    let access = if options.read_only {
        Access::Read
    } else {
        Access::Atomic
    };
    let mut conn = db.conn(access)?;
    conn.note(Holder::transaction(began));
    conn.begin(options)?;
    let tx = Tx::new(conn, true, db.state());
    // If it panics, returning the connection rolls back.
    let result = work(&tx);
    tx.finish(db, result)
}

impl Tx {
    pub(super) fn new(conn: Conn, owned: bool, state: HandleState) -> Self {
        Tx {
            scopes: state.scopes.clone(),
            core: Arc::new(TxCore {
                dialect: conn.dialect(),
                state,
                owned,
                conn: Mutex::new(Some(conn)),
                depth: AtomicUsize::new(0),
                hooks: Mutex::default(),
            }),
            depth: 0,
        }
    }

    pub(super) fn scopes(&self) -> ScopeValues {
        self.scopes.clone()
    }

    /// The same transaction or savepoint with these values for scopes.
    pub(super) fn sharing(&self, scopes: ScopeValues) -> Tx {
        Tx {
            core: Arc::clone(&self.core),
            depth: self.depth,
            scopes,
        }
    }

    /// Which database it is and what it can do, as [`Db::dialect`].
    ///
    /// # Example: in a transaction
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let name = db.transaction(|tx| Ok(tx.dialect().name))?;
    /// assert_eq!(name, "sqlite");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn dialect(&self) -> &'static Dialect {
        self.core.dialect
    }

    /// Runs `work` in a savepoint (`SAVEPOINT`): if it returns an error or panics, what it did is undone and nothing else.
    ///
    /// # Errors
    /// What `work` returns, or what the database says; if another nested transaction is open on this one.
    ///
    /// # Example: a row that may be there already
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     let made = tx.transaction(|inner| Tag::create().label("rust").save(inner));
    ///     let rust = match made {
    ///         Err(error) if error.is_unique_violation() => Tag::objects().filter(|t| t.label.eq("rust")).get(tx)?,
    ///         made => made?,
    ///     };
    ///     assert_eq!(rust.id, 1);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn transaction<T>(&self, work: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        let depth = self.depth + 1;
        if self
            .core
            .depth
            .compare_exchange(self.depth, depth, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            return Err(crossed());
        }
        let savepoint = Savepoint { depth };
        let open = RestoreDepth {
            core: &self.core,
            depth,
        };
        self.with(|conn| conn.control(&savepoint.start()))?;
        let undo = RollbackSavepoint {
            core: &self.core,
            savepoint,
        };
        let nested = Tx {
            core: Arc::clone(&self.core),
            depth,
            scopes: self.scopes.clone(),
        };
        let output = work(&nested)?;
        nested.with(|conn| conn.control(&savepoint.release()))?;
        std::mem::forget(undo);
        self.core.hooks().released(depth);
        drop(open);
        Ok(output)
    }

    /// Calls `hook` after the outermost transaction is committed; never, if this transaction or savepoint is rolled back.
    ///
    /// # Example: no mail about what was undone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// static SENT: AtomicU32 = AtomicU32::new(0);
    ///
    /// db.transaction(|tx| {
    ///     let _ = tx.transaction(|inner| {
    ///         inner.on_commit(|| { SENT.fetch_add(1, Ordering::Relaxed); });
    ///         Tag::create().label("rust").save(inner) // refused
    ///     });
    ///     tx.on_commit(|| { SENT.fetch_add(1, Ordering::Relaxed); });
    ///     Ok(())
    /// })?;
    /// assert_eq!(SENT.load(Ordering::Relaxed), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.core.hooks().push(self.depth, Box::new(hook));
    }

    /// Commits or rolls back, returns the connection, and then calls the commit hooks.
    fn finish<T>(self, db: &Db, result: Result<T>) -> Result<T> {
        let taken = self.core.conn().take();
        let Some(mut conn) = taken else {
            return Err(ended());
        };
        match result {
            Ok(output) => {
                conn.commit()?;
                db.put(conn);
                std::mem::take(&mut *self.core.hooks()).run();
                Ok(output)
            }
            Err(error) => {
                conn.rollback();
                db.put(conn);
                Err(error)
            }
        }
    }

    /// The connection, while the transaction is open.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut slot = self.core.conn();
        // A handle made of one by `scoped` may outlive its savepoint.
        if self.depth > self.core.depth.load(Ordering::Acquire) {
            return Err(ended());
        }
        let conn = slot.as_mut().ok_or_else(ended)?;
        if self.core.owned {
            conn.ensure_transaction()?;
        }
        work(conn)
    }

    /// Calls the commit hooks after a session has committed.
    pub(super) fn committed(&self) {
        let hooks = std::mem::take(&mut *self.core.hooks());
        hooks.run();
    }

    /// Drops the commit hooks after a rollback.
    pub(super) fn rolled_back(&self) {
        self.core.hooks().rolled_back(0);
    }
}

impl TxCore {
    fn conn(&self) -> MutexGuard<'_, Option<Conn>> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the outer transaction the innermost again.
struct RestoreDepth<'a> {
    core: &'a TxCore,
    depth: usize,
}

impl Drop for RestoreDepth<'_> {
    fn drop(&mut self) {
        self.core.depth.store(self.depth - 1, Ordering::Release);
    }
}

/// Rolls a savepoint back, also when the closure panics.
struct RollbackSavepoint<'a> {
    core: &'a TxCore,
    savepoint: Savepoint,
}

impl Drop for RollbackSavepoint<'_> {
    fn drop(&mut self) {
        self.core.hooks().rolled_back(self.savepoint.depth);
        if let Some(conn) = self.core.conn().as_mut() {
            conn.undo(self.savepoint);
        }
    }
}

#[cold]
pub(super) fn ended() -> Error {
    Error::new(Kind::Config, "the transaction has ended").with_hint("use it inside its closure only")
}

#[cold]
pub(super) fn crossed() -> Error {
    Error::new(
        Kind::Config,
        "a nested transaction is already open on this transaction",
    )
    .with_hint("nest on the inner handle, and let one nested transaction end before the next begins")
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx")
            .field("dialect", &self.core.dialect.name)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

impl<'e> Executor<'e> for &'e Tx {
    type Out<T: Send + 'e> = Result<T>;

    #[inline]
    fn run<J, T, F>(self, job: Result<J>, then: F) -> Result<T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        let job = InScope::new(job?, self.scopes.clone());
        let savepoint = Savepoint {
            depth: self.depth + 1,
        };
        self.with(|conn| conn.run_within(job, savepoint)).and_then(then)
    }

    fn state(&self) -> HandleState {
        self.core.state.clone().with_scopes(self.scopes())
    }

    fn run_script(self, script: Script) -> Result<()> {
        let text = script.checked(self.dialect())?;
        self.transaction(|inner| inner.with(|conn| conn.batch(text)))
    }
}

#[diagnostic::do_not_recommend]
impl InTransaction for &Tx {}
#[diagnostic::do_not_recommend]
impl InTransaction for &&Tx {}

/// `&tx` where `tx` is what the closure was given.
impl<'e> Executor<'e> for &'e &Tx {
    type Out<T: Send + 'e> = Result<T>;

    #[inline]
    fn run<J, T, F>(self, job: Result<J>, then: F) -> Result<T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        let tx: &'e Tx = self;
        tx.run(job, then)
    }

    fn state(&self) -> HandleState {
        self.core.state.clone().with_scopes(self.scopes())
    }

    fn run_script(self, script: Script) -> Result<()> {
        let tx: &'e Tx = self;
        tx.run_script(script)
    }
}
