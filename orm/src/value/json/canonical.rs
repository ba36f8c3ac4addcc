//! The canonical form of JSON, for a database that stores it as a string.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Members sorted, the last of duplicate members kept, equal numbers written alike, however many digits they have: texts are equal
/// where Postgres' `jsonb` is.
///
/// # Errors
/// If it is not JSON.
pub(crate) fn canonical_json(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let written = serde_json::from_str(text).and_then(|value| write(value, MOST_LEVELS, &mut out));
    written.map_err(|error| error.to_string())?;
    Ok(out)
}

/// As deep as SQLite reads JSON. Each level is a call.
const MOST_LEVELS: u32 = 1000;

fn write(value: &RawValue, levels: u32, out: &mut String) -> serde_json::Result<()> {
    let text = value.get();
    let Some(levels) = levels.checked_sub(1) else {
        return Err(serde::de::Error::custom(format!(
            "JSON of more than {MOST_LEVELS} levels is not compared"
        )));
    };
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            out.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(&name)?);
                out.push(':');
                write(member, levels, out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            out.push('[');
            for (at, item) in items.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, levels, out)?;
            }
            out.push(']');
        }
        Some(b'"') => {
            let string: String = serde_json::from_str(text)?;
            out.push_str(&serde_json::to_string(&string)?);
        }
        Some(b'-' | b'0'..=b'9') => match decimal(text) {
            Some(number) => out.push_str(&number),
            None => out.push_str(text),
        },
        _ => out.push_str(text),
    }
    Ok(())
}

/// A number without needless zeros, and without an exponent unless it would be long. `None` if its exponent is beyond everything.
fn decimal(text: &str) -> Option<String> {
    /// What a number may have of zeros that only say how great it is: 128 bits are 39 digits, and are read as digits.
    const LONG: usize = 40;
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let zeros = i64::try_from(all.len() - digits.len()).ok()?;
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    // The number is `digits` times ten to the power of this.
    let power = exponent
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(zeros)?;
    let size = usize::try_from(power.unsigned_abs()).ok()?;
    Some(if size > LONG {
        format!("{sign}{digits}e{power}")
    } else if power >= 0 {
        format!("{sign}{digits}{}", "0".repeat(size))
    } else {
        let padded = format!("{digits:0>width$}", width = size + 1);
        let (whole, fraction) = padded.split_at(padded.len() - size);
        format!("{sign}{whole}.{fraction}")
    })
}

#[cfg(test)]
mod tests {
    use super::{MOST_LEVELS, canonical_json};

    #[test]
    fn what_nests_deeper_than_the_stack_bears_is_refused() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let most = MOST_LEVELS as usize;
        assert_eq!(
            canonical_json(&nested(most)).as_deref(),
            Ok(nested(most).as_str())
        );
        for levels in [most + 1, 100 * most] {
            let error = canonical_json(&nested(levels)).unwrap_err();
            assert!(
                error.starts_with("JSON of more than 1000 levels is not compared"),
                "{error}"
            );
        }
    }

    #[test]
    fn equal_numbers_are_written_alike_and_others_are_not() {
        for (texts, canonical) in [
            (&["0", "-0", "0.0", "-0.00e5", "0e-9"][..], "0"),
            (
                &["100000000000000000", "1e17", "1.0E+17", "0.1e18"],
                "100000000000000000",
            ),
            (&["-1.5", "-15e-1", "-1.50"], "-1.5"),
            (&["0.00000015", "1.5e-7"], "0.00000015"),
            (&["1e300", "10e299", "0.1e301"], "1e300"),
            (&["1e-300"], "1e-300"),
            (
                &["340282366920938463463374607431768211455"],
                "340282366920938463463374607431768211455",
            ),
            (&["9007199254740993.0"], "9007199254740993"),
            (&["1e99999999999999999999"], "1e99999999999999999999"),
        ] {
            for text in texts {
                assert_eq!(canonical_json(text).unwrap(), canonical, "{text}");
            }
        }
    }

    #[test]
    fn members_are_sorted_and_the_last_of_a_name_counts() {
        let text = r#" { "b" : [ 1.0 , null , true ] , "a" : "\u0041\n" , "b" : [ { } , [ ] ] } "#;
        assert_eq!(canonical_json(text).unwrap(), r#"{"a":"A\n","b":[{},[]]}"#);
        for text in ["", "{", "[1,]", "01", "nul"] {
            assert!(canonical_json(text).is_err(), "{text}");
        }
    }
}
