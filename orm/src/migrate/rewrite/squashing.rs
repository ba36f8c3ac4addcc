//! Squashes several migrations of an app into one that replaces them.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::migrate::file::{MigrationFile, MigrationKey, NewMigration, new_migration};
use crate::migrate::graph::{Graph, replay, state_before};
use crate::migrate::optimize::optimize_from;
use crate::migrate::project::Migrations;
use crate::migrate::state::ProjectState;

/// Options for squashing.
///
/// # Example: a name, and every operation as it is
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let options = orm::migrate::SquashOptions { name: Some("all".to_owned()), optimize: false };
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquashOptions {
    /// Name after the number, instead of a generated one.
    pub name: Option<String>,
    /// Whether to optimize the operations and leave out elidable ones.
    pub optimize: bool,
}

impl Default for SquashOptions {
    fn default() -> Self {
        SquashOptions {
            name: None,
            optimize: true,
        }
    }
}

/// A migration that replaces others.
///
/// # Example: what it stands in for
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{SquashOptions, squash_migrations};
///
/// let squash = squash_migrations(&blog::migrations()?, "blog", None, "0001", &SquashOptions::default())?;
/// assert_eq!(squash.replaces, ["0001_initial"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Squash {
    /// Names of the migrations it replaces, in order.
    pub replaces: Vec<String>,
    /// Their number of operations.
    pub operations_before: usize,
    /// The migration; it is not written yet.
    pub migration: NewMigration,
}

/// Squashes the migrations of an app from `start` (or the first) to `end`, each given by a prefix of its name.
///
/// # Errors
/// If there are no such migrations, others come in between, or the result does not lead to the same models.
///
/// # Example: all of an app
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{SquashOptions, squash_migrations};
///
/// let squash = squash_migrations(&blog::migrations()?, "blog", None, "0001", &SquashOptions::default())?;
/// assert_eq!(squash.migration.name, "0001_squashed_0001_initial");
/// # Ok::<(), orm::Error>(())
/// ```
pub fn squash_migrations(
    migrations: &Migrations,
    app: &str,
    start: Option<&str>,
    end: &str,
    options: &SquashOptions,
) -> Result<Squash> {
    let graph = &migrations.graph;
    graph.refuse_conflicts()?;
    let chain = chain(graph, app, start, end)?;
    let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
        return Err(Error::migration(format!("there is nothing to squash in {app}")));
    };
    let name = match (&options.name, start) {
        (Some(name), None) => format!("0001_{name}"),
        (Some(name), Some(_)) => {
            let number = first
                .key
                .name
                .split_once('_')
                .map_or(first.key.name.as_str(), |(number, _)| number);
            format!("{number}_{name}")
        }
        (None, None) => format!("0001_squashed_{}", last.key.name),
        (None, Some(_)) => format!("{}_squashed_{}", first.key.name, last.key.name),
    };
    let key = MigrationKey::new(app, name);
    if graph.file(&key).is_some() {
        return Err(Error::migration(format!("{key} exists already"))
            .with_hint("give another name: --squashed-name NAME"));
    }
    let before = state_before(graph, &first.key)?;
    let file = squash(
        &before,
        &chain,
        key,
        start.is_none() || first.initial,
        options.optimize,
    )?;
    let with_it = graph.all_files().cloned().chain([file.clone()]).collect();
    let with_it = Graph::new(with_it).map_err(|error| cut_across(graph, &chain, error))?;
    refuse_another_end(graph, &last.key, &with_it, &file.key)?;
    refuse_another_state(graph, &with_it, &file.key)?;
    Ok(Squash {
        replaces: chain.iter().map(|file| file.key.name.clone()).collect(),
        operations_before: chain.iter().map(|file| file.operations.len()).sum(),
        migration: new_migration(file)?,
    })
}

/// The migrations of an app up to `end`, in order, without those before `start`.
fn chain<'a>(graph: &'a Graph, app: &str, start: Option<&str>, end: &str) -> Result<Vec<&'a MigrationFile>> {
    let end = running(graph, app, end)?;
    let ancestors = graph.ancestors(end);
    let mut chain: Vec<&MigrationFile> = graph
        .files()
        .filter(|file| file.key.app == app && ancestors.contains(&file.key))
        .collect();
    if let Some(start) = start {
        let start = running(graph, app, start)?;
        let Some(at) = chain.iter().position(|file| file.key == *start) else {
            return Err(Error::migration(format!("{start} does not come before {end}"))
                .with_hint(format!("showmigrations {app} lists them in the order they run")));
        };
        chain.drain(..at);
    }
    Ok(chain)
}

