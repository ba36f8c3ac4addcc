//! Migrations that are not written yet.

use std::path::PathBuf;

use serde::Serialize;

use super::{MigrationFile, MigrationKey, path_of, render};
use crate::error::Result;
use crate::migrate::operation::Operation;

/// A migration that is not written yet.
///
/// # Example: what is made of a new model
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, StateFile, diff};
///
/// let to = StateFile::of_migrations(&blog::migrations()?)?;
/// let new = diff(&StateFile::default(), &to, &MakeOptions::default())?;
/// assert_eq!(new[0].path, std::path::Path::new("blog/0001_initial.toml"));
/// assert!(new[0].text.contains("kind = \"CreateModel\""));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewMigration {
    /// Label of its app.
    pub app: String,
    /// Name, with its number.
    pub name: String,
    /// Path below the directory of migrations.
    pub path: PathBuf,
    /// Whether it is an initial migration of its app.
    pub initial: bool,
    /// What has to be applied before it.
    pub dependencies: Vec<MigrationKey>,
    /// The migrations it stands in for.
    pub replaces: Vec<MigrationKey>,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Descriptions of its operations, each with its symbol in front: `+ create model Post`.
    pub describe: Vec<String>,
    /// The file.
    pub text: String,
}

/// A migration that takes the place of another.
///
/// # Example: there is nothing to be made fewer
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::optimize_migration;
///
/// assert!(optimize_migration(&blog::migrations()?, "blog", "0001", &[])?.is_none());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rewrite {
    /// Name of the replaced migration; the new one may have the same.
    pub old: String,
    /// Path of its file below the directory of migrations.
    pub old_path: PathBuf,
    /// Whether it is the last of its app.
    pub is_last: bool,
    /// Number of operations before optimizing.
    pub operations_before: usize,
    /// The migration; it is not written yet.
    pub migration: NewMigration,
}

pub(in crate::migrate) fn new_migration(file: MigrationFile) -> Result<NewMigration> {
    Ok(NewMigration {
        path: path_of(&file.key),
        describe: file.operations.iter().map(Operation::line).collect(),
        text: render(&file)?,
        app: file.key.app,
        name: file.key.name,
        initial: file.initial,
        dependencies: file.dependencies,
        replaces: file.replaces.into_iter().map(|replaced| replaced.key).collect(),
        operations: file.operations,
    })
}
