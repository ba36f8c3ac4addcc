//! Executes a plan: each migration in one transaction, together with its row in the history.

mod runner_lock;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::compile::CompiledMigration;
use super::history::{History, RecordedMigration, TABLE};
use super::plan::PlannedRoute;
use super::records::{self, Found};
use super::{Direction, Target};
use crate::error::{Error, Kind, Result};
use crate::migrate::file::MigrationKey;
use crate::migrate::graph::Graph;
use crate::migrate::historical;
use crate::migrate::operation::{AccessKind, SchemaObject};
use crate::migrate::project::{Migrations, Project};
use crate::schema;
use crate::sql::{RunnerLock, Session};

/// Options of `migrate`.
///
/// # Example: three seconds for another that migrates
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::MigrateOptions;
///
/// let options = MigrateOptions { lock_timeout: std::time::Duration::from_secs(3), ..MigrateOptions::default() };
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateOptions {
    /// Only record migrations as applied (or not), without running them.
    pub fake: bool,
    /// How long to wait for another runner to finish.
    pub lock_timeout: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        MigrateOptions {
            fake: false,
            lock_timeout: Duration::from_secs(60),
        }
    }
}

/// What is happening, as it happens: [`migrate`] calls a closure with it.
///
/// # Example: a line for each migration
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MigrateOptions, Progress, Target, migrate};
///
/// let mut seen = Vec::new();
/// migrate(&mut db.session()?, &blog::migrations()?, &Target::Zero("blog".to_owned()), &MigrateOptions::default(), &mut |progress| {
///     if let Progress::Started { app, name, .. } = progress {
///         seen.push(format!("{app}.{name}"));
///     }
/// })?;
/// assert_eq!(seen, ["blog.0001_initial"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Another runner holds the lock; reported once.
    Waiting,
    /// A migration starts.
    Started {
        /// Label of its app.
        app: &'a str,
        /// Its name.
        name: &'a str,
        /// Which way it runs.
        direction: Direction,
    },
    /// The migration that started last is committed.
    Finished {
        /// How long it took.
        took: Duration,
    },
}

/// What was done.
///
/// # Example: nothing, for everything is applied
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let report = orm::migrate::migrate(
///     &mut db.session()?,
///     &blog::migrations()?,
///     &Default::default(),
///     &Default::default(),
///     &mut |_| {},
/// )?;
/// assert!(report.applied.is_empty() && report.unapplied.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `app.name` of the migrations applied, in order.
    pub applied: Vec<String>,
    /// `app.name` of the migrations reversed, in order.
    pub unapplied: Vec<String>,
}

/// Brings a database to a target.
///
/// Concurrent runners on one database take turns, and each migration is applied once. Another thread can stop the
/// run by [`DbSession::cancel_handle`](crate::connect::DbSession::cancel_handle).
///
/// # Errors
/// If the plan cannot be made (see [`plan`](super::plan())); [`is_timeout`](crate::Error::is_timeout) if another runner does not
/// finish in time; [`is_cancelled`](crate::Error::is_cancelled); what the database says to a step: the migration it belongs to has
/// then changed nothing, those before it stay applied.
///
/// # Example: up, and back
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MigrateOptions, Target, migrate};
///
/// let (migrations, options) = (blog::migrations()?, MigrateOptions::default());
/// let db = Db::connect("sqlite::memory:")?;
/// let mut session = db.session()?;
/// let report = migrate(&mut session, &migrations, &Target::Latest, &options, &mut |_| {})?;
/// assert_eq!(report.applied, ["blog.0001_initial"]);
///
/// let report = migrate(&mut session, &migrations, &Target::Zero("blog".to_owned()), &options, &mut |_| {})?;
/// assert_eq!(report.unapplied, ["blog.0001_initial"]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn migrate(
    session: &mut dyn Session,
    migrations: &Migrations,
    target: &Target,
    options: &MigrateOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report> {
    let mut runner = Runner {
        session,
        migrations,
        target,
        options,
        progress,
        report: Report::default(),
        deadline: Instant::now() + options.lock_timeout,
        said_waiting: false,
        is_last: false,
        each: None,
    };
    runner.go_on("before anything was done")?;
    match &runner.session.dialect().runner_lock {
        // A lock taken now would never be released: the connection may be another caller's by then.
        Some(lock) if !runner.session.keeps_session() => {
            runner.each = Some(lock);
            runner.run()?;
        }
        Some(lock) => {
            runner.acquire(lock)?;
            let done = runner.run();
            let released = runner.release(lock);
            // The lock of a cancelled session ends with its connection.
            match runner.session.is_cancelled() {
                true => done?,
                false => done.and(released)?,
            }
        }
        None => runner.run()?,
    }
    Ok(runner.report)
}

