//! Ranges on SQLite: how they lie, what is within them, and what two of them make.

use std::cmp::{max, min};
use std::ops::Bound;

use rusqlite::Connection;
use rusqlite::functions::Context;
use rusqlite::types::{Value as Stored, ValueRef};

use super::functions::FLAGS;
use super::multiranges;
use crate::value::range_bytes::{EMPTY, Places, bounds, places, sides};
use crate::value::{FieldType, OwnedCell, Value};

/// Of two ranges that are not empty.
pub(super) type Compare = fn(Places<'_>, Places<'_>) -> bool;

/// Of two ranges, each `None` if it is empty.
type Combine = for<'a> fn(Option<Places<'a>>, Option<Places<'a>>) -> Result<Option<Places<'a>>, &'static str>;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let comparisons: [(&std::ffi::CStr, Compare, multiranges::Compare); 5] = [
        (c"orm_range_overlaps", overlap, multiranges::overlap),
        (c"orm_range_left_of", left_of, multiranges::left_of),
        (c"orm_range_not_right_of", not_right_of, multiranges::not_right_of),
        (c"orm_range_not_left_of", not_left_of, multiranges::not_left_of),
        (c"orm_range_adjacent", adjacent, multiranges::adjacent),
    ];
    for (name, compare, of_multiranges) in comparisons {
        db.create_scalar_function(name, 2, FLAGS, move |context| {
            if multiranges::are_given(context) {
                return multiranges::compare(context, of_multiranges);
            }
            let (Some(one), Some(other)) = (given(context, 0)?, given(context, 1)?) else {
                return Ok(None);
            };
            Ok(Some(
                one.zip(other).is_some_and(|(one, other)| compare(one, other)),
            ))
        })?;
    }
    let combinations: [(&std::ffi::CStr, Combine, multiranges::Combine); 4] = [
        (
            c"orm_range_intersection",
            |one, other| Ok(one.zip(other).and_then(|(one, other)| intersection(one, other))),
            multiranges::intersection,
        ),
        (
            c"orm_range_span",
            |one, other| Ok(span(one, other)),
            multiranges::span,
        ),
        (c"orm_range_union", union, multiranges::union),
        (c"orm_range_difference", difference, multiranges::difference),
    ];
    for (name, combine, of_multiranges) in combinations {
        db.create_scalar_function(name, 2, FLAGS, move |context| {
            if multiranges::are_given(context) {
                return multiranges::combine(context, of_multiranges);
            }
            let (Some(one), Some(other)) = (given(context, 0)?, given(context, 1)?) else {
                return Ok(Stored::Null);
            };
            let combined =
                combine(one, other).map_err(|reason| rusqlite::Error::UserFunctionError(reason.into()))?;
            Ok(Stored::Blob(
                combined.map_or_else(|| EMPTY.to_vec(), Places::to_bytes),
            ))
        })?;
    }
    db.create_scalar_function(c"orm_range_contains_range", 2, FLAGS, |context| {
        if multiranges::are_given(context) {
            return multiranges::compare(context, multiranges::contain);
        }
        let (Some(outer), Some(inner)) = (given(context, 0)?, given(context, 1)?) else {
            return Ok(None);
        };
        Ok(Some(match (outer, inner) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(outer), Some(inner)) => contain(outer, inner),
        }))
    })?;
    db.create_scalar_function(
        c"orm_range_contains",
        2,
        FLAGS,
        |context| match multiranges::is_given(context, 0) {
            true => multiranges::contains(context),
            false => contains(context),
        },
    )?;
    db.create_scalar_function(c"orm_to_multirange", 1, FLAGS, multiranges::of_range)?;
    db.create_scalar_function(c"orm_range_lower", 1, FLAGS, |context| {
        end(context, End::Lower)?.map_or(Ok(Stored::Null), bound)
    })?;
    db.create_scalar_function(c"orm_range_upper", 1, FLAGS, |context| {
        end(context, End::Upper)?.map_or(Ok(Stored::Null), bound)
    })?;
    db.create_scalar_function(c"orm_range_lower_included", 1, FLAGS, |context| {
        Ok(end(context, End::Lower)?.map(|bound| matches!(bound, Bound::Included(_))))
    })?;
    db.create_scalar_function(c"orm_range_upper_included", 1, FLAGS, |context| {
        Ok(end(context, End::Upper)?.map(|bound| matches!(bound, Bound::Included(_))))
    })
}

