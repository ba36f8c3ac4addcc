//! Rewrites migrations in place, as long as they are not known to be applied anywhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::migrate::file::{
    MigrationFile, MigrationKey, NameInput, Rewrite, new_migration, next_name, number_of, path_of,
};
use crate::migrate::graph::{Graph, state_before};
use crate::migrate::make::{MakeOptions, Placement, files_asking, files_at};
use crate::migrate::operation::Operation;
use crate::migrate::optimize::optimize_from;
use crate::migrate::project::Migrations;
use crate::migrate::run::MigrationStatus;
use crate::model::ModelDef;

/// Puts what the models say and the files do not into the last migration of each app, instead of into new ones.
///
/// `applied` is what [`status`](crate::migrate::status()) says of a database that matters.
///
/// # Errors
/// As [`make_migrations`](crate::migrate::make_migrations()), and if the last migration of an app is applied, stands in for
/// others, or another depends on it, or the app has none.
///
/// # Example: nothing is new
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, StateFile, update_migrations};
///
/// let models = StateFile::of_migrations(&blog::migrations()?)?.into_models();
/// assert!(update_migrations(&models, &blog::migrations()?, &MakeOptions::default(), &[])?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn update_migrations(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
    applied: &[MigrationStatus],
) -> Result<Vec<Rewrite>> {
    update_at(models, migrations, options, applied, Utc::now())
}

pub(in crate::migrate) fn update_at(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
    applied: &[MigrationStatus],
    now: DateTime<Utc>,
) -> Result<Vec<Rewrite>> {
    let graph = &migrations.graph;
    let mut of_app: BTreeMap<String, Vec<MigrationFile>> = BTreeMap::new();
    let mut added: BTreeMap<MigrationKey, String> = BTreeMap::new();
    for file in files_asking(models, graph, options, None, Placement::AllButTheLast, now)? {
        added.insert(file.key.clone(), file.key.app.clone());
        of_app.entry(file.key.app.clone()).or_default().push(file);
    }
    let mut updated: BTreeMap<String, (MigrationFile, MigrationFile, usize)> = BTreeMap::new();
    for (app, new) in of_app {
        let old = updatable(graph, &app, applied)?;
        let mut file = old.clone();
        for one in new {
            file.operations.extend(one.operations);
            file.dependencies.extend(one.dependencies);
        }
        let before = file.operations.len();
        file.operations = optimize_from(&state_before(graph, &old.key)?, file.operations, &app);
        file.key.name = name_of(old, options.name.as_deref(), &file.operations, now)?;
        updated.insert(app, (old.clone(), file, before));
    }
    // Dependencies on a migration that was updated are those on its new name.
    let names: BTreeMap<String, (MigrationKey, MigrationKey)> = updated
        .iter()
        .map(|(app, (old, file, _))| (app.clone(), (old.key.clone(), file.key.clone())))
        .collect();
    for (app, (_, file, _)) in &mut updated {
        let mut dependencies = BTreeSet::new();
        for dependency in &file.dependencies {
            match names.get(&dependency.app) {
                Some((old, now)) if added.contains_key(dependency) || dependency == old => {
                    dependencies.insert(now.clone());
                }
                _ => {
                    dependencies.insert(dependency.clone());
                }
            }
        }
        dependencies.retain(|dependency| names.get(app).is_none_or(|(_, now)| dependency != now));
        file.dependencies = dependencies.into_iter().collect();
    }
    prove(graph, &updated, models, options)?;
    updated
        .into_values()
        .map(|(old, file, before)| rewrite(&old, file, true, before))
        .collect()
}

/// The last migration of an app, if it may be changed.
fn updatable<'a>(graph: &'a Graph, app: &str, applied: &[MigrationStatus]) -> Result<&'a MigrationFile> {
    let leaf = graph.leaf(app)?.and_then(|key| graph.file(key));
    let Some(file) = leaf else {
        return Err(
            Error::migration(format!("{app} has no migration that could be updated"))
                .with_hint("run makemigrations without --update"),
        );
    };
    if !file.replaces.is_empty() {
        return Err(
            Error::migration(format!("{} stands in for others, and is not updated", file.key))
                .with_hint("run makemigrations without --update"),
        );
    }
    refuse_applied(file, applied, "run makemigrations without --update")?;
    let users: Vec<String> = graph
        .all_files()
        .filter(|other| other.dependencies.contains(&file.key))
        .map(|other| other.key.to_string())
        .collect();
    if !users.is_empty() {
        return Err(Error::migration(format!(
            "{} is not updated, for others depend on it: {}",
            file.key,
            users.join(", ")
        ))
        .with_hint("run makemigrations without --update"));
    }
    Ok(file)
}

