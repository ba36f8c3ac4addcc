//! Joins conflicting branches by a merge migration without operations. Branches that change the same object cannot
//! be merged this way, because the result would depend on which is applied last.

mod conflict;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::migrate::file::{
    MigrationFile, MigrationKey, NameInput, NewMigration, new_migration, next_name, number_of,
};
use crate::migrate::graph::{Graph, replay};
use crate::migrate::make::MakeOptions;
use crate::migrate::operation::Operation;
use crate::migrate::project::Migrations;
use crate::migrate::question::{Question, Unanswered};
use crate::migrate::state::ProjectState;
use conflict::Claims;

/// Maximum length of the joined names in the name of a merge migration.
const MAX_JOINED: usize = 47;

/// The branches of an app and the migration that merges them.
///
/// # Example: two branches that touch different things
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, Migrations, merge_migrations};
///
/// let file = |id: &str, on: &str, field: &str| format!(
///     "id = \"{id}\"\ndependencies = [{on}]\n[[operations]]\nkind = \"AddField\"\nmodel = \"Tag\"\nfield = {{ name = \"{field}\", type = \"text\", null = true }}\n"
/// );
/// let first = "id = \"000000000001\"\ninitial = true\ndependencies = []\n[[operations]]\nkind = \"CreateModel\"\nmodel = \"Tag\"\nfields = [{ name = \"id\", type = \"big_int\", primary_key = true, generated = true }]\n";
/// let (a, b) = (file("000000000002", "\"blog.0001_initial\"", "a"), file("000000000003", "\"blog.0001_initial\"", "b"));
/// let branches = Migrations::from_embedded(&[
///     ("blog/0001_initial.toml", first),
///     ("blog/0002_a.toml", &a),
///     ("blog/0002_b.toml", &b),
/// ])?;
/// let merges = merge_migrations(&branches, &MakeOptions::default())?;
/// assert_eq!(merges[0].migration.name, "0003_merge_0002_a_0002_b");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Merge {
    /// Label of the app.
    pub app: String,
    /// The branches, by the name of their last migration.
    pub branches: Vec<Branch>,
    /// The merge migration; it is not written yet.
    #[serde(skip)]
    pub migration: NewMigration,
}

impl Merge {
    /// Whether a branch runs SQL or Rust, so that only a person can tell whether it conflicts with another.
    fn is_opaque(&self) -> bool {
        let mut migrations = self.branches.iter().flat_map(|branch| &branch.migrations);
        migrations.any(|migration| migration.opaque)
    }
}

