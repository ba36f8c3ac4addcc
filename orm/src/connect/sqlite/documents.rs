//! What queries ask of JSON, as Postgres answers: SQLite's own functions cut numbers, take keys apart at quotes, and do not look for a
//! document in another.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::functions::Context;
use serde_json::value::RawValue;

use super::functions::FLAGS;
use crate::value::{canonical_json, place_number};

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_scalar_function(c"orm_json_get", 2, FLAGS, |context| {
        read(context, |found| Some(found.get().to_owned()))
    })?;
    db.create_scalar_function(c"orm_json_string", 2, FLAGS, |context| {
        read(context, |found| serde_json::from_str::<String>(found.get()).ok())
    })?;
    db.create_scalar_function(c"orm_json_big_int", 2, FLAGS, |context| {
        read(context, |found| number(found)?.parse::<i64>().ok())
    })?;
    db.create_scalar_function(c"orm_json_double", 2, FLAGS, |context| {
        read(context, |found| near(&number(found)?))
    })?;
    db.create_scalar_function(c"orm_json_bool", 2, FLAGS, |context| {
        read(context, |found| found.get().parse::<bool>().ok())
    })?;
    db.create_scalar_function(c"orm_json_set", 3, FLAGS, |context| {
        let value = context.get::<String>(2)?;
        changed(context, &Change::Set(&value))
    })?;
    db.create_scalar_function(c"orm_json_remove", 2, FLAGS, |context| {
        changed(context, &Change::Remove)
    })?;
    db.create_scalar_function(c"orm_json_contains", 2, FLAGS, |context| {
        let (Some(document), Some(other)) = (
            context.get::<Option<String>>(0)?,
            context.get::<Option<String>>(1)?,
        ) else {
            return Ok(None);
        };
        // Equal values are equal texts then.
        let (document, other) = (canonical(&document)?, canonical(&other)?);
        let (document, other) = (Json::read(&document)?, Json::read(&other)?);
        let is_element = match (&document, &other) {
            (Json::Array(items), Json::Scalar(scalar)) => items.iter().any(|item| item.get() == *scalar),
            _ => false,
        };
        Ok(Some(is_element || contains(&document, &other)?))
    })
}

/// The path of a call: each part is a key or a place.
type Path = Vec<String>;

fn path(context: &Context<'_>) -> rusqlite::Result<Path> {
    serde_json::from_str(context.get_raw(1).as_str()?).map_err(failed)
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(error.into())
}

fn canonical(text: &str) -> rusqlite::Result<String> {
    canonical_json(text).map_err(failed)
}

/// A document, one level deep. Of members with one name, the last counts.
enum Json<'t> {
    Object(BTreeMap<String, &'t RawValue>),
    Array(Vec<&'t RawValue>),
    Scalar(&'t str),
}

impl<'t> Json<'t> {
    fn read(text: &'t str) -> rusqlite::Result<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        match text.as_bytes().first() {
            Some(b'{') => serde_json::from_str(text).map(Json::Object),
            Some(b'[') => serde_json::from_str(text).map(Json::Array),
            _ => Ok(Json::Scalar(text)),
        }
        .map_err(failed)
    }

    /// What is behind a part of a path.
    fn member(&self, part: &str) -> Option<&'t RawValue> {
        match self {
            Json::Object(members) => members.get(part).copied(),
            Json::Array(items) => items.get(place(part, items.len())?).copied(),
            Json::Scalar(_) => None,
        }
    }

    fn write(&self) -> rusqlite::Result<String> {
        match self {
            Json::Object(members) => serde_json::to_string(members),
            Json::Array(items) => serde_json::to_string(items),
            Json::Scalar(text) => Ok((*text).to_owned()),
        }
        .map_err(failed)
    }
}

/// The place in an array that a part of a path names: negative ones count from its end.
fn place(part: &str, length: usize) -> Option<usize> {
    let place = place_number(part)?;
    let offset = usize::try_from(place.unsigned_abs()).ok()?;
    match place {
        ..0 => length.checked_sub(offset),
        0.. => Some(offset),
    }
}

