//! The writer that sea-query renders a statement into: SQL passes through, and each parameter becomes a placeholder.
//!
//! A query is rendered without its values. Its expressions carry markers instead: numbers that encode the value's
//! position and its transform. This writer turns them into [`Placeholder`]s.

use std::fmt::Write;

use sea_query::{Expr, QueryBuilder, SqlWriter, Value};

use crate::error::{Error, Result};
use crate::expr::Param;

use super::{Placeholder, Transform};

/// Bits of a marker that hold the transform.
const TRANSFORM_BITS: u32 = 4;
/// Marks the position of a value that occurs several times and is one parameter everywhere.
const SHARED: u32 = 1 << 31;
/// Marks a limit or offset that is a parameter; without it, the number is literal.
const LIMIT_MARK: u64 = 1 << 62;

/// A literal limit that exceeds any table, where the dialect needs some limit.
pub(super) const ALL_ROWS: u64 = LIMIT_MARK - 1;

/// The marker of the value at `position`, with a transform.
pub(super) fn param(position: u32, transform: Transform) -> Expr {
    Expr::val((i64::from(position) << TRANSFORM_BITS) | i64::from(transform.number()))
}

/// The position of a value, as a marker has it.
pub(super) fn position(value: &Param) -> u32 {
    match value.shared {
        true => value.position | SHARED,
        false => value.position,
    }
}

/// The marker of a `LIMIT` or `OFFSET` that is the value at `position`.
pub(super) fn limit_param(position: u32) -> u64 {
    LIMIT_MARK | u64::from(position)
}

/// Collects a statement's SQL and placeholders.
#[derive(Default)]
pub(super) struct Writer {
    sql: String,
    placeholders: Vec<Placeholder>,
    numbered: bool,
    /// Whether a marker was not one of ours.
    failed: bool,
}

impl Writer {
    /// `numbered` for `$1`, otherwise `?`.
    pub(super) fn new(numbered: bool) -> Self {
        Writer {
            numbered,
            ..Writer::default()
        }
    }

    pub(super) fn into_parts(self) -> Result<(String, Vec<Placeholder>)> {
        if self.failed {
            return Err(Error::internal("a statement has a marker without a value"));
        }
        Ok((self.sql, self.placeholders))
    }

    fn placeholder(&mut self, placeholder: Placeholder) {
        let is_shared = placeholder.value & SHARED != 0;
        let placeholder = Placeholder {
            value: placeholder.value & !SHARED,
            ..placeholder
        };
        // Only what is shared is looked for: a statement may have tens of thousands of values.
        let known = match is_shared {
            true => self.placeholders.iter().position(|known| *known == placeholder),
            false => None,
        };
        // Writing to a `String` does not fail.
        let _ = match (known, self.numbered) {
            (Some(at), true) => write!(self.sql, "${}", at + 1),
            (Some(at), false) => write!(self.sql, "?{}", at + 1),
            (None, true) => write!(self.sql, "${}", self.placeholders.len() + 1),
            (None, false) => self.sql.write_str("?"),
        };
        if known.is_none() {
            self.placeholders.push(placeholder);
        }
    }
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.sql.push_str(text);
        Ok(())
    }
}

impl std::fmt::Display for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sql)
    }
}

impl SqlWriter for Writer {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        match value {
            Value::BigInt(Some(marker)) => {
                let code = (marker & ((1 << TRANSFORM_BITS) - 1)) as u8;
                match (
                    u32::try_from(marker >> TRANSFORM_BITS),
                    Transform::of_number(code),
                ) {
                    (Ok(value), Some(transform)) => self.placeholder(Placeholder { value, transform }),
                    _ => self.failed = true,
                }
            }
            Value::BigUnsigned(Some(number)) if number & LIMIT_MARK != 0 => {
                match u32::try_from(number & !LIMIT_MARK) {
                    Ok(position) => self.placeholder(Placeholder::plain(position)),
                    Err(_) => self.failed = true,
                }
            }
            // A literal number: `LIMIT 1`.
            other => {
                let mut text = String::new();
                let _ = builder.write_value(&mut text, &other);
                self.sql.push_str(&text);
            }
        }
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}
