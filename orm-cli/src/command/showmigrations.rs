//! `showmigrations`: lists migrations and which of them the database has.

use std::process::ExitCode;

use clap::Args;
use orm::migrate::{MigrationStatus, check_history, status};
use owo_colors::OwoColorize;
use serde::Serialize;

use super::{check_app, load};
use crate::args::{Context, DatabaseArgs};
use crate::database;
use crate::failure::Result;
use crate::output;

/// List the migrations and which of them the database has
///
/// Marks applied migrations `[X]`, others `[ ]`, those whose file is missing `[?]`, and squashed ones that are
/// applied only through the migrations they replace `[-]`. Exits with 1 if a file is missing.
#[derive(Args)]
pub struct ShowMigrations {
    /// Apps to list [default: all]
    #[arg(value_name = "APP")]
    apps: Vec<String>,
    /// List by app (the default)
    #[arg(short, long, conflicts_with = "plan")]
    list: bool,
    /// List in the order they run
    #[arg(short, long)]
    plan: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Serialize)]
struct CommandJson {
    migrations: Vec<MigrationStatus>,
}

pub fn run(context: &Context, args: &ShowMigrations) -> Result<ExitCode> {
    let settings = context.settings()?;
    let migrations = load(&settings)?;
    for app in &args.apps {
        check_app(&migrations, app)?;
    }
    let db = database::look(&settings, &args.database)?;
    let mut session = db.session()?;
    let mut listed = status(&mut session, &migrations)?;
    let lost = listed.iter().any(|migration| migration.missing);
    if !args.apps.is_empty() {
        listed.retain(|migration| args.apps.contains(&migration.app));
    }
    if args.json {
        output::json(&CommandJson { migrations: listed })?;
    } else {
        print(args, &listed);
    }
    if lost {
        // The list shows what is missing, the error what to do.
        check_history(&mut session, &migrations)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(args: &ShowMigrations, listed: &[MigrationStatus]) {
    if listed.is_empty() {
        output::line("no migrations");
    }
    if args.plan {
        for migration in listed {
            output::line(format!(
                "{} {}.{}{}",
                mark(migration),
                migration.app,
                migration.name,
                remark(migration)
            ));
        }
    } else {
        // Apps are sorted; within an app, migrations are in the order they run.
        let mut by_app: Vec<&MigrationStatus> = listed.iter().collect();
        by_app.sort_by(|a, b| a.app.cmp(&b.app));
        let mut app = None;
        for migration in by_app {
            if app != Some(&migration.app) {
                output::line(migration.app.bold());
                app = Some(&migration.app);
            }
            output::line(format!(
                " {} {}{}",
                mark(migration),
                migration.name,
                remark(migration)
            ));
        }
    }
}

fn mark(migration: &MigrationStatus) -> &'static str {
    match (migration.missing, &migration.applied_at) {
        (true, _) => "[?]",
        (false, Some(_)) if migration.unrecorded => "[-]",
        (false, Some(_)) => "[X]",
        (false, None) => "[ ]",
    }
}

fn remark(migration: &MigrationStatus) -> String {
    let replaces = match migration.replaces.len() {
        0 => String::new(),
        count => format!("  {}", format!("replaces {count}").dimmed()),
    };
    if migration.missing {
        format!("  {}", "its file is gone".yellow())
    } else if migration.edited {
        format!("{replaces}  {}", "edited since it was applied".yellow())
    } else if migration.unrecorded {
        format!(
            "{replaces}  {}",
            "the migrations it replaces are applied; migrate will record it".yellow()
        )
    } else {
        replaces
    }
}
