//! Migrations and what they depend on.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{MigrationFile, MigrationKey};
use super::operation::Contract;
use super::state::ProjectState;
use crate::error::{Error, Result};

/// Every migration, in an order in which each comes after what it depends on.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: BTreeMap<MigrationKey, MigrationFile>,
    /// Of all orders the one that takes the least name first, so that it is the same everywhere.
    order: Vec<MigrationKey>,
    children: BTreeMap<MigrationKey, BTreeSet<MigrationKey>>,
}

impl Graph {
    /// # Errors
    /// If two migrations have one id, one depends on what does not exist, or they depend on each other in a circle.
    pub(super) fn new(files: Vec<MigrationFile>) -> Result<Self> {
        let mut graph = Graph::default();
        let mut ids: BTreeMap<String, MigrationKey> = BTreeMap::new();
        for file in files {
            if let Some(other) = ids.insert(file.id.clone(), file.key.clone()) {
                return Err(
                    Error::migration(format!("{other} and {} have the same id", file.key)).with_hint(
                        "one was copied from the other: give the one that is applied nowhere another id",
                    ),
                );
            }
            graph.nodes.insert(file.key.clone(), file);
        }
        for (key, file) in &graph.nodes {
            for dependency in &file.dependencies {
                if !graph.nodes.contains_key(dependency) {
                    return Err(Error::migration(format!(
                        "{key} depends on {dependency}, which does not exist"
                    ))
                    .with_hint("bring its file back, or correct `dependencies`"));
                }
                graph
                    .children
                    .entry(dependency.clone())
                    .or_default()
                    .insert(key.clone());
            }
        }
        graph.order = graph.sort()?;
        Ok(graph)
    }

    fn sort(&self) -> Result<Vec<MigrationKey>> {
        let mut open: BTreeMap<&MigrationKey, usize> = BTreeMap::new();
        let mut ready = BTreeSet::new();
        for (key, file) in &self.nodes {
            let parents: BTreeSet<&MigrationKey> = file.dependencies.iter().collect();
            if parents.is_empty() {
                ready.insert(key);
            } else {
                open.insert(key, parents.len());
            }
        }
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(key) = ready.pop_first() {
            order.push(key.clone());
            for child in self.children(key) {
                if let Some(count) = open.get_mut(child) {
                    *count -= 1;
                    if *count == 0 {
                        open.remove(child);
                        ready.insert(child);
                    }
                }
            }
        }
        if open.is_empty() {
            return Ok(order);
        }
        Err(Error::migration(format!(
            "migrations depend on each other in a circle: {}",
            self.circle(&open)
        ))
        .with_hint("correct `dependencies` in one of them"))
    }

    /// One circle among what could not be sorted: following dependencies that could not be sorted must come back.
    fn circle(&self, open: &BTreeMap<&MigrationKey, usize>) -> String {
        let mut path: Vec<&MigrationKey> = Vec::new();
        let mut next = open.keys().next().copied();
        while let Some(key) = next {
            if let Some(start) = path.iter().position(|seen| *seen == key) {
                path.drain(..start);
                path.push(key);
                break;
            }
            path.push(key);
            next = self
                .nodes
                .get(key)
                .and_then(|file| file.dependencies.iter().find(|parent| open.contains_key(parent)));
        }
        let names: Vec<String> = path.iter().map(ToString::to_string).collect();
        names.join(" -> ")
    }

    pub(super) fn children(&self, key: &MigrationKey) -> impl Iterator<Item = &MigrationKey> {
        self.children.get(key).into_iter().flatten()
    }

    pub(super) fn file(&self, key: &MigrationKey) -> Option<&MigrationFile> {
        self.nodes.get(key)
    }

    /// Every migration, in order.
    pub(super) fn files(&self) -> impl Iterator<Item = &MigrationFile> {
        self.order.iter().filter_map(|key| self.nodes.get(key))
    }

