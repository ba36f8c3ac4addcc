//! `hstore`, an extension's type of strings by keys: a JSON object for us. Its binary format is the number of pairs, then the key and the
//! value of each, each behind its length, which is -1 for NULL.

use postgres_types::private::BytesMut;
use postgres_types::{IsNull, Type};
use serde_json::{Map, Value as Json};

use super::BoxError;

const NOT_STRINGS: &str = "an hstore holds an object whose values are strings or null, and no other JSON";

/// An extension's types have no number of their own.
pub(super) fn is(ty: &Type) -> bool {
    ty.name() == "hstore"
}

/// The object, whose keys are in their order.
pub(super) fn to_json(raw: &[u8]) -> Option<Json> {
    let mut rest = raw;
    let count = usize::try_from(length(&mut rest)?).ok()?;
    let mut object = Map::new();
    for _ in 0..count {
        let key = string(&mut rest)??;
        let value = string(&mut rest)?.map_or(Json::Null, Json::from);
        object.insert(key.to_owned(), value);
    }
    rest.is_empty().then_some(Json::Object(object))
}

fn length(rest: &mut &[u8]) -> Option<i32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(i32::from_be_bytes(*bytes))
}

/// A string behind its length; `Some(None)` for NULL.
fn string<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a str>> {
    let Ok(length) = usize::try_from(length(rest)?) else {
        return Some(None);
    };
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(bytes).ok().map(Some)
}

pub(super) fn to_sql(json: &str, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    let Ok(Json::Object(object)) = serde_json::from_str(json) else {
        return Err(NOT_STRINGS.into());
    };
    out.extend_from_slice(&i32::try_from(object.len())?.to_be_bytes());
    for (key, value) in &object {
        put(Some(key), out)?;
        put(
            match value {
                Json::Null => None,
                Json::String(text) => Some(text),
                _ => return Err(NOT_STRINGS.into()),
            },
            out,
        )?;
    }
    Ok(IsNull::No)
}

fn put(text: Option<&str>, out: &mut BytesMut) -> Result<(), BoxError> {
    let Some(text) = text else {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    if text.contains('\0') {
        return Err(super::NUL.into());
    }
    out.extend_from_slice(&i32::try_from(text.len())?.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_strings_comes_back() {
        for json in ["{}", r#"{"a":"b","":"","\u00e9\"=>":null}"#] {
            let mut out = BytesMut::new();
            to_sql(json, &mut out).unwrap();
            assert_eq!(to_json(&out), serde_json::from_str(json).ok(), "{json}");
            assert_eq!(to_json(&out[..out.len() - 1]), None, "{json}");
        }
        for json in [
            "[]",
            "null",
            "1",
            r#"{"a":1}"#,
            r#"{"a":{}}"#,
            r#"{"a":"\u0000"}"#,
        ] {
            assert!(to_sql(json, &mut BytesMut::new()).is_err(), "{json}");
        }
    }
}
