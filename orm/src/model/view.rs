//! What a model that is a view says of it.

use serde::{Deserialize, Serialize};

use super::def::is_false;
use super::{MetaSlot, ModelKey};

/// The query that a view is, and what it reads.
///
/// # Example: a view as data
///
/// ```
/// use orm::models::{ModelKey, ViewDef};
///
/// let view = ViewDef {
///     sql: Some("SELECT author_id, count(*) AS posts FROM blog_post GROUP BY author_id".to_owned()),
///     reads: vec![ModelKey::new("blog", "Post")],
///     ..ViewDef::default()
/// };
/// assert!(!view.materialized && view.postgres.is_none());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewDef {
    /// Its query on every database that has none of its own below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Its query on SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<String>,
    /// Its query on Postgres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<String>,
    /// The models whose tables it reads: it is made after they are, and dropped before they change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<ModelKey>,
    /// Whether its rows are stored, and read from there until they are refreshed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub materialized: bool,
    /// Whether it stores no rows until the first refresh.
    #[serde(default, skip_serializing_if = "is_false")]
    pub with_no_data: bool,
}

#[cfg(feature = "migrations")]
impl ViewDef {
    /// Has the queries of another view.
    pub(crate) fn take_queries(&mut self, other: &ViewDef) {
        self.sql.clone_from(&other.sql);
        self.sqlite.clone_from(&other.sqlite);
        self.postgres.clone_from(&other.postgres);
    }
}

/// A view as written in the source.
#[derive(Clone, Copy)]
pub struct ViewSpec {
    /// `view("..")`
    pub sql: Option<&'static str>,
    /// `view(sqlite = "..")`
    pub sqlite: Option<&'static str>,
    /// `view(postgres = "..")`
    pub postgres: Option<&'static str>,
    /// `reads(Author, Post)`
    pub reads: &'static [fn() -> &'static MetaSlot],
    /// `materialized`
    pub materialized: bool,
    /// `with_no_data`
    pub with_no_data: bool,
}
