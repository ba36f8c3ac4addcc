//! Regular expressions, which SQLite lacks.

use std::sync::Arc;

use regex::{NoExpand, Regex};
use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;
use crate::value::compiled;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_scalar_function(c"orm_regex", 2, FLAGS, |context| matches(context, false))?;
    db.create_scalar_function(c"orm_iregex", 2, FLAGS, |context| matches(context, true))?;
    db.create_scalar_function(c"orm_regex_replace", 3, FLAGS, replaced)?;
    db.create_scalar_function(c"orm_regex_find", 2, FLAGS, found)
}

/// Every match replaced by a string whose backslashes are doubled.
fn replaced(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let text = context.get_raw(0).as_str_or_null()?;
    let (Some(text), Some(with)) = (text, context.get_raw(2).as_str_or_null()?) else {
        return Ok(None);
    };
    let with = with.replace("\\\\", "\\");
    let replaced = pattern(context, false)?
        .replace_all(text, NoExpand(&with))
        .into_owned();
    Ok(Some(replaced))
}

/// The first match.
fn found(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let Some(text) = context.get_raw(0).as_str_or_null()? else {
        return Ok(None);
    };
    let found = pattern(context, false)?
        .find(text)
        .map(|found| found.as_str().to_owned());
    Ok(found)
}

fn matches(context: &Context<'_>, ignores_case: bool) -> rusqlite::Result<Option<bool>> {
    let Some(text) = context.get_raw(0).as_str_or_null()? else {
        return Ok(None);
    };
    Ok(Some(pattern(context, ignores_case)?.is_match(text)))
}

/// The pattern is read once for all rows of a statement.
fn pattern(context: &Context<'_>, ignores_case: bool) -> rusqlite::Result<Arc<Regex>> {
    context.get_or_create_aux(1, |pattern| {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(compiled(pattern.as_str()?, ignores_case)?)
    })
}
