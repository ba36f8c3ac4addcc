//! New migrations from what the models say and the files do not.

use std::path::PathBuf;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::ModelDef;

use super::{Answers, Migrations};

/// What `makemigrations` is told.
#[derive(Debug, Clone, Default)]
pub struct MakeOptions {
    /// Name of the migration behind its number; made from its operations where none is given.
    pub name: Option<String>,
    /// A migration without operations for each of `apps`, to be filled by hand.
    pub empty: bool,
    /// Only these apps and what they depend on; all where there is none.
    pub apps: Vec<String>,
    /// Answers to what only a person can decide.
    pub answers: Answers,
}

/// A migration that is not written yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewMigration {
    /// Label of its app.
    pub app: String,
    /// Name, with its number.
    pub name: String,
    /// Path below the directory of migrations.
    pub path: PathBuf,
    /// Its operations in English, each with its symbol in front: `+ create model Post`.
    pub describe: Vec<String>,
    /// The file.
    pub text: String,
}

/// What has to be written so that the files say what the models say; nothing where they agree.
///
/// # Errors
/// If the models contradict themselves, the graph has several ends in one app, or a question is not answered
/// ([`Error::is_question`]).
pub fn make_migrations(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
) -> Result<Vec<NewMigration>> {
    let _ = (models, migrations, options);
    Err(Error::unsupported("making migrations is not there yet"))
}
