//! Output of commands that rewrite migrations in place.

use std::process::ExitCode;

use orm::Settings;
use orm::migrate::{MigrationStatus, Migrations, Project, Rewrite, status};
use serde::Serialize;

use super::makemigrations::{MigrationJson, entry, path_of};
use crate::database;
use crate::failure::{FAILED, Result};
use crate::output;

/// Output options of commands that write migrations.
pub struct OutputOptions {
    pub write: bool,
    pub check: bool,
    pub print_files: bool,
    pub json: bool,
}

#[derive(Serialize)]
struct CommandJson<'a> {
    written: bool,
    migrations: Vec<RewriteJson<'a>>,
}

#[derive(Serialize)]
struct RewriteJson<'a> {
    #[serde(flatten)]
    entry: MigrationJson<'a>,
    in_place_of: &'a str,
    operations_before: usize,
}

/// The status of the default database, if it exists: applied migrations must not be rewritten.
pub fn applied(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>> {
    match database::existing(settings)? {
        Some(db) => Ok(status(&mut db.session()?, migrations)?),
        None => Ok(Vec::new()),
    }
}

/// Writes the rewritten migrations and reports them.
pub fn finish(
    settings: &Settings,
    project: &Project,
    rewrites: &[Rewrite],
    nothing: &str,
    options: &OutputOptions,
) -> Result<ExitCode> {
    if options.write {
        for rewrite in rewrites {
            project.replace(rewrite)?;
        }
    }
    if options.json {
        let migrations = rewrites
            .iter()
            .map(|rewrite| {
                Ok(RewriteJson {
                    entry: entry(settings, &rewrite.migration)?,
                    in_place_of: &rewrite.old,
                    operations_before: rewrite.operations_before,
                })
            })
            .collect::<Result<_>>()?;
        output::json(&CommandJson {
            written: options.write,
            migrations,
        })?;
    } else {
        if rewrites.is_empty() {
            output::line(nothing);
        }
        for rewrite in rewrites {
            let new = &rewrite.migration;
            let instead = match rewrite.old == new.name {
                true => String::new(),
                false => format!(" instead of {}", rewrite.old),
            };
            output::line(format!("{}{instead}", path_of(settings, &new.path)));
            for sentence in &new.describe {
                output::line(format!("  {}", output::operation(sentence)));
            }
            if rewrite.operations_before > new.operations.len() {
                output::line(format!(
                    "  {} operations became {}",
                    rewrite.operations_before,
                    new.operations.len()
                ));
            }
            if options.print_files {
                output::line("");
                output::part(&new.text);
            }
        }
    }
    Ok(match options.check && !rewrites.is_empty() {
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    })
}
