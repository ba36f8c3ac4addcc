//! `optimizemigration`: neighbours in a migration made one operation.

use std::process::ExitCode;

use clap::Args;
use orm::migrate::{Project, optimize_migration};

use super::{check_app, rewrite};
use crate::args::Context;
use crate::failure::Result;

/// Make the operations of a migration fewer, with the same models in the end
///
/// The file is written in place. A migration that the default database has is refused.
#[derive(Args)]
pub struct OptimizeMigration {
    /// App of the migration
    app: String,
    /// Its name, or the start of it
    #[arg(value_name = "MIGRATION")]
    name: String,
    /// Write nothing; exit with 1 if there is something to make one
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
    // Whether it could be done can be asked of applied ones too.
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
