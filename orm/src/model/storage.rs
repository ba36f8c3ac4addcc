//! How a database stores a table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::def::ModelDef;
use super::index::is_default;

/// How a database stores a table: nothing that a query could tell, so what a database does not have is left out there.
///
/// # Example: pages with room for updates
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::models::{ModelDef, TableStorage};
///
/// let mut page = ModelDef::new("blog", "Page");
/// page.storage = TableStorage {
///     parameters: [("fillfactor".to_owned(), "70".to_owned())].into(),
///     without_rowid: false,
/// };
/// assert_eq!(serde_json::to_value(&page)?["storage"]["parameters"]["fillfactor"], "70");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableStorage {
    /// Storage parameters: `WITH (fillfactor = 70)` on Postgres.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, String>,
    /// `WITHOUT ROWID` on SQLite: rows lie in the order of the primary key, which the program gives.
    #[serde(default, skip_serializing_if = "is_default")]
    pub without_rowid: bool,
}

impl TableStorage {
    pub(crate) fn is_default(&self) -> bool {
        *self == TableStorage::default()
    }
}

/// Whether a storage parameter can have that name.
pub(crate) fn is_storage_parameter(name: &str) -> bool {
    let mut letters = name.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_')
}

impl ModelDef {
    /// # Errors
    /// If no database can store the table so.
    pub(crate) fn check_storage(&self) -> Result<()> {
        let mut names = self.storage.parameters.keys();
        if let Some(name) = names.find(|name| !is_storage_parameter(name)) {
            return Err(Error::config(format!(
                "`{name}` is not the name of a storage parameter of a table"
            ))
            .with_hint("write it as the database does: fillfactor, autovacuum_enabled"));
        }
        if self.storage.without_rowid && self.key_fields().any(|field| field.generated) {
            return Err(Error::config(
                "`without_rowid` needs a primary key that the program gives, because nothing numbers the rows",
            )
            .with_hint("make the key a string, a Uuid or a tuple, or leave `without_rowid` out"));
        }
        Ok(())
    }
}
