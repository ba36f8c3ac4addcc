//! Multiranges on SQLite: how they lie, what is within them, and what two of them make.

use std::cmp::{max, min};

use rusqlite::functions::Context;
use rusqlite::types::{Value as Stored, ValueRef};

use super::ranges::{self, End, is_within};
use crate::value::multirange_form::{bytes_of_json_text, json_text_of_bytes};
use crate::value::range_bytes::{Places, places};

/// Of two multiranges, by their ranges in their order.
pub(super) type Compare = fn(&[Places<'_>], &[Places<'_>]) -> bool;

/// Of two multiranges.
pub(super) type Combine = for<'a> fn(&[Places<'a>], &[Places<'a>]) -> Vec<Places<'a>>;

/// Whether one of two operands is a multirange: the other is one too then, or NULL.
pub(super) fn are_given(context: &Context<'_>) -> bool {
    is_given(context, 0) || is_given(context, 1)
}

/// Whether that operand is a multirange, and not a range.
pub(super) fn is_given(context: &Context<'_>, index: usize) -> bool {
    matches!(context.get_raw(index), ValueRef::Text(_))
}

#[cold]
fn unreadable() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError("a column of multiranges holds something else".into())
}

/// The bytes of the ranges of the multirange that is given; `None` for NULL.
fn given(context: &Context<'_>, index: usize) -> rusqlite::Result<Option<Vec<Vec<u8>>>> {
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => bytes_of_json_text(text).map(Some).ok_or_else(unreadable),
        _ => Err(unreadable()),
    }
}

fn ranges_of(bytes: &[Vec<u8>]) -> rusqlite::Result<Vec<Places<'_>>> {
    let ranges = bytes.iter().map(|bytes| places(bytes).flatten());
    ranges.collect::<Option<_>>().ok_or_else(unreadable)
}

fn text_of<'a>(ranges: impl IntoIterator<Item = Places<'a>>) -> String {
    json_text_of_bytes(ranges.into_iter().map(Places::to_bytes))
}

pub(super) fn compare(context: &Context<'_>, compare: Compare) -> rusqlite::Result<Option<bool>> {
    let (Some(one), Some(other)) = (given(context, 0)?, given(context, 1)?) else {
        return Ok(None);
    };
    Ok(Some(compare(&ranges_of(&one)?, &ranges_of(&other)?)))
}

pub(super) fn combine(context: &Context<'_>, combine: Combine) -> rusqlite::Result<Stored> {
    let (Some(one), Some(other)) = (given(context, 0)?, given(context, 1)?) else {
        return Ok(Stored::Null);
    };
    let combined = combine(&ranges_of(&one)?, &ranges_of(&other)?);
    Ok(Stored::Text(text_of(combined)))
}

/// What is to be said of the first range of the multirange that is given, or of the last; `None` for NULL.
pub(super) fn at<T>(
    context: &Context<'_>,
    end: End,
    of: impl FnOnce(Option<Places<'_>>) -> T,
) -> rusqlite::Result<Option<T>> {
    let Some(bytes) = given(context, 0)? else {
        return Ok(None);
    };
    let ranges = ranges_of(&bytes)?;
    let range = match end {
        End::Lower => ranges.first(),
        End::Upper => ranges.last(),
    };
    Ok(Some(of(range.copied())))
}

/// Whether a value is within the multirange.
pub(super) fn contains(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let cell = context.get_raw(1);
    let (Some(ranges), false) = (given(context, 0)?, matches!(cell, ValueRef::Null)) else {
        return Ok(None);
    };
    for range in ranges_of(&ranges)? {
        if is_within(cell, range)? {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

/// The multirange of the range that is given.
pub(super) fn of_range(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let range = ranges::given(context, 0)?;
    Ok(range.map(text_of))
}

/// The range from where a multirange begins to where it ends.
fn whole<'a>(ranges: &[Places<'a>]) -> Option<Places<'a>> {
    let (first, last) = (ranges.first()?, ranges.last()?);
    Some(Places {
        lower: first.lower,
        upper: last.upper,
    })
}

/// Whether the wholes of both lie so. No other lies in any way if one of them is empty.
fn lie(one: &[Places<'_>], other: &[Places<'_>], compare: ranges::Compare) -> bool {
    whole(one)
        .zip(whole(other))
        .is_some_and(|(one, other)| compare(one, other))
}

pub(super) fn overlap(one: &[Places<'_>], other: &[Places<'_>]) -> bool {
    !intersection(one, other).is_empty()
}

pub(super) fn left_of(one: &[Places<'_>], other: &[Places<'_>]) -> bool {
    lie(one, other, ranges::left_of)
}

pub(super) fn not_right_of(one: &[Places<'_>], other: &[Places<'_>]) -> bool {
    lie(one, other, ranges::not_right_of)
}

pub(super) fn not_left_of(one: &[Places<'_>], other: &[Places<'_>]) -> bool {
    lie(one, other, ranges::not_left_of)
}

pub(super) fn adjacent(one: &[Places<'_>], other: &[Places<'_>]) -> bool {
    lie(one, other, ranges::adjacent)
}

pub(super) fn contain(outer: &[Places<'_>], inner: &[Places<'_>]) -> bool {
    let is_in_one = |inner: &Places<'_>| outer.iter().any(|outer| ranges::contain(*outer, *inner));
    inner.iter().all(is_in_one)
}

pub(super) fn intersection<'a>(one: &[Places<'a>], other: &[Places<'a>]) -> Vec<Places<'a>> {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    let mut common = Vec::new();
    while let (Some(first), Some(second)) = (one.peek(), other.peek()) {
        common.extend(ranges::intersection(**first, **second));
        // The one that ends first has nothing in common with what comes.
        match first.upper < second.upper {
            true => one.next(),
            false => other.next(),
        };
    }
    common
}

pub(super) fn span<'a>(one: &[Places<'a>], other: &[Places<'a>]) -> Vec<Places<'a>> {
    ranges::span(whole(one), whole(other)).into_iter().collect()
}

pub(super) fn union<'a>(one: &[Places<'a>], other: &[Places<'a>]) -> Vec<Places<'a>> {
    let mut all = [one, other].concat();
    all.sort_by_key(|range| range.lower);
    let mut apart: Vec<Places<'a>> = Vec::with_capacity(all.len());
    for range in all {
        match apart.last_mut().filter(|last| range.lower <= last.upper) {
            Some(last) => last.upper = max(last.upper, range.upper),
            None => apart.push(range),
        }
    }
    apart
}

pub(super) fn difference<'a>(whole: &[Places<'a>], parts: &[Places<'a>]) -> Vec<Places<'a>> {
    let mut rest = Vec::new();
    for range in whole {
        let mut lower = range.lower;
        for part in parts.iter().filter(|part| ranges::overlap(*range, **part)) {
            if lower < part.lower {
                let upper = min(part.lower, range.upper);
                rest.push(Places { lower, upper });
            }
            lower = part.upper;
        }
        if lower < range.upper {
            rest.push(Places { lower, ..*range });
        }
    }
    rest
}
