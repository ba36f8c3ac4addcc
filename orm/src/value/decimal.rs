//! `Decimal` columns, exact on both backends: `numeric` on Postgres, canonical strings on SQLite.
//!
//! SQLite has no decimal type. The strings have no trailing zeros and no negative zero, so equal numbers are equal
//! strings and a unique constraint holds. Order, sums and arithmetic go through functions that the connection
//! registers.

use std::str::FromStr;

use rust_decimal::Decimal;

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

/// The canonical string of a number, whatever its scale.
pub(crate) fn canonical(value: Decimal) -> String {
    value.normalize().to_string()
}

/// A quotient with as many decimal places as Postgres gives it: at least 16 digits that count, and no fewer places than either
/// number has (`select_div_scale` in `src/backend/utils/adt/numeric.c`). Fewer only where a `Decimal` has no room for them. `None`
/// where it has no room for the whole number, or the divisor is zero.
#[cfg(feature = "sqlite")]
pub(crate) fn quotient(dividend: Decimal, divisor: Decimal) -> Option<Decimal> {
    const LARGEST: u128 = (1 << 96) - 1;
    let ((group, first), (divisor_group, divisor_first)) =
        (leading_group(dividend)?, leading_group(divisor)?);
    let weight = group - divisor_group - i32::from(first <= divisor_first);
    let least = i32::try_from(dividend.scale().max(divisor.scale())).ok()?;
    let places = (16 - weight * GROUP).max(least);
    let by = divisor.mantissa().unsigned_abs();
    let mantissa = dividend.mantissa().unsigned_abs();
    let (mut result, mut rest) = (mantissa.checked_div(by)?, mantissa.checked_rem(by)?);
    let mut scale = i32::try_from(dividend.scale()).ok()? - i32::try_from(divisor.scale()).ok()?;
    // One digit after the other, as long as there are more and there is room for them.
    while scale < 0 || (rest != 0 && scale < places.min(28) && result <= (LARGEST - 9) / 10) {
        rest *= 10;
        result = result.checked_mul(10)?.checked_add(rest / by)?;
        rest %= by;
        scale += 1;
    }
    // Halves go away from zero.
    result += u128::from(rest * 2 >= by);
    let result = i128::try_from(result).ok()?;
    let negative = dividend.is_sign_negative() != divisor.is_sign_negative();
    Decimal::try_from_i128_with_scale(
        if negative { -result } else { result },
        u32::try_from(scale).ok()?,
    )
    .ok()
}

/// How many digits Postgres computes with at once.
#[cfg(feature = "sqlite")]
const GROUP: i32 = 4;

/// The place of a number's first group of digits that is not zero, counted from the one before the decimal point, and its value.
#[cfg(feature = "sqlite")]
fn leading_group(number: Decimal) -> Option<(i32, u128)> {
    let (mantissa, scale) = (
        number.mantissa().unsigned_abs(),
        i32::try_from(number.scale()).ok()?,
    );
    let Some(digits) = mantissa.checked_ilog10() else {
        return Some((0, 0));
    };
    let group = (i32::try_from(digits).ok()? - scale).div_euclid(GROUP);
    // How many digits stand behind that group. If it has fewer than it could, zeros follow.
    let behind = scale + group * GROUP;
    let power = 10_u128.checked_pow(behind.unsigned_abs())?;
    let first = if behind < 0 {
        mantissa.checked_mul(power)?
    } else {
        mantissa / power
    };
    Some((group, first))
}

impl ColumnType for Decimal {
    type Base = Decimal;

    fn field_type() -> FieldType {
        FieldType::Decimal
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        match cell {
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) if super::postgres::is_beyond_decimal(ty, raw) => {
                Err(cell.mismatch("a decimal number of at most 28 digits"))
            }
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::from_sql(ty, raw, "a decimal number"),
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Integer(value)) => Ok(Decimal::from(value)),
            cell => (cell.string().ok())
                .and_then(|text| {
                    Decimal::from_str(text)
                        .or_else(|_| Decimal::from_scientific(text))
                        .ok()
                })
                .ok_or_else(|| cell.mismatch("a decimal number")),
        }
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        Value::Decimal(*self)
    }
}
