//! Decimal numbers of the crate `bigdecimal`: the columns, the operations and the range are those of `Decimal` (`value/decimal.rs`). What
//! others have written beyond that range is read as it is, and nothing is ever rounded.

use std::str::FromStr;

use bigdecimal::BigDecimal;
#[cfg(feature = "postgres")]
use bigdecimal::num_bigint::{BigInt, BigUint, Sign};
use rust_decimal::Decimal;

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Newtype, Value};

const BEYOND: &str = "columns of decimal numbers hold at most 28 digits behind the point, and without the point less than 2^96: round the number, \
                      or store it as a string";

/// The same number; `None` where a `Decimal` has no room for it.
fn to_decimal(number: &BigDecimal) -> Option<Decimal> {
    as_it_is(number).or_else(|| {
        // Zeros in front of the point are taken off nothing, and the power of ten can be at the end of 64 bits.
        let behind = number.fractional_digit_count() >= 1;
        behind.then(|| as_it_is(&number.normalized())).flatten()
    })
}

fn as_it_is(number: &BigDecimal) -> Option<Decimal> {
    let (digits, scale) = number.as_bigint_and_scale();
    let digits = i128::try_from(digits.as_ref()).ok()?;
    let (digits, scale) = match u32::try_from(scale) {
        Ok(scale) => (digits, scale),
        Err(_) if digits == 0 => (0, 0),
        // Zeros in front of the point.
        Err(_) => {
            let zeros = u32::try_from(scale.checked_neg()?).ok()?;
            (digits.checked_mul(10_i128.checked_pow(zeros)?)?, 0)
        }
    };
    Decimal::try_from_i128_with_scale(digits, scale).ok()
}

/// A `numeric` in Postgres' format: how many groups of four digits, how many of them stand in front of the point, the sign, how many digits
/// are shown behind the point, and the groups. `None` for what is not a number (`src/backend/utils/adt/numeric.c`, `numeric_send`).
#[cfg(feature = "postgres")]
fn from_numeric(raw: &[u8]) -> Option<BigDecimal> {
    let mut words = raw.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let (groups, weight) = (words.next()?, words.next()?.cast_signed());
    let sign = match words.next()? {
        0x0000 => Sign::Plus,
        0x4000 => Sign::Minus,
        _ => return None,
    };
    let shown = i64::from(words.next()?);
    let groups: Vec<u16> = words.take(usize::from(groups)).collect();
    let digits: Vec<u8> = groups
        .iter()
        .flat_map(|group| [group / 1000, group / 100 % 10, group / 10 % 10, group % 10])
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    let magnitude = match digits.as_slice() {
        [] => BigUint::ZERO,
        digits => BigUint::from_radix_be(digits, 10)?,
    };
    let behind = i64::try_from(groups.len())
        .ok()?
        .checked_sub(i64::from(weight) + 1)?
        * 4;
    let number = BigDecimal::new(BigInt::from_biguint(sign, magnitude), behind);
    Some(number.with_scale(shown))
}

impl ColumnType for BigDecimal {
    type Base = BigDecimal;

    fn field_type() -> FieldType {
        FieldType::Decimal
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        let number = match cell {
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) if super::postgres::is_numeric(ty) => from_numeric(raw),
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Integer(value)) => Some(BigDecimal::from(value)),
            cell => cell
                .string()
                .ok()
                .and_then(|text| BigDecimal::from_str(text).ok()),
        };
        number.ok_or_else(|| cell.mismatch("a decimal number"))
    }

    fn encode(&self) -> Value<'_> {
        match to_decimal(self) {
            Some(number) => Value::Decimal(number),
            None => Value::Refused(BEYOND),
        }
    }

    fn into_value(self) -> Value<'static> {
        self.encode().into_owned()
    }
}

// Its order, arrays, sums and what else a `Decimal` has.
impl Newtype for BigDecimal {
    type Inner = Decimal;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> BigDecimal {
        BigDecimal::from_str(text).unwrap()
    }

    #[test]
    fn what_fits_is_the_same_number_and_the_rest_is_refused() {
        for (text, decimal) in [
            ("0", Some("0")),
            ("-0.00", Some("0.00")),
            ("1.50", Some("1.50")),
            ("12e3", Some("12000")),
            (
                "79228162514264337593543950335",
                Some("79228162514264337593543950335"),
            ),
            (
                "-79228162514264337593543950335",
                Some("-79228162514264337593543950335"),
            ),
            ("79228162514264337593543950336", None),
            ("1e-28", Some("0.0000000000000000000000000001")),
            ("1e-29", None),
            // Its zeros are too many, not its digits.
            ("1.500000000000000000000000000000000000000", Some("1.5")),
            ("1e29", None),
            ("1e1000000000", None),
            ("1e-1000000000", None),
            ("0e1000000000", Some("0")),
            // Powers of ten at the ends of 64 bits.
            ("100e9223372036854775807", None),
            ("10e-9223372036854775807", None),
        ] {
            let got = to_decimal(&number(text)).map(|decimal| decimal.to_string());
            assert_eq!(got.as_deref(), decimal, "{text}");
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn numerics_are_read_digit_by_digit() {
        let raw = |words: &[u16]| {
            words
                .iter()
                .flat_map(|word| word.to_be_bytes())
                .collect::<Vec<u8>>()
        };
        for (words, text) in [
            (&[0, 0, 0, 2][..], Some("0.00")),
            (&[1, 0, 0, 0, 7], Some("7")),
            (&[2, 0, 0x4000, 2, 1, 5000], Some("-1.50")),
            (&[1, 0xFFFF, 0, 4, 1], Some("0.0001")),
            (&[1, 2, 0, 0, 12], Some("1200000000")),
            (&[0, 0, 0xC000, 0], None),
            (&[0, 0, 0xD000, 0], None),
            (&[0, 0], None),
        ] {
            let got = from_numeric(&raw(words)).map(|number| number.to_plain_string());
            assert_eq!(got.as_deref(), text, "{words:?}");
        }
    }
}
