//! Regular expressions, which SQLite lacks.

use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;
use crate::value::compiled;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_scalar_function(c"orm_regex", 2, FLAGS, |context| matches(context, false))?;
    db.create_scalar_function(c"orm_iregex", 2, FLAGS, |context| matches(context, true))
}

/// The pattern is read once for all rows of a statement.
fn matches(context: &Context<'_>, ignores_case: bool) -> rusqlite::Result<Option<bool>> {
    let Some(text) = context.get_raw(0).as_str_or_null()? else {
        return Ok(None);
    };
    let pattern = context.get_or_create_aux(1, |pattern| {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(compiled(pattern.as_str()?, ignores_case)?)
    })?;
    Ok(Some(pattern.is_match(text)))
}
