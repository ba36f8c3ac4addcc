//! Ranges in Postgres' binary format: flags, then each bound that there is behind its length.

use std::ops::Bound;

use postgres_types::private::BytesMut;
use postgres_types::{IsNull, Kind, ToSql, Type};

use super::BoxError;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::value::owned_cell::value_of;
use crate::value::range_form::{RangeValue, expected};
use crate::value::{Cell, FieldType, Range, Value};

// `src/include/utils/rangetypes.h`.
const EMPTY: u8 = 0x01;
const LOWER_INCLUDED: u8 = 0x02;
const UPPER_INCLUDED: u8 = 0x04;
const LOWER_UNBOUNDED: u8 = 0x08;
const UPPER_UNBOUNDED: u8 = 0x10;

/// The range of a column that holds those of type `ty`.
///
/// # Errors
/// If it is something else, or has a bound beyond what the types of Rust can be.
pub(crate) fn read(of: &Type, raw: &[u8], ty: FieldType) -> Result<RangeValue> {
    match of.kind() {
        Kind::Range(bound_type) => read_bounds((of, bound_type), raw, ty),
        _ => Err(Cell::Postgres(of, raw).mismatch(expected(ty))),
    }
}

/// A range of type `ty` by its bytes, in a column of one type whose bounds are of another.
pub(super) fn read_bounds((of, bound_type): (&Type, &Type), raw: &[u8], ty: FieldType) -> Result<RangeValue> {
    let mismatch = || Cell::Postgres(of, raw).mismatch(expected(ty));
    let (Some(bound), Some((&flags, mut rest))) = (ty.bound(), raw.split_first()) else {
        return Err(mismatch());
    };
    if flags & EMPTY != 0 {
        return Ok(Range::empty());
    }
    let mut next = |unbounded: u8, included: u8| {
        if flags & unbounded != 0 {
            return Ok(Bound::Unbounded);
        }
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(mismatch)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| mismatch())?;
        let (raw, after) = after.split_at_checked(length).ok_or_else(mismatch)?;
        rest = after;
        let value = value_of(Cell::Postgres(bound_type, raw), bound).map_err(|error| {
            match is_infinite(bound, raw) {
                true => infinite(),
                false => error.context("a bound of a range"),
            }
        })?;
        Ok(if flags & included != 0 {
            Bound::Included(value)
        } else {
            Bound::Excluded(value)
        })
    };
    let (lower, upper) = (
        next(LOWER_UNBOUNDED, LOWER_INCLUDED)?,
        next(UPPER_UNBOUNDED, UPPER_INCLUDED)?,
    );
    RangeValue::of_values(lower, upper, ty).map_err(|_| mismatch())
}

/// Whether a bound is `infinity` or `-infinity`.
fn is_infinite(ty: FieldType, raw: &[u8]) -> bool {
    let is = |greatest: &[u8], least: &[u8]| raw == greatest || raw == least;
    match ty {
        FieldType::Date => is(&i32::MAX.to_be_bytes(), &i32::MIN.to_be_bytes()),
        FieldType::DateTime | FieldType::Timestamp => is(&i64::MAX.to_be_bytes(), &i64::MIN.to_be_bytes()),
        // After the number of digits and their weight comes the sign (`src/backend/utils/adt/numeric.c`).
        FieldType::Decimal => matches!(raw, [_, _, _, _, 0xD0 | 0xF0, ..]),
        _ => false,
    }
}

#[cold]
fn infinite() -> Error {
    Error::new(
        ErrorKind::Decode,
        "a bound of a range is `infinity`, which is a value in the database and not the lack of a bound",
    )
    .with_hint(
        "let those ranges have no bound there, by the function of their type: UPDATE .. SET nights = \
         daterange(NULLIF(lower(nights), '-infinity'), NULLIF(upper(nights), 'infinity'))",
    )
}

pub(super) fn to_sql(range: &RangeValue, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    let Kind::Range(bound_type) = ty.kind() else {
        return Err(format!("a range is not a value of type {}", ty.name()).into());
    };
    write_bounds(range, bound_type, out)?;
    Ok(IsNull::No)
}

/// The bytes of a range whose bounds are of that type.
pub(super) fn write_bounds(
    range: &RangeValue,
    bound_type: &Type,
    out: &mut BytesMut,
) -> Result<(), BoxError> {
    let Some((lower, upper)) = range.bounds() else {
        out.extend_from_slice(&[EMPTY]);
        return Ok(());
    };
    let flag = |bound: Bound<&Value<'_>>, included: u8, unbounded: u8| match bound {
        Bound::Included(_) => included,
        Bound::Excluded(_) => 0,
        Bound::Unbounded => unbounded,
    };
    out.extend_from_slice(&[
        flag(lower, LOWER_INCLUDED, LOWER_UNBOUNDED) | flag(upper, UPPER_INCLUDED, UPPER_UNBOUNDED)
    ]);
    for bound in [lower, upper] {
        let (Bound::Included(value) | Bound::Excluded(value)) = bound else {
            continue;
        };
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        value.to_sql(bound_type, out)?;
        let length = i32::try_from(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// The type of an array of ranges as that one.
pub(super) fn array_type_of(range: &RangeValue) -> Type {
    match type_of(range) {
        Type::DATE_RANGE => Type::DATE_RANGE_ARRAY,
        Type::TS_RANGE => Type::TS_RANGE_ARRAY,
        Type::TSTZ_RANGE => Type::TSTZ_RANGE_ARRAY,
        Type::NUM_RANGE => Type::NUM_RANGE_ARRAY,
        _ => Type::INT8_RANGE_ARRAY,
    }
}

/// The natural type of a range, which a bound tells. Without any, one type is as good as another.
pub(super) fn type_of(range: &RangeValue) -> Type {
    match (range.lower(), range.upper()) {
        (Bound::Included(value) | Bound::Excluded(value), _)
        | (_, Bound::Included(value) | Bound::Excluded(value)) => match value {
            #[cfg(feature = "chrono")]
            Value::Date(_) => Type::DATE_RANGE,
            #[cfg(feature = "chrono")]
            Value::DateTime(_) => Type::TS_RANGE,
            #[cfg(feature = "chrono")]
            Value::Timestamp(_) => Type::TSTZ_RANGE,
            #[cfg(feature = "decimal")]
            Value::Decimal(_) => Type::NUM_RANGE,
            _ => Type::INT8_RANGE,
        },
        _ => Type::INT8_RANGE,
    }
}
