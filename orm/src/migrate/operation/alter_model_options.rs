//! Changes the ordering of a model, or whether its table is managed.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{ModelDef, ModelKey, OrderingTerm};

use super::model_change::ModelChange;
use super::{
    AccessKind, Contract, DatabaseAction, ModelRef, ObjectAccesses, Operation, Reduction, SchemaObject, lower,
};
use crate::migrate::state::ProjectState;

/// Sets the options of a model; an option that is absent is unset. Options exist only in the state: a table that
/// becomes managed or unmanaged is not changed.
///
/// # Example: what it becomes
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::operation::{AlterModelOptions, Operation};
/// use orm::models::ModelDef;
///
/// let mut tag = ModelDef::new("blog", "Tag");
/// tag.ordering = vec!["label".to_owned()];
/// let operation: Operation = AlterModelOptions::of(&tag).into();
/// assert_eq!(operation.line(), "~ change options of Tag");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterModelOptions {
    /// Name of the model.
    pub model: String,
    /// The table's comment, in files older than [`AlterModelTableComment`](super::AlterModelTableComment). If
    /// absent, the comment stays; if empty, it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Default order of rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordering: Vec<String>,
    /// Whether the table belongs to something else: migrations never change it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmanaged: bool,
}

impl AlterModelOptions {
    /// The options of `model`.
    ///
    /// # Example: the options of a model
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::AlterModelOptions;
    /// use orm::models::ModelDef;
    ///
    /// assert!(AlterModelOptions::of(&ModelDef::new("blog", "Tag")).ordering.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of(model: &ModelDef) -> Self {
        AlterModelOptions {
            model: model.name.clone(),
            comment: None,
            ordering: model.ordering.clone(),
            unmanaged: model.unmanaged,
        }
    }
}

impl ModelChange for AlterModelOptions {
    fn model(&self) -> &str {
        &self.model
    }

    fn change(&self, model: &mut ModelDef) -> Result<()> {
        if let Some(comment) = &self.comment {
            model.comment = Some(comment.clone()).filter(|comment| !comment.is_empty());
        }
        model.ordering.clone_from(&self.ordering);
        model.unmanaged = self.unmanaged;
        Ok(())
    }
}

impl Contract for AlterModelOptions {
    fn model_change(&self) -> Option<&dyn ModelChange> {
        Some(self)
    }

    fn inverse(&self, app: &str, before: &ProjectState) -> Result<Operation> {
        let model = before.existing(&ModelKey::new(app, &self.model))?;
        let mut inverse = AlterModelOptions::of(model);
        if self.comment.is_some() {
            inverse.comment = Some(model.comment.clone().unwrap_or_default());
        }
        Ok(inverse.into())
    }

    /// Nothing, but as a step of its own: whether neighbouring operations change the table depends on it.
    fn database_action(&self) -> DatabaseAction<'_> {
        match self.comment {
            None => DatabaseAction::Nothing,
            Some(_) => DatabaseAction::Alter {
                model: &self.model,
                fill: None,
            },
        }
    }

    fn describe(&self) -> String {
        format!("change options of {}", self.model)
    }

    fn name_fragment(&self) -> Option<String> {
        Some(format!("alter_{}_options", lower(&self.model)))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let of = ModelRef::new(app, &self.model);
        let accesses = ObjectAccesses::none().and(AccessKind::Alters, SchemaObject::Options(of));
        let own_field = |written: &'a String| OrderingTerm::parse(written).own_field();
        let accesses = accesses.reads(of, self.ordering.iter().map(own_field));
        match self.comment {
            Some(_) => accesses.and(AccessKind::Alters, SchemaObject::Comment(of)),
            None => accesses,
        }
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::AlterModelOptions(later) if later.model == self.model => {
                let mut later = later.clone();
                later.comment = later.comment.or_else(|| self.comment.clone());
                Reduction::one(later)
            }
            // A deletion that follows stays behind: only a managed table is dropped, and what it was before is not known here.
            _ => Reduction::past(self, other, app),
        }
    }
}
