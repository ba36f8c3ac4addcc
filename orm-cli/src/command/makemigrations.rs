//! `makemigrations`: writes migration files for changes of the models.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use orm::Settings;
use orm::migrate::{
    Answers, ListedMigration, MakeOptions, Migrations, NewMigration, Project, Question, Unanswered,
    make_migrations, merge_migrations, update_migrations,
};
use serde::Serialize;

use super::{check_app, merge, rewrite};
use crate::answers::{AnswerArgs, QuestionHandler, QuestionMode};
use crate::args::{Context, PackageArgs};
use crate::database;
use crate::failure::{FAILED, Failure, Result};
use crate::models::{self, Models};
use crate::output;

/// Write migration files for what changed in the models
///
/// Compares the models with the state that the migration files lead to, and writes the difference.
#[derive(Args)]
pub struct MakeMigrations {
    /// Apps to make migrations for, with those they depend on [default: all]
    #[arg(value_name = "APP")]
    apps: Vec<String>,
    /// Name after the number, instead of one generated from the operations
    #[arg(short, long)]
    name: Option<String>,
    /// Print the files instead of writing them
    #[arg(long)]
    dry_run: bool,
    /// Write nothing; exit with 1 if a migration would be written
    #[arg(long)]
    check: bool,
    /// Write an empty migration for each APP, to be filled in by hand
    #[arg(long, requires = "apps")]
    empty: bool,
    /// Merge conflicting branches if they change nothing in common; does not read the models
    #[arg(long, conflicts_with_all = ["empty", "update"])]
    merge: bool,
    /// Add the changes to the last migration of each app, if it is not applied, instead of to a new one
    #[arg(long, conflicts_with = "empty")]
    update: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    answers: AnswerArgs,
    #[command(flatten)]
    package: PackageArgs,
}

#[derive(Serialize)]
struct CommandJson<'a> {
    written: bool,
    migrations: Vec<MigrationJson<'a>>,
    /// For `--check`: questions that changes would ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    questions: Vec<String>,
    /// For `--dry-run`: fields that got placeholders, because nothing was asked.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    placeholders: &'a [String],
}

/// A migration in the JSON of every command that makes some.
#[derive(Serialize)]
pub(super) struct MigrationJson<'a> {
    #[serde(flatten)]
    migration: ListedMigration,
    path: String,
    text: &'a str,
}

pub fn run(context: &Context, args: &MakeMigrations) -> Result<ExitCode> {
    if let Some(name) = &args.name
        && !is_identifier(name)
    {
        return Err(Failure::usage(
            format!("`{name}` is not a name for a migration"),
            "use letters, digits and `_`, no digit first: the number is put in front",
        ));
    }
    let settings = context.settings()?;
    let mut answers = args.answers.read(QuestionMode {
        json: args.json,
        rehearsal: args.dry_run,
    })?;
    // Files are read first: an error in one is reported at once, not after a build.
    let project = Project::new(settings.migrations());
    let migrations = project.load()?.shared_with(settings.other_apps());
    let output_options = rewrite::OutputOptions {
        write: !args.dry_run && !args.check,
        check: args.check,
        print_files: args.dry_run && !args.check,
        json: args.json,
    };
    if args.merge {
        args.apps.iter().try_for_each(|app| check_app(&migrations, app))?;
        let mut options = MakeOptions {
            name: args.name.clone(),
            apps: args.apps.clone(),
            ..MakeOptions::default()
        };
        let merges = answers.settle(&[], |answers| {
            options.answers = answers.clone();
            merge_migrations(&migrations, &options)
        })?;
        return merge::run(&settings, &project, &merges, &output_options);
    }
    database::check_history(&settings, &migrations)?;
    let found = models::find(context, &args.package)?;
    let mut options = MakeOptions {
        name: args.name.clone(),
        empty: args.empty,
        apps: apps(args, &found, &migrations)?,
        databases: database::declared(&settings),
        ..MakeOptions::default()
    };
    if args.update {
        let applied = rewrite::applied(&settings, &migrations)?;
        let mut update = |answers: &Answers| {
            options.answers = answers.clone();
            update_migrations(&found.models, &migrations, &options, &applied)
        };
        let rewrites = match args.check {
            true => update(answers.given())?,
            false => answers.settle(&found.models, update)?,
        };
        let code = rewrite::finish(
            &settings,
            &project,
            &rewrites,
            "no changes detected",
            &output_options,
        )?;
        if !args.json {
            tell_of_placeholders(&answers);
        }
        return Ok(code);
    }
    let mut make = |answers: &Answers| {
        options.answers = answers.clone();
        make_migrations(&found.models, &migrations, &options)
    };
    if args.check {
        return check(args, &settings, make(answers.given()));
    }
    let new = answers.settle(&found.models, make)?;
    if !args.dry_run {
        project.write(&new)?;
        project.write_heads(&project.load()?, false)?;
    }
    if args.json {
        let mut listing = listing(&settings, &new, !args.dry_run)?;
        listing.placeholders = answers.placeholders();
        output::json(&listing)?;
    } else {
        print(args, &settings, &new);
        tell_of_placeholders(&answers);
    }
    Ok(ExitCode::SUCCESS)
}

