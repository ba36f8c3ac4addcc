//! The argument of a data migration.

use std::sync::{Mutex, TryLockError};

use super::HistoricalModel;
use super::meta::meta_of;
use crate::dynamic::DynModel;
use crate::error::{Error, Result};
use crate::migrate::state::ProjectState;
use crate::model::{ModelKey, ScopeValues};
use crate::plan::{Executor, InScope, Job, Script, run_on};
use crate::schema::check_script;
use crate::sql::{Backend, Dialect, Session};
use crate::value::Value;

/// The database and the models at the point of the history where a migration stands.
///
/// Everything done through it is part of the migration's transaction: an error that the function returns undoes all
/// of it, and the migration is not applied.
///
/// # Example: rows of a model as it is at that point
///
/// ```
/// use orm::migrate::MigrationContext;
///
/// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
///     let posts = ctx.model("blog.Post")?;
///     let views = posts.field::<i64>("views")?;
///     posts.filter(views.lt(0)).update(views.set(0))?;
///     Ok(())
/// }
/// ```
pub struct MigrationContext<'a> {
    session: Mutex<&'a mut dyn Session>,
    dialect: &'static Dialect,
    state: &'a ProjectState,
    app: &'a str,
}

impl<'a> MigrationContext<'a> {
    pub(in crate::migrate) fn new(
        session: &'a mut dyn Session,
        state: &'a ProjectState,
        app: &'a str,
    ) -> Self {
        MigrationContext {
            dialect: session.dialect(),
            session: Mutex::new(session),
            state,
            app,
        }
    }

    /// A model as it is at this point: `blog.Post`, or `Post` for one of the migration's own app.
    ///
    /// # Errors
    /// If there is no such model at this point.
    ///
    /// # Example: of the migration's own app, and of another
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let posts = ctx.model("Post")?;
    ///     let users = ctx.model("accounts.User")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn model(&self, name: &str) -> Result<HistoricalModel<'_>> {
        let (app, model) = name.split_once('.').unwrap_or((self.app, name));
        let key = ModelKey::new(app, model);
        match self.state.model(&key) {
            Some(def) => {
                let model = DynModel::of(meta_of(self.state, def)?, " at this point of the history")?;
                Ok(HistoricalModel::new(MigrationHandle(self), model))
            }
            None => {
                let known: Vec<String> = self.state.models().keys().map(ToString::to_string).collect();
                Err(
                    Error::migration(format!("there is no model {key} at this point of the history"))
                        .with_hint(match known.is_empty() {
                            true => "there are no models at all yet".to_owned(),
                            false => format!("there are {}", known.join(", ")),
                        }),
                )
            }
        }
    }

    /// Which database it is, for what has to be written for each.
    ///
    /// # Example: SQL that differs
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     use orm::db::Backend;
    ///     if ctx.backend() == Backend::Postgres {
    ///         ctx.execute("UPDATE blog_post SET title = initcap(title)", &[])?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn backend(&self) -> Backend {
        self.dialect.backend
    }

    /// Runs one statement of SQL and returns how many rows it changed.
    ///
    /// # Errors
    /// What the database says, or if the statement would end the transaction of the migration or cannot run in it; it is not
    /// sent then.
    ///
    /// # Example: what a query cannot say
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     ctx.execute("UPDATE blog_post SET views = views + 1", &[])?;
    ///     Ok(())
    /// }
    /// ```
    pub fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64> {
        check_script(sql, self.dialect)?;
        let mut rows = 0;
        self.with(&mut |session| {
            rows = session.execute(sql, values)?;
            Ok(())
        })?;
        Ok(rows)
    }
}

/// Access to the session, without its lifetime.
trait SessionAccess: Sync {
    fn with(&self, call: &mut dyn FnMut(&mut dyn Session) -> Result<()>) -> Result<()>;
}

impl SessionAccess for MigrationContext<'_> {
    fn with(&self, call: &mut dyn FnMut(&mut dyn Session) -> Result<()>) -> Result<()> {
        match self.session.try_lock() {
            Ok(mut session) => call(&mut **session),
            Err(TryLockError::Poisoned(session)) => call(&mut **session.into_inner()),
            Err(TryLockError::WouldBlock) => Err(busy()),
        }
    }
}

/// The transaction of a migration, as a handle for queries on historical models. It is not public: the program's
/// own models describe the tables after the last migration.
#[derive(Clone, Copy)]
pub(super) struct MigrationHandle<'c>(&'c dyn SessionAccess);

impl<'e> Executor<'e> for MigrationHandle<'_> {
    type Out<T: Send + 'e> = Result<T>;

    fn run<J, T, F>(self, job: Result<J>, then: F) -> Result<T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e,
    {
        let mut job = Some(job?);
        let mut done = None;
        self.0.with(&mut |session| {
            if let Some(job) = job.take() {
                done = Some(run_on(session, InScope::new(job, ScopeValues::default()))?);
            }
            Ok(())
        })?;
        let done = done.ok_or_else(|| Error::internal("a migration asked its database nothing"))?;
        then(done)
    }

    fn run_script(self, script: Script) -> Result<()> {
        self.0
            .with(&mut |session| session.batch(script.checked(session.dialect())?))
    }
}

#[cold]
fn busy() -> Error {
    Error::migration("the database is asked while it still answers the last question")
        .with_hint("collect the rows first, then work on them")
}

impl std::fmt::Debug for MigrationContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrationContext")
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}
