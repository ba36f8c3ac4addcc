//! Dates with a time, moved by durations.

use chrono::{Datelike, NaiveDateTime, TimeDelta};
use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;
use crate::value::chrono::DATE_TIME;

type Step = fn(NaiveDateTime, TimeDelta) -> Option<NaiveDateTime>;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let operators: [(&std::ffi::CStr, Step); 2] = [
        (c"orm_time_add", NaiveDateTime::checked_add_signed),
        (c"orm_time_sub", NaiveDateTime::checked_sub_signed),
    ];
    for (name, step) in operators {
        db.create_scalar_function(name, 2, FLAGS, move |context| moved(context, step))?;
    }
    Ok(())
}

/// A date with a time and microseconds; an instant keeps its zone.
fn moved(context: &Context<'_>, step: Step) -> rusqlite::Result<Option<String>> {
    let (Some(time), Some(micros)) = (context.get::<Option<String>>(0)?, context.get::<Option<i64>>(1)?)
    else {
        return Ok(None);
    };
    let (time, zone) = read(&time)?;
    written(step(time, TimeDelta::microseconds(micros)), zone).map(Some)
}

/// The date and time in a text, and what stands behind them: `Z` or nothing.
pub(super) fn read(text: &str) -> rusqlite::Result<(NaiveDateTime, &'static str)> {
    let (text, zone) = match text.strip_suffix('Z') {
        Some(text) => (text, "Z"),
        None => (text, ""),
    };
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .map_err(|_| failed("a column of dates with a time holds something else"))?;
    Ok((time, zone))
}

/// The text of a date and time.
pub(super) fn written(time: Option<NaiveDateTime>, zone: &str) -> rusqlite::Result<String> {
    let time = time.filter(|at| (0..=9999).contains(&at.year()));
    let time = time.ok_or_else(|| failed("SQLite stores dates of the years 0 to 9999 only"))?;
    Ok(format!("{}{zone}", time.format(DATE_TIME)))
}

fn failed(reason: &'static str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(reason.into())
}