/// What a call reads at its path.
fn read<T>(context: &Context<'_>, value: impl FnOnce(&RawValue) -> Option<T>) -> rusqlite::Result<Option<T>> {
    let Some(text) = context.get::<Option<String>>(0)? else {
        return Ok(None);
    };
    let mut found: &RawValue = serde_json::from_str(&text).map_err(failed)?;
    for part in path(context)? {
        match Json::read(found.get())?.member(&part) {
            Some(member) => found = member,
            None => return Ok(None),
        }
    }
    Ok(value(found))
}

/// The canonical text of a number.
fn number(found: &RawValue) -> Option<String> {
    let is_number = found
        .get()
        .starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    canonical_json(found.get()).ok().filter(|_| is_number)
}

/// The number, unless there is none near it.
fn near(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let is_near = number.is_finite() && (number != 0.0 || text == "0");
    is_near.then_some(number)
}

/// What a call does at its path.
enum Change<'c> {
    Set(&'c str),
    Remove,
}

fn changed(context: &Context<'_>, change: &Change<'_>) -> rusqlite::Result<Option<String>> {
    let Some(text) = context.get::<Option<String>>(0)? else {
        return Ok(None);
    };
    let path = path(context)?;
    Ok(Some(at(&text, &path, change)?.unwrap_or(text)))
}

/// The document with the change at a path; `None` if there is nothing to change.
fn at(text: &str, path: &[String], change: &Change<'_>) -> rusqlite::Result<Option<String>> {
    let Some((part, rest)) = path.split_first() else {
        return Ok(None);
    };
    let mut document = Json::read(text)?;
    let below = match (rest, document.member(part)) {
        ([], _) => None,
        (rest, Some(member)) => match at(member.get(), rest, change)? {
            Some(changed) => Some(changed),
            None => return Ok(None),
        },
        (_, None) => return Ok(None),
    };
    let value = match (&below, change) {
        (Some(changed), _) => Some(changed.as_str()),
        (None, Change::Set(value)) => Some(*value),
        (None, Change::Remove) => None,
    };
    let value: Option<&RawValue> = value.map(serde_json::from_str).transpose().map_err(failed)?;
    let is_changed = match (&mut document, value) {
        (Json::Object(members), Some(value)) => {
            members.insert(part.clone(), value);
            true
        }
        (Json::Object(members), None) => members.remove(part).is_some(),
        (Json::Array(items), Some(value)) => match place_number(part) {
            Some(number) => {
                put(items, number, value);
                true
            }
            None => false,
        },
        (Json::Array(items), None) => match place(part, items.len()).filter(|place| *place < items.len()) {
            Some(place) => {
                items.remove(place);
                true
            }
            None => false,
        },
        (Json::Scalar(_), _) => false,
    };
    match is_changed {
        true => document.write().map(Some),
        false => Ok(None),
    }
}

/// Puts an item at a place; before all or behind all where the array has no such place.
fn put<'t>(items: &mut Vec<&'t RawValue>, number: i32, value: &'t RawValue) {
    let length = items.len();
    match place(&number.to_string(), length) {
        Some(place) if place < length => items[place] = value,
        Some(_) => items.push(value),
        None => items.insert(0, value),
    }
}

/// Whether one document has all that another has. Both are canonical.
fn contains(document: &Json<'_>, other: &Json<'_>) -> rusqlite::Result<bool> {
    match (document, other) {
        (Json::Object(members), Json::Object(others)) => {
            for (name, other) in others {
                let Some(member) = members.get(name) else {
                    return Ok(false);
                };
                if !contains(&Json::read(member.get())?, &Json::read(other.get())?)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Json::Array(items), Json::Array(others)) => {
            for other in others {
                let other = Json::read(other.get())?;
                let mut found = false;
                for item in items {
                    found = found || contains(&Json::read(item.get())?, &other)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Json::Scalar(one), Json::Scalar(other)) => Ok(one == other),
        _ => Ok(false),
    }
}
