//! The migrations of a project: a directory of files, or files embedded in the program.

use std::path::PathBuf;

use crate::error::{Error, Result};

use super::NewMigration;

/// Where a project keeps its migrations.
#[derive(Debug, Clone)]
pub struct Project {
    /// The directory with one directory per app.
    pub migrations_dir: PathBuf,
}

/// Every migration of a project, in a graph.
#[derive(Debug, Clone, Default)]
pub struct Migrations {}

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
        Err(Error::unsupported("loading is not there yet"))
    }

    /// Writes new migrations, all or none, and returns their paths.
    ///
    /// # Errors
    /// If a file cannot be written or exists already.
    pub fn write(&self, new: &[NewMigration]) -> Result<Vec<PathBuf>> {
        let _ = new;
        Err(Error::unsupported("writing is not there yet"))
    }
}

impl Migrations {
    /// Migrations embedded in the program: `("blog/0001_initial.toml", text)` each.
    ///
    /// # Errors
    /// As [`Project::load`].
    pub fn from_embedded(files: &[(&str, &str)]) -> Result<Self> {
        let _ = files;
        Err(Error::unsupported("loading is not there yet"))
    }

    /// Labels of the apps that have migrations, sorted.
    pub fn apps(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The full name of the one migration of `app` whose name starts with `prefix`.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn find(&self, app: &str, prefix: &str) -> Result<&str> {
        let _ = (app, prefix);
        Err(Error::unsupported("loading is not there yet"))
    }
}
