//! Multiranges in Postgres' binary format: how many ranges there are, then each behind its length.

use postgres_types::private::BytesMut;
use postgres_types::{IsNull, Kind, Type};

use super::{BoxError, range};
use crate::error::Result;
use crate::value::multirange_form::expected;
use crate::value::range_form::RangeValue;
use crate::value::{Cell, FieldType};

/// The multirange of a column that holds those of type `ty`.
///
/// # Errors
/// If it is something else, or has a bound beyond what the types of Rust can be.
pub(crate) fn read(of: &Type, raw: &[u8], ty: FieldType) -> Result<Vec<RangeValue>> {
    let mismatch = || Cell::Postgres(of, raw).mismatch(expected(ty));
    let (Kind::Multirange(bound_type), Some(range_type), Some((_, mut rest))) =
        (of.kind(), ty.range(), raw.split_first_chunk::<4>())
    else {
        return Err(mismatch());
    };
    let mut ranges = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(mismatch)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| mismatch())?;
        let (raw, after) = after.split_at_checked(length).ok_or_else(mismatch)?;
        rest = after;
        ranges.push(range::read_bounds((of, bound_type), raw, range_type)?);
    }
    Ok(ranges)
}

pub(super) fn to_sql(ranges: &[RangeValue], ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    let Kind::Multirange(bound_type) = ty.kind() else {
        return Err(format!("a multirange is not a value of type {}", ty.name()).into());
    };
    out.extend_from_slice(&i32::try_from(ranges.len())?.to_be_bytes());
    for range in ranges {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        range::write_bounds(range, bound_type, out)?;
        let length = i32::try_from(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(IsNull::No)
}

/// The natural type of a multirange, which a bound tells. Without any, one type is as good as another.
pub(super) fn type_of(ranges: &[RangeValue]) -> Type {
    match ranges.first().map(range::type_of) {
        Some(Type::DATE_RANGE) => Type::DATEMULTI_RANGE,
        Some(Type::TS_RANGE) => Type::TSMULTI_RANGE,
        Some(Type::TSTZ_RANGE) => Type::TSTZMULTI_RANGE,
        Some(Type::NUM_RANGE) => Type::NUMMULTI_RANGE,
        _ => Type::INT8MULTI_RANGE,
    }
}
