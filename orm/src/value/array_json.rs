//! The JSON of arrays, as SQLite keeps them: one text for each value.
//!
//! It has no spaces, decimals are their canonical strings, and within a string `"`, `\`, `[`, `]`, `,` and control characters are
//! `\u00xx`. So a bracket or a comma is never part of a string, and a check without functions of ours can tell what the elements
//! are (`schema/sqlite/arrays.rs`). What other programs wrote is read in any form.

#[cfg(feature = "sqlite")]
use std::borrow::Cow;
#[cfg(feature = "sqlite")]
use std::fmt::Write;

#[cfg(feature = "sqlite")]
use super::array::Element;
#[cfg(feature = "sqlite")]
use super::array_type::MOST_LEVELS;
#[cfg(feature = "sqlite")]
use super::{FieldType, Value};

/// The canonical JSON of an array, as SQLite keeps it.
///
/// # Errors
/// If an element is a value that SQLite cannot hold.
#[cfg(feature = "sqlite")]
pub(crate) fn to_json_text(elements: &[Value<'_>]) -> rusqlite::Result<String> {
    let mut out = String::with_capacity(2 + 8 * elements.len());
    append(elements, &mut out)?;
    Ok(out)
}

#[cfg(feature = "sqlite")]
fn append(elements: &[Value<'_>], out: &mut String) -> rusqlite::Result<()> {
    out.push('[');
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        append_element(element, out)?;
    }
    out.push(']');
    Ok(())
}

/// Appends an element in its canonical form.
///
/// # Errors
/// If it is a value that SQLite cannot hold.
#[cfg(feature = "sqlite")]
pub(crate) fn append_element(element: &Value<'_>, out: &mut String) -> rusqlite::Result<()> {
    use rusqlite::types::{ToSql, ToSqlOutput, Value as Stored, ValueRef};

    // Writing to a string does not fail.
    let _ = match element {
        Value::Null => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) | Value::Duration(value) => write!(out, "{value}"),
        Value::Array(elements) => {
            append(elements, out)?;
            Ok(())
        }
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => write!(out, "\"{value}\""),
        other => match other.to_sql()? {
            // Without the sign of a zero, which compares as equal and would be another text.
            ToSqlOutput::Borrowed(ValueRef::Real(value)) => float(value + 0.0, out),
            ToSqlOutput::Borrowed(ValueRef::Text(text)) => {
                string(&String::from_utf8_lossy(text), out);
                Ok(())
            }
            ToSqlOutput::Owned(Stored::Text(text)) => {
                string(&text, out);
                Ok(())
            }
            ToSqlOutput::Borrowed(ValueRef::Blob(bytes)) => hexadecimal(bytes, out),
            ToSqlOutput::Owned(Stored::Blob(bytes)) => hexadecimal(&bytes, out),
            _ => {
                return Err(rusqlite::Error::ToSqlConversionFailure(
                    "an array cannot hold a value of that kind".into(),
                ));
            }
        },
    };
    Ok(())
}

#[cfg(feature = "sqlite")]
fn hexadecimal(bytes: &[u8], out: &mut String) -> std::fmt::Result {
    out.push('"');
    for byte in bytes {
        write!(out, "{byte:02x}")?;
    }
    out.write_char('"')
}

#[cfg(feature = "sqlite")]
fn float(value: f64, out: &mut String) -> std::fmt::Result {
    // A number that is too large for a double is read as infinity, by SQLite and by us.
    match value.is_infinite() {
        true => out.write_str(if value > 0.0 { "9e999" } else { "-9e999" }),
        false => write!(out, "{value:?}"),
    }
}

/// The JSON of a string, in which brackets, commas, quotes and backslashes are escaped.
#[cfg(any(feature = "sqlite", feature = "migrations"))]
pub(crate) fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' | '[' | ']' | ',' | '\0'..='\x1f' => {
                let digit = |half: u32| char::from_digit(half, 16).unwrap_or('0');
                out.push_str("\\u00");
                out.push(digit(u32::from(character) >> 4));
                out.push(digit(u32::from(character) & 15));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The elements of a JSON array as they are written.
