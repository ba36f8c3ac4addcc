//! The arguments every command shares, and the list of commands.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use orm::Settings;

use crate::command::{
    completions, describe, diff, init, makemigrations, migrate, optimizemigration, showmigrations,
    sqlmigrate, squashmigrations,
};
use crate::failure::{Result, hidden};
use crate::models::ModelSource;
use crate::output;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, or nothing to do
  1  it failed; or --check or --exit-code found something
  2  the command line was wrong: an unknown flag, app or package
  3  a question needs an answer; nothing was written, and the answers to fill in are printed
  130  a signal (Ctrl-C) has stopped `migrate`; what it was at has changed nothing

Databases: --database stands above DATABASE_URL, which stands above orm.toml.";

/// Keep models, migrations and databases in step.
#[derive(Parser)]
#[command(name = "orm", version, after_help = EXIT_CODES, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Everywhere")]
struct Shared {
    /// Settings file, instead of the nearest orm.toml in this directory or above
    #[arg(long, global = true, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// The commands, in the order in which a project uses them. Each is documented in its own file.
#[derive(Subcommand)]
pub enum Command {
    Init(init::Init),
    Makemigrations(makemigrations::MakeMigrations),
    Migrate(migrate::Migrate),
    Showmigrations(showmigrations::ShowMigrations),
    Sqlmigrate(sqlmigrate::SqlMigrate),
    Squashmigrations(squashmigrations::SquashMigrations),
    Optimizemigration(optimizemigration::OptimizeMigration),
    Describe(describe::Describe),
    Diff(diff::Diff),
    Completions(completions::Completions),
}

/// Which database.
#[derive(Args, Default)]
pub struct DatabaseArgs {
    /// A database of orm.toml by name, or a URL
    #[arg(long, value_name = "NAME|URL")]
    pub database: Option<String>,
}

/// Which package the models are in, and how to build it; not for an embedded command line.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Package")]
pub struct PackageArgs {
    /// Package whose models to read; may be repeated [default: what `cargo build` builds]
    #[arg(short, long, value_name = "NAME")]
    pub package: Vec<String>,
    /// Program of the package that has the models [default: the default-run or the one named as the package]
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// Features to build with
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Build with all features
    #[arg(long)]
    pub all_features: bool,
    /// Build without the default features
    #[arg(long)]
    pub no_default_features: bool,
    /// Path to the Cargo.toml of the package or workspace
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
}

const PACKAGE_ARGS: &[&str] = &[
    "package",
    "bin",
    "features",
    "all_features",
    "no_default_features",
    "manifest_path",
];

/// What every command gets.
pub struct Context {
    /// Where models come from.
    pub source: ModelSource,
    /// The settings file given by `--settings`.
    settings: Option<PathBuf>,
}

impl Context {
    /// The settings, read when a command needs them.
    pub fn settings(&self) -> Result<Settings> {
        Ok(match &self.settings {
            Some(file) => Settings::read(file)?,
            None => Settings::load()?,
        })
    }
}

/// The whole command line.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the arguments, and prints clap's errors and help.
pub fn parse(
    source: ModelSource,
    arguments: impl IntoIterator<Item = OsString>,
) -> std::result::Result<(Context, Command), ExitCode> {
    let mut command = command();
    if source == ModelSource::Program {
        // The program has its own models: there is no package to choose.
        for name in ["makemigrations", "describe", "diff"] {
            command = command.mut_subcommand(name, |mut command| {
                for &argument in PACKAGE_ARGS {
                    command = command.mut_arg(argument, |argument| argument.hide(true));
                }
                command
            });
        }
    }
    let cli = command
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| {
            print(&error);
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(crate::failure::USAGE))
        })?;
    match cli.shared.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let context = Context {
        source,
        settings: cli.shared.settings,
    };
    Ok((context, cli.command))
}

/// Prints clap's message to the output it is meant for.
fn print(error: &clap::Error) {
    let text = hidden(error.render().ansi().to_string());
    match error.use_stderr() {
        true => anstream::eprint!("{text}"),
        false => output::part(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_says_what_it_is() {
        let command = command();
        command.clone().debug_assert();
        let mut silent = Vec::new();
        for command in std::iter::once(&command).chain(command.get_subcommands()) {
            let name = command.get_name();
            if command.get_about().is_none() {
                silent.push(name.to_owned());
            }
            let without_help = |argument: &&clap::Arg| argument.get_help().is_none();
            for argument in command.get_arguments().filter(without_help) {
                silent.push(format!("{name} {}", argument.get_id()));
            }
        }
        assert!(silent.is_empty(), "without a word of help: {silent:?}");
    }
}
