//! The commands, one file each.

pub mod completions;
pub mod describe;
pub mod diff;
pub mod init;
pub mod makemigrations;
mod merge;
pub mod migrate;
pub mod optimizemigration;
mod rewrite;
pub mod showmigrations;
pub mod sqlmigrate;
pub mod squashmigrations;

use std::process::ExitCode;

use orm::Settings;
use orm::migrate::{Migrations, Project};

use crate::args::{Command, Context};
use crate::failure::{Failure, Result};

/// Runs a command.
pub fn run(context: &Context, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Init(args) => init::run(args),
        Command::Makemigrations(args) => makemigrations::run(context, args),
        Command::Migrate(args) => migrate::run(context, args),
        Command::Showmigrations(args) => showmigrations::run(context, args),
        Command::Sqlmigrate(args) => sqlmigrate::run(context, args),
        Command::Squashmigrations(args) => squashmigrations::run(context, args),
        Command::Optimizemigration(args) => optimizemigration::run(context, args),
        Command::Describe(args) => describe::run(context, args),
        Command::Diff(args) => diff::run(context, args),
        Command::Completions(args) => completions::run(args),
    }
}

/// The migrations of the settings.
fn load(settings: &Settings) -> orm::Result<Migrations> {
    let migrations = Project::new(settings.migrations()).load()?;
    Ok(migrations.shared_with(settings.other_apps()))
}

/// Refuses an app without migrations.
fn check_app(migrations: &Migrations, app: &str) -> Result<()> {
    let apps = migrations.apps();
    if apps.contains(&app) {
        return Ok(());
    }
    Err(Failure::usage(
        format!("there are no migrations of an app `{app}`"),
        if apps.is_empty() {
            "there are none at all; write them with `makemigrations`".to_owned()
        } else {
            format!("apps with migrations are: {}", apps.join(", "))
        },
    ))
}
