//! Where a page begins or ends, as a string: opaque to whoever keeps it, and of use for one query only.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};
use crate::value::{FieldType, Value, from_json, to_json};

/// The place between two rows of a query's order, from [`KeysetPage::next`](super::KeysetPage::next) or
/// [`KeysetPage::previous`](super::KeysetPage::previous): letters, digits, `-` and `_`, for a URL or JSON, where it is a string.
///
/// It is kept for a while, not for good: a later version of the program, or of this crate, that writes the query in other SQL refuses it, and
/// the pages begin again.
///
/// It is of use for the query that it came from: of the same model, in the same order, with the same conditions, whose values may
/// differ. It holds the values of the order in a row, which whoever has it can read; with [a key](crate::Db::with_cursor_key)
/// nobody can change it.
///
/// # Example: from the parameters of a URL, and back to JSON
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::PageCursor;
///
/// let next = Post::objects().after(None, 1, &db)?.next.expect("a second post");
/// let sent: String = next.to_string();
/// let returned = PageCursor::from(sent);
/// assert_eq!(Post::objects().after(Some(&returned), 1, &db)?.rows[0].title, "Later");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what is not a cursor is refused when it is used
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::PageCursor;
///
/// let refused = Post::objects().after(Some(&PageCursor::from("2")), 1, &db).unwrap_err();
/// assert!(refused.is_invalid_cursor());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageCursor(String);

impl PageCursor {
    /// The string.
    ///
    /// # Example: in a link
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let page = Post::objects().after(None, 1, &db)?;
    /// let link = page.next.map(|next| format!("/posts?after={}", next.as_str()));
    /// assert!(link.is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for PageCursor {
    fn from(text: String) -> Self {
        PageCursor(text)
    }
}

impl From<&str> for PageCursor {
    fn from(text: &str) -> Self {
        PageCursor(text.to_owned())
    }
}

impl FromStr for PageCursor {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(PageCursor(text.to_owned()))
    }
}

