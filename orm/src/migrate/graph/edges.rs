//! The edges of the graph, once it is decided which squashed migrations are active.

use std::collections::{BTreeMap, BTreeSet};

use super::squash::{ActiveSquashes, Squashes};
use super::{Edges, FilesByKey};
use crate::error::{Error, Result};
use crate::migrate::file::MigrationKey;

/// Special names in dependencies: the first and the last migrations of an app.
const FIRST: &str = "__first__";
const LATEST: &str = "__latest__";

pub(super) struct EdgeBuilder<'a> {
    pub files: &'a FilesByKey,
    pub squashes: &'a Squashes,
    pub choice: &'a ActiveSquashes,
}

impl EdgeBuilder<'_> {
    /// The dependencies of each active migration.
    ///
    /// # Errors
    /// If a dependency does not exist.
    pub(super) fn parents(&self) -> Result<Edges> {
        let mut parents: Edges = self
            .files
            .keys()
            .filter(|key| self.is_there(key))
            .map(|key| (key.clone(), BTreeSet::new()))
            .collect();
        let ends = self.ends();
        for (key, file) in self.files {
            if self.choice.aside.contains(key) {
                self.refuse_lost(key)?;
                continue;
            }
            for dependency in &file.dependencies {
                for parent in self.named(dependency, &ends) {
                    let parent = parent.map_err(|wanted| self.missing(key, "depends on", &wanted))?;
                    refuse_itself(key, "depends on", &parent)?;
                    self.link(&mut parents, &parent, key);
                }
            }
            for later in &file.run_before {
                for child in self.named(later, &ends) {
                    let child = child.map_err(|wanted| self.missing(key, "has to run before", &wanted))?;
                    refuse_itself(key, "has to run before", &child)?;
                    self.link(&mut parents, key, &child);
                }
            }
        }
        Ok(parents)
    }

    fn link(&self, parents: &mut Edges, before: &MigrationKey, after: &MigrationKey) {
        for child in self.stand_ins(after) {
            for parent in self.stand_ins(before) {
                if parent != child {
                    parents.entry(child.clone()).or_default().insert(parent);
                }
            }
        }
    }

    fn is_there(&self, key: &MigrationKey) -> bool {
        self.files.contains_key(key)
            && !self.choice.hidden.contains_key(key)
            && !self.choice.aside.contains(key)
    }

    /// The migrations that a dependency names; an error for each that does not exist.
    fn named(
        &self,
        name: &MigrationKey,
        ends: &BTreeMap<&str, AppEnds>,
    ) -> Vec<std::result::Result<MigrationKey, MigrationKey>> {
        let of_app = |pick: fn(&AppEnds) -> &Vec<MigrationKey>| match ends.get(name.app.as_str()) {
            Some(ends) => pick(ends).iter().cloned().map(Ok).collect(),
            None => vec![Err(name.clone())],
        };
        match name.name.as_str() {
            FIRST => of_app(|ends| &ends.first),
            LATEST => of_app(|ends| &ends.last),
            _ if self.stand_ins(name).is_empty() => vec![Err(name.clone())],
            _ => vec![Ok(name.clone())],
        }
    }

    /// The first and last migrations of apps that are named by the special names.
    fn ends(&self) -> BTreeMap<&str, AppEnds> {
        let named = |key: &&MigrationKey| key.name == FIRST || key.name == LATEST;
        let wanted = self
            .files
            .values()
            .flat_map(|file| file.dependencies.iter().chain(&file.run_before))
            .filter(named);
        let mut ends = BTreeMap::new();
        for key in wanted {
            if let Some(found) = AppEnds::of(self.files, self.choice, &key.app) {
                ends.insert(key.app.as_str(), found);
            }
        }
        ends
    }

    /// What runs in place of a migration: itself, the squashed one that replaces it, or the last of those it replaces.
    pub(super) fn stand_ins(&self, key: &MigrationKey) -> Vec<MigrationKey> {
        if let Some(squash) = self.choice.hidden.get(key) {
            return vec![squash.clone()];
        }
        if !self.choice.aside.contains(key) {
            return self
                .files
                .get(key)
                .map(|file| file.key.clone())
                .into_iter()
                .collect();
        }
        let direct = self.squashes.direct(key);
        let followed: BTreeSet<&MigrationKey> = direct
            .iter()
            .filter_map(|key| self.files.get(key))
            .flat_map(|file| &file.dependencies)
            .collect();
        direct
            .iter()
            .filter(|key| !followed.contains(key))
            .flat_map(|key| self.stand_ins(key))
            .collect()
    }

    /// Refuses to run the migrations that a squashed one replaces if some of their files are missing.
    fn refuse_lost(&self, squash: &MigrationKey) -> Result<()> {
        let lost: Vec<String> = self
            .squashes
            .direct(squash)
            .iter()
            .filter(|key| self.stand_ins(key).is_empty() && !self.squashes.is_squashed(key))
            .map(ToString::to_string)
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        Err(Error::migration(format!(
            "{squash} cannot stand in for what it replaces, because only a part of that is applied, and the files to run \
             the rest one by one are gone: {}",
            lost.join(", ")
        ))
        .with_hint("bring them back from version control, migrate this database, and delete them again"))
    }

    fn missing(&self, key: &MigrationKey, how: &str, wanted: &MigrationKey) -> Error {
        if wanted.name == FIRST || wanted.name == LATEST {
            return Error::migration(format!(
                "{key} {how} {wanted}, but there are no migrations of the app {}",
                wanted.app
            ))
            .with_hint("correct the name of the app, or make its migrations first");
        }
        let apps: BTreeSet<&str> = self.files.keys().map(|key| key.app.as_str()).collect();
        let hint = if apps.contains(wanted.app.as_str()) {
            "bring its file back, or correct the name: where a file was renamed, those that name it follow"
                .to_owned()
        } else {
            let apps: Vec<&str> = apps.into_iter().collect();
            format!(
                "there are no migrations of the app {}; those with migrations are {}",
                wanted.app,
                apps.join(", ")
            )
        };
        Error::migration(format!("{key} {how} {wanted}, which does not exist")).with_hint(hint)
    }
}

