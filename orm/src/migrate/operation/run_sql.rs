//! SQL that a person wrote, per database.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sql::{Backend, Dialect};

use super::separate::inverses;
use super::{AccessKind, Contract, DatabaseAction, ObjectAccesses, Operation, SchemaObject};
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
    /// Whether a database that starts from a squashed migration can do without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elidable: bool,
    /// What the SQL does to models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state_operations: Vec<Operation>,
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

    /// What it does to models is done in any case.
    fn elidable(&self) -> bool {
        self.elidable && self.state_operations.is_empty()
    }
}
