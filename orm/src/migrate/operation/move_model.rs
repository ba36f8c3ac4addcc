//! A model belongs to another app.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelKey;

use super::{Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// A model belongs to another app from here on, and may have another name there. Relations of every app that point at it
/// follow; its table keeps its rows, and has another name if the app or the model gave it the one that it had.
///
/// It stands in the app that the model goes to. That app has the enum types of the model's fields, under the same names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveModel {
    /// The model so far.
    pub from: ModelKey,
    /// The model from here on.
    pub to: ModelKey,
    /// Name of its table from here on; absent for the default.
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
        // Back where it was, whether that leaves the table where it was is not said here; and a model only passing through
        // this app does not do so in another's.
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