/// Brings a database to the last migrations of a directory: what a program does when it starts.
///
/// # Errors
/// As [`migrate`] and [`Project::load`].
///
/// # Example: from the files of a project
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let db = Db::connect("sqlite::memory:")?;
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/migrations"); // "migrations"
/// let report = orm::migrate::up(&mut db.session()?, folder)?;
/// assert_eq!(report.applied, ["blog.0001_initial"]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn up(session: &mut dyn Session, migrations_dir: impl AsRef<Path>) -> Result<Report> {
    let migrations = Project::new(migrations_dir.as_ref()).load()?;
    migrate(
        session,
        &migrations,
        &Target::Latest,
        &MigrateOptions::default(),
        &mut |_| {},
    )
}

struct Runner<'a> {
    session: &'a mut dyn Session,
    migrations: &'a Migrations,
    target: &'a Target,
    options: &'a MigrateOptions,
    progress: &'a mut dyn FnMut(Progress<'_>),
    report: Report,
    deadline: Instant,
    said_waiting: bool,
    /// Whether the migration that runs is the last of the plan.
    is_last: bool,
    /// The lock that each transaction takes, where no lock outlives a transaction.
    each: Option<&'static RunnerLock>,
}

/// Whether the plan is still valid.
#[derive(PartialEq)]
enum Outcome {
    Done,
    /// Another runner has applied this migration meanwhile.
    ByAnother,
    /// Another runner did something else or blocks this one; a new plan is needed.
    Overtaken,
}

impl Runner<'_> {
    fn run(&mut self) -> Result<()> {
        let mut overtaken: Option<Vec<(MigrationKey, Direction)>> = None;
        loop {
            let history = self.patiently(|session| History::read(session))?;
            let dialect = self.session.dialect();
            let way = PlannedRoute::find(&self.migrations.graph, &history, self.target)?;
            let plan = way.compile(&history, dialect)?;
            let unsettled = history.unsettled(&way.graph);
            if plan.is_empty() && unsettled.is_empty() {
                return Ok(());
            }
            if !self.options.fake {
                refuse_unknown_functions(&plan)?;
                plan.iter().try_for_each(|compiled| compiled.check(dialect))?;
            }
            self.prepare_history(&way.graph, &unsettled)?;
            let mut outcome = Outcome::Done;
            for (at, compiled) in plan.iter().enumerate() {
                self.is_last = at + 1 == plan.len();
                self.go_on(&format!(
                    "before {}; what was applied before it stays",
                    compiled.file.key
                ))?;
                outcome = match self.run_one(&way.graph, compiled) {
                    // The database ended this transaction to resolve a deadlock; it changed nothing.
                    Err(error) if error.is_serialization_failure() => {
                        self.pause_or(|| error)?;
                        Outcome::Overtaken
                    }
                    outcome => outcome?,
                };
                if outcome == Outcome::Overtaken {
                    break;
                }
            }
            if outcome != Outcome::Overtaken {
                return Ok(());
            }
            // The other runner has changed the history, so the plan changes, too.
            let tried = plan
                .iter()
                .map(|one| (one.file.key.clone(), one.direction))
                .collect();
            if overtaken.as_ref() == Some(&tried) {
                self.pause_or(contradicted)?;
            }
            overtaken = Some(tried);
        }
    }

    /// Creates the history table, and records what follows from squashed migrations.
    fn prepare_history(&mut self, graph: &Graph, unsettled: &[RecordedMigration<'_>]) -> Result<()> {
        self.begin()?;
        let prepared = History::create_table(self.session)
            .and_then(|()| records::add_missing(self.session, graph, unsettled));
        self.end(prepared)
    }

    /// Runs one migration. Foreign keys are suspended outside of the transaction; everything else happens in it.
    fn run_one(&mut self, graph: &Graph, compiled: &CompiledMigration<'_>) -> Result<Outcome> {
        let started = Instant::now();
        let named = |error: Error| error.context(compiled.file.key.to_string());
        let mut suspension = match self.options.fake {
            true => None,
            false => Some(schema::before_transaction(self.session, &compiled.steps).map_err(named)?),
        };
        let outcome = self.transaction(graph, compiled, suspension.as_mut());
        let restored = match suspension {
            Some(suspension) => suspension.restore(self.session),
            None => Ok(()),
        };
        // The first error is the one to show.
        let outcome = outcome
            .map_err(|error| stopped(error, compiled))
            .and_then(|outcome| restored.map(|()| outcome))
            .map_err(named)?;
        if outcome == Outcome::Done {
            let key = compiled.file.key.to_string();
            match compiled.direction {
                Direction::Forward => self.report.applied.push(key),
                Direction::Backward => self.report.unapplied.push(key),
            }
            (self.progress)(Progress::Finished {
                took: started.elapsed(),
            });
        }
        Ok(outcome)
    }

    fn transaction(
        &mut self,
        graph: &Graph,
        compiled: &CompiledMigration<'_>,
        suspension: Option<&mut schema::ForeignKeySuspension>,
    ) -> Result<Outcome> {
        self.begin()?;
        let outcome = self.inside(graph, compiled, suspension);
        match outcome {
            Ok(Outcome::Done) => self.end(Ok(())).map(|()| Outcome::Done),
            Ok(outcome) => self.session.batch("ROLLBACK").map(|()| outcome),
            Err(error) => self.end(Err(error)).map(|()| Outcome::Done),
        }
    }

    fn inside(
        &mut self,
        graph: &Graph,
        compiled: &CompiledMigration<'_>,
        suspension: Option<&mut schema::ForeignKeySuspension>,
    ) -> Result<Outcome> {
        let dialect = self.session.dialect();
        for setting in [dialect.watch_client, dialect.refuse_hidden_rows]
            .into_iter()
            .flatten()
        {
            self.session.batch(setting)?;
        }
        match records::look(self.session, graph, compiled.file, compiled.direction)? {
            Found::Open => {}
            Found::Done => return Ok(Outcome::ByAnother),
            Found::Changed => return Ok(Outcome::Overtaken),
        }
        (self.progress)(Progress::Started {
            app: &compiled.file.key.app,
            name: &compiled.file.key.name,
            direction: compiled.direction,
        });
        if let Some(suspension) = suspension {
            suspension.begin(self.session)?;
            let unreadable = match drops_tables(compiled) {
                true => Some(schema::unreadable_views(self.session)?),
                false => None,
            };
            self.steps(compiled)?;
            if let Some(before) = unreadable {
                schema::refuse_unreadable_views(self.session, &before)?;
            }
            if compiled.direction == Direction::Forward {
                schema::check_triggers(self.session, &compiled.steps, !self.is_last)?;
            }
            suspension.verify(self.session)?;
        }
        match compiled.direction {
            Direction::Forward => records::applied(self.session, graph, compiled.file)?,
            Direction::Backward => records::taken_back(self.session, graph, compiled.file)?,
        }
        Ok(Outcome::Done)
    }

    fn steps(&mut self, compiled: &CompiledMigration<'_>) -> Result<()> {
        for step in &compiled.steps {
            self.go_on("between two steps")?;
            step.run(self.session)
                .map_err(|error| explained(error, step, compiled))?;
        }
        Ok(())
    }

    /// Commits what succeeded, rolls back what did not.
    fn end(&mut self, result: Result<()>) -> Result<()> {
        let result = result.and_then(|()| {
            let committed = self.session.batch("COMMIT");
            committed.map_err(|error| {
                match error.is_foreign_key_violation() && error.constraint().is_none() {
                    // The transaction is still open, so the offending rows can be found.
                    true => match schema::broken_keys(self.session) {
                        Ok(Some(told)) => told.with_source(error),
                        _ => error,
                    },
                    false => error,
                }
            })
        });
        if result.is_err() {
            // This fails if the database has already rolled back, which is fine.
            let _ = self.session.batch("ROLLBACK");
        }
        result
    }
}

