//! Runs a function of the program.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::{AccessKind, Contract, DatabaseAction, ObjectAccesses, Operation, SchemaObject};
use crate::migrate::state::ProjectState;

/// Runs a function that the program has registered under a name, with the models as they are at this point of the
/// history.
///
/// # Example: a function that `data_migration!` registered
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RunRust, Operation};
///
/// let operation: Operation = RunRust { forward: "blog.fill_slugs".to_owned(), backward: None, elidable: true }.into();
/// assert_eq!(operation.symbol(), 'r');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRust {
    /// Name of the function.
    pub forward: String,
    /// Name of the function that undoes it; absent if nothing can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backward: Option<String>,
    /// Whether a squashed migration can leave it out, because a new database does not need it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elidable: bool,
}

impl Contract for RunRust {
    fn state_forwards(&self, _app: &str, _state: &mut ProjectState) -> Result<()> {
        Ok(())
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        match &self.backward {
            Some(backward) => Ok(RunRust {
                forward: backward.clone(),
                backward: Some(self.forward.clone()),
                elidable: self.elidable,
            }
            .into()),
            None => Err(
                Error::migration(format!("the operation `{}` has no way back", self.describe()))
                    .with_hint("give it `backward`, the name of a function that undoes it"),
            ),
        }
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Rust(self)
    }

    fn symbol(&self) -> char {
        'r'
    }

    fn describe(&self) -> String {
        format!("run {}", self.forward)
    }

    fn name_fragment(&self) -> Option<String> {
        None
    }

    fn accesses<'a>(&'a self, _app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(AccessKind::Alters, SchemaObject::Anything)
    }

    fn reversible(&self) -> bool {
        self.backward.is_some()
    }

    fn elidable(&self) -> bool {
        self.elidable
    }
}
