//! Adds what stands on a table beside its columns, indexes and constraints.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ModelDef, TableObjectDef};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, RemoveTableObject, lower};
use crate::migrate::state::{ProjectState, check_fields};

/// Adds a trigger, a policy, row security or a grant to a model.
///
/// # Example: what runs for new rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AddTableObject, Operation};
/// use orm::models::{TriggerDef, TriggerEvent, TriggerTiming};
///
/// let counted = TriggerDef::new("post_counted", TriggerTiming::After, [TriggerEvent::Insert]);
/// let operation: Operation = AddTableObject { model: "Post".to_owned(), object: counted.into() }.into();
/// assert_eq!(operation.line(), "+ add trigger post_counted to Post");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddTableObject {
    /// Name of the model.
    pub model: String,
    /// What is added.
    pub object: TableObjectDef,
}

impl ModelChange for AddTableObject {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let (key, label) = (model.key(), self.object.label());
        if model.objects.iter().any(|other| other.label() == label) {
            return Err(Error::migration(format!("{key} has a {label} already")));
        }
        check_fields(model, &label, self.object.fields())?;
        model.objects.push(self.object.clone());
        Ok(())
    }
}

impl Contract for AddTableObject {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RemoveTableObject {
            model: self.model.clone(),
            object: self.object.kind(),
            name: self.object.name().to_owned(),
        }
        .into())
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        format!("add {} to {}", self.object.label(), self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("{}_{}", lower(&self.model), lower(self.object.name())))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().table_object(
            AccessKind::Creates,
            ModelRef::new(app, &self.model),
            &self.object,
        )
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RemoveTableObject(remove) if remove.is_of(&self.model, &self.object) => {
                Reduction::none()
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
