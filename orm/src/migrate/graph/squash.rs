//! Decides which squashed migrations are active, instead of those they replace.
//!
//! One is active if all of the migrations it replaces are applied, or none. Otherwise those it replaces run one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::FilesByKey;
use crate::error::{Error, Result};
use crate::migrate::file::{MigrationFile, MigrationKey};

/// Tells whether a migration is recorded as applied, by its id if that is known, otherwise by its name.
pub(in crate::migrate) type IsRecorded<'a> = &'a dyn Fn(Option<&str>, &MigrationKey) -> bool;

/// A migration that replaces others.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct Squash {
    id: String,
    /// What it replaces, as the files are named now.
    direct: Vec<MigrationKey>,
    /// The same, with what those replace that are squashed themselves.
    pub all: BTreeSet<MigrationKey>,
    /// Those of them that replace nothing.
    pub single: BTreeSet<MigrationKey>,
}

/// How much of what a squashed migration replaces is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum AppliedPart {
    None,
    Some,
    All,
}

/// Every squashed migration.
#[derive(Debug, Clone, Default)]
pub(in crate::migrate) struct Squashes {
    squashes: BTreeMap<MigrationKey, Squash>,
    /// Ids of replaced migrations, also of those whose file is gone.
    ids: BTreeMap<MigrationKey, String>,
    /// Those that are squashed themselves, also of those whose file is gone.
    inner: BTreeSet<MigrationKey>,
}

/// Which squashed migrations stand in.
#[derive(Debug, Clone, Default)]
pub(in crate::migrate) struct ActiveSquashes {
    /// What is replaced, and by which.
    pub hidden: BTreeMap<MigrationKey, MigrationKey>,
    /// Squashed migrations that are not there, because what they replace runs one by one.
    pub aside: BTreeSet<MigrationKey>,
}

impl Squashes {
    /// # Errors
    /// If migrations replace each other in a cycle, or one is replaced by two that do not contain each other.
    pub(super) fn new(files: &FilesByKey) -> Result<Self> {
        let mut squashes = Squashes::default();
        if files.values().all(|file| file.replaces.is_empty()) {
            return Ok(squashes);
        }
        let by_id: BTreeMap<&str, &MigrationKey> =
            files.values().map(|file| (file.id.as_str(), &file.key)).collect();
        for file in files.values().filter(|file| !file.replaces.is_empty()) {
            let mut direct = Vec::with_capacity(file.replaces.len());
            for replaced in &file.replaces {
                // The file may have another name by now.
                let by_id = replaced.id.as_deref().and_then(|id| by_id.get(id).copied());
                let key = by_id.unwrap_or(&replaced.key);
                let id = replaced
                    .id
                    .clone()
                    .or_else(|| files.get(key).map(|file| file.id.clone()));
                squashes.ids.extend(id.map(|id| (key.clone(), id)));
                if replaced.squashed {
                    squashes.inner.insert(key.clone());
                }
                direct.push(key.clone());
            }
            let squash = Squash {
                id: file.id.clone(),
                direct,
                all: BTreeSet::new(),
                single: BTreeSet::new(),
            };
            squashes.squashes.insert(file.key.clone(), squash);
        }
        let keys: Vec<MigrationKey> = squashes.squashes.keys().cloned().collect();
        for key in &keys {
            let (all, single) = squashes.expand(key)?;
            if let Some(squash) = squashes.squashes.get_mut(key) {
                squash.all = all;
                squash.single = single;
            }
        }
        squashes.refuse_overlaps()?;
        Ok(squashes)
    }

    /// Everything that one replaces, and of that what replaces nothing.
    fn expand(&self, start: &MigrationKey) -> Result<(BTreeSet<MigrationKey>, BTreeSet<MigrationKey>)> {
        let (mut all, mut single) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![start];
        while let Some(key) = open.pop() {
            let Some(squash) = self.squashes.get(key) else {
                if !self.inner.contains(key) {
                    single.insert(key.clone());
                }
                continue;
            };
            for replaced in &squash.direct {
                if replaced == start {
                    return Err(Error::migration(format!(
                        "{start} replaces itself: {key} stands in for it, and it for {key}"
                    ))
                    .with_hint("correct `replaces` in one of them"));
                }
                if all.insert(replaced.clone()) {
                    open.push(replaced);
                }
            }
        }
        Ok((all, single))
    }

    fn refuse_overlaps(&self) -> Result<()> {
        let mut owner: BTreeMap<&MigrationKey, &MigrationKey> = BTreeMap::new();
        for key in self.largest_first() {
            for replaced in self.squashes.get(key).into_iter().flat_map(|squash| &squash.all) {
                let Some(other) = owner.insert(replaced, key) else {
                    continue;
                };
                if !self
                    .squashes
                    .get(other)
                    .is_some_and(|other| other.all.contains(key))
                {
                    return Err(
                        Error::migration(format!("{other} and {key} both replace {replaced}")).with_hint(
                            "delete one of them, or let one replace the other: name it in `replaces`",
                        ),
                    );
                }
            }
        }
        Ok(())
    }