impl AsRef<str> for PageCursor {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The key of a handle, by which its cursors are signed.
#[derive(Clone)]
pub struct CursorKey(Arc<[u8]>);

/// Shorter keys can be guessed.
const LEAST_KEY: usize = 16;

impl CursorKey {
    /// A key of these bytes.
    ///
    /// # Errors
    /// If they are too few.
    pub fn new(key: &[u8]) -> Result<Self> {
        if key.len() < LEAST_KEY {
            return Err(Error::config(format!(
                "a key for cursors has at least {LEAST_KEY} bytes, and this one has {}",
                key.len()
            ))
            .with_hint("make one at random, 32 bytes, and keep it with the program's other secrets"));
        }
        Ok(CursorKey(key.into()))
    }
}

/// The form of a cursor: another one is not understood.
const FORM: u8 = 1;
const QUERY: usize = 8;
const TAG: usize = 16;

/// What cursors of one query on one handle are made and read with.
pub(super) struct Seal {
    /// What tells the query from others.
    pub query: [u8; 32],
    /// The types of the values.
    pub types: Vec<FieldType>,
    pub key: Option<CursorKey>,
}

impl Seal {
    /// The place of these values.
    ///
    /// # Errors
    /// If a value has no JSON.
    pub fn cursor(&self, values: &[Value<'static>]) -> Result<PageCursor> {
        let values = values.iter().zip(&self.types);
        let values: Vec<_> = values
            .map(|(value, ty)| to_json(value, *ty))
            .collect::<Result<_>>()?;
        let values = serde_json::Value::Array(values).to_string();
        let mut bytes = vec![FORM];
        bytes.extend_from_slice(&self.query[..QUERY]);
        bytes.extend_from_slice(&self.tag(values.as_bytes())?);
        bytes.extend_from_slice(values.as_bytes());
        Ok(PageCursor(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The values of a place.
    ///
    /// # Errors
    /// If it is not one of this query, or was not made with this key.
    pub fn values(&self, cursor: &PageCursor) -> Result<Vec<Value<'static>>> {
        let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).map_err(|_| not_a_cursor())?;
        let (form, rest) = bytes.split_first().ok_or_else(not_a_cursor)?;
        let (query, rest) = rest.split_at_checked(QUERY).ok_or_else(not_a_cursor)?;
        let (tag, values) = rest.split_at_checked(TAG).ok_or_else(not_a_cursor)?;
        if *form != FORM {
            return Err(not_a_cursor());
        }
        if query != &self.query[..QUERY] {
            return Err(of_another_query());
        }
        self.verify(values, tag)?;
        let json: Vec<serde_json::Value> = serde_json::from_slice(values).map_err(|_| not_a_cursor())?;
        if json.len() != self.types.len() {
            return Err(not_a_cursor());
        }
        let values = json.iter().zip(&self.types);
        values
            .map(|(json, ty)| match json {
                serde_json::Value::Null => Ok(Value::Null),
                json => from_json(json, *ty).map_err(|_| not_a_cursor()),
            })
            .collect()
    }

    /// What only who has the key can make; without a key, what tells a cursor that was cut or mistyped.
    fn tag(&self, values: &[u8]) -> Result<[u8; TAG]> {
        let whole: [u8; 32] = match self.mac(values)? {
            Some(mac) => mac.finalize().into_bytes().into(),
            None => Sha256::new()
                .chain_update(self.query)
                .chain_update(values)
                .finalize()
                .into(),
        };
        let (tag, _) = whole
            .split_first_chunk()
            .ok_or_else(|| Error::internal("a hash is too short"))?;
        Ok(*tag)
    }

    fn mac(&self, values: &[u8]) -> Result<Option<Hmac<Sha256>>> {
        let Some(key) = &self.key else { return Ok(None) };
        let mac = Hmac::<Sha256>::new_from_slice(&key.0);
        let mac = mac.map_err(|_| Error::internal("a key for cursors has a length that is refused"))?;
        Ok(Some(mac.chain_update(self.query).chain_update(values)))
    }

    fn verify(&self, values: &[u8], tag: &[u8]) -> Result<()> {
        let is_right = match self.mac(values)? {
            // Compared in a time that does not tell how much of it is right.
            Some(mac) => mac.verify_truncated_left(tag).is_ok(),
            None => self.tag(values)? == tag,
        };
        match is_right {
            true => Ok(()),
            false => Err(not_of_this_key()),
        }
    }
}

#[cold]
fn invalid(what: &'static str, hint: &'static str) -> Error {
    Error::new(Kind::InvalidCursor, what).with_hint(hint)
}

#[cold]
fn not_a_cursor() -> Error {
    invalid(
        "the cursor is not one that a page has given",
        "take `page.next` or `page.previous` as it is; without a cursor it is the first page",
    )
}

#[cold]
fn of_another_query() -> Error {
    invalid(
        "the cursor is one of another query: of another model, in another order, or with other conditions",
        "use it with the query that it came from, whose values may differ; without a cursor it is the first page",
    )
}

#[cold]
fn not_of_this_key() -> Error {
    invalid(
        "the cursor has been changed, or was made with another key than that of the handle",
        "take `page.next` or `page.previous` as it is, and give all handles the same key",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: Option<&[u8]>) -> Seal {
        Seal {
            query: [7; 32],
            types: vec![FieldType::Text, FieldType::BigInt, FieldType::Double],
            key: key.map(|key| CursorKey::new(key).unwrap()),
        }
    }

    #[test]
    fn values_come_back_and_every_change_is_noticed() {
        let values = [Value::from("é\u{10FFFF}\0"), Value::Int(i64::MIN), Value::Null];
        for key in [None, Some(&b"sixteen bytes of"[..])] {
            let seal = seal(key);
            let cursor = seal.cursor(&values).unwrap();
            assert_eq!(seal.values(&cursor).unwrap(), values);
            let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).unwrap();
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                let changed = PageCursor(URL_SAFE_NO_PAD.encode(&changed));
                assert!(seal.values(&changed).unwrap_err().is_invalid_cursor());
                let cut = PageCursor(URL_SAFE_NO_PAD.encode(&bytes[..at]));
                assert!(seal.values(&cut).unwrap_err().is_invalid_cursor());
            }
        }
    }

    #[test]
    fn another_key_or_none_is_refused() {
        let values = [Value::from("a"), Value::Int(1), Value::Float(0.1)];
        let seals = [
            seal(None),
            seal(Some(b"sixteen bytes of")),
            seal(Some(b"SIXTEEN BYTES OF")),
        ];
        for (at, from) in seals.iter().enumerate() {
            let cursor = from.cursor(&values).unwrap();
            for (other, to) in seals.iter().enumerate() {
                assert_eq!(to.values(&cursor).is_ok(), at == other);
            }
        }
        assert!(CursorKey::new(b"short").is_err());
    }
}
