//! Stores the rows of a materialized view anew.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::ModelKey;

use super::{AccessKind, Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Stores the rows of a materialized view anew: `REFRESH MATERIALIZED VIEW`. Write it by hand where a migration changes rows that the
/// view reads.
///
/// # Example: without keeping readers waiting
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{Operation, RefreshView};
///
/// let operation: Operation = RefreshView { model: "PostCount".to_owned(), concurrently: true }.into();
/// assert_eq!(operation.line(), "~ refresh view PostCount");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshView {
    /// Name of the model.
    pub model: String,
    /// Whether the view can be read meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concurrently: bool,
}

impl Contract for RefreshView {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let model = state.existing(&ModelKey::new(app, &self.model))?;
        match model.is_materialized() {
            true => Ok(()),
            false => Err(Error::migration(format!(
                "{} is not a materialized view, so it stores no rows",
                model.key()
            ))
            .with_hint("a view that is not materialized has its rows from its query each time")),
        }
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(self.clone().into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Refresh(self)
    }

    fn describe(&self) -> String {
        format!("refresh view {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("refresh_{}", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let of = ModelRef::new(app, &self.model);
        ObjectAccesses::none().and(AccessKind::Reads, SchemaObject::View(of))
    }
}
