//! What only a person can decide, and how to say so beforehand.

use chrono::{DateTime, Utc};

use super::Answers;
use super::state::ProjectState;
use crate::error::{Error, Kind, Result};
use crate::model::{FieldDef, ModelKey};
use crate::schema::check_literal;
use crate::value::{FieldType, Literal};

/// A question that came up while looking for changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What rows that exist get in a new field that takes no NULL.
    Added {
        /// The model.
        model: ModelKey,
        /// The field.
        field: String,
        /// Whether the model has a default that only the program can compute.
        in_code: bool,
    },
    /// What rows that hold NULL get in a field that takes none any more.
    NotNull {
        /// The model.
        model: ModelKey,
        /// The field.
        field: String,
    },
    /// Whether a field that is gone and a new one are the same.
    FieldRenamed {
        /// The model.
        model: ModelKey,
        /// Name of the field that is gone.
        old: String,
        /// Name of the new one.
        new: String,
    },
    /// Whether a model that is gone and a new one are the same.
    ModelRenamed {
        /// The model that is gone.
        old: ModelKey,
        /// Name of the new one.
        new: String,
    },
}

impl Question {
    /// The question, and the ways to answer it.
    pub fn text(&self) -> String {
        match self {
            Question::Added {
                model,
                field,
                in_code,
            } => {
                let why = match in_code {
                    true => "takes no NULL, and only the program can compute its default",
                    false => "takes no NULL and has no default",
                };
                format!(
                    "{model}.{field} is new, {why}: what do the rows that exist get?\n  give it a default in the \
                     model, make it an Option, or answer --default {model}.{field}=VALUE"
                )
            }
            Question::NotNull { model, field } => format!(
                "{model}.{field} takes no NULL any more and has no default: what do the rows that hold NULL get?\n  \
                 give it a default in the model, keep it an Option, or answer --default {model}.{field}=VALUE"
            ),
            Question::FieldRenamed { model, old, new } => format!(
                "{model} lost the field {old} and gained {new}, which is defined alike: was it renamed?\n  if so, \
                 mark it #[orm(renamed_from = \"{old}\")]; if the values of {old} shall be lost, answer \
                 --not-renamed {model}.{old}:{new}"
            ),
            Question::ModelRenamed { old, new } => format!(
                "the model {old} is gone and {}.{new} is new, with the same fields: was it renamed?\n  there is no \
                 operation for that yet, so keep the name; if the rows of {old} shall be lost, answer --not-renamed \
                 {old}:{new}",
                old.app
            ),
        }
    }
}

/// The error of a run that asked and got no answer; nothing has been written.
pub(super) fn unanswered(questions: &[Question]) -> Error {
    let texts: Vec<String> = questions.iter().map(Question::text).collect();
    Error::new(Kind::Question, texts.join("\n"))
}

/// The one-off default that was given for a field, as a literal of its type.
///
/// # Errors
/// If it is none of the field's type.
pub(super) fn given_default(
    answers: &Answers,
    state: &ProjectState,
    model: &ModelKey,
    field: &FieldDef,
) -> Result<Option<Literal>> {
    let name = format!("{model}.{}", field.name);
    let Some(given) = answers.defaults.get(&name) else {
        return Ok(None);
    };
    let ty = storage(state, field);
    let literal = as_type(given, ty);
    check_literal(&literal, ty).map_err(|error| error.context(format!("the default given for {name}")))?;
    if let Literal::Text(text) = &literal {
        if !field.choices.is_empty() && !field.choices.contains(text) {
            return Err(Error::config(format!(
                "the default given for {name} is not one of its choices: {}",
                field.choices.join(", ")
            )));
        }
        if field
            .max_length
            .is_some_and(|max| text.chars().count() > max as usize)
        {
            return Err(Error::config(format!("the default given for {name} is too long")));
        }
    }
    Ok(Some(literal))
}

/// What a field stores: a key stores what the key pointed at stores.
fn storage(state: &ProjectState, field: &FieldDef) -> FieldType {
    let mut field = field;
    // A circle of keys has no type; the bound only keeps a broken state from hanging us.
    for _ in 0..16 {
        let target = field.to.as_ref().and_then(|to| state.model(to));
        match target.and_then(|target| target.primary_key()) {
            Some(key) => field = key,
            None => break,
        }
    }
    field.ty
}

/// A text as a flag gives it, read by the type of the field; as it is where the type does not read it.
fn as_type(literal: &Literal, ty: FieldType) -> Literal {
    let Literal::Text(text) = literal else {
        return literal.clone();
    };
    let read = match ty {
        FieldType::Bool => text.parse().ok().map(Literal::Bool),
        FieldType::SmallInt | FieldType::Int | FieldType::BigInt => text.parse().ok().map(Literal::Int),
        FieldType::Real | FieldType::Double => text.parse().ok().map(Literal::Float),
        _ => None,
    };
    read.unwrap_or_else(|| literal.clone())
}

/// Now, as a literal of a date or time field.
pub(super) fn now_literal(ty: FieldType, now: DateTime<Utc>) -> Option<Literal> {
    let format = match ty {
        FieldType::Date => "%Y-%m-%d",
        FieldType::Time => "%H:%M:%S%.6f",
        FieldType::DateTime => "%Y-%m-%dT%H:%M:%S%.6f",
        FieldType::Timestamp => "%Y-%m-%dT%H:%M:%S%.6fZ",
        _ => return None,
    };
    Some(Literal::Text(now.format(format).to_string()))
}
