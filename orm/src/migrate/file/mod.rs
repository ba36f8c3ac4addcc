//! Migration files: TOML, independent of the dialect, readable from top to bottom, and deterministic: equal content
//! gives equal bytes.

mod fingerprint;
mod head;
mod listing;
mod name;
mod new_migration;
mod read;
mod store;
mod write;

pub(super) use fingerprint::{Fingerprint, hash_of_id};
pub(super) use head::{HEAD, Head, HeadContent};
pub use listing::{ListedMigration, ListedOperation};
pub(super) use name::{NameInput, next_name, number_of, path_of};
pub(super) use new_migration::new_migration;
pub use new_migration::{NewMigration, Rewrite};
pub(super) use read::read;
pub(super) use store::{FileChanges, load_dir};
pub(super) use write::render;

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::operation::Operation;
use crate::error::{Error, Kind, Result};

/// `app.0001_initial`: how migrations name each other.
///
/// # Example: as it is written
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::MigrationKey;
///
/// let key = MigrationKey::new("blog", "0001_initial");
/// assert_eq!(key.to_string(), "blog.0001_initial");
/// assert_eq!(MigrationKey::parse("blog.0001_initial"), Some(key));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MigrationKey {
    /// Label of the app.
    pub app: String,
    /// Name of the migration, with its number.
    pub name: String,
}

impl MigrationKey {
    /// The key of `name` in `app`.
    ///
    /// # Example: a key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::migrate::MigrationKey::new("blog", "0001_initial").app, "blog");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> Self {
        MigrationKey {
            app: app.into(),
            name: name.into(),
        }
    }

    /// Reads `app.0001_initial`; `None` of anything else.
    ///
    /// # Example: what is a key and what is not
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::MigrationKey;
    ///
    /// assert!(MigrationKey::parse("blog.0001_initial").is_some());
    /// assert!(MigrationKey::parse("0001_initial").is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            Some((app, name)) if !app.is_empty() && !name.is_empty() => Some(MigrationKey::new(app, name)),
            _ => None,
        }
    }
}

impl fmt::Display for MigrationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app, self.name)
    }
}

impl Serialize for MigrationKey {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A migration that a squashed one replaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Replaced {
    /// Its app and name.
    pub key: MigrationKey,
    /// Its id, by which the history knows it when its file is gone. In a hand-written file it may be absent.
    pub id: Option<String>,
    /// Whether it is itself a squashed migration; those it replaces are listed, too.
    pub squashed: bool,
}

/// What a migration file says.
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationFile {
    /// App and name, from the file's path.
    pub key: MigrationKey,
    /// Stays the same when the file is renamed: the history identifies the migration by it.
    pub id: String,
    /// Whether it is an initial migration of its app.
    pub initial: bool,
    /// What has to be applied before it.
    pub dependencies: Vec<MigrationKey>,
    /// Migrations that must come after it, as if they depended on it.
    pub run_before: Vec<MigrationKey>,
    /// The migrations it replaces, in order.
    pub replaces: Vec<Replaced>,
    /// Why what it drops may be lost.
    pub allow_loss: Option<String>,
    /// Its operations, in order.
    pub operations: Vec<Operation>,
}

impl MigrationFile {
    /// A new migration; its id is derived from its content.
    ///
    /// # Errors
    /// If an operation cannot be serialized.
    pub fn new(
        key: MigrationKey,
        initial: bool,
        mut dependencies: Vec<MigrationKey>,
        operations: Vec<Operation>,
    ) -> Result<Self> {
        dependencies.sort();
        dependencies.dedup();
        let content = digest(&json(&(&key, &dependencies, &operations))?);
        Ok(MigrationFile {
            key,
            id: content[..12].to_owned(),
            initial,
            dependencies,
            run_before: Vec::new(),
            replaces: Vec::new(),
            allow_loss: None,
            operations,
        })
    }

    /// What a squashed migration that replaces this one lists in `replaces`: the migrations this one replaces,
    /// and itself.
    pub fn as_replaced(&self) -> Vec<Replaced> {
        let mut replaced = self.replaces.clone();
        replaced.push(Replaced {
            key: self.key.clone(),
            id: Some(self.id.clone()),
            squashed: !self.replaces.is_empty(),
        });
        replaced
    }
}

pub(super) fn json(content: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(content).map_err(|source| {
        Error::new(Kind::Migration, "a migration holds what has no written form").with_source(source)
    })
}

pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