/// Of a range.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    Lower,
    Upper,
}

pub(super) fn overlap(one: Places<'_>, other: Places<'_>) -> bool {
    one.lower < other.upper && other.lower < one.upper
}

pub(super) fn left_of(one: Places<'_>, other: Places<'_>) -> bool {
    one.upper <= other.lower
}

pub(super) fn not_right_of(one: Places<'_>, other: Places<'_>) -> bool {
    one.upper <= other.upper
}

pub(super) fn not_left_of(one: Places<'_>, other: Places<'_>) -> bool {
    one.lower >= other.lower
}

pub(super) fn adjacent(one: Places<'_>, other: Places<'_>) -> bool {
    one.upper == other.lower || one.lower == other.upper
}

pub(super) fn contain(outer: Places<'_>, inner: Places<'_>) -> bool {
    outer.lower <= inner.lower && inner.upper <= outer.upper
}

pub(super) fn intersection<'a>(one: Places<'a>, other: Places<'a>) -> Option<Places<'a>> {
    overlap(one, other).then(|| Places {
        lower: max(one.lower, other.lower),
        upper: min(one.upper, other.upper),
    })
}

pub(super) fn span<'a>(one: Option<Places<'a>>, other: Option<Places<'a>>) -> Option<Places<'a>> {
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
pub(super) fn given<'a>(
    context: &'a Context<'_>,
    index: usize,
) -> rusqlite::Result<Option<Option<Places<'a>>>> {
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
    let (Some(range), false) = (given(context, 0)?, matches!(cell, ValueRef::Null)) else {
        return Ok(None);
    };
    match range {
        Some(range) => is_within(cell, range).map(Some),
        None => Ok(Some(false)),
    }
}

/// Whether a value that is not NULL is within a range.
pub(super) fn is_within(cell: ValueRef<'_>, range: Places<'_>) -> rusqlite::Result<bool> {
    let ((Bound::Included(like) | Bound::Excluded(like), _)
    | (_, Bound::Included(like) | Bound::Excluded(like))) = bounds(range)
    else {
        return Ok(true);
    };
    let unreadable = || {
        rusqlite::Error::UserFunctionError("what is looked for in a range is not a value of its type".into())
    };
    let cell = OwnedCell::of_cell(crate::value::Cell::Sqlite(cell)).map_err(|_| unreadable())?;
    let value = cell.value(type_of(&like)).map_err(|_| unreadable())?;
    let [before, behind] = sides(&value);
    Ok(range.lower <= before.as_slice() && behind.as_slice() <= range.upper)
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

/// Where the range or multirange that is given begins or ends: unbounded if it is empty, `None` for NULL.
fn end(context: &Context<'_>, end: End) -> rusqlite::Result<Option<Bound<Value<'static>>>> {
    let of = |range: Option<Places<'_>>| {
        let (lower, upper) = range.map_or((Bound::Unbounded, Bound::Unbounded), bounds);
        if end == End::Lower { lower } else { upper }
    };
    match multiranges::is_given(context, 0) {
        true => multiranges::at(context, end, of),
        false => Ok(given(context, 0)?.map(of)),
    }
}

fn bound(bound: Bound<Value<'static>>) -> rusqlite::Result<Stored> {
    match bound {
        Bound::Included(value) | Bound::Excluded(value) => crate::value::sqlite::owned_value(&value),
        Bound::Unbounded => Ok(Stored::Null),
    }
}
