//! The migrations of a project: a directory of files, or files embedded in the program.

use std::path::PathBuf;

use super::NewMigration;
use super::file::{MigrationKey, load_dir, read, write_all};
use super::graph::Graph;
use crate::error::{Error, Result};

/// Where a project keeps its migrations.
#[derive(Debug, Clone)]
pub struct Project {
    /// The directory with one directory per app.
    pub migrations_dir: PathBuf,
}

/// Every migration of a project, in a graph.
#[derive(Debug, Clone, Default)]
pub struct Migrations {
    pub(super) graph: Graph,
}

impl Project {
    /// The project whose migrations stand below `migrations_dir`; it need not exist yet.
    pub fn new(migrations_dir: impl Into<PathBuf>) -> Self {
        Project {
            migrations_dir: migrations_dir.into(),
        }
    }

    /// Reads every migration file.
    ///
    /// # Errors
    /// If a file cannot be read or says something impossible (named with its line), or the graph has a hole or a circle.
    pub fn load(&self) -> Result<Migrations> {
        Ok(Migrations {
            graph: Graph::new(load_dir(&self.migrations_dir)?)?,
        })
    }

    /// Writes new migrations, all or none, and returns their paths.
    ///
    /// # Errors
    /// If a file cannot be written or exists already.
    pub fn write(&self, new: &[NewMigration]) -> Result<Vec<PathBuf>> {
        let files: Vec<(PathBuf, &str)> = new
            .iter()
            .map(|migration| (self.migrations_dir.join(&migration.path), migration.text.as_str()))
            .collect();
        write_all(&files)?;
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }
}

impl Migrations {
    /// Migrations embedded in the program: `("blog/0001_initial.toml", text)` each.
    ///
    /// # Errors
    /// As [`Project::load`].
    pub fn from_embedded(files: &[(&str, &str)]) -> Result<Self> {
        let files = files
            .iter()
            .map(|(path, text)| {
                let key = path
                    .strip_suffix(".toml")
                    .and_then(|path| path.split_once(['/', '\\']))
                    .filter(|(app, name)| !app.is_empty() && !name.is_empty());
                let Some((app, name)) = key else {
                    return Err(Error::migration(format!("{path} is no path of a migration"))
                        .with_hint("embed migrations as app/0001_initial.toml"));
                };
                read(MigrationKey::new(app, name), path, text)
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Migrations {
            graph: Graph::new(files)?,
        })
    }

    /// Labels of the apps that have migrations, sorted.
    pub fn apps(&self) -> Vec<&str> {
        self.graph.apps()
    }

    /// The full name of the one migration of `app` that is named `prefix` or starts with it.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn find(&self, app: &str, prefix: &str) -> Result<&str> {
        self.graph.find(app, prefix).map(|key| key.name.as_str())
    }
}
