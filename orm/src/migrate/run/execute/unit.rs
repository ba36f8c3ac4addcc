//! Runs the units of a migration, each committed together with what the history or the journal says of it.

use std::time::Instant;

use super::super::Direction;
use super::super::compile::CompiledMigration;
use super::super::journal::Journal;
use super::super::plan::losses;
use super::super::records::{self, Found};
use super::waiting::{BusyWait, RunnerPatience};
use super::{Outcome, Progress, Runner};
use crate::error::{Error, Kind, Result};
use crate::migrate::graph::Graph;
use crate::migrate::operation::{AccessKind, SchemaObject};
use crate::schema::{self, AloneStep, Unit};

/// How far a migration has come.
pub(super) struct UnitProgress<'m> {
    pub graph: &'m Graph,
    pub compiled: &'m CompiledMigration<'m>,
    /// Whether it was said that it starts.
    pub said: bool,
    /// How many of its units are done.
    pub done: usize,
    /// Whether a part of the next one may be.
    pub begun: bool,
    /// The unit that was said last.
    pub said_unit: Option<usize>,
}

impl Runner<'_> {
    /// # Errors
    /// If a plan changes tables while others use them, on a connection that is another one after each transaction.
    pub(super) fn require_session(&self, plan: &[CompiledMigration<'_>]) -> Result<()> {
        let alone = |unit: &Unit| matches!(unit, Unit::Alone(_));
        let mut plan = plan.iter();
        let several = plan.find(|compiled| compiled.units.len() > 1 || compiled.units.iter().any(alone));
        match (self.each, several) {
            (Some(_), Some(compiled)) => Err(Error::migration(
                "it takes several transactions, and behind this pooler no lock keeps other runners out between them",
            )
            .with_hint("migrate by the url of the server itself, or with `--no-online` in one transaction")
            .context(compiled.file.key.to_string())),
            _ => Ok(()),
        }
    }

    /// Whether nobody minds what a migration loses.
    pub(super) fn may_lose(&self, compiled: &CompiledMigration<'_>) -> bool {
        let said_so = compiled.direction == Direction::Forward && compiled.file.allow_loss.is_some();
        let key = compiled.file.key.to_string();
        self.options.fake || self.options.allow_loss || said_so || self.options.allow_loss_of.contains(&key)
    }

    /// # Errors
    /// If a migration would lose something, as far as that is known before it begins: all of it is told at once. What gets another
    /// name before is looked at when it has it.
    pub(super) fn refuse_losses(&mut self, compiled: &CompiledMigration<'_>) -> Result<()> {
        let all = losses(self.session, compiled)?;
        match all.is_empty() {
            true => Ok(()),
            false => Err(schema::lost(&all)),
        }
    }

    /// Runs one unit; `begun` if an interrupted run may have done a part of it.
    pub(super) fn unit(
        &mut self,
        progress: &mut UnitProgress<'_>,
        unit: usize,
        what: &Unit,
        begun: bool,
    ) -> Result<Outcome> {
        self.go_on("between two units")?;
        match what {
            Unit::Transaction(_) => self.transactions(progress, unit, what),
            Unit::Alone(step) => self.alone(progress, unit, step, begun),
        }
    }

    /// Runs a transaction until it gets at what it needs.
    fn transactions(&mut self, progress: &mut UnitProgress<'_>, unit: usize, what: &Unit) -> Result<Outcome> {
        let mut wait = BusyWait::default();
        loop {
            match self.suspended(progress, unit, what) {
                Err(error)
                    if error.is_lock_not_available() && self.session.dialect().limit_lock_wait.is_some() =>
                {
                    if !self.said_busy {
                        self.said_busy = true;
                        (self.progress)(Progress::Busy);
                    }
                    wait.pause(self.session, self.options.wait, error)?;
                }
                outcome => return outcome,
            }
        }
    }

    /// Foreign keys are suspended outside of the transaction; everything else happens in it.
    fn suspended(&mut self, progress: &mut UnitProgress<'_>, unit: usize, what: &Unit) -> Result<Outcome> {
        let mut suspension = match self.options.fake {
            true => None,
            false => Some(schema::before_transaction(self.session, what.steps())?),
        };
        let outcome = self.transaction(progress, unit, what, suspension.as_mut());
        let restored = match suspension {
            Some(suspension) => suspension.restore(self.session),
            None => Ok(()),
        };
        // The first error is the one to show.
        outcome.and_then(|outcome| restored.map(|()| outcome))
    }

    fn transaction(
        &mut self,
        progress: &mut UnitProgress<'_>,
        unit: usize,
        what: &Unit,
        suspension: Option<&mut schema::ForeignKeySuspension>,
    ) -> Result<Outcome> {
        self.begin()?;
        let outcome = self.inside(progress, unit, what, suspension);
        match outcome {
            Ok(Outcome::Done) => self.end(Ok(())).map(|()| Outcome::Done),
            Ok(outcome) => self.session.batch("ROLLBACK").map(|()| outcome),
            Err(error) => self.end(Err(error)).map(|()| Outcome::Done),
        }
    }

    fn inside(
        &mut self,
        progress: &mut UnitProgress<'_>,
        unit: usize,
        what: &Unit,
        suspension: Option<&mut schema::ForeignKeySuspension>,
    ) -> Result<Outcome> {
        let dialect = self.session.dialect();
        for setting in [dialect.watch_client, dialect.refuse_hidden_rows]
            .into_iter()
            .flatten()
        {
            self.session.batch(setting)?;
        }
        let compiled = progress.compiled;
        match records::look(self.session, progress.graph, compiled.file, compiled.direction)? {
            Found::Open => {}
            Found::Done => return Ok(Outcome::ByAnother),
            Found::Changed => return Ok(Outcome::Overtaken),
        }
        self.say_unit(progress, unit, what);
        if let Some(suspension) = suspension {
            suspension.begin(self.session)?;
            let unreadable = match drops_tables(compiled) {
                true => Some(schema::unreadable_views(self.session)?),
                false => None,
            };
            self.steps(compiled, what)?;
            if let Some(before) = unreadable {
                schema::refuse_unreadable_views(self.session, &before)?;
            }
            if compiled.direction == Direction::Forward {
                schema::check_triggers(self.session, what.steps(), !self.is_last)?;
            }
            suspension.verify(self.session)?;
        }
        self.record(progress, unit)?;
        Ok(Outcome::Done)
    }

    /// Writes that a unit is done: with the last one, the migration is.
    fn record(&mut self, progress: &UnitProgress<'_>, unit: usize) -> Result<()> {
        let (compiled, graph) = (progress.compiled, progress.graph);
        if unit + 1 < compiled.units.len() && !self.options.fake {
            Journal::create_table(self.session)?;
            return Journal::write(self.session, compiled, unit, true);
        }
        match compiled.direction {
            Direction::Forward => records::applied(self.session, graph, compiled.file)?,
            Direction::Backward => records::taken_back(self.session, graph, compiled.file)?,
        }
        Journal::finish(self.session, &compiled.file.id)
    }

    /// After a step outside of a transaction failed: whether nothing of it is there, so that another file may do something else.
    fn nothing_is_left(&mut self, progress: &UnitProgress<'_>, unit: usize, step: &AloneStep) -> bool {
        if self.session.is_cancelled() || !matches!(step.leaves_nothing(self.session), Ok(true)) {
            return false;
        }
        let forgotten = self.begin().and_then(|()| {
            let forgotten = Journal::not_begun(self.session, &progress.compiled.file.id, unit);
            self.end(forgotten)
        });
        forgotten.is_ok()
    }

    fn say_unit(&mut self, progress: &mut UnitProgress<'_>, unit: usize, what: &Unit) {
        let compiled = progress.compiled;
        if !progress.said {
            progress.said = true;
            (self.progress)(Progress::Started {
                app: &compiled.file.key.app,
                name: &compiled.file.key.name,
                direction: compiled.direction,
            });
        }
        if compiled.units.len() > 1 && !self.options.fake && progress.said_unit != Some(unit) {
            progress.said_unit = Some(unit);
            let describe = match what {
                Unit::Transaction(steps) => steps.first().map(schema::Step::describe).unwrap_or_default(),
                Unit::Alone(step) => step.describe(),
            };
            (self.progress)(Progress::Unit {
                unit: unit + 1,
                of: compiled.units.len(),
                describe: &describe,
            });
        }
    }

    fn steps(&mut self, compiled: &CompiledMigration<'_>, what: &Unit) -> Result<()> {
        let started = Instant::now();
        for step in what.steps() {
            self.go_on("between two steps")?;
            self.limit_lock_wait(started)?;
            if let schema::Step::Loss(loss) = step
                && !self.may_lose(compiled)
                && let Some(found) = loss.found(self.session)?
            {
                return Err(schema::lost(&[found]));
            }
            step.run(self.session)
                .map_err(|error| explained(error, step, compiled))?;
        }
        Ok(())
    }

    /// What the transaction has locked others wait for, too, so that it waits for less the longer it has lasted.
    fn limit_lock_wait(&mut self, started: Instant) -> Result<()> {
        let (Some(limit), true) = (self.session.dialect().limit_lock_wait, self.options.online) else {
            return Ok(());
        };
        let all = self.options.lock_timeout;
        let left = all.saturating_sub(started.elapsed()).max(all / 10);
        self.session.batch(&format!("{limit}{}", left.as_millis().max(1)))
    }

    /// Runs a step outside of a transaction. The journal says before it that it begins, so that what it leaves is known for its own.
    fn alone(
        &mut self,
        progress: &mut UnitProgress<'_>,
        unit: usize,
        step: &AloneStep,
        begun: bool,
    ) -> Result<Outcome> {
        let compiled = progress.compiled;
        if self.options.fake {
            return self.suspended(progress, unit, &Unit::Transaction(Vec::new()));
        }
        self.begin()?;
        let outcome = records::look(self.session, progress.graph, compiled.file, compiled.direction);
        match outcome {
            Ok(Found::Open) => {
                // What has its name already is somebody else's: it is never taken for what an interrupted run has left.
                let may_begin = match begun {
                    true => Ok(()),
                    false => step
                        .check(self.session)
                        .map_err(|error| error.context(step.describe())),
                };
                let written = may_begin
                    .and_then(|()| Journal::create_table(self.session))
                    .and_then(|()| Journal::write(self.session, compiled, unit, false));
                self.end(written)?;
            }
            Ok(found) => {
                self.session.batch("ROLLBACK")?;
                return Ok(match found {
                    Found::Done => Outcome::ByAnother,
                    _ => Outcome::Overtaken,
                });
            }
            Err(error) => return self.end(Err(error)).map(|()| Outcome::Done),
        }
        self.say_unit(progress, unit, &Unit::Alone(step.clone()));
        let mut patience = RunnerPatience {
            options: self.options,
            wait: BusyWait::default(),
            progress: &mut *self.progress,
        };
        let done = step.run(self.session, begun, &mut patience);
        if let Err(error) = done {
            progress.begun = !self.nothing_is_left(progress, unit, step);
            return Err(error.context(step.describe()));
        }
        self.begin()?;
        let recorded = self.record(progress, unit);
        self.end(recorded)?;
        Ok(Outcome::Done)
    }
}

