//! `diff`: the migrations between two states.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use orm::migrate::{
    ListedMigration, MakeOptions, Migrations, NewMigration, Project, StateFile, diff, diff_from_files,
};
use owo_colors::OwoColorize;
use serde::Serialize;

use crate::answers::{AnswerArgs, QuestionMode};
use crate::args::{Context, PackageArgs};
use crate::failure::{FAILED, Failure, Result};
use crate::models;
use crate::output;

/// Print the migrations that lead from one state of the models to another
///
/// Writes nothing and connects to no database. A STATE is a file of models (TOML or JSON, as `orm describe --json`
/// prints it), `-` for such a file on the standard input, `models` for the models of this package, or `migrations`
/// for the state its migration files lead to. For a file named `models`, write `./models`.
///
/// If FROM is a file, apps with models in it are taken to have a first migration, so new ones start at 0002. From
/// `migrations`, numbers continue after the existing files.
#[derive(Args)]
pub struct Diff {
    /// Where to start
    #[arg(long, value_name = "STATE", default_value = "migrations")]
    from: StateSource,
    /// Where to arrive
    #[arg(long, value_name = "STATE", default_value = "models")]
    to: StateSource,
    /// Only this app, and what it depends on; may be repeated [default: all]
    #[arg(long = "app", value_name = "LABEL")]
    apps: Vec<String>,
    /// Exit with 1 if there is a difference
    #[arg(long)]
    exit_code: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    answers: AnswerArgs,
    #[command(flatten)]
    package: PackageArgs,
}

#[derive(Clone, Debug, PartialEq)]
enum StateSource {
    Models,
    Migrations,
    Input,
    File(PathBuf),
}

impl std::str::FromStr for StateSource {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Ok(match text {
            "" => return Err("give a file, `-`, `models` or `migrations`".to_owned()),
            "models" => StateSource::Models,
            "migrations" => StateSource::Migrations,
            "-" => StateSource::Input,
            path => StateSource::File(path.into()),
        })
    }
}

#[derive(Serialize)]
struct CommandJson {
    migrations: Vec<ListedMigration>,
}

/// Where to start: migration files have numbers that continue, a state has none.
enum DiffBase {
    Files(Migrations),
    StateSource(StateFile),
}

pub fn run(context: &Context, args: &Diff) -> Result<ExitCode> {
    if args.from == StateSource::Input && args.to == StateSource::Input {
        return Err(Failure::usage(
            "both states would be read from the standard input",
            "give one of them as a file",
        ));
    }
    let mut answers = args.answers.read(QuestionMode {
        json: args.json,
        rehearsal: false,
    })?;
    let mut partial = false;
    let from = match &args.from {
        StateSource::Migrations => DiffBase::Files(files(context)?),
        other => DiffBase::StateSource(state(context, args, other, &mut false)?),
    };
    let to = state(context, args, &args.to, &mut partial)?;
    let mut options = MakeOptions {
        apps: apps(args, &from, &to)?,
        ..MakeOptions::default()
    };
    if partial && options.apps.is_empty() {
        // Other apps were not removed; they were not asked for.
        options.apps = to.apps().into_iter().map(str::to_owned).collect();
    }
    let new = answers.settle(to.models(), |answers| {
        options.answers = answers.clone();
        match &from {
            DiffBase::Files(files) => diff_from_files(files, &to, &options),
            DiffBase::StateSource(from) => diff(from, &to, &options),
        }
    })?;
    if args.json {
        let migrations = new.iter().map(ListedMigration::of).collect::<orm::Result<_>>()?;
        output::json(&CommandJson { migrations })?;
    } else {
        print(&new);
    }
    Ok(match args.exit_code && !new.is_empty() {
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    })
}

fn files(context: &Context) -> Result<Migrations> {
    Ok(Project::new(context.settings()?.migrations()).load()?)
}

fn state(context: &Context, args: &Diff, state: &StateSource, partial: &mut bool) -> Result<StateFile> {
    Ok(match state {
        StateSource::Models => {
            let found = models::find(context, &args.package)?;
            *partial = found.partial;
            StateFile::of_models(found.models)
        }
        StateSource::Migrations => StateFile::of_migrations(&files(context)?)?,
        StateSource::File(path) => StateFile::read(path)?,
        StateSource::Input => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|source| {
                orm::Error::new(orm::error::Kind::Io, "the standard input cannot be read").with_source(source)
            })?;
            StateFile::parse("standard input", &text)?
        }
    })
}

/// The apps to compare; one of the states must have them.
fn apps(args: &Diff, from: &DiffBase, to: &StateFile) -> Result<Vec<String>> {
    let before = match from {
        DiffBase::Files(files) => files.apps(),
        DiffBase::StateSource(state) => state.apps(),
    };
    let known: BTreeSet<&str> = before.into_iter().chain(to.apps()).collect();
    match args.apps.iter().find(|app| !known.contains(app.as_str())) {
        None => Ok(args.apps.clone()),
        Some(app) => {
            let known: Vec<&str> = known.into_iter().collect();
            Err(Failure::usage(
                format!("neither state has an app `{app}`"),
                format!("there are: {}", known.join(", ")),
            ))
        }
    }
}

fn print(new: &[NewMigration]) {
    if new.is_empty() {
        output::line("no differences");
    }
    for migration in new {
        output::line(format!("{}.{}", migration.app, migration.name).bold());
        for dependency in &migration.dependencies {
            output::line(format!("  after {dependency}").dimmed());
        }
        for sentence in &migration.describe {
            output::line(format!("  {}", output::operation(sentence)));
        }
    }
}
