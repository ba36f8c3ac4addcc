//! `migrate`: brings a database to a migration.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use orm::migrate::{
    Direction, MigrateOptions, Migrations, PlannedMigration, PlannedStep, Progress, Report, Target, migrate,
    plan_with,
};
use owo_colors::OwoColorize;
use serde::Serialize;

use super::{check_app, load, makemigrations};
use crate::args::{Context, DatabaseArgs};
use crate::database;
use crate::failure::{FAILED, Result, text_of};
use crate::interrupt::CancelOnSignal;
use crate::output;
use crate::prompt::confirmed;

/// Bring the database to a migration, by default the last of every app
///
/// Applies or reverses migrations. On a database whose tables others use, what would keep them waiting is done in several
/// transactions; an interrupted migration goes on where it stopped. `--plan` shows them.
#[derive(Args)]
pub struct Migrate {
    /// Only this app, and what it depends on
    app: Option<String>,
    /// Migration to stop at, by its name or a prefix of it; `zero` reverses all of the app
    #[arg(value_name = "MIGRATION|zero")]
    target: Option<String>,
    /// Print each step that would be run, and do nothing
    #[arg(long)]
    plan: bool,
    /// Do nothing; exit with 1 if something is not applied
    #[arg(long)]
    check: bool,
    /// Record migrations as applied (or reversed) without running them
    #[arg(long)]
    fake: bool,
    /// Lose the rows and values of what is dropped, without being asked
    #[arg(long)]
    allow_loss: bool,
    /// Each migration in one transaction, which keeps others waiting for as long as it takes
    #[arg(long)]
    no_online: bool,
    /// Milliseconds to wait for a table that others use, while others wait behind; it is tried again then
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 500)]
    lock_timeout: u64,
    /// Seconds to wait for others in all: for another runner, and for tables to become free
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Serialize)]
struct Plan<'a> {
    plan: &'a [PlannedMigration],
}

pub fn run(context: &Context, args: &Migrate) -> Result<ExitCode> {
    let settings = context.settings()?;
    let migrations = load(&settings)?;
    if let Some(app) = &args.app {
        check_app(&migrations, app)?;
    }
    let target = Target::from_args(args.app.as_deref(), args.target.as_deref());
    let options = MigrateOptions {
        fake: args.fake,
        allow_loss: args.allow_loss,
        online: !args.no_online,
        allow_loss_of: Vec::new(),
        lock_timeout: Duration::from_millis(args.lock_timeout),
        wait: Duration::from_secs(args.wait),
    };
    if args.plan || args.check {
        let db = database::look(&settings, &args.database)?;
        let mut session = db.session()?;
        let plan = plan_with(&mut session, &migrations, &target, &options)?;
        if args.json {
            output::json(&Plan { plan: &plan })?;
        } else {
            print_plan(&plan, &migrations, args.plan);
        }
        let pending = args.check && !plan.is_empty();
        return Ok(if pending {
            ExitCode::from(FAILED)
        } else {
            ExitCode::SUCCESS
        });
    }
    let db = database::connect(&settings, &args.database)?;
    let mut session = db.session()?;
    let stoppable = CancelOnSignal::new(&session)?;
    let mut lines = ProgressLines {
        quiet: args.json,
        fake: args.fake,
        open: false,
    };
    let mut options = options;
    // What one migration loses is allowed for that one: the next is asked about again.
    let done = loop {
        let done = migrate(&mut session, &migrations, &target, &options, &mut |progress| {
            lines.show(progress);
        });
        let asked = !args.json && std::io::stdin().is_terminal();
        match done {
            Err(error) if error.is_loss() && asked => {
                let next = plan_with(&mut session, &migrations, &target, &options)?;
                output::warning(text_of(&error));
                let name = next.first().map(|next| format!("{}.{}", next.app, next.name));
                let again = name.filter(|name| !options.allow_loss_of.contains(name));
                match again {
                    Some(name) if confirmed("lose it?")? => options.allow_loss_of.push(name),
                    _ => break Err(error),
                }
            }
            done => break done,
        }
    };
    drop(stoppable);
    lines.close(done.as_ref().err());
    let done = done?;
    if args.json {
        output::json(&done)?;
    } else if done == Report::default() {
        output::line(nothing_to_apply(&migrations));
    }
    makemigrations::warn_of_changes(context, &migrations, settings.migrations());
    Ok(ExitCode::SUCCESS)
}

/// Prints one line per migration, completed when it is committed.
struct ProgressLines {
    quiet: bool,
    fake: bool,
    open: bool,
}

impl ProgressLines {
    fn show(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Waiting => output::warning("another runner is migrating this database; waiting for it"),
            _ if self.quiet => {}
            Progress::Started { app, name, direction } => {
                let verb = match direction {
                    Direction::Forward => "apply",
                    Direction::Backward => "take back",
                };
                output::part(format!("  {verb} {app}.{name} ... "));
                self.open = true;
            }
            Progress::Busy => {
                output::warning("others use a table; waiting for it, without keeping others from it")
            }
            Progress::Unit { unit, of, describe } => {
                if self.open {
                    output::line("");
                    self.open = false;
                }
                output::line(format!("    {unit}/{of} {}", describe.dimmed()));
            }
            Progress::Finished { took } => {
                let how = if self.fake { "recorded only" } else { "ok" };
                output::line(format!("{} ({})", how.green(), seconds(took)));
                self.open = false;
            }
            _ => {}
        }
    }

    /// Completes the line of a failed migration before its error is printed.
    fn close(&mut self, error: Option<&orm::Error>) {
        if self.open {
            let how = match error.is_some_and(orm::Error::is_cancelled) {
                true => "stopped",
                false => "failed",
            };
            output::line(how.red());
            self.open = false;
        }
    }
}

fn seconds(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// The message if nothing was applied; in a new project, what to do first.
fn nothing_to_apply(migrations: &Migrations) -> &'static str {
    match migrations.apps().is_empty() {
        true => "there are no migrations yet; `makemigrations` writes them from the models",
        false => "nothing to apply",
    }
}

/// How the steps of a unit are committed.
fn unit_line(unit: usize, of: usize, step: &PlannedStep) -> String {
    let how = match step.in_transaction {
        true => "in one transaction",
        false => "outside of a transaction, while others write",
    };
    let done = if step.done { ", done already" } else { "" };
    format!("{unit}/{of} {how}{done}")
}

fn print_plan(plan: &[PlannedMigration], migrations: &Migrations, steps: bool) {
    if plan.is_empty() {
        output::line(nothing_to_apply(migrations));
    }
    for migration in plan {
        let verb = match migration.direction {
            Direction::Forward => "apply",
            Direction::Backward => "take back",
        };
        output::line(format!("{verb} {}.{}", migration.app, migration.name));
        for sentence in &migration.describe {
            output::line(format!("  {}", output::operation(sentence)));
        }
        let units = migration
            .steps
            .iter()
            .map(|step| step.unit)
            .max()
            .unwrap_or_default();
        let mut unit = 0;
        for lost in &migration.loses {
            output::line(format!("    loses {lost}").red());
        }
        for step in migration.steps.iter().filter(|_| steps) {
            if units > 1 && step.unit != unit {
                unit = step.unit;
                output::line(format!("    {}", unit_line(unit, units, step).dimmed()));
            }
            output::line(format!("      {}", step.describe.dimmed()));
        }
    }
}
