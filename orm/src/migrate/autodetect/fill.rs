//! The value that existing rows get in a NOT NULL column.

use chrono::{DateTime, Utc};

use super::Detector;
use crate::error::{Error, Result};
use crate::migrate::question::{Answer, Question};
use crate::migrate::state::ProjectState;
use crate::model::{FieldDef, ModelKey, stored};
use crate::schema::check_literal;
use crate::value::{FieldType, Literal};

impl Detector<'_> {
    /// For a new NOT NULL column without a database default.
    pub(super) fn fill_of_new(&mut self, model: &ModelKey, field: &FieldDef) -> Result<Option<Literal>> {
        let has_value = field.null
            || field.generated
            || field.generated_as.is_some()
            || field.default.is_some()
            || field.db_default.is_some();
        if has_value || !field.ty.is_column() {
            return Ok(None);
        }
        let now = now_literal(field.ty, self.now);
        if field.auto_now {
            return Ok(now);
        }
        let ty = column_type(self.to, model, field)?;
        let question = match field.unique && field.default_in_code {
            true => Question::UniqueDefault {
                model: model.clone(),
                field: field.name.clone(),
                ty,
            },
            false => Question::Added {
                model: model.clone(),
                field: field.name.clone(),
                ty,
                in_code: field.default_in_code && !field.auto_now_add,
                suggestion: now.filter(|_| field.auto_now_add).or_else(|| first_choice(field)),
            },
        };
        self.given(model, field, question)
    }

    /// For a column that becomes NOT NULL.
    pub(super) fn fill_of_null(
        &mut self,
        model: &ModelKey,
        before: &FieldDef,
        field: &FieldDef,
    ) -> Result<Option<Literal>> {
        let has_value = field.db_default.is_some() || field.generated_as.is_some();
        if !before.null || field.null || has_value || !field.ty.is_column() {
            return Ok(None);
        }
        if field.default.is_some() {
            return Ok(field.default.clone());
        }
        let question = Question::NotNull {
            model: model.clone(),
            field: field.name.clone(),
            ty: column_type(self.to, model, field)?,
            suggestion: now_literal(field.ty, self.now)
                .filter(|_| field.auto_now || field.auto_now_add)
                .or_else(|| first_choice(field)),
        };
        self.given(model, field, question)
    }

    fn given(&mut self, model: &ModelKey, field: &FieldDef, question: Question) -> Result<Option<Literal>> {
        match self.answer_source.ask(question)? {
            Some(Answer::Default(literal)) => read(self.to, model, field, &literal).map(Some),
            _ => Ok(None),
        }
    }
}

/// The one-off default that was given for a field, as a literal of its type.
///
/// # Errors
/// If it does not have the field's type.
fn read(state: &ProjectState, model: &ModelKey, field: &FieldDef, given: &Literal) -> Result<Literal> {
    let name = format!("{model}.{}", field.name);
    let ty = column_type(state, model, field)?;
    let literal = as_type(given, ty);
    check_literal(&literal, ty).map_err(|error| error.context(format!("the default given for {name}")))?;
    if !field.choices.is_empty() && !is_of(&literal, &field.choices) {
        return Err(Error::config(format!(
            "the default given for {name} is not one of its choices: {}",
            field.choices.join(", ")
        )));
    }
    if let Literal::Str(text) = &literal
        && field
            .max_length
            .is_some_and(|max| text.chars().count() > max as usize)
    {
        return Err(Error::config(format!("the default given for {name} is too long")));
    }
    if let (FieldType::Array(_), Literal::List(items)) = (ty, &literal)
        && field.max_length.is_some_and(|max| items.len() > max as usize)
    {
        return Err(Error::config(format!("the default given for {name} is too long")));
    }
    Ok(literal)
}

/// Whether no string and no number in it is another than these.
fn is_of(literal: &Literal, choices: &[String]) -> bool {
    match literal {
        Literal::Str(text) => choices.contains(text),
        Literal::Int(number) => choices.contains(&number.to_string()),
        Literal::List(items) => items.iter().all(|item| is_of(item, choices)),
        _ => true,
    }
}

/// What the column of a field of a model stores.
fn column_type(state: &ProjectState, model: &ModelKey, field: &FieldDef) -> Result<FieldType> {
    let ty = state
        .existing(model)
        .and_then(|owner| stored(owner, field, |key| state.model(key)))
        .map(|(_, base)| base.ty);
    ty.map_err(|error| error.context(format!("{model}.{}", field.name)))
}

/// A string from a flag, parsed by the type of the field; unchanged if the type cannot parse it.
fn as_type(literal: &Literal, ty: FieldType) -> Literal {
    let Literal::Str(text) = literal else {
        return literal.clone();
    };
    let read = match ty {
        FieldType::Bool => text.parse().ok().map(Literal::Bool),
        ty if ty.is_integer() => text.parse().ok().map(Literal::Int),
        FieldType::Real | FieldType::Double => text.parse().ok().map(Literal::Float),
        // As in a file: a string within quotes, a number without.
        FieldType::Array(_) => serde_json::from_str(text).ok(),
        ty if ty.is_multirange() => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| literal.clone())
}

/// The first allowed string or number of a field, or an array of none: the only value known to fit.
fn first_choice(field: &FieldDef) -> Option<Literal> {
    let first = field.choices.first()?;
    Some(match field.ty {
        FieldType::Array(_) => Literal::List(Vec::new()),
        ty => as_type(&Literal::Str(first.clone()), ty),
    })
}

/// Now, as a literal of a date or time field.
fn now_literal(ty: FieldType, now: DateTime<Utc>) -> Option<Literal> {
    let format = match ty {
        FieldType::Date => "%Y-%m-%d",
        FieldType::Time => "%H:%M:%S%.6f",
        FieldType::DateTime => "%Y-%m-%dT%H:%M:%S%.6f",
        FieldType::Timestamp => "%Y-%m-%dT%H:%M:%S%.6fZ",
        _ => return None,
    };
    Some(Literal::Str(now.format(format).to_string()))
}
