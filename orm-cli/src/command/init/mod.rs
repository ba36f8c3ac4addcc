//! `init`: a settings file, database files kept out of git, and a package for the models.

mod models;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use orm::error::Kind;
use orm::{Error, SETTINGS_FILE, Settings};

use crate::failure::Result;
use crate::output;
use models::Files;

/// Write orm.toml and keep database files out of git
///
/// Writes orm.toml into the current directory. With --models it also makes a package for the models, which compiles by
/// itself: `makemigrations` then builds that package alone, and never waits for code around the models, nor for code that
/// does not compile yet.
#[derive(Args)]
pub struct Init {
    /// Address of the default database [default: sqlite://<package>.db]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Make a library of this name for the models, a member of the workspace; a project that has orm.toml gets it too
    #[arg(long, value_name = "NAME")]
    models: Option<String>,
}

/// What git should not see: a database and the two files beside it while it is open.
const IGNORED: &[&str] = &["*.db", "*.db-wal", "*.db-shm"];

pub fn run(args: &Init) -> Result<ExitCode> {
    let directory = std::env::current_dir()
        .map_err(|error| Error::new(Kind::Io, "the current directory cannot be read").with_source(error))?;
    let settings = directory.join(SETTINGS_FILE);
    let there = settings.exists();
    if there && (args.models.is_none() || args.url.is_some()) {
        return Err(Error::config(format!("{SETTINGS_FILE} is already there"))
            .with_hint("edit it, or delete it to start again")
            .into());
    }
    let mut text = match (there, &args.url) {
        (true, _) => {
            // Read as settings first: what is wrong with them is told by line.
            Settings::read(&settings)?;
            fs::read_to_string(&settings).map_err(|error| {
                Error::new(Kind::Io, format!("{SETTINGS_FILE} cannot be read")).with_source(error)
            })?
        }
        (false, Some(url)) => settings_text(url),
        (false, None) => settings_text(&format!("sqlite://{}.db", name_of(&directory))),
    };
    if let Some(name) = &args.models {
        let files = Files::new(&directory, name)?;
        text = models::in_settings(&text, name)?;
        files.write()?;
        output::line(format!("made the package {name}"));
    }
    write(&settings, &text)?;
    output::line(format!(
        "{} {SETTINGS_FILE}",
        if there { "added it to" } else { "wrote" }
    ));
    let ignore = directory.join(".gitignore");
    let text = match fs::read_to_string(&ignore) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Error::new(Kind::Io, ".gitignore cannot be read")
                .with_source(error)
                .into());
        }
    };
    if let Some(text) = with_ignored(&text) {
        write(&ignore, &text)?;
        output::line("added database files to .gitignore");
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| {
        Error::new(Kind::Io, format!("{} cannot be written", path.display()))
            .with_source(error)
            .into()
    })
}

fn settings_text(url: &str) -> String {
    // A debug string of text without control characters is a TOML string.
    let url = toml::Value::String(url.to_owned());
    format!(
        "\
# Settings of the `orm` command line; `orm::Settings::load()` reads them in a program.
# Relative paths are relative to this file.

# The directory with the migration files: one directory per app in it, all of it belongs into version control.
migrations = \"migrations\"

# sqlite://file.db, or postgres://user:${{PASSWORD}}@host/database. `${{NAME}}` is read from the environment.
# The environment variable DATABASE_URL and the option --database stand above it.
[databases.default]
url = {url}
"
    )
}

/// The package's name, or the directory's.
fn name_of(directory: &Path) -> String {
    let package = fs::read_to_string(directory.join("Cargo.toml"))
        .ok()
        .and_then(|text| text.parse::<toml::Table>().ok())
        .and_then(|manifest| Some(manifest.get("package")?.get("name")?.as_str()?.to_owned()));
    package
        .or_else(|| Some(directory.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "database".to_owned())
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// The text of a `.gitignore` with the lines it lacks, in its own line endings; `None` where it has them all.
fn with_ignored(text: &str) -> Option<String> {
    let missing: Vec<&str> = IGNORED
        .iter()
        .copied()
        .filter(|pattern| !text.lines().any(|line| line.trim_end() == *pattern))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = text.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push_str(end);
    }
    for pattern in missing {
        out.push_str(pattern);
        out.push_str(end);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitignore_keeps_what_it_has_in_its_own_line_endings() {
        for (before, after) in [
            ("", Some("*.db\n*.db-wal\n*.db-shm\n")),
            ("/target", Some("/target\n*.db\n*.db-wal\n*.db-shm\n")),
            (
                "/target\r\n*.db\r\n",
                Some("/target\r\n*.db\r\n*.db-wal\r\n*.db-shm\r\n"),
            ),
            ("*.db\n*.db-wal\n*.db-shm\n", None),
        ] {
            assert_eq!(with_ignored(before).as_deref(), after, "{before:?}");
        }
    }

    #[test]
    fn the_settings_read_back_whatever_the_url() {
        let text = settings_text("sqlite://a\"b\\c.db");
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(
            table["databases"]["default"]["url"].as_str(),
            Some("sqlite://a\"b\\c.db")
        );
    }
}