/// Whether tables or views go, which views of others may read.
fn drops_tables(compiled: &CompiledMigration<'_>) -> bool {
    let mut operations = compiled.operations.iter();
    operations.any(|operation| {
        let accesses = operation.accesses(&compiled.file.key.app);
        accesses.iter().any(|access| {
            access.kind == AccessKind::Deletes
                && matches!(
                    access.object,
                    SchemaObject::Model(_) | SchemaObject::JoinTable(..)
                )
        })
    })
}

/// The error for a history that keeps contradicting the plan made from it.
#[cold]
fn contradicted() -> Error {
    Error::migration(format!(
        "{TABLE} holds what contradicts itself, or others keep changing it: the plan made from it does not fit it"
    ))
    .with_hint("look at it with showmigrations; records of squashed migrations and of what they replace go together")
}

/// The error of a cancelled migration, which says what remains.
fn stopped(error: Error, compiled: &CompiledMigration<'_>) -> Error {
    if !error.is_cancelled() {
        return error;
    }
    let what = match compiled.direction {
        Direction::Forward => "applied",
        Direction::Backward => "taken back",
    };
    Error::new(
        Kind::Cancelled,
        format!("stopped, and has changed nothing; what was {what} before it stays so"),
    )
    .with_hint("run the command again to go on")
    .with_source(error)
}

/// The error of a step, with its description and a hint where only the runner knows one.
#[cold]
fn explained(error: Error, step: &schema::Step, compiled: &CompiledMigration<'_>) -> Error {
    let file = &compiled.file.key;
    let error = match error.kind() {
        Kind::Exists if compiled.direction == Direction::Forward => error.with_hint(format!(
            "it was made by other means; if all that this migration makes is there as it would make it, record the \
             migration without running it: `orm migrate {} {} --fake`",
            file.app, file.name
        )),
        Kind::Undefined => error.with_hint(
            "the database is not as the migrations before this one leave it: look what was renamed or dropped by hand, or \
             recorded with `--fake` and never made",
        ),
        _ => error,
    };
    match step {
        // Their errors are complete.
        schema::Step::Guard(_) | schema::Step::Require(_) => error,
        _ => error.context(step.describe()),
    }
}

/// # Errors
/// If a migration of the plan runs a function that this program does not have: before the first is applied.
fn refuse_unknown_functions(plan: &[CompiledMigration<'_>]) -> Result<()> {
    for compiled in plan {
        for step in &compiled.steps {
            if let schema::Step::Function(function) = step {
                historical::find(function.name())
                    .map_err(|error| error.context(compiled.file.key.to_string()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