impl UnitProgress<'_> {
    /// The error of a unit, which says what remains of the migration.
    pub(super) fn explained(&self, error: Error) -> Error {
        let (done, of) = (self.done, self.compiled.units.len());
        if error.is_cancelled() {
            let what = match self.compiled.direction {
                Direction::Forward => "applied",
                Direction::Backward => "taken back",
            };
            let changed = match (done, self.begun) {
                (0, false) => "has changed nothing".to_owned(),
                (0, true) => format!("a part of the first of its {of} units is done and stays"),
                _ => format!("{done} of its {of} units are done and stay"),
            };
            return Error::new(
                Kind::Cancelled,
                format!("stopped, and {changed}; what was {what} before it stays so"),
            )
            .with_hint("run the command again to go on")
            .with_source(error);
        }
        if done == 0 {
            let says_so = error.to_string().contains("nothing was changed");
            let explains = (error.is_loss() || error.kind() == Kind::Migration) && !says_so;
            return match error.hint() {
                Some(hint) if explains && !self.begun => {
                    let hint = format!("{hint}; nothing was changed");
                    error.with_hint(hint)
                }
                _ => error,
            };
        }
        let stays = format!(
            "{done} of the {of} units of the migration are done and stay; run the command again when the cause is mended, and \
             it goes on there"
        );
        let hint = match error.hint() {
            Some(hint) => format!("{hint}; {stays}"),
            None => stays,
        };
        error.with_hint(hint)
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
        schema::Step::Guard(_) | schema::Step::Loss(_) | schema::Step::Require(_) => error,
        _ => error.context(step.describe()),
    }
}
