//! Which operations make one state of the models the other: one file per kind of change, in Django's order.
//!
//! Each kind appends [`Draft`]s: an operation with what has to come before it. [`arrange`] sorts them and cuts them into
//! migrations.

mod added_fields;
mod altered_fields;
mod arrange;
mod constraints;
mod created_models;
mod creation_order;
mod deleted_models;
mod draft;
mod indexes;
mod options;
mod removed_fields;
mod renamed_fields;
mod renames;

pub(super) use arrange::{Piece, arrange};
pub(super) use draft::Draft;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Answers;
use super::question::{Question, unanswered};
use super::state::ProjectState;
use crate::error::Result;
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::FieldType;
use draft::Needs;
use renamed_fields::renamed_fields;

/// One look at two states.
struct Detector<'a> {
    from: &'a ProjectState,
    to: &'a ProjectState,
    answers: &'a Answers,
    now: DateTime<Utc>,
    drafts: Vec<Draft>,
    questions: Vec<Question>,
}

/// The operations that lead from `from` to `to`, which is what `models` say, each with what it needs before it.
///
/// # Errors
/// If something is asked that the answers do not answer, or changes in a way that no operation says.
pub(super) fn detect(
    from: &ProjectState,
    to: &ProjectState,
    models: &[ModelDef],
    answers: &Answers,
    now: DateTime<Utc>,
) -> Result<Vec<Draft>> {
    let (from, renames) = renamed_fields(from, to, models)?;
    let mut detector = Detector {
        from: &from,
        to,
        answers,
        now,
        drafts: Vec::new(),
        questions: Vec::new(),
    };
    detector.renames()?;
    detector.created_models();
    // After them, so that everything about one table stands together and is one change of it.
    detector.drafts.extend(renames);
    detector.deleted_models();
    detector.options();
    detector.removed_constraints();
    detector.removed_indexes();
    detector.removed_fields();
    detector.added_fields()?;
    detector.altered_fields()?;
    detector.added_indexes();
    detector.added_constraints();
    match detector.questions.is_empty() {
        true => Ok(detector.drafts),
        false => Err(unanswered(&detector.questions)),
    }
}

impl<'a> Detector<'a> {
    /// Models of both states, as they were and as they are.
    fn kept(&self) -> Vec<(&'a ModelDef, &'a ModelDef)> {
        let (from, to) = (self.from, self.to);
        to.models()
            .iter()
            .filter_map(|(key, new)| Some((from.model(key)?, new.as_ref())))
            .collect()
    }

    /// Keys of models that only the new state has.
    fn created(&self) -> BTreeSet<&'a ModelKey> {
        let (from, to) = (self.from, self.to);
        to.models()
            .keys()
            .filter(|key| from.model(key).is_none())
            .collect()
    }

    /// Keys of models that only the old state has.
    fn deleted(&self) -> BTreeSet<&'a ModelKey> {
        let (from, to) = (self.from, self.to);
        from.models()
            .keys()
            .filter(|key| to.model(key).is_none())
            .collect()
    }

    fn push(&mut self, key: &ModelKey, operation: impl Into<super::operation::Operation>, needs: Needs) {
        self.drafts.push(Draft::new(key, operation.into(), needs));
    }

    /// What an operation that brings this field needs before it: the model it points at.
    fn target_of(&self, owner: &ModelKey, field: &FieldDef) -> Needs {
        let mut needs = Needs::default();
        if let Some(to) = field.to.as_ref().filter(|to| *to != owner) {
            needs.exists(to);
        }
        needs
    }
}

/// Whether a field cannot become the other in place: it has a column and the other has none, or its join table would
/// point elsewhere.
fn replaced(old: &FieldDef, new: &FieldDef) -> bool {
    let many = |field: &FieldDef| field.ty == FieldType::ManyToMany;
    many(old) != many(new) || (many(old) && old.to != new.to)
}

#[cfg(test)]
mod tests;
