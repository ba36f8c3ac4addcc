//! Removes what stands on a table beside its columns, indexes and constraints.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{ModelDef, ModelKey, TableObjectDef, TableObjectKind};

use super::model_change::ModelChange;
use super::{AccessKind, AddTableObject, Contract, ModelRef, ObjectAccesses, Operation, SchemaObject, lower};
use crate::migrate::state::ProjectState;

/// Removes a trigger, a policy, row security or a grant of a model; the state has its definition.
///
/// # Example: by its name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{Operation, RemoveTableObject};
/// use orm::models::TableObjectKind;
///
/// let operation: Operation =
///     RemoveTableObject { model: "Post".to_owned(), object: TableObjectKind::Trigger, name: "post_counted".to_owned() }.into();
/// assert_eq!(operation.line(), "- remove trigger post_counted from Post");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveTableObject {
    /// Name of the model.
    pub model: String,
    /// The kind of what is removed.
    pub object: TableObjectKind,
    /// Its name.
    pub name: String,
}

impl RemoveTableObject {
    pub(super) fn is_of(&self, model: &str, object: &TableObjectDef) -> bool {
        self.model == model && self.removes(object)
    }

    fn removes(&self, object: &TableObjectDef) -> bool {
        (self.object, self.name.as_str()) == (object.kind(), object.name())
    }

    fn missing(&self, key: &ModelKey) -> Error {
        Error::migration(format!("{key} has no {}", self.object.label(&self.name)))
    }
}

impl ModelChange for RemoveTableObject {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        let before = model.objects.len();
        model.objects.retain(|object| !self.removes(object));
        match model.objects.len() == before {
            true => Err(self.missing(&model.key())),
            false => Ok(()),
        }
    }
}

impl Contract for RemoveTableObject {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let key = ModelKey::new(app, &self.model);
        let mut objects = before.existing(&key)?.objects.iter();
        let object = objects.find(|object| self.removes(object));
        Ok(AddTableObject {
            model: self.model.clone(),
            object: object.ok_or_else(|| self.missing(&key))?.clone(),
        }
        .into())
    }

    fn symbol(&self) -> char {
        '-'
    }

    fn describe(&self) -> String {
        format!("remove {} from {}", self.object.label(&self.name), self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("remove_{}_{}", lower(&self.model), lower(&self.name)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().and(
            AccessKind::Deletes,
            SchemaObject::TableObject(ModelRef::new(app, &self.model), self.object, &self.name),
        )
    }
}
