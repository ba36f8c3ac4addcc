//! SQL that a person wrote, per database.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelKey;
use crate::sql::{Backend, Dialect};

use super::{Contract, Operation, Work};
use crate::migrate::state::ProjectState;

/// SQL that a person wrote, with the way back if there is one; nothing on a database it says nothing for.
///
/// ```toml
/// [[operations]]
/// kind = "RunSql"
/// about = "fill the slugs"
///
/// [operations.sqlite]
/// forward = "UPDATE blog_post SET slug = lower(title)"
/// reverse = ""
///
/// [operations.postgres]
/// forward = "UPDATE blog_post SET slug = lower(title)"
/// reverse = ""
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSql {
    /// What it does, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// For SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<SqlPair>,
    /// For Postgres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<SqlPair>,
}

/// Statements and those that undo them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlPair {
    /// Any number of statements.
    pub forward: String,
    /// What undoes them; empty where nothing has to be undone; absent where nothing can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse: Option<String>,
}

impl RunSql {
    /// What to run on a database, if anything.
    pub fn text(&self, dialect: &Dialect) -> Option<&str> {
        let pair = match dialect.backend {
            Backend::Sqlite => &self.sqlite,
            Backend::Postgres => &self.postgres,
        };
        pair.as_ref()
            .map(|pair| pair.forward.as_str())
            .filter(|text| !text.trim().is_empty())
    }
}

impl Contract for RunSql {
    fn state_forwards(&self, _app: &str, _state: &mut ProjectState) -> Result<()> {
        Ok(())
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        let swap = |pair: &Option<SqlPair>| match pair {
            None => Ok(None),
            Some(SqlPair {
                forward,
                reverse: Some(reverse),
            }) => Ok(Some(SqlPair {
                forward: reverse.clone(),
                reverse: Some(forward.clone()),
            })),
            Some(SqlPair { reverse: None, .. }) => Err(Error::migration(format!(
                "the operation `{}` has no way back",
                self.describe()
            ))
            .with_hint("give it `reverse`, empty if nothing has to be undone")),
        };
        Ok(RunSql {
            about: self.about.clone(),
            sqlite: swap(&self.sqlite)?,
            postgres: swap(&self.postgres)?,
        }
        .into())
    }

    fn work(&self) -> Work<'_> {
        Work::Sql(self)
    }

    fn symbol(&self) -> char {
        's'
    }

    fn describe(&self) -> String {
        match &self.about {
            Some(about) => format!("run SQL: {about}"),
            None => "run SQL".to_owned(),
        }
    }

    fn name_fragment(&self) -> Option<String> {
        None
    }

    fn references(&self, _app: &str) -> Vec<ModelKey> {
        Vec::new()
    }
}
