//! Functions of strings that SQLite lacks, by characters as on Postgres.

use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;

/// The most bytes of a string, on both databases.
const MOST_BYTES: usize = 1_000_000_000;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_scalar_function(c"orm_reverse", 1, FLAGS, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| text.chars().rev().collect::<String>()))
    })?;
    db.create_scalar_function(c"orm_repeat", 2, FLAGS, |context| {
        let (Some(text), Some(times)) = (context.get::<Option<String>>(0)?, times(context)?) else {
            return Ok(None);
        };
        ensure_short(text.len(), times)?;
        Ok(Some(text.repeat(times)))
    })?;
    db.create_scalar_function(c"orm_lpad", 3, FLAGS, |context| {
        padded(context, |text, padding| padding + &text)
    })?;
    db.create_scalar_function(c"orm_rpad", 3, FLAGS, |context| {
        padded(context, |text, padding| text + &padding)
    })
}

/// How many of something the second argument says; none where it is less than none.
fn times(context: &Context<'_>) -> rusqlite::Result<Option<usize>> {
    let times: Option<i64> = context.get(1)?;
    Ok(times.map(|times| usize::try_from(times).unwrap_or(0)))
}

fn ensure_short(bytes: usize, times: usize) -> rusqlite::Result<()> {
    match bytes.checked_mul(times) {
        Some(bytes) if bytes <= MOST_BYTES => Ok(()),
        _ => Err(rusqlite::Error::UserFunctionError(
            "the string would be too long".into(),
        )),
    }
}

/// A string of a length in characters, with padding where it is shorter.
fn padded(context: &Context<'_>, join: fn(String, String) -> String) -> rusqlite::Result<Option<String>> {
    let (Some(text), Some(length), Some(fill)) = (
        context.get::<Option<String>>(0)?,
        times(context)?,
        context.get::<Option<String>>(2)?,
    ) else {
        return Ok(None);
    };
    let there = text.chars().count();
    if length <= there || fill.is_empty() {
        return Ok(Some(text.chars().take(length).collect()));
    }
    ensure_short(char::MAX.len_utf8(), length)?;
    let padding = fill.chars().cycle().take(length - there).collect();
    Ok(Some(join(text, padding)))
}
