//! What clocks show, in a time zone.

use chrono::NaiveDateTime;
use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;
use super::times::{read, written};
use crate::error::Error;
use crate::value::TimeZone;

type Turn = fn(&TimeZone, NaiveDateTime) -> Option<NaiveDateTime>;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let turns: [(&std::ffi::CStr, Turn, &str); 2] = [
        (c"orm_in_zone", TimeZone::local, ""),
        (c"orm_instant_in", TimeZone::instant, "Z"),
    ];
    for (name, turn, suffix) in turns {
        db.create_scalar_function(name, 2, FLAGS, move |context| turned(context, turn, suffix))?;
    }
    Ok(())
}

fn turned(context: &Context<'_>, turn: Turn, suffix: &str) -> rusqlite::Result<Option<String>> {
    let Some(text) = context.get::<Option<String>>(0)? else {
        return Ok(None);
    };
    let zone = context.get_or_create_aux(1, |name| {
        let name = name
            .as_str()
            .map_err(|_| Error::internal("the name of a time zone is no string"))?;
        TimeZone::named(name)
    })?;
    let (time, _) = read(&text)?;
    written(turn(&zone, time), suffix).map(Some)
}