#[cfg(feature = "sqlite")]
pub(crate) struct Tokens<'t> {
    rest: &'t str,
    /// The length of each level, from the outermost.
    lengths: Vec<Option<usize>>,
    tokens: Vec<Token<'t>>,
    /// The level of the elements.
    scalars_at: Option<usize>,
}

/// An element as it is written: equal ones in a canonical text are equal values.
#[cfg(feature = "sqlite")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Token<'t>(&'t str);

#[cfg(feature = "sqlite")]
impl<'t> Tokens<'t> {
    /// The length of each level and the elements; `None` if it is no rectangular JSON array.
    pub(crate) fn read(text: &'t str) -> Option<(Vec<usize>, Vec<Token<'t>>)> {
        let mut tokens = Tokens {
            rest: text,
            lengths: Vec::new(),
            tokens: Vec::new(),
            scalars_at: None,
        };
        tokens.array(0)?;
        tokens.skip_spaces();
        if !tokens.rest.is_empty() {
            return None;
        }
        let lengths = tokens.lengths.into_iter().collect::<Option<Vec<usize>>>()?;
        match lengths.as_slice() {
            [0] => Some((Vec::new(), Vec::new())),
            _ => {
                (lengths.iter().product::<usize>() == tokens.tokens.len()).then_some((lengths, tokens.tokens))
            }
        }
    }

    fn array(&mut self, level: usize) -> Option<()> {
        self.symbol('[').filter(|_| level < usize::from(MOST_LEVELS))?;
        if self.lengths.len() == level {
            self.lengths.push(None);
        }
        let mut length = 0;
        if self.symbol(']').is_none() {
            loop {
                self.skip_spaces();
                match self.rest.starts_with('[') {
                    true => self.array(level + 1)?,
                    // All elements stand on one level.
                    false if *self.scalars_at.get_or_insert(level) == level => self.scalar()?,
                    false => return None,
                }
                length += 1;
                if self.symbol(']').is_some() {
                    break;
                }
                self.symbol(',')?;
            }
        }
        let known = self.lengths.get_mut(level)?;
        (*known.get_or_insert(length) == length).then_some(())
    }

    fn scalar(&mut self) -> Option<()> {
        let length = match self.rest.starts_with('"') {
            true => {
                let mut escaped = false;
                let end = self.rest.bytes().skip(1).position(|byte| {
                    let ends = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    ends
                })?;
                end + 2
            }
            false => self
                .rest
                .find([',', ']', ' ', '\t', '\n', '\r'])
                .filter(|length| *length > 0)?,
        };
        let (token, rest) = self.rest.split_at_checked(length)?;
        self.tokens.push(Token(token));
        self.rest = rest;
        Some(())
    }

    fn symbol(&mut self, symbol: char) -> Option<()> {
        self.skip_spaces();
        self.rest = self.rest.strip_prefix(symbol)?;
        Some(())
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}

#[cfg(feature = "sqlite")]
impl Token<'_> {
    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// What a column of that type would hold; `None` if none could.
    pub(super) fn element(self, ty: FieldType) -> Option<Element<'static>> {
        use rusqlite::types::Value as Stored;

        if self.is_null() {
            return Some(Element::Null);
        }
        let text = || serde_json::from_str::<Cow<'_, str>>(self.0).ok();
        Some(Element::Sqlite(match ty {
            FieldType::Bool => match self.0 {
                "true" => Stored::Integer(1),
                "false" => Stored::Integer(0),
                _ => return None,
            },
            FieldType::Duration => Stored::Integer(self.0.parse().ok()?),
            ty if ty.is_integer() => Stored::Integer(self.0.parse().ok()?),
            FieldType::Real | FieldType::Double => {
                Stored::Real(self.0.parse().ok().filter(|number: &f64| !number.is_nan())?)
            }
            FieldType::Uuid => Stored::Blob(bytes(&text()?.replace('-', ""))?),
            ty if ty.is_binary() => Stored::Blob(bytes(&text()?)?),
            _ => Stored::Text(text()?.into_owned()),
        }))
    }
}

#[cfg(feature = "sqlite")]
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => {
            let digit = |at: &u8| char::from(*at).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        }
        _ => None,
    });
    pairs.collect()
}
