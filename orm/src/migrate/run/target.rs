//! Where to migrate to, and which way.

use serde::Serialize;

/// Where to migrate to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// The last migration of every app.
    #[default]
    Latest,
    /// The last migration of one app, and what it depends on.
    App(String),
    /// One migration of one app, by its name or the start of it; backwards where it is already applied.
    Migration(String, String),
    /// Nothing of this app, nor of what depends on it.
    Zero(String),
}

impl Target {
    /// From what a command line takes: `[app] [name|prefix|zero]`.
    pub fn from_args(app: Option<&str>, name: Option<&str>) -> Self {
        match (app, name) {
            (None, _) => Target::Latest,
            (Some(app), None) => Target::App(app.to_owned()),
            (Some(app), Some("zero")) => Target::Zero(app.to_owned()),
            (Some(app), Some(name)) => Target::Migration(app.to_owned(), name.to_owned()),
        }
    }
}

/// Which way a migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Applied.
    Forward,
    /// Taken back.
    Backward,
}