fn refuse_applied(file: &MigrationFile, applied: &[MigrationStatus], hint: impl Into<String>) -> Result<()> {
    let is_applied = applied.iter().any(|one| {
        let names = one.replaces.iter().chain([&one.name]);
        one.app == file.key.app
            && one.applied_at.is_some()
            && names.into_iter().any(|name| *name == file.key.name)
    });
    match is_applied {
        true => Err(Error::migration(format!("{} is applied already", file.key)).with_hint(hint.into())),
        false => Ok(()),
    }
}

/// The same number, and a name for what it does now.
fn name_of(
    old: &MigrationFile,
    given: Option<&str>,
    operations: &[Operation],
    now: DateTime<Utc>,
) -> Result<String> {
    // A migration without a number gets the first one.
    let before = number_of(&old.key.name).map(|number| format!("{:04}", number.saturating_sub(1)));
    let said = NameInput {
        given,
        first: false,
        initial: old.initial,
        taken: BTreeSet::new(),
    };
    let mut name = next_name(before.as_deref(), &said, operations, now)?;
    if name == old.key.name {
        name.push_str("_updated");
    }
    Ok(name)
}

/// Checks that the files lead to the models: nothing is left to detect.
fn prove(
    graph: &Graph,
    updated: &BTreeMap<String, (MigrationFile, MigrationFile, usize)>,
    models: &[ModelDef],
    options: &MakeOptions,
) -> Result<()> {
    let files = graph
        .all_files()
        .map(|file| match updated.get(&file.key.app) {
            Some((old, new, _)) if old.key == file.key => new.clone(),
            _ => file.clone(),
        })
        .collect();
    let graph = Graph::new(files)?;
    let left = files_at(models, &graph, options, Utc::now())?;
    match left.first() {
        None => Ok(()),
        Some(file) => Err(Error::migration(format!(
            "the last migration of {} cannot take what is new: together they do not lead to the models",
            file.key.app
        ))
        .with_hint("run makemigrations without --update")),
    }
}

fn rewrite(old: &MigrationFile, file: MigrationFile, is_last: bool, before: usize) -> Result<Rewrite> {
    Ok(Rewrite {
        old: old.key.name.clone(),
        old_path: path_of(&old.key),
        is_last,
        operations_before: before,
        migration: new_migration(file)?,
    })
}

/// Optimizes a migration if the result leads to the same models; `None` if there is nothing to optimize.
///
/// # Errors
/// If there is no such migration, or it is applied.
///
/// # Example: nothing can be left out
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert!(orm::migrate::optimize_migration(&blog::migrations()?, "blog", "0001", &[])?.is_none());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn optimize_migration(
    migrations: &Migrations,
    app: &str,
    name: &str,
    applied: &[MigrationStatus],
) -> Result<Option<Rewrite>> {
    let graph = &migrations.graph;
    let key = graph.find(app, name)?;
    let Some(old) = graph.file(key) else {
        return Ok(None);
    };
    let mut file = old.clone();
    file.operations = optimize_from(&state_before(graph, key)?, file.operations, app);
    if file.operations.len() >= old.operations.len() {
        return Ok(None);
    }
    refuse_applied(
        old,
        applied,
        format!("squashmigrations {app} {name} {name} makes one that stands in for it"),
    )?;
    let files = graph
        .all_files()
        .map(|other| {
            if other.key == old.key {
                file.clone()
            } else {
                other.clone()
            }
        })
        .collect();
    super::squashing::refuse_another_state(graph, &Graph::new(files)?, &old.key)?;
    let is_last = graph.leaves(app).contains(&key);
    rewrite(old, file, is_last, old.operations.len()).map(Some)
}