    pub(super) fn apps(&self) -> Vec<&str> {
        let apps: BTreeSet<&str> = self.nodes.keys().map(|key| key.app.as_str()).collect();
        apps.into_iter().collect()
    }

    /// Migrations of an app, by name.
    pub(super) fn of_app<'a>(&'a self, app: &str) -> impl Iterator<Item = &'a MigrationFile> {
        self.nodes.values().filter(move |file| file.key.app == app)
    }

    /// The migrations of an app that no other of the app depends on.
    pub(super) fn leaves(&self, app: &str) -> Vec<&MigrationKey> {
        self.of_app(app)
            .map(|file| &file.key)
            .filter(|key| !self.children(key).any(|child| child.app == app))
            .collect()
    }

    /// The last migration of an app.
    ///
    /// # Errors
    /// If there are several.
    pub(super) fn leaf(&self, app: &str) -> Result<Option<&MigrationKey>> {
        let leaves = self.leaves(app);
        match leaves[..] {
            [] => Ok(None),
            [leaf] => Ok(Some(leaf)),
            _ => {
                let names: Vec<&str> = leaves.iter().map(|key| key.name.as_str()).collect();
                Err(Error::migration(format!(
                    "{app} has {} last migrations: {}",
                    leaves.len(),
                    names.join(", ")
                ))
                .with_hint("two branches met: make one depend on the other in its `dependencies`"))
            }
        }
    }

    /// # Errors
    /// If an app has several last migrations.
    pub(super) fn refuse_conflicts(&self) -> Result<()> {
        for app in self.apps() {
            self.leaf(app)?;
        }
        Ok(())
    }

    /// The one migration of an app whose name is, or starts with, `prefix`.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub(super) fn find(&self, app: &str, prefix: &str) -> Result<&MigrationKey> {
        let exact = MigrationKey::new(app, prefix);
        if let Some((key, _)) = self.nodes.get_key_value(&exact) {
            return Ok(key);
        }
        self.require_app(app)?;
        let found: Vec<&MigrationKey> = self
            .of_app(app)
            .map(|file| &file.key)
            .filter(|key| key.name.starts_with(prefix))
            .collect();
        match found[..] {
            [key] => Ok(key),
            [] => Err(
                Error::migration(format!("{app} has no migration that starts with `{prefix}`"))
                    .with_hint("showmigrations lists those there are"),
            ),
            _ => {
                let names: Vec<&str> = found.iter().map(|key| key.name.as_str()).collect();
                Err(Error::migration(format!(
                    "`{prefix}` is the start of {} migrations of {app}: {}",
                    found.len(),
                    names.join(", ")
                ))
                .with_hint("give more of the name"))
            }
        }
    }

    /// # Errors
    /// If the app has no migrations.
    pub(super) fn require_app(&self, app: &str) -> Result<()> {
        if self.of_app(app).next().is_some() {
            return Ok(());
        }
        let apps = self.apps();
        Err(
            Error::migration(format!("there are no migrations of the app {app}")).with_hint(
                match apps.is_empty() {
                    true => "there are none at all yet: run makemigrations".to_owned(),
                    false => format!("the apps with migrations are {}", apps.join(", ")),
                },
            ),
        )
    }

    /// `start` and everything it depends on.
    pub(super) fn ancestors(&self, start: &MigrationKey) -> BTreeSet<MigrationKey> {
        self.closure(start, |key| {
            self.nodes
                .get(key)
                .map(|file| file.dependencies.iter().collect())
                .unwrap_or_default()
        })
    }

    /// `start` and everything that depends on it.
    pub(super) fn descendants(&self, start: &MigrationKey) -> BTreeSet<MigrationKey> {
        self.closure(start, |key| self.children(key).collect())
    }

    fn closure<'a>(
        &'a self,
        start: &'a MigrationKey,
        next: impl Fn(&'a MigrationKey) -> Vec<&'a MigrationKey>,
    ) -> BTreeSet<MigrationKey> {
        let mut found = BTreeSet::new();
        let mut open = vec![start];
        while let Some(key) = open.pop() {
            if found.insert(key.clone()) {
                open.extend(next(key));
            }
        }
        found
    }

    /// The state after all migrations.
    ///
    /// # Errors
    /// If an operation does not fit what is before it.
    pub(super) fn state(&self) -> Result<ProjectState> {
        let mut state = ProjectState::default();
        for file in self.files() {
            replay(file, &mut state)?;
        }
        Ok(state)
    }
}

