//! Renames a field.

use serde::{Deserialize, Serialize};

use super::model_change::ModelChange;
use super::{Contract, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower};
use crate::error::{Error, Result};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey, OrderingTerm};

/// Renames a field, and its column or join table unless that has an explicit name. Values stay, and whatever names
/// the field follows.
///
/// # Example: with its column
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{RenameField, Operation};
///
/// let operation: Operation = RenameField { model: "Tag".to_owned(), old: "label".to_owned(), new: "name".to_owned() }.into();
/// assert_eq!(operation.line(), "~ rename field label on Tag to name");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameField {
    /// Name of the model.
    pub model: String,
    /// Old name of the field.
    pub old: String,
    /// New name of the field.
    pub new: String,
}

impl RenameField {
    /// Renames the field in a model, and in everything in the model that names it.
    pub(in crate::migrate) fn apply(&self, model: &mut ModelDef) {
        let mut rename = |name: &mut String| {
            if *name == self.old {
                name.clone_from(&self.new);
            }
        };
        let own = model.key();
        for field in &mut model.fields {
            rename(&mut field.name);
            if let Some(pointed_at) = field
                .to_field
                .as_mut()
                .filter(|_| field.to.as_ref() == Some(&own))
            {
                rename(pointed_at);
            }
            if let Some(made) = &mut field.generated_as {
                made.expression.rename_fields(&mut rename);
            }
        }
        for written in &mut model.ordering {
            if let Some(renamed) = OrderingTerm::parse(written).renamed(&self.old, &self.new) {
                *written = renamed;
            }
        }
        for index in &mut model.indexes {
            index.rename_fields(&mut rename);
        }
        for object in &mut model.objects {
            object.rename_fields(&mut rename);
        }
        for constraint in &mut model.constraints {
            constraint.rename_fields(&mut rename);
            if let Some(key) = constraint.foreign_key_mut().filter(|key| key.to == own) {
                key.to_fields.iter_mut().for_each(&mut rename);
            }
        }
    }
}

/// The model before with the new name of a field and the old name of its column or join table.
pub(in crate::migrate) fn keep_column(before: &mut ModelDef, old: &str, new: &str) {
    let join = before.field(old).and_then(|field| before.join_table_name(field));
    for field in before.fields.iter_mut().filter(|field| field.name == old) {
        match &join {
            Some(join) => field.table = Some(join.name.clone()),
            None if field.ty.is_column() => field.column = Some(field.column_name()),
            // It goes through a model, which keeps its table anyhow.
            None => {}
        }
    }
    let rename = RenameField {
        model: before.name.clone(),
        old: old.to_owned(),
        new: new.to_owned(),
    };
    rename.apply(before);
}

impl ModelChange for RenameField {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        if model.field(&self.old).is_none() {
            return Err(Error::migration(format!(
                "{} has no field {}",
                model.key(),
                self.old
            )));
        }
        if model.field(&self.new).is_some() {
            return Err(Error::migration(format!(
                "{} has a field {} already",
                model.key(),
                self.new
            )));
        }
        self.apply(model);
        Ok(())
    }
}

impl Contract for RenameField {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        state.edit(&key, |model| self.change(model))?;
        state.follow_field(&key, &self.old, &self.new)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(RenameField {
            model: self.model.clone(),
            old: self.new.clone(),
            new: self.old.clone(),
        }
        .into())
    }

    fn describe(&self) -> String {
        format!("rename field {} on {} to {}", self.old, self.model, self.new)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "rename_{}_{}_{}",
            lower(&self.old),
            lower(&self.model),
            lower(&self.new)
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let object = |field| SchemaObject::Field(ModelRef::new(app, &self.model), field);
        ObjectAccesses::none().renames(object(&self.old), object(&self.new))
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::RenameField(later) if later.model == self.model && later.old == self.new => {
                match later.new == self.old {
                    true => Reduction::none(),
                    false => Reduction::one(RenameField {
                        old: self.old.clone(),
                        ..later.clone()
                    }),
                }
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
