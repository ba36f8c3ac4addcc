//! Ranges on SQLite: bytes with one form for each range, in the order of Postgres.
//!
//! A range is the place where it begins and the place where it ends. A place is before all values, behind all of them, or before or
//! behind one. Bytes of places have the order of places, so they tell how two ranges lie, and an index over a column serves its order.
//! The range within which nothing is has no places: it is one byte, 0.

use std::ops::Bound;

use super::range_form::RangeValue;
use super::{FieldType, Value};

pub(crate) const EMPTY: &[u8] = &[BEFORE_ALL];

const BEFORE_ALL: u8 = 0;
const BEHIND_ALL: u8 = 0xFF;

/// What a place within begins with, which tells the type of its value.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int = 1,
    Decimal,
    Date,
    DateTime,
    Timestamp,
}

/// What a place within ends with.
const BEFORE: u8 = 0;
const BEHIND: u8 = 1;

/// The byte that places within ranges of a type begin with.
pub(crate) fn kind(ty: FieldType) -> u8 {
    let kind = match ty {
        FieldType::DecimalRange => Kind::Decimal,
        FieldType::DateRange => Kind::Date,
        FieldType::DateTimeRange => Kind::DateTime,
        FieldType::TimestampRange => Kind::Timestamp,
        _ => Kind::Int,
    };
    kind as u8
}

/// The bytes of a range.
pub(crate) fn to_bytes(range: &RangeValue) -> Vec<u8> {
    let Some((lower, upper)) = range.bounds() else {
        return EMPTY.to_vec();
    };
    let mut bytes = Vec::with_capacity(20);
    match lower {
        Bound::Included(value) => place(value, BEFORE, &mut bytes),
        Bound::Excluded(value) => place(value, BEHIND, &mut bytes),
        Bound::Unbounded => bytes.push(BEFORE_ALL),
    }
    match upper {
        Bound::Excluded(value) => place(value, BEFORE, &mut bytes),
        Bound::Included(value) => place(value, BEHIND, &mut bytes),
        Bound::Unbounded => bytes.push(BEHIND_ALL),
    }
    bytes
}

/// Writes the place at one side of a value.
fn place(value: &Value<'_>, side: u8, out: &mut Vec<u8>) {
    // The sign goes, so that negative numbers are less.
    let number = |kind: Kind, number: i64, out: &mut Vec<u8>| {
        out.push(kind as u8);
        out.extend((number ^ i64::MIN).to_be_bytes());
    };
    match value {
        Value::Int(value) => number(Kind::Int, *value, out),
        #[cfg(feature = "chrono")]
        Value::Date(day) => number(Kind::Date, days::of(*day), out),
        #[cfg(feature = "chrono")]
        Value::DateTime(at) => number(Kind::DateTime, at.and_utc().timestamp_micros(), out),
        #[cfg(feature = "chrono")]
        Value::Timestamp(at) => number(Kind::Timestamp, at.timestamp_micros(), out),
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => {
            out.push(Kind::Decimal as u8);
            digits::write(*value, out);
        }
        // Nothing else is a bound.
        _ => out.push(BEFORE_ALL),
    }
    out.push(side);
}

#[cfg(feature = "chrono")]
mod days {
    use chrono::{Datelike, NaiveDate};

    pub(super) fn of(day: NaiveDate) -> i64 {
        day.num_days_from_ce().into()
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn day(number: i64) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?)
    }
}

/// Decimal numbers as bytes of their order: a sign, where the decimal point is, and pairs of digits, each a byte that is not 0; then a 0.
/// Those of negative numbers are turned round.
#[cfg(feature = "decimal")]
mod digits {
    use rust_decimal::Decimal;

    const NEGATIVE: u8 = 0;
    const ZERO: u8 = 1;
    const POSITIVE: u8 = 2;
    /// The byte of a number whose digits begin behind the decimal point.
    const POINT: i32 = 64;