/// Applies a migration to a state.
///
/// # Errors
/// If an operation does not fit, named by file, number and itself.
pub(super) fn replay(file: &MigrationFile, state: &mut ProjectState) -> Result<()> {
    for (at, operation) in file.operations.iter().enumerate() {
        operation
            .state_forwards(&file.key.app, state)
            .map_err(|error| at_operation(error, file, at))?;
    }
    Ok(())
}

/// Names the operation that an error is about.
pub(super) fn at_operation(error: Error, file: &MigrationFile, at: usize) -> Error {
    let describe = file
        .operations
        .get(at)
        .map(Contract::describe)
        .unwrap_or_default();
    error.context(format!("{}, operation {} ({describe})", file.key, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str, dependencies: &[&str]) -> MigrationFile {
        let parse = |text: &str| MigrationKey::parse(text).unwrap();
        let dependencies = dependencies.iter().map(|text| parse(text)).collect();
        MigrationFile::new(parse(key), false, dependencies, Vec::new()).unwrap()
    }

    #[test]
    fn order_is_by_dependency_then_by_name() {
        let graph = Graph::new(vec![
            file("blog.0002_b", &["blog.0001_a", "auth.0002_d"]),
            file("auth.0002_d", &["auth.0001_c"]),
            file("blog.0001_a", &[]),
            file("auth.0001_c", &[]),
        ])
        .unwrap();
        let order: Vec<String> = graph.files().map(|file| file.key.to_string()).collect();
        assert_eq!(
            order,
            ["auth.0001_c", "auth.0002_d", "blog.0001_a", "blog.0002_b"]
        );
        assert_eq!(graph.leaf("blog").unwrap().unwrap().name, "0002_b");
        assert_eq!(graph.descendants(&MigrationKey::new("auth", "0001_c")).len(), 3);
        assert_eq!(graph.find("blog", "0002").unwrap().name, "0002_b");
        let ambiguous = graph.find("blog", "000").unwrap_err().to_string();
        assert!(ambiguous.contains("0001_a, 0002_b"), "{ambiguous}");
        assert!(
            graph
                .find("shop", "0001")
                .unwrap_err()
                .to_string()
                .contains("auth, blog")
        );
    }

    #[test]
    fn holes_circles_and_copies_are_named() {
        let hole = Graph::new(vec![file("a.1", &["a.0"])]).unwrap_err().to_string();
        assert!(hole.contains("a.1 depends on a.0"), "{hole}");
        let circle = Graph::new(vec![file("a.1", &["b.1"]), file("b.1", &["a.1"])]).unwrap_err();
        assert!(circle.to_string().contains("a.1 -> b.1 -> a.1"), "{circle}");
        let mut copy = file("a.2", &[]);
        copy.id = file("a.1", &[]).id;
        let copies = Graph::new(vec![file("a.1", &[]), copy]).unwrap_err().to_string();
        assert!(copies.contains("a.1 and a.2 have the same id"), "{copies}");
    }

    #[test]
    fn two_branches_are_a_conflict() {
        let graph = Graph::new(vec![
            file("a.1", &[]),
            file("a.2", &["a.1"]),
            file("a.3", &["a.1"]),
        ])
        .unwrap();
        let error = graph.refuse_conflicts().unwrap_err().to_string();
        assert!(error.contains("a has 2 last migrations: 2, 3"), "{error}");
    }
}
