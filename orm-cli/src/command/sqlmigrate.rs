//! `sqlmigrate`: prints the SQL of one migration.

use std::process::ExitCode;

use clap::Args;
use orm::DEFAULT_DATABASE;
use orm::db::Dialect;
use orm::migrate::{Direction, sql_of};

use super::{check_app, load};
use crate::args::Context;
use crate::database::{DIALECTS, dialect_of};
use crate::failure::{Failure, Result};
use crate::output;

/// Print the SQL of a migration; needs no database
///
/// Prints what a migration would send to a database, without connecting to one.
#[derive(Args)]
pub struct SqlMigrate {
    /// App of the migration
    app: String,
    /// Its name, or a prefix of it
    #[arg(value_name = "MIGRATION")]
    name: String,
    /// Print the SQL that reverses it
    #[arg(long)]
    backwards: bool,
    /// Dialect of the SQL: sqlite or postgres [default: that of the default database]
    #[arg(long, value_parser = dialect)]
    dialect: Option<&'static Dialect>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn dialect(name: &str) -> std::result::Result<&'static Dialect, String> {
    DIALECTS
        .iter()
        .copied()
        .find(|dialect| dialect.name == name)
        .ok_or_else(|| {
            let names: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).collect();
            format!("known are: {}", names.join(", "))
        })
}

pub fn run(context: &Context, args: &SqlMigrate) -> Result<ExitCode> {
    let settings = context.settings()?;
    let migrations = load(&settings)?;
    check_app(&migrations, &args.app)?;
    let dialect = match args.dialect {
        Some(dialect) => dialect,
        None => settings
            .url(DEFAULT_DATABASE)
            .ok()
            .and_then(|url| dialect_of(&url))
            .ok_or_else(|| {
                Failure::usage(
                    "there is no default database whose dialect could be used",
                    "give --dialect",
                )
            })?,
    };
    let migration = sql_of(&migrations, &args.app, &args.name, dialect, args.backwards)?;
    if args.json {
        output::json(&migration)?;
        return Ok(ExitCode::SUCCESS);
    }
    let back = match migration.direction {
        Direction::Forward => "",
        Direction::Backward => ", taken back",
    };
    output::line(format!(
        "-- {}.{}{back}, for {}",
        migration.app, migration.name, dialect.name
    ));
    let units = migration
        .steps
        .iter()
        .map(|step| step.unit)
        .max()
        .unwrap_or_default();
    let mut unit = 0;
    for step in &migration.steps {
        output::line("");
        if units > 1 && step.unit != unit {
            unit = step.unit;
            let how = match step.in_transaction {
                true => "one transaction",
                false => "outside of a transaction",
            };
            output::line(format!("-- {unit}/{units}: {how}"));
        }
        let title = format!("-- {}", step.describe);
        // A step may say nothing but what it is.
        let says_so = |first: &String| *first == step.describe || *first == title;
        if !step.sql.first().is_some_and(says_so) {
            output::line(title);
        }
        for statement in &step.sql {
            output::line(terminated(statement));
        }
    }
    if migration.steps.is_empty() {
        output::line("-- nothing is sent to the database");
    }
    Ok(ExitCode::SUCCESS)
}

/// A statement with its semicolon; a comment is left as it is.
fn terminated(statement: &str) -> String {
    let statement = statement.trim_end();
    let last = statement.lines().next_back().unwrap_or_default();
    if statement.ends_with(';') || last.trim_start().starts_with("--") {
        statement.to_owned()
    } else {
        format!("{statement};")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_and_remarks_do_not() {
        for (text, expected) in [
            ("DROP TABLE a", "DROP TABLE a;"),
            ("DROP TABLE a;\n", "DROP TABLE a;"),
            ("-- nothing to see", "-- nothing to see"),
        ] {
            assert_eq!(terminated(text), expected);
        }
    }
}