    pub(super) fn write(value: Decimal, out: &mut Vec<u8>) {
        let value = value.normalize();
        if value.is_zero() {
            return out.push(ZERO);
        }
        let digits = value.mantissa().unsigned_abs().to_string();
        let point = POINT + digits.len() as i32 - value.scale() as i32;
        let (sign, turned) = match value.is_sign_negative() {
            true => (NEGATIVE, 0xFF),
            false => (POSITIVE, 0),
        };
        out.push(sign);
        let pair = |pair: &[u8]| 1 + (pair[0] - b'0') * 10 + pair.get(1).map_or(0, |digit| digit - b'0');
        let digits = digits.trim_end_matches('0').as_bytes();
        let bytes = [point as u8]
            .into_iter()
            .chain(digits.chunks(2).map(pair))
            .chain([0]);
        out.extend(bytes.map(|byte| byte ^ turned));
    }

    /// Reads a number and what follows it.
    #[cfg(feature = "sqlite")]
    pub(super) fn read(bytes: &[u8]) -> Option<(Decimal, &[u8])> {
        let (sign, rest) = bytes.split_first()?;
        let turned = match *sign {
            ZERO => return Some((Decimal::ZERO, rest)),
            NEGATIVE => 0xFF,
            POSITIVE => 0,
            _ => return None,
        };
        let (point, rest) = rest.split_first()?;
        let end = rest.iter().position(|byte| byte ^ turned == 0)?;
        let mut mantissa: i128 = 0;
        for byte in &rest[..end] {
            let pair = (byte ^ turned).checked_sub(1).filter(|pair| *pair < 100)?;
            mantissa = mantissa.checked_mul(100)?.checked_add(pair.into())?;
        }
        // How many digits stand behind the point.
        let mut scale = 2 * i32::try_from(end).ok()? - (i32::from(point ^ turned) - POINT);
        while scale > 0 && mantissa % 10 == 0 && mantissa != 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if scale < 0 {
            mantissa = mantissa.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
        }
        let mantissa = if turned == 0 { mantissa } else { -mantissa };
        let number = Decimal::try_from_i128_with_scale(mantissa, scale.max(0) as u32).ok()?;
        Some((number, &rest[end + 1..]))
    }
}

/// A range by its places, as its bytes have them.
#[cfg(feature = "sqlite")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Places<'a> {
    /// Where it begins.
    pub lower: &'a [u8],
    /// Where it ends.
    pub upper: &'a [u8],
}

#[cfg(feature = "sqlite")]
impl Places<'_> {
    /// The bytes of the range.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [self.lower, self.upper].concat()
    }
}

#[cfg(feature = "sqlite")]
pub(crate) use reading::{bounds, from_bytes, places, sides};

#[cfg(feature = "sqlite")]
mod reading {
    use super::super::Range;
    use super::*;

