//! Changes the query and the fields of a view.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey, ViewDef};

use super::model_change::ModelChange;
use super::{AccessKind, Contract, ModelRef, ObjectAccesses, Operation, Reduction, lower, stored_field};
use crate::migrate::state::ProjectState;

/// Changes the query of a view, and with it all of its fields, which hold nothing of their own.
///
/// On Postgres it is replaced, `CREATE OR REPLACE VIEW`. Where the server does not take that, because a column is gone or of another
/// type, the view is dropped and made again, and so is every view that depends on it; owners, grants, comments and options stay what they
/// were.
///
/// # Example: another query
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::fields::FieldType;
/// use orm::migrate::operation::{AlterView, Operation};
/// use orm::models::{FieldDef, ModelKey, ViewDef};
///
/// let mut id = FieldDef::new("id", FieldType::BigInt);
/// id.primary_key = true;
/// let operation: Operation = AlterView {
///     model: "LongPost".to_owned(),
///     fields: vec![id],
///     view: ViewDef {
///         sql: Some("SELECT id FROM blog_post WHERE length(body) > 1000".to_owned()),
///         reads: vec![ModelKey::new("blog", "Post")],
///         ..ViewDef::default()
///     },
/// }
/// .into();
/// assert_eq!(operation.line(), "~ alter view LongPost");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterView {
    /// Name of the model.
    pub model: String,
    /// Its fields from here on.
    #[serde(serialize_with = "stored_field::fields")]
    pub fields: Vec<FieldDef>,
    /// Its query from here on.
    pub view: ViewDef,
}

impl ModelChange for AlterView {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        if model.view.is_none() {
            return Err(Error::migration(format!("{} is not a view", model.key())));
        }
        model.fields.clone_from(&self.fields);
        model.view = Some(self.view.clone());
        Ok(())
    }
}

impl Contract for AlterView {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let key = ModelKey::new(app, &self.model);
        let mut choices = Vec::new();
        for field in &self.fields {
            choices.push((&field.name, state.choices_of(app, field)?));
        }
        state.edit_fields(&key, |model| {
            self.change(model)?;
            for (name, choices) in choices {
                if let Some(choices) = choices {
                    stored_field::set_choices(model, name, choices);
                }
            }
            Ok(())
        })?;
        state.check_targets(state.existing(&key)?)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let mut model = before.existing(&ModelKey::new(app, &self.model))?.clone();
        model.fields.iter_mut().for_each(stored_field::strip);
        match model.view {
            Some(view) => Ok(AlterView {
                model: self.model.clone(),
                fields: model.fields,
                view,
            }
            .into()),
            None => Err(Error::migration(format!("{} is not a view", model.key()))),
        }
    }

    fn describe(&self) -> String {
        format!("alter view {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let of = ModelRef::new(app, &self.model);
        let accesses = ObjectAccesses::none().view(AccessKind::Alters, of, &self.view);
        let fields = self.fields.iter();
        fields.fold(accesses, |accesses, field| {
            accesses.field(AccessKind::Alters, of, field)
        })
    }

    fn fields(&self) -> &[FieldDef] {
        &self.fields
    }

    fn fields_mut(&mut self) -> &mut [FieldDef] {
        &mut self.fields
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterView(later) if later.model == self.model => Reduction::one(later.clone()),
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::one(delete.clone()),
            _ => Reduction::past(self, other, app),
        }
    }
}
