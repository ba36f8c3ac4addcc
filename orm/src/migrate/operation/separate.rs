//! Changes the database and the state by different operations.

use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::{AccessKind, Contract, DatabaseAction, ObjectAccesses, Operation, SchemaObject};
use crate::migrate::state::ProjectState;

/// Changes the database by some operations and the state by others: for tables that were changed by hand, or will be.
///
/// # Example: the table stays
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{SeparateDatabaseAndState, Operation};
/// use orm::migrate::operation::DeleteModel;
///
/// let operation: Operation = SeparateDatabaseAndState { database: vec![], state: vec![DeleteModel { model: "Tag".to_owned() }.into()] }.into();
/// assert_eq!(operation.symbol(), '?');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparateDatabaseAndState {
    /// Operations on the database; they see a copy of the state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub database: Vec<Operation>,
    /// What happens to the state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<Operation>,
}

/// The operations that undo some, in the order in which they do.
pub(super) fn inverses(operations: &[Operation], app: &str, before: &ProjectState) -> Result<Vec<Operation>> {
    let mut state = before.clone();
    let mut inverses = Vec::with_capacity(operations.len());
    for operation in operations {
        inverses.push(operation.inverse(app, &state)?);
        operation.state_forwards(app, &mut state)?;
    }
    inverses.reverse();
    Ok(inverses)
}

impl Contract for SeparateDatabaseAndState {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        self.state
            .iter()
            .try_for_each(|operation| operation.state_forwards(app, state))
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(SeparateDatabaseAndState {
            database: inverses(&self.database, app, before)?,
            state: inverses(&self.state, app, before)?,
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Composite(&self.database)
    }

    fn symbol(&self) -> char {
        '?'
    }

    fn describe(&self) -> String {
        if !self.database.is_empty() || self.state.is_empty() {
            return "change database and state apart".to_owned();
        }
        let state: Vec<String> = self.state.iter().map(Operation::describe).collect();
        format!("leave the database as it is and {}", state.join(", "))
    }

    fn name_fragment(&self) -> Option<String> {
        if !self.database.is_empty() || self.state.is_empty() {
            return None;
        }
        let state: Option<Vec<String>> = self.state.iter().map(Operation::name_fragment).collect();
        Some(state?.join("_"))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let accesses = ObjectAccesses::none().and(AccessKind::Reads, SchemaObject::Anything);
        accesses
            .and_those_of(&self.database, app)
            .and_those_of_state(&self.state, app)
    }

    fn reversible(&self) -> bool {
        self.database.iter().chain(&self.state).all(Operation::reversible)
    }
}
