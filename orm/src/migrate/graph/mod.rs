//! The graph of migrations and their dependencies.

mod edges;
mod heads;
mod replay;
mod squash;
mod unapplied;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edges::{EdgeBuilder, sort};
pub(super) use replay::{inverses, replay, state_before};
use squash::{ActiveSquashes, IsRecorded, Squashes};
pub(super) use unapplied::undo_of_unapplied;

use super::file::{Head, MigrationFile, MigrationKey};
use super::state::ProjectState;
use crate::error::{Error, Result};

/// Every file, by app and name.
type FilesByKey = BTreeMap<MigrationKey, MigrationFile>;
/// From a migration to others.
type Edges = BTreeMap<MigrationKey, BTreeSet<MigrationKey>>;

/// Every migration, in an order in which each comes after what it depends on.
///
/// Which squashed migrations are active depends on the history. A graph without a history is that of an empty
/// database, in which all are.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    files: Arc<FilesByKey>,
    squashes: Arc<Squashes>,
    heads: Arc<BTreeMap<String, Head>>,
    /// Apps of other programs with history in the same databases.
    others: Arc<BTreeSet<String>>,
    choice: ActiveSquashes,
    order: Vec<MigrationKey>,
    parents: Edges,
    children: Edges,
}

impl Graph {
    /// # Errors
    /// If two migrations have the same id, a dependency does not exist, or there is a cycle.
    pub(super) fn new(files: Vec<MigrationFile>) -> Result<Self> {
        let mut ids: BTreeMap<&str, &MigrationKey> = BTreeMap::new();
        for file in &files {
            if let Some(other) = ids.insert(&file.id, &file.key) {
                return Err(
                    Error::migration(format!("{other} and {} have the same id", file.key)).with_hint(
                        "one was copied from the other: give the one that is applied nowhere another id",
                    ),
                );
            }
        }
        let files: FilesByKey = files.into_iter().map(|file| (file.key.clone(), file)).collect();
        let mut graph = Graph {
            squashes: Arc::new(Squashes::new(&files)?),
            files: Arc::new(files),
            ..Graph::default()
        };
        graph.choice = graph.squashes.choose(&|_, _| false, &BTreeSet::new());
        graph.link()?;
        Ok(graph)
    }

    pub(super) fn with_heads(mut self, heads: BTreeMap<String, Head>) -> Self {
        self.heads = Arc::new(heads);
        self
    }

    pub(super) fn with_others(mut self, apps: impl IntoIterator<Item = String>) -> Self {
        Arc::make_mut(&mut self.others).extend(apps);
        self
    }

    /// Whether an app belongs to another program.
    pub(super) fn is_of_another(&self, app: &str) -> bool {
        self.others.contains(app)
    }

