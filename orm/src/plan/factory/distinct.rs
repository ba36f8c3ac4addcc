//! A value of a column for each number, another one for another number.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Bound;

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef};
use crate::value::{FieldType, Range, Value};

/// The value of a field in the row with a number, which is at least 1.
///
/// # Errors
/// If there are not so many different values of a field that is unique, or nobody but the program knows one.
pub(super) fn distinct_value(
    def: &ModelDef,
    field: &FieldDef,
    storage: FieldType,
    choices: Option<&'static [&'static str]>,
    number: u64,
) -> Result<Value<'static>> {
    let refused = |why: &str| {
        Error::config(format!(
            "a factory has no value of {}.{} for row {number}: {why}",
            def.key(),
            field.name
        ))
        .with_hint(format!(
            "give one: `{}::factory().set(|row| row.{}(..))`",
            def.name, field.name
        ))
    };
    // Those that run out begin anew, unless that is what the field excludes.
    let wrapped = |most: u64| match number <= most {
        true => Ok(number),
        false if def.is_unique(&field.name) => Err(refused(&format!(
            "it is unique, and its type has no more than {most} of them"
        ))),
        false => Ok((number - 1) % most.max(1) + 1),
    };
    if let Some(choices) = choices
        && !matches!(storage, FieldType::Array(_))
    {
        let at = wrapped(choices.len() as u64)? - 1;
        let choice = usize::try_from(at).ok().and_then(|at| choices.get(at));
        return match (choice, storage.is_integer()) {
            (Some(choice), true) => choice
                .parse()
                .map(Value::Int)
                .map_err(|_| Error::internal("a choice of numbers is not a number")),
            (Some(choice), false) => Ok(Value::from(*choice)),
            (None, _) => Err(refused("it has no choices")),
        };
    }
    if let Some(range) = storage.bound()
        && !storage.is_multirange()
    {
        return self::range(range, storage, number).map(|range| Value::Range(Box::new(range)));
    }
    if let (Some(ty), Some(bound)) = (storage.range(), storage.bound()) {
        return Ok(Value::Multirange(vec![range(bound, ty, number)?]));
    }
    let host = |address: IpAddr| Value::Inet(address, if address.is_ipv4() { 32 } else { 128 });
    Ok(match storage {
        FieldType::Bool => Value::Bool(wrapped(2)? == 2),
        FieldType::Text | FieldType::Choices => Value::from(text(def, field, number).ok_or_else(|| {
            refused(&format!(
                "it is unique, and {} characters are too few",
                field.max_length.unwrap_or_default()
            ))
        })?),
        FieldType::Bytes => Value::Bytes(number.to_be_bytes().to_vec().into()),
        FieldType::Duration => Value::Duration(int(wrapped(1_000_000_000)?) * 1_000_000),
        FieldType::IpAddress | FieldType::Ipv4Address | FieldType::Inet | FieldType::Cidr => {
            let bits = u32::try_from(wrapped(0xFF_FFFF)?).unwrap_or_default();
            host(Ipv4Addr::from_bits(10 << 24 | bits).into())
        }
        FieldType::Ipv6Address => host(Ipv6Addr::from_bits(0xFD << 120 | u128::from(number)).into()),
        FieldType::MacAddress => {
            let [.., a, b, c, d] = number.to_be_bytes();
            Value::MacAddress([2, 0, a, b, c, d])
        }
        #[cfg(feature = "uuid")]
        FieldType::Uuid => Value::Uuid(uuid::Uuid::from_u128(number.into())),
        #[cfg(feature = "decimal")]
        FieldType::Decimal => {
            let scale = field.decimal_places.unwrap_or_default();
            let whole = field.max_digits.map_or(18, |digits| digits.saturating_sub(scale));
            let most = |digits: u32| 10_u64.saturating_pow(digits.min(18)) - 1;
            match whole >= 9 || scale == 0 {
                true => Value::Decimal(int(wrapped(most(whole))?).into()),
                // Few digits are before the point: in units of the last one.
                false => Value::Decimal(rust_decimal::Decimal::new(
                    int(wrapped(most(field.max_digits.unwrap_or(18)))?),
                    scale,
                )),
            }
        }
        FieldType::Json => {
            return Err(refused("what its JSON looks like, only the program knows"));
        }
        FieldType::Array(_) => {
            wrapped(1)?;
            Value::Array(Vec::new())
        }
        ty => match ty.whole_numbers() {
            Some(range) => Value::Int(int(wrapped(u64::try_from(*range.end()).unwrap_or(u64::MAX))?)),
            None => point(ty, number).ok_or_else(|| refused("its type has none"))?,
        },
    })
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `title-7`, or as much of it as there is room for; none where the number has none and has to be told from others.
fn text(def: &ModelDef, field: &FieldDef, number: u64) -> Option<String> {
    let (digits, most) = (number.to_string(), field.max_length.map(|most| most as usize));
    let room = most.map_or(usize::MAX, |most| most.saturating_sub(digits.len() + 1));
    let name: String = field.name.chars().take(room).collect();
    match (name.is_empty(), most) {
        (false, _) => Some(format!("{name}-{digits}")),
        (true, Some(most)) if digits.len() <= most => Some(digits),
        (true, _) if def.is_unique(&field.name) => None,
        (true, most) => Some(digits.chars().rev().take(most.unwrap_or_default()).collect()),
    }
}

/// A value that has an order: from 2000 on a day, a second or one each.
fn point(ty: FieldType, number: u64) -> Option<Value<'static>> {
    Some(match ty {
        ty if ty.is_integer() => Value::Int(int(number)),
        #[expect(clippy::cast_precision_loss, reason = "there are not so many rows")]
        FieldType::Real | FieldType::Double => Value::Float(number as f64),
        #[cfg(feature = "decimal")]
        FieldType::Decimal => Value::Decimal(number.into()),
        #[cfg(feature = "chrono")]
        FieldType::Date | FieldType::DateTime | FieldType::Timestamp => {
            // Up to the year 9999.
            let day = chrono::Days::new((number - 1) % 2_900_000);
            let date = chrono::NaiveDate::from_ymd_opt(2000, 1, 1)?.checked_add_days(day)?;
            match ty {
                FieldType::Date => Value::Date(date),
                FieldType::DateTime => Value::DateTime(date.and_time(chrono::NaiveTime::MIN)),
                _ => Value::Timestamp(date.and_time(chrono::NaiveTime::MIN).and_utc()),
            }
        }
        #[cfg(feature = "chrono")]
        FieldType::Time => {
            let second = u32::try_from((number - 1) % 86_400).ok()?;
            Value::Time(chrono::NaiveTime::from_num_seconds_from_midnight_opt(second, 0)?)
        }
        _ => return None,
    })
}

/// From a point to the next: those of different numbers have nothing in common.
fn range(bound: FieldType, ty: FieldType, number: u64) -> Result<Range<Value<'static>>> {
    let at = |number| {
        point(bound, number).map_or(Bound::Unbounded, |point| match number {
            number if number % 2 == 0 => Bound::Excluded(point),
            _ => Bound::Included(point),
        })
    };
    // From an odd number to the even one behind it.
    Range::of_values(at(2 * number - 1), at(2 * number), ty).map_err(Error::internal)
}
