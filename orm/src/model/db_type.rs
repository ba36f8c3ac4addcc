//! The type of a column by a name that the databases know.

use serde::{Deserialize, Serialize};

/// The type that a database has for a column in place of the one that its field has by itself: `#[orm(db_type(..))]`.
///
/// # Example: none in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::registry;
///
/// assert!(registry()?.models().filter(|model| model.def.app == "blog").all(|model| model.def.fields.iter().all(|field| field.db_type.is_none())));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbType {
    /// For SQLite: the type that the field has there by itself, as `TEXT`, or with a collation, as `TEXT COLLATE NOCASE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<String>,
    /// For Postgres: the name of a type, as `citext`, or with its schema, as `billing.email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<String>,
}
