//! `makemigrations --merge`: merges conflicting branches.

use std::process::ExitCode;

use orm::Settings;
use orm::migrate::{Merge, NewMigration, Project};
use owo_colors::OwoColorize;
use serde::Serialize;

use super::makemigrations::{MigrationJson, entry, path_of};
use super::rewrite::OutputOptions;
use crate::failure::{FAILED, Result};
use crate::output;

#[derive(Serialize)]
struct CommandJson<'a> {
    written: bool,
    merges: &'a [Merge],
    migrations: Vec<MigrationJson<'a>>,
}

pub fn run(
    settings: &Settings,
    project: &Project,
    merges: &[Merge],
    options: &OutputOptions,
) -> Result<ExitCode> {
    let new: Vec<NewMigration> = merges.iter().map(|merge| merge.migration.clone()).collect();
    let mut heads = Vec::new();
    if options.write {
        project.write(&new)?;
        // This also resolves a conflict that is only in a `HEAD`.
        heads = project.write_heads(&project.load()?, true)?;
    }
    if options.json {
        let migrations = new
            .iter()
            .map(|new| entry(settings, new))
            .collect::<Result<_>>()?;
        output::json(&CommandJson {
            written: options.write,
            merges,
            migrations,
        })?;
    } else {
        for merge in merges {
            print(settings, merge, options);
        }
        for head in &heads {
            output::line(output::shown(head).display());
        }
        if merges.is_empty() && heads.is_empty() {
            output::line("no branches to merge");
        }
    }
    Ok(match options.check && !merges.is_empty() {
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    })
}

fn print(settings: &Settings, merge: &Merge, options: &OutputOptions) {
    for branch in &merge.branches {
        output::line(format!("{} {}", "branch".bold(), branch.leaf.bold()));
        for migration in &branch.migrations {
            output::line(format!("  {}", migration.name));
            for sentence in &migration.describe {
                output::line(format!("    {}", output::operation(sentence)));
            }
        }
    }
    output::line(path_of(settings, &merge.migration.path));
    if options.print_files {
        output::line("");
        output::part(&merge.migration.text);
    }
}