/// `--check` asks nothing: a question means a change.
fn check(
    args: &MakeMigrations,
    settings: &Settings,
    made: orm::Result<Vec<NewMigration>>,
) -> Result<ExitCode> {
    let (new, questions) = match made {
        Ok(new) => (new, Vec::new()),
        Err(error) => match Unanswered::of(&error) {
            Some(unanswered) => (
                Vec::new(),
                unanswered.questions.iter().map(Question::sentence).collect(),
            ),
            None => return Err(error.into()),
        },
    };
    let changed = !new.is_empty() || !questions.is_empty();
    if args.json {
        let mut listing = listing(settings, &new, false)?;
        listing.questions = questions;
        output::json(&listing)?;
    } else if questions.is_empty() {
        print(args, settings, &new);
    } else {
        output::line("changes that need an answer");
        for question in questions {
            output::line(format!("  ? {question}"));
        }
    }
    Ok(match changed {
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    })
}

/// The apps to make migrations for: those given, which must exist; with `--package`, those of the packages;
/// otherwise all.
fn apps(args: &MakeMigrations, found: &Models, migrations: &Migrations) -> Result<Vec<String>> {
    let of_models: BTreeSet<&str> = found.models.iter().map(|model| model.app.as_str()).collect();
    if args.apps.is_empty() {
        if found.partial {
            return Ok(of_models.into_iter().map(str::to_owned).collect());
        }
        refuse_strangers(&of_models, migrations)?;
        return Ok(Vec::new());
    }
    let known: BTreeSet<&str> = of_models.into_iter().chain(migrations.apps()).collect();
    for app in &args.apps {
        if !known.contains(app.as_str()) {
            let known: Vec<&str> = known.into_iter().collect();
            return Err(Failure::usage(
                format!("there is no app `{app}`"),
                format!("there are: {}", known.join(", ")),
            ));
        }
    }
    Ok(args.apps.clone())
}

/// Refuses models whose apps have no migration at all while other apps have some: this would delete every table and
/// create all of them again.
fn refuse_strangers(of_models: &BTreeSet<&str>, migrations: &Migrations) -> Result<()> {
    let of_files = migrations.apps();
    if of_files.is_empty() || of_files.iter().any(|app| of_models.contains(app)) {
        return Ok(());
    }
    let of_models: Vec<&str> = of_models.iter().copied().collect();
    Err(orm::Error::config(format!(
        "the migrations are of {}, the models of {}",
        of_files.join(", "),
        of_models.join(", ")
    ))
    .with_hint(
        "a model's app is its crate unless its module says orm::app!(\"…\"); if all of this is meant, give the apps as arguments",
    )
    .into())
}

/// The number is put in front.
fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|c| !c.is_ascii_digit())
}

pub(super) fn path_of(settings: &Settings, path: &Path) -> String {
    output::shown(&settings.migrations().join(path))
        .display()
        .to_string()
}

pub(super) fn entry<'a>(settings: &Settings, new: &'a NewMigration) -> Result<MigrationJson<'a>> {
    Ok(MigrationJson {
        migration: ListedMigration::of(new)?,
        path: path_of(settings, &new.path),
        text: &new.text,
    })
}

fn listing<'a>(settings: &Settings, new: &'a [NewMigration], written: bool) -> Result<CommandJson<'a>> {
    Ok(CommandJson {
        written,
        migrations: new
            .iter()
            .map(|new| entry(settings, new))
            .collect::<Result<_>>()?,
        questions: Vec::new(),
        placeholders: &[],
    })
}

/// A dry run asks nothing about values of rows, and says so.
fn tell_of_placeholders(answers: &QuestionHandler) {
    let fields = answers.placeholders();
    if !fields.is_empty() {
        output::warning(format!(
            "nothing was asked about the rows that exist: what they get in {} (`fill`) is a placeholder; without --dry-run \
             makemigrations asks, or takes --default",
            fields.join(", ")
        ));
    }
}

fn print(args: &MakeMigrations, settings: &Settings, new: &[NewMigration]) {
    if new.is_empty() {
        output::line(match args.apps.as_slice() {
            [] => "no changes detected".to_owned(),
            apps => format!("no changes detected in {}", apps.join(", ")),
        });
    }
    for migration in new {
        output::line(path_of(settings, &migration.path));
        for sentence in &migration.describe {
            output::line(format!("  {}", output::operation(sentence)));
        }
        if args.dry_run && !args.check {
            output::line("");
            output::part(&migration.text);
        }
    }
}

/// Whether the models have changes that are not in the files; a question counts as a change.
pub fn has_changes(models: &Models, migrations: &Migrations) -> bool {
    match make_migrations(&models.models, migrations, &MakeOptions::default()) {
        Ok(new) => !new.is_empty(),
        Err(error) => error.is_question(),
    }
}

/// As `has_changes`, if the models are available without a build.
pub fn warn_of_changes(context: &Context, migrations: &Migrations, directory: &Path) {
    if context.source != models::ModelSource::Program {
        return;
    }
    let Ok(found) = models::find(context, &PackageArgs::default()) else {
        return;
    };
    if has_changes(&found, migrations) {
        output::warning(format!(
            "the models have changes that are not in a file in {}; run `makemigrations` to write one",
            output::shown(directory).display()
        ));
    }
}
