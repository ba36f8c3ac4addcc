//! JSON that a text says, with the numbers that it says: none is rounded without a word.

use serde::de::IgnoredAny;
use serde_json::{Number, Value as Plain};

use crate::value::JsonMismatch;

use super::value::mismatch;

/// The JSON that a text is; `None` where it is another text.
///
/// # Errors
/// If it has a number that would be read as another one.
pub(super) fn json(text: &str) -> Result<Option<Plain>, JsonMismatch> {
    // By its form alone: a number beyond all that are read is JSON, too.
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Ok(None);
    }
    match numbers(text).all(is_exact) {
        true => Ok(serde_json::from_str(text).ok()),
        false => Err(JsonMismatch {
            hint: Some("a longer number is stored and compared as a string, in quotes"),
            ..mismatch("takes numbers that 64 bits hold, and would round this one")
        }),
    }
}

/// The numbers of a text that is JSON: what stands outside of strings and begins like one.
fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let (mut in_string, mut escaped) = (false, false);
    let between = move |c: char| {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            return true;
        }
        in_string = c == '"';
        !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')
    };
    let words = json.split(between);
    words.filter(|word| word.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
}

/// Whether a number is read as what it says.
fn is_exact(said: &str) -> bool {
    let read = serde_json::from_str::<Number>(said);
    let read = read.ok().map(|read| read.to_string());
    let read = read.as_deref().and_then(Decimal::of);
    read.is_some() && read == Decimal::of(said)
}

/// A number in the one form that it has: its digits from the first to the last that is not 0, and the power of ten behind them.
#[derive(Debug, PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    power: i64,
}

impl Decimal {
    fn of(text: &str) -> Option<Self> {
        let magnitude = text.trim_start_matches('-');
        let (digits, power) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = [whole, fraction].concat();
        let without = all.trim_end_matches('0');
        let zeros = i64::try_from(all.len() - without.len()).ok()?;
        let digits = without.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Decimal {
                negative: false,
                digits: String::new(),
                power: 0,
            });
        }
        let power: i64 = power.parse().ok()?;
        Some(Decimal {
            negative: magnitude.len() != text.len(),
            digits: digits.to_owned(),
            power: power
                .checked_sub(i64::try_from(fraction.len()).ok()?)?
                .checked_add(zeros)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_or_refused() {
        for text in [
            "7",
            "-0",
            "0e400",
            "7.50",
            "0.1",
            "1e29",
            "100000000000000000000000000000",
            "5e-324",
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
            r#"{"a": [1.5, true, "1e400 \" 1e400 \\"], "1e400": "\\"}"#,
        ] {
            let read = json(text).unwrap();
            assert_eq!(read, serde_json::from_str(text).unwrap(), "{text}");
        }
        for text in [
            "18446744073709551616",
            "123456789012345678901234567890",
            "9007199254740992.5",
            "0.30000000000000000001",
            "1e400",
            "-1e400",
            "1e-400",
            "1e99999999999999999999",
            r#"[{"a": "\"", "b": 1e400}]"#,
        ] {
            assert!(json(text).is_err(), "{text}");
        }
        for text in ["", "x", "2026-11-29", "1e400x", "007", "1,2", "\"a", "NaN"] {
            assert_eq!(json(text).unwrap(), None, "{text}");
        }
    }
}
