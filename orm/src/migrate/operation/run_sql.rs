//! Runs hand-written SQL, per database.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sql::{Backend, Dialect};

use super::separate::inverses;
use super::{AccessKind, Contract, DatabaseAction, ObjectAccesses, Operation, SchemaObject};
use crate::migrate::state::ProjectState;

/// Hand-written SQL, with its reverse if there is one. Does nothing on a database without an entry.
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
    /// Whether a squashed migration can leave it out, because a new database does not need it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elidable: bool,
    /// What the SQL does to the models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state_operations: Vec<Operation>,
}

/// Statements and their reverse.
///
/// # Example: there and back
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let pair = orm::migrate::operation::SqlPair {
///     forward: "UPDATE blog_post SET views = 0 WHERE views < 0".to_owned(),
///     reverse: Some(String::new()), // nothing to undo
/// };
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlPair {
    /// One or more statements.
    pub forward: String,
    /// Statements that undo them; empty if there is nothing to undo, absent if they cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse: Option<String>,
}

impl RunSql {
    /// The statements for a database, if any.
    ///
    /// # Example: for one database only
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    /// use orm::migrate::operation::{RunSql, SqlPair};
    ///
    /// let run = RunSql {
    ///     about: None,
    ///     sqlite: None,
    ///     postgres: Some(SqlPair { forward: "ANALYZE".to_owned(), reverse: None }),
    ///     elidable: true,
    ///     state_operations: vec![],
    /// };
    /// assert_eq!(run.text(Dialect::POSTGRES), Some("ANALYZE"));
    /// assert_eq!(run.text(Dialect::SQLITE), None);
    /// # Ok::<(), orm::Error>(())
    /// ```
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
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        self.state_operations
            .iter()
            .try_for_each(|operation| operation.state_forwards(app, state))
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
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
            elidable: self.elidable,
            state_operations: inverses(&self.state_operations, app, before)?,
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Sql(self)
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

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let accesses = ObjectAccesses::none().and(AccessKind::Alters, SchemaObject::Anything);
        accesses.and_those_of_state(&self.state_operations, app)
    }

    fn reversible(&self) -> bool {
        let pairs = [&self.sqlite, &self.postgres];
        pairs.into_iter().flatten().all(|pair| pair.reverse.is_some())
            && self.state_operations.iter().all(Operation::reversible)
    }

    /// The change of the models happens on every database.
    fn elidable(&self) -> bool {
        self.elidable && self.state_operations.is_empty()
    }
}
