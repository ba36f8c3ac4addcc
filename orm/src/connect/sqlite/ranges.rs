//! Ranges on SQLite: how they lie, what is within them, and what two of them make.

use std::cmp::{max, min};
use std::ops::Bound;

use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;
use crate::value::range_bytes::{EMPTY, Places, bounds, places, sides};
use crate::value::{FieldType, OwnedCell, Value};

/// Of two ranges that are not empty.
type Compare = fn(Places<'_>, Places<'_>) -> bool;

/// Of two ranges, each `None` if it is empty.
type Combine = for<'a> fn(Option<Places<'a>>, Option<Places<'a>>) -> Result<Option<Places<'a>>, &'static str>;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let comparisons: [(&std::ffi::CStr, Compare); 5] = [
        (c"orm_range_overlaps", overlap),
        (c"orm_range_left_of", |one, other| one.upper <= other.lower),
        (c"orm_range_not_right_of", |one, other| one.upper <= other.upper),
        (c"orm_range_not_left_of", |one, other| one.lower >= other.lower),
        (c"orm_range_adjacent", |one, other| {
            one.upper == other.lower || one.lower == other.upper
        }),
    ];
    for (name, compare) in comparisons {
        db.create_scalar_function(name, 2, FLAGS, move |context| {
            let (Some(one), Some(other)) = (given(context, 0)?, given(context, 1)?) else {
                return Ok(None);
            };
            Ok(Some(
                one.zip(other).is_some_and(|(one, other)| compare(one, other)),
            ))
        })?;
    }
    let combinations: [(&std::ffi::CStr, Combine); 4] = [
        (c"orm_range_intersection", |one, other| {
            Ok(one.zip(other).and_then(|(one, other)| intersection(one, other)))
        }),
        (c"orm_range_span", |one, other| Ok(span(one, other))),
        (c"orm_range_union", union),
        (c"orm_range_difference", difference),
    ];
    for (name, combine) in combinations {
        db.create_scalar_function(name, 2, FLAGS, move |context| {
            let (Some(one), Some(other)) = (given(context, 0)?, given(context, 1)?) else {
                return Ok(None);
            };
            let combined =
                combine(one, other).map_err(|reason| rusqlite::Error::UserFunctionError(reason.into()))?;
            Ok(Some(match combined {
                Some(places) => [places.lower, places.upper].concat(),
                None => EMPTY.to_vec(),
            }))
        })?;
    }
    db.create_scalar_function(c"orm_range_contains_range", 2, FLAGS, |context| {
        let (Some(outer), Some(inner)) = (given(context, 0)?, given(context, 1)?) else {
            return Ok(None);
        };
        Ok(Some(match (outer, inner) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(outer), Some(inner)) => outer.lower <= inner.lower && inner.upper <= outer.upper,
        }))
    })?;
    db.create_scalar_function(c"orm_range_contains", 2, FLAGS, contains)?;
    db.create_scalar_function(c"orm_range_lower", 1, FLAGS, |context| {
        bound(context, |(lower, _)| lower)
    })?;
    db.create_scalar_function(c"orm_range_upper", 1, FLAGS, |context| {
        bound(context, |(_, upper)| upper)
    })?;
    db.create_scalar_function(c"orm_range_lower_included", 1, FLAGS, |context| {
        is_included(context, |(lower, _)| lower)
    })?;
    db.create_scalar_function(c"orm_range_upper_included", 1, FLAGS, |context| {
        is_included(context, |(_, upper)| upper)
    })
}

fn overlap(one: Places<'_>, other: Places<'_>) -> bool {
    one.lower < other.upper && other.lower < one.upper
}

fn intersection<'a>(one: Places<'a>, other: Places<'a>) -> Option<Places<'a>> {
    overlap(one, other).then(|| Places {
        lower: max(one.lower, other.lower),
        upper: min(one.upper, other.upper),
    })
}

fn span<'a>(one: Option<Places<'a>>, other: Option<Places<'a>>) -> Option<Places<'a>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Places {
            lower: min(one.lower, other.lower),
            upper: max(one.upper, other.upper),
        }),
        (one, other) => one.or(other),
    }
}

