//! Moves a model to another app.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelKey;

use super::{Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Moves a model to another app, where it may have another name. Relations that point at it follow, in every app.
/// Its table keeps its rows, and is renamed if its name came from the app or the model.
///
/// The operation belongs to the app that the model moves to. That app must have the enum types of the model's
/// fields, under the same names.
///
/// # Example: to another app
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{MoveModel, Operation};
/// use orm::models::ModelKey;
///
/// let operation: Operation = MoveModel { from: ModelKey::new("blog", "Tag"), to: ModelKey::new("labels", "Tag"), table: None }.into();
/// assert_eq!(operation.symbol(), '~');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveModel {
    /// The model before the move.
    pub from: ModelKey,
    /// The model after the move.
    pub to: ModelKey,
    /// The new name of its table; absent for the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
}

impl Contract for MoveModel {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        if self.from.app != app && self.to.app != app {
            return Err(Error::migration(format!(
                "{} moves to {} in a migration of {app}, which is neither of the two apps",
                self.from, self.to
            ))
            .with_hint(format!("put the operation into a migration of {}", self.to.app)));
        }
        state.rename(&self.from, &self.to)?;
        state.edit(&self.to, |model| {
            model.table.clone_from(&self.table);
            Ok(())
        })
    }

    fn inverse(&self, _app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(MoveModel {
            from: self.to.clone(),
            to: self.from.clone(),
            table: before.existing(&self.from)?.table.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Move {
            from: &self.from,
            to: &self.to,
        }
    }

    fn describe(&self) -> String {
        format!("move model {} to {}", self.from, self.to)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "move_{}_{}",
            lower(&self.from.app),
            lower(&self.from.model)
        ))
    }

    fn accesses<'a>(&'a self, _app: &'a str) -> ObjectAccesses<'a> {
        let (from, to) = (ModelRef::from(&self.from), ModelRef::from(&self.to));
        ObjectAccesses::none()
            .renames(SchemaObject::Model(from), SchemaObject::Model(to))
            .pins(self.table.as_ref())
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        let (to, table) = match other {
            Operation::RenameModel(later) if self.to == ModelKey::new(app, &later.old) => {
                (ModelKey::new(app, &later.new), &self.table)
            }
            Operation::MoveModel(later) if later.from == self.to => (later.to.clone(), &later.table),
            _ => return Reduction::past(self, other, app),
        };
        // A move back is not reduced to nothing: the table may have been renamed in between, and the other
        // app's files would still mention the move.
        match to != self.from && (self.from.app == app || to.app == app) {
            true => Reduction::one(MoveModel {
                from: self.from.clone(),
                to,
                table: table.clone(),
            }),
            false => Reduction::past(self, other, app),
        }
    }
}
