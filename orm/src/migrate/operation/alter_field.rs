//! Changes a field.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::Literal;

use super::model_change::ModelChange;
use super::remove_field::find;
use super::{
    AccessKind, Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction, lower, stored_field,
};
use crate::migrate::state::{ProjectState, check_reads};

/// Changes the definition of a field: its type, length, default or target.
///
/// # Example: no NULL any more
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::migrate::operation::{AlterField, Operation};
/// use orm::fields::FieldType;
/// use orm::models::FieldDef;
///
/// let operation: Operation = AlterField { model: "Post".to_owned(), field: FieldDef::new("summary", FieldType::Text), fill: None }.into();
/// assert_eq!(operation.symbol(), '~');
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterField {
    /// Name of the model.
    pub model: String,
    /// The field as it is afterwards.
    #[serde(serialize_with = "stored_field::field")]
    pub field: FieldDef,
    /// The value that replaces NULL in existing rows, once, when the field becomes NOT NULL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Literal>,
}

impl AlterField {
    fn is_field(&self, model: &str, field: &str) -> bool {
        self.model == model && self.field.name == field
    }
}

impl ModelChange for AlterField {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        check_reads(model, &self.field)?;
        let at = model
            .fields
            .iter()
            .position(|field| field.name == self.field.name);
        match at.and_then(|at| model.fields.get_mut(at)) {
            Some(field) => {
                field.clone_from(&self.field);
                Ok(())
            }
            None => Err(Error::migration(format!(
                "{} has no field {}",
                model.key(),
                self.field.name
            ))),
        }
    }
}

impl Contract for AlterField {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        find(state, &key, &self.field.name)?;
        state.check_target(&key, &self.field)?;
        let choices = state.choices_of(app, &self.field)?;
        state.edit_fields(&key, |model| {
            self.change(model)?;
            if let Some(choices) = choices {
                stored_field::set_choices(model, &self.field.name, choices);
            }
            Ok(())
        })?;
        state.check_composite_foreign_keys(state.existing(&key)?)?;
        state.check_pointed_at(&key)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        Ok(AlterField {
            model: self.model.clone(),
            field: stored_field::stored(find(before, &ModelKey::new(app, &self.model), &self.field.name)?),
            fill: None,
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Alter {
            model: &self.model,
            fill: self.fill.as_ref().map(|fill| (self.field.name.as_str(), fill)),
        }
    }

    fn describe(&self) -> String {
        format!("alter field {} on {}", self.field.name, self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!(
            "alter_{}_{}",
            lower(&self.model),
            lower(&self.field.name)
        ))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        ObjectAccesses::none().field(AccessKind::Alters, ModelRef::new(app, &self.model), &self.field)
    }

    fn fields(&self) -> &[FieldDef] {
        std::slice::from_ref(&self.field)
    }

    fn fields_mut(&mut self) -> &mut [FieldDef] {
        std::slice::from_mut(&mut self.field)
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterField(later) if self.is_field(&later.model, &later.field.name) => {
                // The fill value has the type before the second change, and would be lost if the
                // field takes NULL again.
                let lost = later.field.null || later.field.ty != self.field.ty;
                match &self.fill {
                    None => Reduction::one(later.clone()),
                    Some(_) if lost => Reduction::Barrier,
                    Some(fill) => Reduction::one(AlterField {
                        fill: Some(fill.clone()),
                        ..later.clone()
                    }),
                }
            }
            Operation::RemoveField(remove) if self.is_field(&remove.model, &remove.field) => {
                Reduction::one(remove.clone())
            }
            Operation::RenameField(rename)
                if self.is_field(&rename.model, &rename.old) && self.field.column.is_none() =>
            {
                let mut alter = self.clone();
                alter.field.name.clone_from(&rename.new);
                Reduction::Replace(vec![rename.clone().into(), alter.into()])
            }
            _ => Reduction::past(self, other, app),
        }
    }
}
