//! Creates a collation.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{
    AccessKind, Contract, DatabaseAction, ObjectAccesses, Operation, Reduction, RemoveCollation,
    SchemaObject, ServerAction, lower,
};
use crate::migrate::state::{Collation, ProjectState};

/// Creates a collation; does nothing on databases without CREATE COLLATION.
///
/// # Example: of Postgres
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::operation::{CreateCollation, Operation};
///
/// let operation: Operation = CreateCollation {
///     name: "german".to_owned(),
///     locale: "de".to_owned(),
///     provider: Some("icu".to_owned()),
///     deterministic: true,
/// }
/// .into();
/// assert_eq!(operation.symbol(), '+');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateCollation {
    /// Name of the collation.
    pub name: String,
    /// Name of the locale, as the provider spells it.
    pub locale: String,
    /// The provider: `icu` or `libc`, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether only strings with equal bytes are equal.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub deterministic: bool,
}

fn yes() -> bool {
    true
}

fn is_yes(flag: &bool) -> bool {
    *flag
}

impl Contract for CreateCollation {
    fn state_forwards(&self, _app: &str, state: &mut ProjectState) -> Result<()> {
        let collation = Collation {
            locale: self.locale.clone(),
            provider: self.provider.clone(),
            deterministic: self.deterministic,
        };
        state.set_collation(&self.name, Some(collation));
        Ok(())
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveCollation {
            name: self.name.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Server(ServerAction::CreateCollation(self))
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("create collation {}", self.name)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("create_collation_{}", lower(&self.name)))
    }

    fn accesses<'a>(&'a self, _app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Creates, SchemaObject::Collation(&self.name))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RemoveCollation(remove) if remove.name == self.name => Reduction::none(),
            _ => Reduction::past(self, other, app),
        }
    }
}
