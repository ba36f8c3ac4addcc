//! Which migrations have to run to get from a database's history to a target, and what each will do.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Migrations;
use super::compile::{Compiled, backward, forward, inverses, state_before};
use super::file::{MigrationFile, MigrationKey};
use super::graph::{Graph, replay};
use super::history::History;
use super::operation::Operation;
use super::state::ProjectState;
use crate::error::Result;
use crate::sql::{Dialect, Session};

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

/// One migration of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedMigration {
    /// Label of its app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Which way it runs.
    pub direction: Direction,
    /// Its operations in English, each with its symbol in front; on the way back those that undo them.
    pub describe: Vec<String>,
    /// What is sent to the database.
    pub steps: Vec<PlannedStep>,
}

/// One step of a migration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStep {
    /// What it does, in English.
    pub describe: String,
    /// Its SQL.
    pub sql: Vec<String>,
}

/// What [`migrate`](super::migrate()) would do, without doing it.
///
/// # Errors
/// If the target names no migration, the history contradicts the files, or a migration to take back has no way back.
pub fn plan(
    session: &mut dyn Session,
    migrations: &Migrations,
    target: &Target,
) -> Result<Vec<PlannedMigration>> {
    let history = History::read(session)?;
    let compiled = compile_plan(&migrations.graph, &history, target, session.dialect())?;
    Ok(compiled.iter().map(planned).collect())
}

/// What one migration (by the start of its name) sends to a database of `dialect`.
///
/// # Errors
/// If there is no such migration, or it has no way back where one is asked for.
pub fn sql_of(
    migrations: &Migrations,
    app: &str,
    name: &str,
    dialect: &'static Dialect,
    backwards: bool,
) -> Result<PlannedMigration> {
    let graph = &migrations.graph;
    let key = graph.find(app, name)?;
    let mut state = state_before(graph, key)?;
    // The key came from the graph.
    let Some(file) = graph.file(key) else {
        graph.require_app(app)?;
        return Err(crate::error::Error::migration(format!(
            "there is no migration {key}"
        )));
    };
    let compiled = if backwards {
        let inverses = inverses(file, &mut state)?;
        backward(file, inverses, &mut state, dialect)?
    } else {
        forward(file, &mut state, dialect)?
    };
    Ok(planned(&compiled))
}

fn planned(compiled: &Compiled<'_>) -> PlannedMigration {
    PlannedMigration {
        app: compiled.file.key.app.clone(),
        name: compiled.file.key.name.clone(),
        direction: compiled.direction,
        describe: compiled.operations.iter().map(Operation::line).collect(),
        steps: compiled
            .steps
            .iter()
            .map(|step| PlannedStep {
                describe: step.describe(),
                sql: step.sql(),
            })
            .collect(),
    }
}

/// The migrations to run, in order, ready to run. Everything that can be refused is refused here.
///
/// # Errors
/// As [`plan`].
pub(super) fn compile_plan<'a>(
    graph: &'a Graph,
    history: &History,
    target: &Target,
    dialect: &'static Dialect,
) -> Result<Vec<Compiled<'a>>> {
    graph.refuse_conflicts()?;
    history.check(graph)?;
    match route(graph, history, target)? {
        Route::Forward(wanted) => {
            let mut state = ProjectState::default();
            for file in graph.files().filter(|file| history.has(file)) {
                replay(file, &mut state)?;
            }
            graph
                .files()
                .filter(|file| wanted.contains(&file.key) && !history.has(file))
                .map(|file| forward(file, &mut state, dialect))
                .collect()
        }
        Route::Backward(unwanted) => {
            let goes = |file: &&MigrationFile| history.has(file) && unwanted.contains(&file.key);
            let mut state = ProjectState::default();
            for file in graph.files().filter(|file| history.has(file) && !goes(file)) {
                replay(file, &mut state)?;
            }
            let mut undone = Vec::new();
            for file in graph.files().filter(goes) {
                undone.push((file, inverses(file, &mut state)?));
            }
            undone
                .into_iter()
                .rev()
                .map(|(file, inverses)| backward(file, inverses, &mut state, dialect))
                .collect()
        }
    }
}

enum Route {
    /// All of these have to be applied.
    Forward(BTreeSet<MigrationKey>),
    /// None of these may be applied.
    Backward(BTreeSet<MigrationKey>),
}

fn route(graph: &Graph, history: &History, target: &Target) -> Result<Route> {
    Ok(match target {
        Target::Latest => Route::Forward(graph.files().map(|file| file.key.clone()).collect()),
        Target::App(app) => {
            graph.require_app(app)?;
            let leaf = graph.leaf(app)?;
            Route::Forward(leaf.map(|leaf| graph.ancestors(leaf)).unwrap_or_default())
        }
        Target::Zero(app) => {
            graph.require_app(app)?;
            let all = graph.of_app(app).flat_map(|file| graph.descendants(&file.key));
            Route::Backward(all.collect())
        }
        Target::Migration(app, name) => {
            let key = graph.find(app, name)?;
            if !graph.file(key).is_some_and(|file| history.has(file)) {
                return Ok(Route::Forward(graph.ancestors(key)));
            }
            // Only what follows in the same app, and what depends on that, so that as little as possible is undone.
            let next = graph.children(key).filter(|child| child.app == *app);
            Route::Backward(next.flat_map(|child| graph.descendants(child)).collect())
        }
    })
}
