//! A statement ready to run: text rendered once, and how its parameters are filled from a query's values.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};
use crate::value::Value;

use super::Dialect;

/// SQL text of one query shape in one dialect.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Unique in the process: connections find their prepared statement by it.
    pub id: u32,
    /// The text, with `?` or `$1`.
    pub sql: String,
    /// Where each parameter comes from, in order.
    pub slots: Vec<Slot>,
    /// Whether it returns rows.
    pub returns_rows: bool,
    /// Whether its parameters are the query's values as they stand, one after the other.
    pub in_order: bool,
}

static NEXT_ID: AtomicU32 = AtomicU32::new(0);

impl Statement {
    /// A statement with a number of its own.
    pub fn new(sql: String, slots: Vec<Slot>, returns_rows: bool) -> Self {
        let mut positions = (0..).map(Slot::plain);
        Statement {
            in_order: slots.iter().all(|slot| positions.next() == Some(*slot)),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            sql,
            slots,
            returns_rows,
        }
    }
}

/// Refuses more parameters than a statement can have: the protocol would take them for others.
///
/// # Errors
/// If there are more than the dialect's.
pub(crate) fn ensure_few(parameters: usize, dialect: &Dialect) -> Result<()> {
    if parameters <= dialect.max_parameters {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "a statement with {parameters} values: {} takes at most {}",
        dialect.name, dialect.max_parameters
    ))
    .with_hint(
        "give many values of one field as a list, which is one value: `field.in_(values)`; or ask several times",
    ))
}

/// Where a parameter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Position among the query's values.
    pub value: u32,
    /// What is done to it on the way.
    pub transform: Transform,
}

/// What is done to a value before it is bound, so that one query serves dialects with different functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// Nothing.
    None,
    /// `%value%` with `%`, `_` and `\` escaped.
    LikeContains,
    /// `value%`, escaped.
    LikeStartsWith,
    /// `%value`, escaped.
    LikeEndsWith,
    /// The value, escaped, for an equality that ignores case.
    LikeExact,
    /// Lower case.
    Lower,
    /// The least text greater than every text that starts with the value; empty bytes where there is none.
    PrefixEnd,
    /// Length in bytes.
    ByteLength,
}

impl Slot {
    /// The value as it stands at `position`.
    pub const fn plain(position: u32) -> Self {
        Slot {
            value: position,
            transform: Transform::None,
        }
    }

    /// The parameter to bind, where nothing is done to it.
    #[inline]
    pub fn lend<'v>(&self, values: &'v [Value<'v>]) -> Option<&'v Value<'v>> {
        match self.transform {
            Transform::None => values.get(self.value as usize),
            _ => None,
        }
    }

    /// The parameter to bind, from the query's values.
    #[inline]
    pub fn fill<'v>(&self, values: &'v [Value<'v>]) -> Cow<'v, Value<'v>> {
        let value = values.get(self.value as usize).unwrap_or(&Value::Null);
        match self.transform {
            Transform::None => Cow::Borrowed(value),
            transform => Cow::Owned(transform.apply(value)),
        }
    }
}

impl Transform {
    fn apply(self, value: &Value<'_>) -> Value<'static> {
        let Value::Text(text) = value else {
            return value.clone().into_owned();
        };
        match self {
            Transform::None => value.clone().into_owned(),
            Transform::LikeContains => format!("%{}%", escape_like(text)).into(),
            Transform::LikeStartsWith => format!("{}%", escape_like(text)).into(),
            Transform::LikeEndsWith => format!("%{}", escape_like(text)).into(),
            Transform::LikeExact => escape_like(text).into(),
            Transform::Lower => text.to_lowercase().into(),
            Transform::PrefixEnd => match prefix_end(text) {
                Some(end) => end.into(),
                // SQLite sorts every text before every blob.
                None => Value::Bytes(Cow::Borrowed(&[])),
            },
            Transform::ByteLength => Value::Int(i64::try_from(text.len()).unwrap_or(i64::MAX)),
        }
    }
}

/// Makes the characters that LIKE treats as wildcards stand for themselves, with `\` as the escape.
fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The least text greater than every text with this prefix, in order of code points.
fn prefix_end(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            char::MAX => continue,
            // Surrogates are no characters.
            '\u{D7FF}' => '\u{E000}',
            other => char::from_u32(u32::from(other) + 1)?,
        };
        characters.push(next);
        return Some(characters.into_iter().collect());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_end_is_past_every_continuation() {
        for (prefix, end) in [
            ("ab", Some("ac")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("", None),
            ("\u{10FFFF}", None),
        ] {
            assert_eq!(prefix_end(prefix).as_deref(), end);
        }
    }

    #[test]
    fn wildcards_are_escaped() {
        let values = [Value::from("50%_\\")];
        let slot = Slot {
            value: 0,
            transform: Transform::LikeContains,
        };
        assert_eq!(slot.fill(&values).into_owned(), Value::from("%50\\%\\_\\\\%"));
    }
}
