//! New migrations from what the models say and the files do not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::autodetect::{Piece, arrange, detect};
use super::file::{MigrationFile, MigrationKey, next_name, path_of, render};
use super::graph::Graph;
use super::operation::{Contract, Operation};
use super::state::ProjectState;
use super::{Answers, Migrations};
use crate::error::{Error, Result};
use crate::model::ModelDef;

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
    /// Whether it is among the first of its app.
    pub initial: bool,
    /// What has to be applied before it.
    pub dependencies: Vec<MigrationKey>,
    /// Its operations.
    pub operations: Vec<Operation>,
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
    make_at(models, migrations, options, Utc::now())
}

pub(super) fn make_at(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<NewMigration>> {
    let files = files_at(models, &migrations.graph, options, now)?;
    files.into_iter().map(new_migration).collect()
}

/// The same, as what the files say.
pub(super) fn files_at(
    models: &[ModelDef],
    graph: &Graph,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<MigrationFile>> {
    graph.refuse_conflicts()?;
    refuse_unknown_apps(models, graph, &options.apps)?;
    if options.empty {
        return empty(graph, options, now);
    }
    let from = graph.state()?;
    let to = ProjectState::from_models(models)?;
    let drafts = detect(&from, &to, models, &options.answers, now)?;
    let pieces = of_apps(arrange(drafts)?, &options.apps);
    name_pieces(pieces, graph, options, now)
}

pub(super) fn new_migration(file: MigrationFile) -> Result<NewMigration> {
    Ok(NewMigration {
        path: path_of(&file.key),
        describe: file.operations.iter().map(Operation::line).collect(),
        text: render(&file)?,
        app: file.key.app,
        name: file.key.name,
        initial: file.initial,
        dependencies: file.dependencies,
        operations: file.operations,
    })
}

fn refuse_unknown_apps(models: &[ModelDef], graph: &Graph, apps: &[String]) -> Result<()> {
    let known: BTreeSet<&str> = models
        .iter()
        .map(|model| model.app.as_str())
        .chain(graph.apps())
        .collect();
    match apps.iter().find(|app| !known.contains(app.as_str())) {
        Some(app) => {
            let known: Vec<&str> = known.into_iter().collect();
            Err(
                Error::config(format!("there is no app {app}")).with_hint(match known.is_empty() {
                    true => "no models are registered".to_owned(),
                    false => format!("the apps are {}", known.join(", ")),
                }),
            )
        }
        None => Ok(()),
    }
}

fn empty(graph: &Graph, options: &MakeOptions, now: DateTime<Utc>) -> Result<Vec<MigrationFile>> {
    if options.apps.is_empty() {
        return Err(Error::config("an empty migration needs an app").with_hint("name one: --empty APP"));
    }
    let apps: BTreeSet<&String> = options.apps.iter().collect();
    apps.into_iter()
        .map(|app| {
            let leaf = graph.leaf(app)?;
            let taken = graph.names_of(app);
            let name = next_name(taken, options.name.as_deref(), false, &[], now)?;
            let dependencies = leaf.into_iter().cloned().collect();
            MigrationFile::new(
                MigrationKey::new(app, name),
                leaf.is_none(),
                dependencies,
                Vec::new(),
            )
        })
        .collect()
}

/// The pieces of some apps and those they need; all where no app is named.
fn of_apps(pieces: Vec<Piece>, apps: &[String]) -> Vec<Piece> {
    if apps.is_empty() {
        return pieces;
    }
    let mut wanted = BTreeSet::new();
    // A piece needs earlier ones only, and those of its app before it.
    for at in (0..pieces.len()).rev() {
        let piece = &pieces[at];
        let of_wanted_app = pieces[at..]
            .iter()
            .enumerate()
            .any(|(later, other)| other.app == piece.app && wanted.contains(&(at + later)));
        if wanted.contains(&at) || apps.contains(&piece.app) || of_wanted_app {
            wanted.insert(at);
            wanted.extend(piece.pieces.iter().copied());
        }
    }
    let mut position = BTreeMap::new();
    let mut kept = Vec::new();
    for (at, mut piece) in pieces.into_iter().enumerate() {
        if wanted.contains(&at) {
            position.insert(at, kept.len());
            piece.pieces = piece
                .pieces
                .iter()
                .filter_map(|at| position.get(at).copied())
                .collect();
            kept.push(piece);
        }
    }
    kept
}

/// Gives each piece its name, number and dependencies.
fn name_pieces(
    pieces: Vec<Piece>,
    graph: &Graph,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<MigrationFile>> {
    let mut files: Vec<MigrationFile> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let app = piece.app.as_str();
        let initial = graph.of_app(app).next().is_none();
        let earlier = || files.iter().filter(|file| file.key.app == app);
        let taken = graph
            .names_of(app)
            .chain(earlier().map(|file| file.key.name.as_str()));
        let name = next_name(taken, options.name.as_deref(), initial, &piece.operations, now)?;
        let mut dependencies: Vec<MigrationKey> =
            piece.pieces.iter().map(|at| files[*at].key.clone()).collect();
        match earlier().next_back() {
            Some(previous) => dependencies.push(previous.key.clone()),
            None => dependencies.extend(graph.leaf(app)?.cloned()),
        }
        let mut others: BTreeSet<&str> = piece.models.iter().map(|key| key.app.as_str()).collect();
        others.extend(users_of_deleted(&piece, graph));
        for other in others {
            // A new migration of that app comes after its last one anyway.
            if !dependencies.iter().any(|key| key.app == other) {
                dependencies.extend(graph.leaf(other)?.cloned());
            }
        }
        files.push(MigrationFile::new(
            MigrationKey::new(app, name),
            initial,
            dependencies,
            piece.operations,
        )?);
    }
    Ok(files)
}

/// Other apps whose migrations once pointed at a model that goes: they have to have let go of it before.
fn users_of_deleted<'a>(piece: &Piece, graph: &'a Graph) -> BTreeSet<&'a str> {
    let deleted: Vec<_> = piece
        .operations
        .iter()
        .filter(|operation| matches!(operation, Operation::DeleteModel(_)))
        .flat_map(|operation| operation.references(&piece.app))
        .collect();
    if deleted.is_empty() {
        return BTreeSet::new();
    }
    graph
        .files()
        .filter(|file| file.key.app != piece.app)
        .filter(|file| {
            file.operations
                .iter()
                .flat_map(|operation| operation.references(&file.key.app))
                .any(|key| deleted.contains(&key))
        })
        .map(|file| file.key.app.as_str())
        .collect()
}
