//! Changes what the database does not store of a constraint, and whether the rows are checked that were there before it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ConstraintDef, ExclusionDef, ModelDef, ModelKey, UniqueDef};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, lower};
use crate::migrate::state::ProjectState;

/// Changes the message of a constraint or the names of the relation of a foreign key, which the database does not store, and takes
/// `not_valid` out of a check or foreign key or puts it in. Nothing else may differ. Without `not_valid`, the rows are checked that were
/// there before the constraint: `VALIDATE CONSTRAINT` on Postgres.
///
/// # Example: without a message
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AlterConstraint, Operation};
/// use orm::models::UniqueDef;
///
/// let operation: Operation = AlterConstraint { model: "Tag".to_owned(), constraint: UniqueDef::over("tag_label", ["label"]).into() }.into();
/// assert_eq!(operation.symbol(), '~');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterConstraint {
    /// Name of the model.
    pub model: String,
    /// The constraint as it is afterwards.
    pub constraint: ConstraintDef,
}

/// The constraint without its message or the names of its relation, and without whether the rows are checked that were there before it.
fn in_database(constraint: &ConstraintDef) -> ConstraintDef {
    let mut constraint = constraint.clone();
    match &mut constraint {
        ConstraintDef::Unique(UniqueDef { message, .. })
        | ConstraintDef::Exclusion(ExclusionDef { message, .. }) => *message = None,
        ConstraintDef::Check {
            message, not_valid, ..
        } => (*message, *not_valid) = (None, false),
        ConstraintDef::ForeignKey(key) => {
            key.relation.clear();
            key.related_name = None;
            key.not_valid = false;
        }
    }
    constraint
}

impl AlterConstraint {
    fn is_constraint(&self, model: &str, constraint: &str) -> bool {
        self.model == model && self.constraint.name() == constraint
    }
}

impl ModelChange for AlterConstraint {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let (key, name) = (model.key(), self.constraint.name());
        let mut constraints = model.constraints.iter_mut();
        let Some(constraint) = constraints.find(|constraint| constraint.name() == name) else {
            return Err(Error::migration(format!("{key} has no constraint {name}")));
        };
        if in_database(constraint) != in_database(&self.constraint) {
            return Err(Error::migration(format!(
                "the constraint {name} of {key} changes in more than its message, its relation and `not_valid`"
            ))
            .with_hint("remove it with RemoveConstraint and add it with AddConstraint"));
        }
        constraint.clone_from(&self.constraint);
        Ok(())
    }
}

impl Contract for AlterConstraint {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let key = ModelKey::new(app, &self.model);
        let name = self.constraint.name();
        let mut constraints = before.existing(&key)?.constraints.iter();
        let constraint = constraints
            .find(|constraint| constraint.name() == name)
            .ok_or_else(|| Error::migration(format!("{key} has no constraint {name}")))?;
        Ok(AlterConstraint {
            model: self.model.clone(),
            constraint: constraint.clone(),
        }
        .into())
    }

    fn describe(&self) -> String {
        format!("alter constraint {} on {}", self.constraint.name(), self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "alter_{}_{}",
            lower(&self.model),
            lower(self.constraint.name())
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().constraint(
            AccessKind::Alters,
            ModelRef::new(app, &self.model),
            &self.constraint,
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterConstraint(later)
                if self.is_constraint(&later.model, later.constraint.name()) =>
            {
                Reduction::one(later.clone())
            }
            Operation::RemoveConstraint(remove) if self.is_constraint(&remove.model, &remove.constraint) => {
                Reduction::one(remove.clone())
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