    /// The places of a range that is not empty: `Some(None)` of one that is, `None` of what is not a range.
    pub(crate) fn places(bytes: &[u8]) -> Option<Option<Places<'_>>> {
        if bytes == EMPTY {
            return Some(None);
        }
        let (_, upper) = bound(bytes)?;
        let lower = &bytes[..bytes.len() - upper.len()];
        let (_, rest) = bound(upper)?;
        let is_range = rest.is_empty() && lower < upper && lower != [BEHIND_ALL] && upper != [BEFORE_ALL];
        is_range.then_some(Some(Places { lower, upper }))
    }

    /// The value of a place, with its side; none of a place before or behind all.
    type Place = Option<(Value<'static>, u8)>;

    /// A place, and what follows it.
    fn bound(bytes: &[u8]) -> Option<(Place, &[u8])> {
        let (kind, rest) = bytes.split_first()?;
        if matches!(*kind, BEFORE_ALL | BEHIND_ALL) {
            return Some((None, rest));
        }
        let (value, rest) = value(*kind, rest)?;
        let (side, rest) = rest.split_first()?;
        matches!(*side, BEFORE | BEHIND).then_some((Some((value, *side)), rest))
    }

    fn value(kind: u8, bytes: &[u8]) -> Option<(Value<'static>, &[u8])> {
        #[cfg(feature = "decimal")]
        if kind == Kind::Decimal as u8 {
            let (number, rest) = digits::read(bytes)?;
            return Some((Value::Decimal(number), rest));
        }
        let (number, rest) = bytes.split_first_chunk::<8>()?;
        let number = i64::from_be_bytes(*number) ^ i64::MIN;
        #[cfg(feature = "chrono")]
        let at = || chrono::DateTime::from_timestamp_micros(number);
        let value = match kind {
            kind if kind == Kind::Int as u8 => Value::Int(number),
            #[cfg(feature = "chrono")]
            kind if kind == Kind::Date as u8 => Value::Date(days::day(number)?),
            #[cfg(feature = "chrono")]
            kind if kind == Kind::DateTime as u8 => Value::DateTime(at()?.naive_utc()),
            #[cfg(feature = "chrono")]
            kind if kind == Kind::Timestamp as u8 => Value::Timestamp(at()?),
            _ => return None,
        };
        Some((value, rest))
    }

    /// The bounds of a range: those at which it is unbounded have no value.
    pub(crate) fn bounds(range: Places<'_>) -> (Bound<Value<'static>>, Bound<Value<'static>>) {
        let value = |place: &[u8]| bound(place).and_then(|(value, _)| value);
        let lower = match value(range.lower) {
            Some((value, BEFORE)) => Bound::Included(value),
            Some((value, _)) => Bound::Excluded(value),
            None => Bound::Unbounded,
        };
        let upper = match value(range.upper) {
            Some((value, BEFORE)) => Bound::Excluded(value),
            Some((value, _)) => Bound::Included(value),
            None => Bound::Unbounded,
        };
        (lower, upper)
    }

    /// Reads the bytes of a range of type `ty`.
    pub(crate) fn from_bytes(bytes: &[u8], ty: FieldType) -> Option<RangeValue> {
        let Some(places) = places(bytes)? else {
            return Some(Range::empty());
        };
        let is_of_type = |place: &[u8]| matches!(place.first(), Some(&first) if [BEFORE_ALL, BEHIND_ALL, kind(ty)].contains(&first));
        let (lower, upper) = bounds(places);
        let range = RangeValue::of_values(lower, upper, ty).ok()?;
        // There is one form of each.
        (is_of_type(places.lower) && is_of_type(places.upper) && to_bytes(&range) == bytes).then_some(range)
    }

    /// The places before and behind a value.
    pub(crate) fn sides(value: &Value<'_>) -> [Vec<u8>; 2] {
        [BEFORE, BEHIND].map(|side| {
            let mut bytes = Vec::with_capacity(10);
            place(value, side, &mut bytes);
            bytes
        })
    }
}

