//! `squashmigrations`: replaces several migrations by one.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Args;
use orm::migrate::{Project, Squash, SquashOptions, squash_migrations};
use serde::Serialize;

use super::check_app;
use super::makemigrations::{MigrationJson, entry, path_of};
use crate::args::Context;
use crate::failure::{FAILED, Result};
use crate::output;
use crate::prompt::confirmed;

/// Replace several migrations of an app by one
///
/// A database that has all of the old migrations, or none, uses the new one; a database that has some runs the rest
/// of the old ones first. Once every database has all of them, their files can be deleted.
#[derive(Args)]
#[command(override_usage = "orm squashmigrations [OPTIONS] <APP> [START] <MIGRATION>")]
pub struct SquashMigrations {
    /// App of the migrations
    app: String,
    /// First and last migration, by name or prefix; with only one, all up to it
    #[arg(value_name = "MIGRATION", num_args = 1..=2, required = true)]
    range: Vec<String>,
    /// Name after the number, instead of one generated from the migrations
    #[arg(long, value_name = "NAME")]
    squashed_name: Option<String>,
    /// Do not optimize the operations
    #[arg(long)]
    no_optimize: bool,
    /// Do not ask
    #[arg(long, visible_alias = "noinput")]
    no_input: bool,
    /// Print JSON; does not ask
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct CommandJson<'a> {
    written: bool,
    operations_before: usize,
    migrations: [MigrationJson<'a>; 1],
}

pub fn run(context: &Context, args: &SquashMigrations) -> Result<ExitCode> {
    let settings = context.settings()?;
    let project = Project::new(settings.migrations());
    let migrations = project.load()?.shared_with(settings.other_apps());
    check_app(&migrations, &args.app)?;
    let (start, end) = match &args.range[..] {
        [start, end] => (Some(start.as_str()), end.as_str()),
        [end] => (None, end.as_str()),
        _ => return Ok(ExitCode::from(FAILED)),
    };
    let options = SquashOptions {
        name: args.squashed_name.clone(),
        optimize: !args.no_optimize,
    };
    let squash = squash_migrations(&migrations, &args.app, start, end, &options)?;
    if args.json {
        project.write(std::slice::from_ref(&squash.migration))?;
        let listing = CommandJson {
            written: true,
            operations_before: squash.operations_before,
            migrations: [entry(&settings, &squash.migration)?],
        };
        output::json(&listing)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line("replaces");
    for name in &squash.replaces {
        output::line(format!("  {name}"));
    }
    if !args.no_input && std::io::stdin().is_terminal() && !confirmed("write it?")? {
        output::line("nothing written");
        return Ok(ExitCode::from(FAILED));
    }
    project.write(std::slice::from_ref(&squash.migration))?;
    output::line(path_of(&settings, &squash.migration.path));
    say_what_became(&squash);
    Ok(ExitCode::SUCCESS)
}

fn say_what_became(squash: &Squash) {
    for sentence in &squash.migration.describe {
        output::line(format!("  {}", output::operation(sentence)));
    }
    let (before, after) = (squash.operations_before, squash.migration.operations.len());
    if after < before {
        output::line(format!("  {before} operations became {after}"));
    }
    output::line(
        "commit it beside the others; delete those once every database has all of them, and leave `replaces` in it",
    );
}
