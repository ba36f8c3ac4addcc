//! `optimizemigration`: merges the operations of a migration.

use std::process::ExitCode;

use clap::Args;
use orm::migrate::{Project, optimize_migration};

use super::{check_app, rewrite};
use crate::args::Context;
use crate::failure::Result;

/// Reduce the operations of a migration to fewer with the same result
///
/// The file is written in place. A migration that the default database has is refused.
#[derive(Args)]
pub struct OptimizeMigration {
    /// App of the migration
    app: String,
    /// Its name, or a prefix of it
    #[arg(value_name = "MIGRATION")]
    name: String,
    /// Write nothing; exit with 1 if there is something to optimize
    #[arg(long)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &OptimizeMigration) -> Result<ExitCode> {
    let settings = context.settings()?;
    let project = Project::new(settings.migrations());
    let migrations = project.load()?.shared_with(settings.other_apps());
    check_app(&migrations, &args.app)?;
    // `--check` is allowed for applied migrations, too.
    let applied = match args.check {
        true => Vec::new(),
        false => rewrite::applied(&settings, &migrations)?,
    };
    let rewrites = optimize_migration(&migrations, &args.app, &args.name, &applied)?;
    let options = rewrite::OutputOptions {
        write: !args.check,
        check: args.check,
        print_files: false,
        json: args.json,
    };
    let rewrites: Vec<_> = rewrites.into_iter().collect();
    rewrite::finish(&settings, &project, &rewrites, "nothing to optimize", &options)
}