/// One branch since it diverged.
///
/// # Example: there is one branch only, so nothing is to be joined
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert!(orm::migrate::merge_migrations(&blog::migrations()?, &Default::default())?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Branch {
    /// Its last migration.
    pub leaf: String,
    /// Its migrations in order, with descriptions of their operations.
    pub migrations: Vec<BranchMigration>,
}

/// One migration of a branch.
///
/// # Example: what a branch does, for a person who decides
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// for merge in orm::migrate::merge_migrations(&blog::migrations()?, &Default::default())? {
///     for migration in merge.branches.iter().flat_map(|branch| &branch.migrations) {
///         println!("{}: {:?}", migration.name, migration.describe);
///     }
/// }
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BranchMigration {
    /// Its name.
    pub name: String,
    /// Descriptions of its operations, each with its symbol in front.
    pub describe: Vec<String>,
    /// Whether it runs SQL or Rust, so that only a person can tell what it changes.
    pub opaque: bool,
}

/// Merges the branches of each app with several last migrations (of those in the options, or of all).
///
/// # Errors
/// If operations of two branches change the same object; the error names both. If a branch runs SQL or
/// Rust, whose changes are unknown, and no answer allows it ([`Error::is_question`]).
///
/// # Example: nothing to join
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert!(orm::migrate::merge_migrations(&blog::migrations()?, &Default::default())?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn merge_migrations(migrations: &Migrations, options: &MakeOptions) -> Result<Vec<Merge>> {
    merge_at(migrations, options, Utc::now())
}

pub(in crate::migrate) fn merge_at(
    migrations: &Migrations,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<Merge>> {
    let graph = &migrations.graph;
    let mut merges = Vec::new();
    for app in graph.apps() {
        let leaves = graph.leaves(app);
        let asked = options.apps.is_empty() || options.apps.iter().any(|asked| asked == app);
        if leaves.len() > 1 && asked {
            merges.push(merge(graph, app, &leaves, options.name.as_deref(), now)?);
        }
    }
    let questions: Vec<Question> = merges
        .iter()
        .filter(|merge| merge.is_opaque())
        .map(|merge| Question::Merge {
            app: merge.app.clone(),
            branches: merge.branches.iter().map(|branch| branch.leaf.clone()).collect(),
        })
        .filter(|question| options.answers.answer(question).is_none())
        .collect();
    match questions.is_empty() {
        true => Ok(merges),
        false => Err(Unanswered { questions }.error()),
    }
}

fn merge(
    graph: &Graph,
    app: &str,
    leaves: &[&MigrationKey],
    name: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Merge> {
    let ancestries: Vec<BTreeSet<MigrationKey>> = leaves.iter().map(|leaf| graph.ancestors(leaf)).collect();
    let of_branch = |one: &BTreeSet<MigrationKey>, other: &BTreeSet<MigrationKey>| -> Vec<&MigrationFile> {
        graph
            .files()
            .filter(|file| file.key.app == app && one.contains(&file.key) && !other.contains(&file.key))
            .collect()
    };
    let mut conflicts = Vec::new();
    for (at, one) in ancestries.iter().enumerate() {
        for other in &ancestries[at + 1..] {
            conflicts.extend(find_clashes(&of_branch(one, other), &of_branch(other, one)));
        }
    }
    if !conflicts.is_empty() {
        conflicts.dedup();
        return Err(Error::migration(format!(
            "the branches of {app} cannot be merged, for they touch the same:\n  {}",
            conflicts.join("\n  ")
        ))
        .with_hint(
            "put one branch behind the other: let its first migration depend on the last of the other, and change what \
             it does to what is left to do",
        ));
    }
    for (at, one) in ancestries.iter().enumerate() {
        for (other_at, other) in ancestries.iter().enumerate().skip(at + 1) {
            prove(graph, one, other).map_err(|error| {
                error.context(format!(
                    "the branches of {app} that end with {} and {} cannot be merged",
                    leaves[at].name, leaves[other_at].name
                ))
            })?;
        }
    }
    let common = ancestries
        .iter()
        .skip(1)
        .fold(ancestries.first().cloned().unwrap_or_default(), |common, one| {
            common.intersection(one).cloned().collect()
        });
    let branches = leaves
        .iter()
        .zip(&ancestries)
        .map(|(leaf, ancestry)| Branch {
            leaf: leaf.name.clone(),
            migrations: of_branch(ancestry, &common).into_iter().map(shown).collect(),
        })
        .collect();
    let mut names: Vec<&str> = leaves.iter().map(|leaf| leaf.name.as_str()).collect();
    names.sort_unstable();
    let joined = names.join("_");
    let name = match name {
        Some(name) => name.to_owned(),
        None if joined.chars().count() > MAX_JOINED => format!("merge_{}", now.format("%Y%m%d_%H%M")),
        None => format!("merge_{joined}"),
    };
    let said = NameInput {
        given: Some(&name),
        first: false,
        initial: false,
        taken: graph.names_of(app).collect(),
    };
    // After the leaf with the greatest number.
    let last = names.iter().max_by_key(|name| number_of(name)).copied();
    let name = next_name(last, &said, &[], now)?;
    let dependencies = leaves.iter().copied().cloned().collect();
    let file = MigrationFile::new(MigrationKey::new(app, name), false, dependencies, Vec::new())?;
    Ok(Merge {
        app: app.to_owned(),
        branches,
        migration: new_migration(file)?,
    })
}

fn shown(file: &MigrationFile) -> BranchMigration {
    BranchMigration {
        name: file.key.name.clone(),
        describe: file.operations.iter().map(Operation::line).collect(),
        opaque: file
            .operations
            .iter()
            .any(|operation| operation.accesses(&file.key.app).is_by_hand()),
    }
}

/// Every pair of conflicting operations, described.
fn find_clashes(one: &[&MigrationFile], other: &[&MigrationFile]) -> Vec<String> {
    let theirs: Vec<_> = operations(other).collect();
    let mut conflicts = Vec::new();
    for (file, operation, claims) in operations(one) {
        for (their_file, their_operation, their_claims) in &theirs {
            for object in claims.conflicts(their_claims) {
                conflicts.push(format!(
                    "{object}: {} ({}) and {} ({})",
                    file.key.name,
                    operation.describe(),
                    their_file.key.name,
                    their_operation.describe()
                ));
            }
        }
    }
    conflicts
}

fn operations<'a>(
    files: &[&'a MigrationFile],
) -> impl Iterator<Item = (&'a MigrationFile, &'a Operation, Claims<'a>)> {
    files.iter().flat_map(|&file| {
        let operations = file.operations.iter();
        operations.map(move |operation| (file, operation, Claims::of(&operation.accesses(&file.key.app))))
    })
}

/// Checks that the order of the branches does not matter.
fn prove(graph: &Graph, one: &BTreeSet<MigrationKey>, other: &BTreeSet<MigrationKey>) -> Result<()> {
    let state = |first: &BTreeSet<MigrationKey>, second: &BTreeSet<MigrationKey>| -> Result<ProjectState> {
        let mut state = ProjectState::default();
        for file in graph.files().filter(|file| first.contains(&file.key)) {
            replay(file, &mut state)?;
        }
        for file in graph
            .files()
            .filter(|file| second.contains(&file.key) && !first.contains(&file.key))
        {
            replay(file, &mut state)?;
        }
        Ok(state)
    };
    match state(one, other)?.agrees_with(&state(other, one)?) {
        true => Ok(()),
        false => Err(Error::migration("the models depend on which of them comes first")
            .with_hint("let the first migration of one branch depend on the last of the other")),
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