    /// The graph for a database with these records; the squashed migrations in `without` are inactive.
    ///
    /// # Errors
    /// If a migration that one of them replaces would have to run and its file is missing.
    pub(super) fn recorded(
        &self,
        recorded: IsRecorded<'_>,
        without: &BTreeSet<MigrationKey>,
    ) -> Result<Cow<'_, Self>> {
        if self.squashes.is_empty() {
            return Ok(Cow::Borrowed(self));
        }
        let mut graph = Graph {
            files: Arc::clone(&self.files),
            squashes: Arc::clone(&self.squashes),
            heads: Arc::clone(&self.heads),
            others: Arc::clone(&self.others),
            choice: self.squashes.choose(recorded, without),
            ..Graph::default()
        };
        graph.link()?;
        Ok(Cow::Owned(graph))
    }

    fn linker(&self) -> EdgeBuilder<'_> {
        EdgeBuilder {
            files: &self.files,
            squashes: &self.squashes,
            choice: &self.choice,
        }
    }

    fn link(&mut self) -> Result<()> {
        let parents = self.linker().parents()?;
        let mut children = Edges::new();
        for (key, parents) in &parents {
            for parent in parents {
                children.entry(parent.clone()).or_default().insert(key.clone());
            }
        }
        self.order = sort(&parents, &children, &self.squashes)?;
        self.parents = parents;
        self.children = children;
        Ok(())
    }

    pub(super) fn parents(&self, key: &MigrationKey) -> impl Iterator<Item = &MigrationKey> {
        self.parents.get(key).into_iter().flatten()
    }

    pub(super) fn children(&self, key: &MigrationKey) -> impl Iterator<Item = &MigrationKey> {
        self.children.get(key).into_iter().flatten()
    }

    /// The file of that name, even if it is replaced.
    pub(super) fn file(&self, key: &MigrationKey) -> Option<&MigrationFile> {
        self.files.get(key)
    }

    /// Whether it is active, neither replaced nor an inactive squashed migration.
    pub(super) fn has(&self, key: &MigrationKey) -> bool {
        self.parents.contains_key(key)
    }

    /// What runs in place of a migration.
    pub(super) fn stand_ins(&self, key: &MigrationKey) -> Vec<MigrationKey> {
        self.linker().stand_ins(key)
    }

    pub(super) fn squashes(&self) -> &Squashes {
        &self.squashes
    }

    /// Every file, including replaced migrations.
    pub(super) fn all_files(&self) -> impl Iterator<Item = &MigrationFile> {
        self.files.values()
    }

    /// Names of all files of an app, including replaced migrations.
    pub(super) fn names_of(&self, app: &str) -> impl Iterator<Item = &str> {
        of_app(&self.files, app).map(|file| file.key.name.as_str())
    }

    /// The id of a dependency, by which the history identifies it, so that a renamed file is harmless.
    pub(super) fn identity<'a>(&'a self, dependency: &'a MigrationKey) -> Cow<'a, str> {
        match self.files.get(dependency) {
            Some(file) => Cow::Borrowed(&file.id),
            None => match self.squashes.id(dependency) {
                Some(id) => Cow::Borrowed(id),
                None => Cow::Owned(dependency.to_string()),
            },
        }
    }

    /// Every migration, in order.
    pub(super) fn files(&self) -> impl Iterator<Item = &MigrationFile> {
        self.order.iter().filter_map(|key| self.files.get(key))
    }

    pub(super) fn apps(&self) -> Vec<&str> {
        let mut apps: Vec<&str> = self.files.keys().map(|key| key.app.as_str()).collect();
        apps.dedup();
        apps
    }

    /// Migrations of an app, by name.
    pub(super) fn of_app(&self, app: &str) -> impl Iterator<Item = &MigrationFile> {
        of_app(&self.files, app).filter(|file| self.has(&file.key))
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
                    "{app} has {} last migrations: {}{}",
                    leaves.len(),
                    names.join(", "),
                    self.conflict_in_head(app)
                ))
                .with_hint(
                    "branches met: run makemigrations --merge, or make one depend on the other in its `dependencies`",
                ))
            }
        }
    }

    /// # Errors
    /// If an app has several last migrations, or its `HEAD` names another than the last.
    pub(super) fn refuse_conflicts(&self) -> Result<()> {
        for app in self.apps() {
            self.leaf(app)?;
        }
        self.check_heads()
    }

    /// The one migration of an app whose name is, or starts with, `prefix`, replaced ones included.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub(super) fn find(&self, app: &str, prefix: &str) -> Result<&MigrationKey> {
        let exact = MigrationKey::new(app, prefix);
        if let Some((key, _)) = self.files.get_key_value(&exact) {
            return Ok(key);
        }
        self.require_app(app)?;
        let found: Vec<&MigrationKey> = of_app(&self.files, app)
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
        if of_app(&self.files, app).next().is_some() {
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
        self.closure(start, |key| self.parents(key).collect())
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

    /// The state after all migrations are applied.
    ///
    /// # Errors
    /// If an operation does not fit the state before it.
    pub(super) fn state(&self) -> Result<ProjectState> {
        let mut state = ProjectState::default();
        for file in self.files() {
            replay(file, &mut state)?;
        }
        Ok(state)
    }
}

fn of_app<'a>(files: &'a FilesByKey, app: &str) -> impl Iterator<Item = &'a MigrationFile> + use<'a> {
    let first = MigrationKey::new(app, "");
    files
        .range(&first..)
        .map(|(_, file)| file)
        .take_while(move |file| file.key.app == first.app)
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
    fn holes_cycles_and_copies_are_named() {
        let hole = Graph::new(vec![file("a.1", &["a.0"])]).unwrap_err().to_string();
        assert!(hole.contains("a.1 depends on a.0"), "{hole}");
        for itself in [&["a.1"][..], &["a.0", "a.1"], &["a.__latest__"]] {
            let error = Graph::new(vec![file("a.0", &[]), file("a.1", itself)])
                .unwrap_err()
                .to_string();
            assert!(error.starts_with("a.1 depends on itself"), "{error}");
        }
        let mut before = file("a.1", &[]);
        before.run_before = vec![before.key.clone()];
        let error = Graph::new(vec![before]).unwrap_err().to_string();
        assert!(error.starts_with("a.1 has to run before itself"), "{error}");
        let cycle = Graph::new(vec![file("a.1", &["b.1"]), file("b.1", &["a.1"])]).unwrap_err();
        assert!(cycle.to_string().contains("a.1 -> b.1 -> a.1"), "{cycle}");
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