    /// Those that replace others before those that they replace.
    fn largest_first(&self) -> Vec<&MigrationKey> {
        let mut keys: Vec<&MigrationKey> = self.squashes.keys().collect();
        keys.sort_by_key(|key| {
            std::cmp::Reverse(self.squashes.get(*key).map_or(0, |squash| squash.all.len()))
        });
        keys
    }

    pub(super) fn is_empty(&self) -> bool {
        self.squashes.is_empty()
    }

    pub(in crate::migrate) fn get(&self, key: &MigrationKey) -> Option<&Squash> {
        self.squashes.get(key)
    }

    pub(in crate::migrate) fn keys(&self) -> impl Iterator<Item = &MigrationKey> {
        self.squashes.keys()
    }

    /// What one replaces, as it says itself.
    pub(super) fn direct(&self, key: &MigrationKey) -> &[MigrationKey] {
        self.squashes.get(key).map_or(&[], |squash| &squash.direct)
    }

    /// Whether a migration is a squashed one.
    pub(super) fn is_squashed(&self, key: &MigrationKey) -> bool {
        self.inner.contains(key) || self.squashes.contains_key(key)
    }

    /// The squashed migrations that replace another, directly or not.
    pub(in crate::migrate) fn over<'a>(
        &'a self,
        key: &'a MigrationKey,
    ) -> impl Iterator<Item = &'a MigrationKey> {
        self.squashes
            .iter()
            .filter(move |(_, squash)| squash.all.contains(key))
            .map(|(over, _)| over)
    }

    /// The id of a migration that is replaced, if anything says it.
    pub(in crate::migrate) fn id(&self, key: &MigrationKey) -> Option<&str> {
        self.ids.get(key).map(String::as_str)
    }

    /// Whether something replaces a migration of that id, or of that name where no id is known.
    pub(in crate::migrate) fn replaces(&self, id: &str, key: &MigrationKey) -> bool {
        self.squashes.values().any(|squash| {
            squash.all.iter().any(|replaced| match self.ids.get(replaced) {
                Some(known) => known == id,
                None => replaced == key,
            })
        })
    }

    /// Ids of what replaces a migration, and of what it replaces.
    pub(in crate::migrate) fn relatives<'a>(
        &'a self,
        key: &'a MigrationKey,
    ) -> impl Iterator<Item = &'a str> {
        let below = self.squashes.get(key).into_iter().flat_map(|squash| &squash.all);
        let above = self.squashes.values().filter(|squash| squash.all.contains(key));
        below
            .filter_map(|replaced| self.id(replaced))
            .chain(above.map(|squash| squash.id.as_str()))
    }

    /// Whether a migration is applied: by its own record, by that of one that replaces it, or because all that it
    /// replaces is.
    pub(in crate::migrate) fn applied(&self, file: &MigrationFile, recorded: IsRecorded<'_>) -> bool {
        if recorded(Some(&file.id), &file.key) {
            return true;
        }
        if self.squashes.is_empty() {
            return false;
        }
        match self.squashes.get(&file.key) {
            Some(squash) => self.extent(squash, recorded) == AppliedPart::All,
            None => self.single_applied(&file.key, recorded),
        }
    }

    fn single_applied(&self, key: &MigrationKey, recorded: IsRecorded<'_>) -> bool {
        recorded(self.id(key), key)
            || self
                .squashes
                .iter()
                .any(|(over, squash)| squash.all.contains(key) && recorded(Some(&squash.id), over))
    }

    pub(in crate::migrate) fn extent(&self, squash: &Squash, recorded: IsRecorded<'_>) -> AppliedPart {
        let applied = squash
            .single
            .iter()
            .filter(|key| self.single_applied(key, recorded))
            .count();
        match applied {
            0 => AppliedPart::None,
            count if count == squash.single.len() => AppliedPart::All,
            _ => AppliedPart::Some,
        }
    }

    /// Which stand in on a database with such records; those of `without` never do.
    pub(super) fn choose(
        &self,
        recorded: IsRecorded<'_>,
        without: &BTreeSet<MigrationKey>,
    ) -> ActiveSquashes {
        let mut choice = ActiveSquashes::default();
        for key in self.largest_first() {
            let Some(squash) = self.squashes.get(key) else {
                continue;
            };
            if choice.hidden.contains_key(key) {
                continue;
            }
            let steps_back = without.contains(key) || self.extent(squash, recorded) == AppliedPart::Some;
            if steps_back {
                choice.aside.insert(key.clone());
            } else {
                let hidden = squash.all.iter().map(|replaced| (replaced.clone(), key.clone()));
                choice.hidden.extend(hidden);
            }
        }
        choice
    }
}
