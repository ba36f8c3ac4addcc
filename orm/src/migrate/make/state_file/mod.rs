//! A state of the models as a file: what `describe --json` prints and `diff` reads, TOML or JSON, by hand or by machine.

mod check;
mod json;
mod message;
mod toml;

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::migrate::project::Migrations;
use crate::model::ModelDef;

/// The models of one or more apps, as a file.
///
/// ```toml
/// [[models]]
/// app = "blog"
/// name = "Post"
/// fields = [
///     { name = "id", type = "big_int", primary_key = true, generated = true },
///     { name = "title", type = "text", max_length = 200 },
/// ]
/// ```
///
/// ```
/// # use orm::migrate::{MakeOptions, StateFile, diff};
/// # fn main() -> orm::Result<()> {
/// let text = r#"{"models": [{"app": "blog", "name": "Post", "fields": [
///     {"name": "id", "type": "big_int", "primary_key": true, "generated": true}
/// ]}]}"#;
/// let to = StateFile::parse("after.json", text)?;
/// let new = diff(&StateFile::default(), &to, &MakeOptions::default())?;
/// assert_eq!(new[0].name, "0001_initial");
/// assert_eq!(new[0].describe, ["+ create model Post"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StateFile {
    models: Vec<ModelDef>,
}

/// A model and its position in the file.
struct LocatedModel {
    model: ModelDef,
    line: usize,
    /// Of each field.
    fields: Vec<usize>,
}

#[derive(Serialize)]
struct StateFileJson<'a> {
    version: u32,
    models: &'a [ModelDef],
}

impl StateFile {
    /// The only version of the format so far.
    pub const VERSION: u32 = 1;

    /// The state with these models.
    ///
    /// # Example: the models of the program
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
    /// let state = StateFile::of_models(models);
    /// assert!(state.apps().contains(&"blog"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of_models(models: impl IntoIterator<Item = ModelDef>) -> Self {
        let mut models: Vec<ModelDef> = models.into_iter().collect();
        models.sort_by_key(ModelDef::key);
        StateFile { models }
    }

    /// The state that the files of a project lead to.
    ///
    /// # Errors
    /// If an operation does not fit what is before it, or an app has several last migrations.
    ///
    /// # Example: what the files lead to
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// assert_eq!(StateFile::of_migrations(&blog::migrations()?)?.models().len(), 5);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of_migrations(migrations: &Migrations) -> Result<Self> {
        migrations.graph.refuse_conflicts()?;
        let state = migrations.graph.state()?;
        Ok(Self::of_models(
            state.models().values().map(|model| model.as_ref().clone()),
        ))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or as [`StateFile::parse`].
    ///
    /// # Example: what `orm describe --json > models.json` wrote
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// use orm::migrate::StateFile;
    ///
    /// let state = StateFile::read("models.json".as_ref())?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let text = std::fs::read(path)
            .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other))
            .map_err(|source| {
                Error::new(Kind::Io, format!("the state file {shown} cannot be read"))
                    .with_hint("give a file with models; `orm describe --json` prints one")
                    .with_source(source)
            })?;
        Self::parse(&shown, &text)
    }

    /// Parses the text of a file: JSON if it starts with `{`, otherwise TOML. Errors name `path`.
    ///
    /// # Errors
    /// If it is neither, has an unknown key, or describes invalid models: two models or fields with
    /// the same name, a relation to a missing model, an index over a missing field, a default that the field
    /// cannot hold. Each with its line.
    ///
    /// # Example: a mistake is told with its line
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// let refused = StateFile::parse("models.json", r#"{"models": [{"app": "blog"}]}"#).unwrap_err();
    /// assert!(refused.to_string().contains("models.json"), "{refused}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let place = SourceLocation { path, ends: &ends };
        let placed = match text.trim_start().starts_with('{') {
            true => json::read(text, place)?,
            false => toml::read(text, place)?,
        };
        check::check(&placed, place)?;
        Ok(Self::of_models(placed.into_iter().map(|placed| placed.model)))
    }

    /// Every model, by app and name.
    ///
    /// # Example: their names
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// let state = StateFile::of_migrations(&blog::migrations()?)?;
    /// assert!(state.models().iter().any(|model| model.name == "Post"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn models(&self) -> &[ModelDef] {
        &self.models
    }

    /// The models themselves.
    ///
    /// # Example: to be changed
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// let mut models = StateFile::of_migrations(&blog::migrations()?)?.into_models();
    /// models.retain(|model| model.name != "Comment");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn into_models(self) -> Vec<ModelDef> {
        self.models
    }

    /// Labels of the apps that have models, sorted.
    ///
    /// # Example: one app
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// assert_eq!(StateFile::of_migrations(&blog::migrations()?)?.apps(), ["blog"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn apps(&self) -> Vec<&str> {
        let mut apps: Vec<&str> = self.models.iter().map(|model| model.app.as_str()).collect();
        apps.dedup();
        apps
    }

    /// The file as JSON: the same bytes for the same models.
    ///
    /// # Errors
    /// If a model cannot be serialized.
    ///
    /// # Example: it reads back
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::StateFile;
    ///
    /// let state = StateFile::of_migrations(&blog::migrations()?)?;
    /// assert_eq!(StateFile::parse("models.json", &state.to_json()?)?, state);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn to_json(&self) -> Result<String> {
        let written = StateFileJson {
            version: Self::VERSION,
            models: &self.models,
        };
        let mut text = serde_json::to_string_pretty(&written).map_err(|source| {
            Error::new(Kind::Config, "a model holds what has no written form").with_source(source)
        })?;
        text.push('\n');
        Ok(text)
    }
}

/// The file that errors name.
#[derive(Clone, Copy)]
struct SourceLocation<'a> {
    path: &'a str,
    /// Positions of line ends.
    ends: &'a [usize],
}

impl SourceLocation<'_> {
    fn line_at(self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }

    fn error(self, line: usize, message: impl std::fmt::Display) -> Error {
        Error::config(format!("{}:{line}: {message}", self.path))
    }

    /// What serde says, in words for people.
    fn serde(self, line: usize, message: &str) -> Error {
        let (message, hint) = message::readable(message);
        let error = self.error(line, message);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn refuse_version(self, line: usize, version: u32) -> Result<()> {
        if version == StateFile::VERSION {
            return Ok(());
        }
        Err(self
            .error(line, format!("the state is of version {version} of the form"))
            .with_hint(format!("this command line reads version {}", StateFile::VERSION)))
    }
}

#[cfg(test)]
mod tests;
