//! Executes a plan: each migration unit by unit, the last together with its row in the history.

mod runner_lock;
mod unit;
mod waiting;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::compile::CompiledMigration;
use super::history::{History, RecordedMigration, TABLE};
use super::journal::{Journal, Unfinished};
use super::plan::PlannedRoute;
use super::records;
use super::{Direction, Target};
use crate::error::{Error, Result};
use crate::migrate::file::MigrationKey;
use crate::migrate::graph::Graph;
use crate::migrate::historical;
use crate::migrate::project::{Migrations, Project};
use crate::schema;
use crate::sql::{RunnerLock, Session};

use unit::UnitProgress;

/// Options of `migrate`.
///
/// # Example: three seconds for another that migrates
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::MigrateOptions;
///
/// let options = MigrateOptions { wait: std::time::Duration::from_secs(3), ..MigrateOptions::default() };
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateOptions {
    /// Only record migrations as applied (or not), without running them.
    pub fake: bool,
    /// Whether rows and values may be lost with what is dropped. Otherwise it stops before a migration that would lose some,
    /// unless its file says why it may: `allow_loss = "…"`.
    pub allow_loss: bool,
    /// Migrations that may lose what they drop, as `app.name`.
    pub allow_loss_of: Vec<String>,
    /// Whether tables are changed so that others can go on reading and writing them: in several transactions, none of which
    /// keeps them waiting for long. Otherwise, and on SQLite, each migration is one transaction.
    pub online: bool,
    /// How long a statement waits for a table that others use, while others wait behind it. It is tried again then.
    pub lock_timeout: Duration,
    /// How long to wait for others in all: for another runner to finish, and for a table to become free.
    pub wait: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        MigrateOptions {
            fake: false,
            allow_loss: false,
            allow_loss_of: Vec::new(),
            online: true,
            lock_timeout: Duration::from_millis(500),
            wait: Duration::from_secs(60),
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
/// let options = MigrateOptions { allow_loss: true, ..MigrateOptions::default() };
/// migrate(&mut db.session()?, &blog::migrations()?, &Target::Zero("blog".to_owned()), &options, &mut |progress| {
///     if let Progress::Started { app, name, .. } = progress {
///         seen.push(format!("{app}.{name}"));
///     }
/// })?;
/// assert_eq!(seen, ["blog.0001_initial"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Another runner holds the lock; reported once.
    Waiting,
    /// Others use a table, so the transaction was rolled back and is tried again; reported once a migration.
    Busy,
    /// A unit of a migration of several starts.
    Unit {
        /// Its number, from 1.
        unit: usize,
        /// How many there are.
        of: usize,
        /// What its first step does.
        describe: &'a str,
    },
    /// So much of a unit is done.
    Done {
        /// Pages of the table, as it stores them.
        done: u64,
        /// All of them.
        of: u64,
    },
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
/// finish in time; [`is_cancelled`](crate::Error::is_cancelled); what the database says to a step: the unit it belongs to has
/// then changed nothing, those before it stay done, and the next run goes on there.
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
        deadline: Instant::now() + options.wait,
        said_busy: false,
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
    said_busy: bool,
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
            let online = self.options.online && !self.options.fake;
            let plan = way.compile(&history, dialect, online)?;
            let journal = self.patiently(|session| Journal::read(session))?;
            if !self.options.fake {
                journal.check(&way.graph, &plan)?;
                self.require_session(&plan)?;
            }
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
                outcome = match self.run_one(&way.graph, compiled, journal.of(&compiled.file.id)) {
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

    /// Runs one migration, unit after unit; those that an interrupted run has done are left out.
    fn run_one(
        &mut self,
        graph: &Graph,
        compiled: &CompiledMigration<'_>,
        unfinished: Option<&Unfinished>,
    ) -> Result<Outcome> {
        let started = Instant::now();
        let named = |error: Error| error.context(compiled.file.key.to_string());
        if let Some(unfinished) = unfinished.filter(|_| !self.options.fake) {
            unfinished.check(compiled).map_err(named)?;
        }
        self.said_busy = false;
        if unfinished.is_none() && !self.may_lose(compiled) {
            self.refuse_losses(compiled).map_err(named)?;
        }
        let mut progress = UnitProgress {
            graph,
            compiled,
            said: false,
            done: unfinished.map_or(0, Unfinished::done),
            begun: false,
            said_unit: None,
        };
        for (unit, what) in compiled.units.iter().enumerate() {
            let begun = unfinished.and_then(|unfinished| unfinished.unit(unit));
            if begun == Some(true) && !self.options.fake {
                continue;
            }
            let outcome = self
                .unit(&mut progress, unit, what, begun.is_some())
                .map_err(|error| progress.explained(error))
                .map_err(named)?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
            progress.done += 1;
            // Others are waited for anew.
            self.deadline = Instant::now() + self.options.wait;
            if self.options.fake {
                break;
            }
        }
        let key = compiled.file.key.to_string();
        match compiled.direction {
            Direction::Forward => self.report.applied.push(key),
            Direction::Backward => self.report.unapplied.push(key),
        }
        (self.progress)(Progress::Finished {
            took: started.elapsed(),
        });
        Ok(Outcome::Done)
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

/// The error for a history that keeps contradicting the plan made from it.
#[cold]
fn contradicted() -> Error {
    Error::migration(format!(
        "{TABLE} holds what contradicts itself, or others keep changing it: the plan made from it does not fit it"
    ))
    .with_hint("look at it with showmigrations; records of squashed migrations and of what they replace go together")
}

/// # Errors
/// If a migration of the plan runs a function that this program does not have: before the first is applied.
fn refuse_unknown_functions(plan: &[CompiledMigration<'_>]) -> Result<()> {
    for compiled in plan {
        for step in compiled.steps() {
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