/// A migration that is not replaced.
fn running<'a>(graph: &'a Graph, app: &str, name: &str) -> Result<&'a MigrationKey> {
    let key = graph.find(app, name)?;
    if graph.has(key) {
        return Ok(key);
    }
    let over: Vec<String> = graph.stand_ins(key).iter().map(ToString::to_string).collect();
    Err(
        Error::migration(format!("{} stands in for {key} already", over.join(", ")))
            .with_hint("squash that one, together with what follows it"),
    )
}

/// Builds the squashed migration.
fn squash(
    before: &ProjectState,
    chain: &[&MigrationFile],
    key: MigrationKey,
    initial: bool,
    optimized: bool,
) -> Result<MigrationFile> {
    let own: BTreeSet<&MigrationKey> = chain.iter().map(|file| &file.key).collect();
    let outside = |keys: &[MigrationKey]| -> Vec<MigrationKey> {
        keys.iter().filter(|key| !own.contains(key)).cloned().collect()
    };
    let mut dependencies = Vec::new();
    let mut run_before = Vec::new();
    let mut operations = Vec::new();
    let mut replaces = Vec::new();
    let mut reasons = Vec::new();
    for file in chain {
        dependencies.extend(outside(&file.dependencies));
        run_before.extend(outside(&file.run_before));
        operations.extend(file.operations.iter().cloned());
        replaces.extend(file.as_replaced());
        reasons.extend(file.allow_loss.clone());
    }
    // One may depend on a migration that another in the range replaces.
    dependencies.retain(|dependency| !replaces.iter().any(|replaced| replaced.key == *dependency));
    run_before.sort();
    run_before.dedup();
    if optimized {
        operations.retain(|operation| !operation.elidable());
        operations = optimize_from(before, operations, &key.app);
    }
    let mut file = MigrationFile::new(key, initial, dependencies, operations)?;
    file.run_before = run_before;
    file.replaces = replaces;
    file.allow_loss = (!reasons.is_empty()).then(|| reasons.join("; "));
    Ok(file)
}

/// Checks that the models after the squashed migration are those after the last one it replaces.
fn refuse_another_end(before: &Graph, last: &MigrationKey, after: &Graph, key: &MigrationKey) -> Result<()> {
    let end = |graph: &Graph, key: &MigrationKey| -> Result<ProjectState> {
        let mut state = state_before(graph, key)?;
        if let Some(file) = graph.file(key) {
            replay(file, &mut state)?;
        }
        Ok(state)
    };
    let made = end(after, key).map_err(|error| error.context(format!("{key} would not run")))?;
    match made.agrees_with(&end(before, last)?) {
        true => Ok(()),
        false => Err(
            Error::migration(format!("{key} would not lead to the models that {last} leads to"))
                .with_hint("nothing was written; try --no-optimize"),
        ),
    }
}

/// Explains the failure if a migration of another app comes between those to be squashed.
fn cut_across(graph: &Graph, chain: &[&MigrationFile], error: Error) -> Error {
    let own: BTreeSet<&MigrationKey> = chain.iter().map(|file| &file.key).collect();
    let outside = |key: &&MigrationKey| !own.contains(key);
    for file in chain {
        for parent in graph.parents(&file.key).filter(outside) {
            let ancestors = graph.ancestors(parent);
            if let Some(earlier) = chain.iter().find(|earlier| ancestors.contains(&earlier.key)) {
                return Error::migration(format!(
                    "{} cannot be one with {}: {parent} has to run between the two",
                    earlier.key, file.key
                ))
                .with_hint("squash what is before it and what is behind it apart");
            }
        }
    }
    error
}

/// Checks that the files lead to the same models with a rewritten migration.
///
/// # Errors
/// If they do not.
pub(in crate::migrate) fn refuse_another_state(
    before: &Graph,
    after: &Graph,
    key: &MigrationKey,
) -> Result<()> {
    let same = after
        .state()
        .map_err(|error| error.context(format!("{key} would not do what it stands for")))?
        .agrees_with(&before.state()?);
    match same {
        true => Ok(()),
        false => Err(Error::migration(format!(
            "{key} would not lead to the models that the files lead to now"
        ))
        .with_hint("nothing was written; try --no-optimize")),
    }
}

#[cfg(test)]
mod tests;