#[cfg(all(test, feature = "sqlite", feature = "chrono", feature = "decimal"))]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::super::Range;
    use super::super::range_form::{from_text, to_text};
    use super::*;

    #[track_caller]
    fn range(text: &str, ty: FieldType) -> RangeValue {
        from_text(text, ty).unwrap_or_else(|| panic!("{text} of {ty:?}"))
    }

    #[test]
    fn bytes_have_the_order_of_postgres() {
        for (ty, texts) in [
            (
                FieldType::IntRange,
                &[
                    "empty",
                    "(,-5)",
                    "(,7)",
                    "(,)",
                    "[-2147483648,0)",
                    "[-1,0)",
                    "[-1,)",
                    "[0,1)",
                    "[0,2147483647)",
                    "[0,)",
                    "[7,8)",
                ][..],
            ),
            (
                FieldType::DecimalRange,
                &[
                    "empty",
                    "(,)",
                    "[-1000,1)",
                    "(-1000,1)",
                    "[-99.5,0)",
                    "[-99.05,0)",
                    "[-0.01,0)",
                    "[0,0]",
                    "(0,0.001)",
                    "[0.001,1)",
                    "[0.01,1)",
                    "[0.1,1)",
                    "[0.1,1]",
                    "[0.1,1.5)",
                    "[0.1,)",
                    "[0.11,1)",
                    "[9,10)",
                    "[9,10]",
                    "[9,10.5]",
                    "[9,100)",
                    "[10,11)",
                    "[79228162514264337593543950335,)",
                ][..],
            ),
            (
                FieldType::DateRange,
                &[
                    "(,1969-12-31)",
                    "[0000-01-01,)",
                    "[1969-12-31,1970-01-01)",
                    "[1970-01-01,)",
                    "[9999-12-31,)",
                ][..],
            ),
            (
                FieldType::TimestampRange,
                &[
                    "(,1969-12-31T00:00:00Z)",
                    "[1969-12-31T23:59:59.999999Z,1970-01-01T00:00:00Z)",
                    "(1969-12-31T23:59:59.999999Z,1970-01-01T00:00:00Z)",
                ][..],
            ),
        ] {
            let bytes: Vec<Vec<u8>> = texts.iter().map(|text| to_bytes(&range(text, ty))).collect();
            for (pair, texts) in bytes.windows(2).zip(texts.windows(2)) {
                assert!(pair[0] < pair[1], "{texts:?}");
            }
            for (bytes, text) in bytes.iter().zip(texts) {
                let read = from_bytes(bytes, ty).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(to_text(&read).unwrap(), *text);
            }
        }
    }

    #[test]
    fn what_is_not_a_range_is_refused() {
        let whole = to_bytes(&range("[1,10)", FieldType::IntRange));
        let mut backwards = whole[10..].to_vec();
        backwards.extend(&whole[..10]);
        for bytes in [
            &[][..],
            &[1],
            &[0, 0],
            &[0xFF, 0xFF],
            &[0, 0xFF, 0],
            &whole[..19],
            &backwards,
            &[whole.as_slice(), &[0]].concat(),
        ] {
            assert_eq!(from_bytes(bytes, FieldType::IntRange), None, "{bytes:?}");
        }
        assert_eq!(from_bytes(&whole, FieldType::DateRange), None);
        let far = to_bytes(&range("[1,3000000000)", FieldType::BigIntRange));
        assert_eq!(from_bytes(&far, FieldType::IntRange), None);
        for text in [
            "",
            "[1,2",
            "[1]",
            "[1,2,3)",
            "[2,1)",
            "{1,2}",
            "[a,2)",
            "[1.5,2)",
            "[,2147483647]",
            "(2147483647,)",
            "[\"1,2)",
        ] {
            assert_eq!(from_text(text, FieldType::IntRange), None, "{text}");
        }
    }

    #[test]
    fn one_range_has_one_form() {
        for (ty, texts) in [
            (
                FieldType::IntRange,
                &["[1,3]", "(0,4)", "[1,4)", "(0,3]", "[\"1\",4)"][..],
            ),
            (FieldType::IntRange, &["empty", "[1,1)", "(1,2)", "(1,1]"][..]),
            (FieldType::IntRange, &["(,2]", "[,3)", "(,3)"][..]),
            (FieldType::DecimalRange, &["[1.50,2)", "[1.5,2.0)"][..]),
            (
                FieldType::DateRange,
                &["[2026-01-01,2026-01-31]", "[2026-01-01,2026-02-01)"][..],
            ),
        ] {
            let forms: Vec<RangeValue> = texts.iter().map(|text| range(text, ty)).collect();
            assert!(
                forms
                    .iter()
                    .all(|form| *form == forms[0] && to_bytes(form) == to_bytes(&forms[0])),
                "{texts:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn decimals_keep_their_order(one: i64, other: i64, scales in (0..=28_u32, 0..=28_u32)) {
            let [one, other] = [(one, scales.0), (other, scales.1)].map(|(number, scale)| Decimal::new(number, scale));
            let [of_one, of_other] = [one, other].map(|number| sides(&Value::Decimal(number)));
            prop_assert_eq!(one.cmp(&other), of_one[0].cmp(&of_other[0]));
            prop_assert_eq!(one.cmp(&other), of_one[1].cmp(&of_other[1]));
            let range = Range::of_values(Bound::Included(Value::Decimal(one)), Bound::Unbounded, FieldType::DecimalRange).unwrap();
            prop_assert_eq!(from_bytes(&to_bytes(&range), FieldType::DecimalRange), Some(range));
        }

        #[test]
        fn whole_numbers_keep_their_order(one: i64, other: i64) {
            let [of_one, of_other] = [one, other].map(|number| sides(&Value::Int(number)));
            prop_assert_eq!(one.cmp(&other), of_one[0].cmp(&of_other[0]));
        }
    }
}