fn refuse_itself(key: &MigrationKey, how: &str, wanted: &MigrationKey) -> Result<()> {
    if key != wanted {
        return Ok(());
    }
    Err(Error::migration(format!("{key} {how} itself"))
        .with_hint("name the migration that is meant, or leave it out"))
}

/// The first and last migrations of an app.
struct AppEnds {
    first: Vec<MigrationKey>,
    last: Vec<MigrationKey>,
}

impl AppEnds {
    fn of(files: &FilesByKey, choice: &ActiveSquashes, app: &str) -> Option<Self> {
        let of_app = || super::of_app(files, app).filter(|file| !choice.aside.contains(&file.key));
        let own = |keys: &[MigrationKey]| keys.iter().any(|key| key.app == app);
        let followed: BTreeSet<&MigrationKey> = of_app().flat_map(|file| &file.dependencies).collect();
        let first = of_app().filter(|file| !own(&file.dependencies));
        let last = of_app().filter(|file| !followed.contains(&file.key));
        let ends = AppEnds {
            first: first.map(|file| file.key.clone()).collect(),
            last: last.map(|file| file.key.clone()).collect(),
        };
        (!ends.first.is_empty()).then_some(ends)
    }
}

/// Topological sort. Of all migrations that are ready, the one with the smallest name comes first, so that the
/// order is deterministic.
///
/// # Errors
/// If there is a cycle.
pub(super) fn sort(parents: &Edges, children: &Edges, squashes: &Squashes) -> Result<Vec<MigrationKey>> {
    let mut open: BTreeMap<&MigrationKey, usize> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for (key, parents) in parents {
        if parents.is_empty() {
            ready.insert(key);
        } else {
            open.insert(key, parents.len());
        }
    }
    let mut order = Vec::with_capacity(parents.len());
    while let Some(key) = ready.pop_first() {
        order.push(key.clone());
        for child in children.get(key).into_iter().flatten() {
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
    let cycle = cycle(parents, &open);
    let squashed = cycle.iter().find(|key| squashes.get(key).is_some());
    let names: Vec<String> = cycle.iter().map(ToString::to_string).collect();
    Err(Error::migration(format!(
        "migrations depend on each other in a cycle: {}",
        names.join(" -> ")
    ))
    .with_hint(match squashed {
        None => "correct `dependencies` in one of them".to_owned(),
        Some(key) => {
            format!("{key} stands in for too much: what the others need in between has to stay on its own")
        }
    }))
}

/// Finds one cycle among what could not be sorted, by following dependencies until one repeats.
fn cycle<'a>(parents: &'a Edges, open: &BTreeMap<&'a MigrationKey, usize>) -> Vec<&'a MigrationKey> {
    let mut path: Vec<&MigrationKey> = Vec::new();
    let mut next = open.keys().next().copied();
    while let Some(key) = next {
        if let Some(start) = path.iter().position(|seen| *seen == key) {
            path.drain(..start);
            path.push(key);
            break;
        }
        path.push(key);
        next = parents
            .get(key)
            .and_then(|parents| parents.iter().find(|parent| open.contains_key(parent)));
    }
    path
}
