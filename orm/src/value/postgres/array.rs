//! Arrays in Postgres' binary format: how many levels there are, a length and a first index for each, then the elements.

use postgres_types::private::BytesMut;
use postgres_types::{IsNull, Kind, ToSql, Type};

use super::{BoxError, range};
use crate::value::Value;
use crate::value::array::{Element, shape};

/// The length of each level and the elements; `None` if it is no array.
pub(crate) fn elements<'a>(ty: &'a Type, raw: &'a [u8]) -> Option<(Vec<usize>, Vec<Element<'a>>)> {
    let Kind::Array(member) = ty.kind() else {
        return None;
    };
    let mut rest = raw;
    let levels = usize::try_from(number(&mut rest)?).ok()?;
    // Whether there are NULLs, and the number of the type of the elements.
    number(&mut rest)?;
    number(&mut rest)?;
    let mut lengths = Vec::with_capacity(levels);
    for _ in 0..levels {
        lengths.push(usize::try_from(number(&mut rest)?).ok()?);
        // Where it begins to count, which no Rust type keeps.
        number(&mut rest)?;
    }
    let mut elements = Vec::new();
    while !rest.is_empty() {
        elements.push(match usize::try_from(number(&mut rest)?) {
            Err(_) => Element::Null,
            Ok(length) => {
                let (raw, after) = rest.split_at_checked(length)?;
                rest = after;
                Element::Postgres(member, raw)
            }
        });
    }
    let count = match lengths.as_slice() {
        [] => 0,
        lengths => lengths.iter().product(),
    };
    (count == elements.len()).then_some((lengths, elements))
}

fn number(rest: &mut &[u8]) -> Option<i32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(i32::from_be_bytes(*bytes))
}

pub(super) fn to_sql(elements: &[Value<'_>], ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    let Kind::Array(member) = ty.kind() else {
        return Err(format!("an array is not a value of type {}", ty.name()).into());
    };
    let lengths = shape(elements)?;
    let mut put = |number: i32| out.extend_from_slice(&number.to_be_bytes());
    put(i32::try_from(lengths.len())?);
    // There may be NULLs: the server looks for itself.
    put(1);
    out.extend_from_slice(&member.oid().to_be_bytes());
    for length in lengths {
        out.extend_from_slice(&i32::try_from(length)?.to_be_bytes());
        out.extend_from_slice(&1_i32.to_be_bytes());
    }
    append(elements, member, out)?;
    Ok(IsNull::No)
}

fn append(elements: &[Value<'_>], member: &Type, out: &mut BytesMut) -> Result<(), BoxError> {
    for element in elements {
        if let Value::Array(inner) = element {
            append(inner, member, out)?;
            continue;
        }
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        let length = match element.to_sql(member, out)? {
            IsNull::Yes => -1,
            IsNull::No => i32::try_from(out.len() - start - 4)?,
        };
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// The natural type of an array, which its first element tells. Without any, one type is as good as another.
pub(super) fn type_of(elements: &[Value<'_>]) -> Option<Type> {
    match first(elements) {
        Some(told) => of_element(told),
        None => Some(Type::TEXT_ARRAY),
    }
}

/// The first element that is not NULL.
fn first<'a, 'v>(elements: &'a [Value<'v>]) -> Option<&'a Value<'v>> {
    elements.iter().find_map(|element| match element {
        Value::Null => None,
        Value::Array(inner) => first(inner),
        told => Some(told),
    })
}

fn of_element(told: &Value<'_>) -> Option<Type> {
    Some(match told {
        Value::Bool(_) => Type::BOOL_ARRAY,
        Value::Int(_) => Type::INT8_ARRAY,
        Value::Float(_) => Type::FLOAT8_ARRAY,
        Value::Str(_) => Type::TEXT_ARRAY,
        Value::Bytes(_) => Type::BYTEA_ARRAY,
        Value::Duration(_) => Type::INTERVAL_ARRAY,
        Value::Inet(..) => Type::INET_ARRAY,
        Value::MacAddress(_) => Type::MACADDR_ARRAY,
        Value::Range(range) => range::array_type_of(range),
        #[cfg(feature = "chrono")]
        Value::Date(_) => Type::DATE_ARRAY,
        #[cfg(feature = "chrono")]
        Value::Time(_) => Type::TIME_ARRAY,
        #[cfg(feature = "chrono")]
        Value::DateTime(_) => Type::TIMESTAMP_ARRAY,
        #[cfg(feature = "chrono")]
        Value::Timestamp(_) => Type::TIMESTAMPTZ_ARRAY,
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => Type::UUID_ARRAY,
        #[cfg(feature = "decimal")]
        Value::Decimal(_) => Type::NUMERIC_ARRAY,
        _ => return None,
    })
}