fn union<'a>(one: Option<Places<'a>>, other: Option<Places<'a>>) -> Result<Option<Places<'a>>, &'static str> {
    let apart = one
        .zip(other)
        .is_some_and(|(one, other)| one.upper < other.lower || other.upper < one.lower);
    match apart {
        true => Err("result of range union would not be contiguous"),
        false => Ok(span(one, other)),
    }
}

fn difference<'a>(
    one: Option<Places<'a>>,
    other: Option<Places<'a>>,
) -> Result<Option<Places<'a>>, &'static str> {
    let (Some(whole), Some(part)) = (one, other) else {
        return Ok(one);
    };
    if !overlap(whole, part) {
        return Ok(one);
    }
    match (whole.lower < part.lower, part.upper < whole.upper) {
        (true, true) => Err("result of range difference would not be contiguous"),
        (true, false) => Ok(Some(Places {
            upper: part.lower,
            ..whole
        })),
        (false, true) => Ok(Some(Places {
            lower: part.upper,
            ..whole
        })),
        (false, false) => Ok(None),
    }
}

/// The range that is given: `None` for NULL, `Some(None)` if it is empty.
fn given<'a>(context: &'a Context<'_>, index: usize) -> rusqlite::Result<Option<Option<Places<'a>>>> {
    let Some(bytes) = context.get_raw(index).as_blob_or_null()? else {
        return Ok(None);
    };
    match places(bytes) {
        Some(range) => Ok(Some(range)),
        None => Err(rusqlite::Error::UserFunctionError(
            "a column of ranges holds something else".into(),
        )),
    }
}

fn contains(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let cell = context.get_raw(1);
    let (Some(range), false) = (
        given(context, 0)?,
        matches!(cell, rusqlite::types::ValueRef::Null),
    ) else {
        return Ok(None);
    };
    let Some(range) = range else {
        return Ok(Some(false));
    };
    let ((Bound::Included(like) | Bound::Excluded(like), _)
    | (_, Bound::Included(like) | Bound::Excluded(like))) = bounds(range)
    else {
        return Ok(Some(true));
    };
    let unreadable = || {
        rusqlite::Error::UserFunctionError("what is looked for in a range is not a value of its type".into())
    };
    let cell = OwnedCell::of_cell(crate::value::Cell::Sqlite(cell)).map_err(|_| unreadable())?;
    let value = cell.value(type_of(&like)).map_err(|_| unreadable())?;
    let [before, behind] = sides(&value);
    Ok(Some(
        range.lower <= before.as_slice() && behind.as_slice() <= range.upper,
    ))
}

fn type_of(bound: &Value<'_>) -> FieldType {
    match bound {
        #[cfg(feature = "decimal")]
        Value::Decimal(_) => FieldType::Decimal,
        #[cfg(feature = "chrono")]
        Value::Date(_) => FieldType::Date,
        #[cfg(feature = "chrono")]
        Value::DateTime(_) => FieldType::DateTime,
        #[cfg(feature = "chrono")]
        Value::Timestamp(_) => FieldType::Timestamp,
        _ => FieldType::BigInt,
    }
}

type Bounds = (Bound<Value<'static>>, Bound<Value<'static>>);

fn bound(
    context: &Context<'_>,
    pick: fn(Bounds) -> Bound<Value<'static>>,
) -> rusqlite::Result<rusqlite::types::Value> {
    match given(context, 0)?.flatten().map(|range| pick(bounds(range))) {
        Some(Bound::Included(value) | Bound::Excluded(value)) => crate::value::sqlite::owned_value(&value),
        _ => Ok(rusqlite::types::Value::Null),
    }
}

fn is_included(
    context: &Context<'_>,
    pick: fn(Bounds) -> Bound<Value<'static>>,
) -> rusqlite::Result<Option<bool>> {
    let range = given(context, 0)?;
    Ok(range.map(|range| range.is_some_and(|range| matches!(pick(bounds(range)), Bound::Included(_)))))
}
