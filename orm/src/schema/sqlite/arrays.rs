//! Columns of arrays, which are JSON in the one form that `value/array.rs` writes. A check that holds them to it cannot ask a
//! query about each element, so it says what no such text contains.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::model::FieldDef;
use crate::sql::Dialect;
use crate::value::duration::from_iso;
use crate::value::{ArrayType, FieldType, Literal, array_json, canonical_decimal};

use super::super::literal::{bytes_hex, misread, quoted, render, uuid_hex};
use super::super::time;
use super::super::whole_numbers::is_choice_of;
use super::array_bytes;

/// For the quoted column `c` of a field of that type. NULL is never refused.
///
/// # Errors
/// If the field has a choice that is not one of its type.
pub(super) fn check(c: &str, ty: ArrayType, field: &FieldDef) -> Result<String> {
    let mut whole = format!("json({c}) = {c}");
    if let Some(length) = field.max_length {
        whole.push_str(&format!(" AND json_array_length({c}) <= {length}"));
    }
    let mut parts = levels(c, ty.levels());
    match field.choices.as_slice() {
        [] => parts.extend(elements(c, ty)),
        choices
            if ty.element().is_integer()
                && !choices.iter().all(|choice| is_choice_of(choice, ty.element())) =>
        {
            return Err(Error::config(
                "a choice is not a whole number of the field's type",
            ));
        }
        choices => parts.push(one_of(c, ty, choices)),
    }
    // What is not JSON is an error in functions of JSON, and not false.
    Ok(format!(
        "CASE WHEN json_valid({c}) THEN {whole} ELSE {c} IS NULL END AND ({c} = '[]' OR {})",
        parts.join(" AND ")
    ))
}

/// Every element is one of these: what the text loses without each of them is all of it together. A sum of many terms is one
/// level of an expression, of which there are few within each other.
fn one_of(c: &str, ty: ArrayType, choices: &[String]) -> String {
    let null = ty.takes_null().then(|| "null".to_owned());
    // One that is there twice is still taken out once.
    let distinct: BTreeSet<&String> = choices.iter().collect();
    let all = distinct
        .into_iter()
        .map(|choice| written(ty.element(), choice))
        .chain(null);
    let text = apart(c);
    let without =
        all.map(|choice| format!("length(replace({text}, {}, ''))", quoted(&format!(",{choice},"))));
    let without: Vec<String> = without.collect();
    format!("{} = {} * length({text})", without.join(" + "), without.len() - 1)
}

/// The elements from the first to the last whatever their levels, each between two commas of its own.
fn apart(c: &str) -> String {
    format!("',' || replace(replace(replace({c}, '[', ''), ']', ''), ',', ',,') || ','")
}

/// A choice as it stands in an array.
fn written(ty: FieldType, choice: &str) -> String {
    if ty.is_integer() {
        return choice.to_owned();
    }
    let mut out = String::new();
    array_json::string(choice, &mut out);
    out
}

/// The array `c` with another choice wherever it has one.
pub(super) fn renamed(c: &str, ty: ArrayType, old: &str, new: &str) -> String {
    let replace =
        |sql: String, from: &str, to: &str| format!("replace({sql}, {}, {})", quoted(from), quoted(to));
    let (old, new) = (written(ty.element(), old), written(ty.element(), new));
    if !ty.element().is_integer() {
        return replace(c.to_owned(), &old, &new);
    }
    // A number may begin another, so each gets commas of its own for the time being.
    let apart = [(",", ",,"), ("[", "[,"), ("]", ",]")];
    let text = (apart.iter()).fold(c.to_owned(), |sql, (one, two)| replace(sql, one, two));
    let text = replace(text, &format!(",{old},"), &format!(",{new},"));
    (apart.iter().rev()).fold(text, |sql, (one, two)| replace(sql, two, one))
}

/// No part of it is of that pattern.
pub(super) fn without(c: &str, pattern: &str) -> String {
    format!("{c} NOT GLOB '*{pattern}*'")
}

/// Brackets open where an array of that many levels has some. They are never part of a string.
fn levels(c: &str, levels: u8) -> Vec<String> {
    let levels = usize::from(levels);
    let (open, close) = ("[[]", "]");
    let mut parts = vec![
        format!("{c} GLOB '{}[^[]*'", open.repeat(levels)),
        // An empty array is empty as a whole.
        without(c, "[[]]"),
        // Beside a scalar is no array, and after so many closed brackets so many open again.
        without(c, "[^]],[[]"),
    ];
    for level in 1..levels {
        let (open, close) = (open.repeat(level - 1), close.repeat(level));
        parts.push(without(c, &format!("{close},{open}[^[]")));
        parts.push(without(c, &format!("[^]]{close},{open}[[][[]")));
    }
    parts
}

fn elements(c: &str, ty: ArrayType) -> Vec<String> {
    let nulls = if ty.takes_null() { "n" } else { "" };
    let only = |characters: &str| {
        let null = if ty.takes_null() { "nul" } else { "" };
        without(c, &format!("[^][,{null}{characters}]"))
    };
    let mut parts = match ty.element() {
        FieldType::Bool => return vec![only("aeflrstu")],
        // Microseconds.
        FieldType::Duration => return [vec![only("0-9-")], whole_numbers(c, i64::MIN..=i64::MAX)].concat(),
        FieldType::Real | FieldType::Double => return vec![only("0-9.e+-")],
        ty if let Some(range) = ty.whole_numbers() => {
            let sign = if *range.start() < 0 { "-" } else { "" };
            return [vec![only(&format!("0-9{sign}"))], whole_numbers(c, range)].concat();
        }
        // All others are strings, which hold no bracket and no comma.
        _ => vec![
            without(c, &format!("[[,][^[\"{nulls}]")),
            without(c, "[[,]\"[],]"),
            without(c, "][^],]"),
            without(c, "[^[,][[]"),
        ],
    };
    if ty.takes_null() {
        parts.extend(
            ["n[^u]", "nu[^l]", "nul[^l]", "null[^],]"].map(|rest| without(c, &format!("[[,]{rest}"))),
        );
    }
    parts.extend(match ty.element() {
        FieldType::Date => fixed(c, ty, "0000-00-00", false),
        FieldType::Time => fixed(c, ty, "00:00:00.000000", false),
        FieldType::DateTime => fixed(c, ty, "0000-00-00T00:00:00.000000", false),
        FieldType::Timestamp => fixed(c, ty, "0000-00-00T00:00:00.000000Z", false),
        FieldType::Uuid => fixed(c, ty, "00000000-0000-0000-0000-000000000000", true),
        // Two digits each.
        FieldType::Bytes => vec![
            without(
                c,
                &format!("[^][\",{}0-9a-f]", if ty.takes_null() { "nul" } else { "" }),
            ),
            without(&format!("replace({}, '00', '')", zeros(c, true)), "0"),
        ],
        FieldType::Decimal => decimals(c, ty),
        FieldType::MacAddress => fixed(c, ty, "000000000000", true),
        FieldType::DecimalRange => array_bytes::decimal_ranges(c, ty.takes_null()),
        element if element.is_network() => array_bytes::networks(c, element, ty.takes_null()),
        element if element.is_range() => array_bytes::ranges(c, element, ty.takes_null()),
        // No escape but of what has to be escaped.
        _ => [
            "[^u]",
            "u[^0]",
            "u0[^0]",
            "u00[^0125]",
            "u00[01][^0-9a-f]",
            "u002[^2c]",
            "u005[^bcd]",
        ]
        .map(|rest| without(c, &format!("\\{rest}")))
        .to_vec(),
    });
    parts
}

/// Every whole number is one of these, and none is a zero with a sign.
fn whole_numbers(c: &str, range: RangeInclusive<i64>) -> Vec<String> {
    let (most, least) = (range.end().to_string(), range.start().unsigned_abs().to_string());
    let mut parts = vec![without(c, &"[0-9]".repeat(most.len() + 1))];
    let mut bounds = vec![("[[,]", &*most)];
    if *range.start() < 0 {
        parts.splice(..0, [without(c, "-0"), without(c, "-[^0-9]")]);
        bounds.push(("-", &*least));
    }
    for (before, bound) in bounds {
        for (at, digit) in bound.bytes().enumerate().filter(|(_, digit)| *digit < b'9') {
            let (same, after) = (&bound[..at], bound.len() - at - 1);
            let greater = char::from(digit + 1);
            parts.push(without(
                c,
                &format!("{before}{same}[{greater}-9]{}", "[0-9]".repeat(after)),
            ));
        }
    }
    parts
}

/// The text with a zero for each digit.
fn zeros(c: &str, hexadecimal: bool) -> String {
    let digits = if hexadecimal {
        "123456789abcdef"
    } else {
        "123456789"
    };
    let replaced = |sql: String, digit: char| format!("replace({sql}, '{digit}', '0')");
    digits.chars().fold(c.to_owned(), replaced)
}

/// Every element has one of these numbers of hexadecimal digits.
pub(super) fn of_lengths(c: &str, lengths: impl Iterator<Item = usize>, nulls: bool) -> String {
    let replaced = |sql: String, length: usize| format!("replace({sql}, '\"{}\"', '0')", "0".repeat(length));
    let mut text = lengths.fold(zeros(c, true), replaced);
    if nulls {
        text = format!("replace({text}, 'null', '0')");
    }
    without(&text, "[^][,0]")
}

/// Every element has that form, in which a zero stands for a digit.
fn fixed(c: &str, ty: ArrayType, form: &str, hexadecimal: bool) -> Vec<String> {
    // Before its digits: the letters of NULL are no digits.
    let mut text = format!("replace({}, '\"{form}\"', '0')", zeros(c, hexadecimal));
    if ty.takes_null() {
        text = format!("replace({text}, 'null', '0')");
    }
    let mut parts = vec![without(&text, "[^][,0]")];
    if form.contains("0000-00-00") && !hexadecimal {
        let beyond = [
            "-00",
            "\"????-[2-9]",
            "\"????-1[3-9]",
            "-[0-9][0-9]-[4-9]",
            "-3[2-9][\"T]",
        ];
        parts.extend(beyond.map(|part| without(c, part)));
    }
    if form.contains("00:00:00") {
        parts.extend(["[T\"][3-9]?:", "[T\"]2[4-9]:", ":[6-9]"].map(|part| without(c, part)));
    }
    parts
}

/// Every element is the canonical text of a decimal: `-12.5`, and not `+1`, `1.50`, `01`, `.5`, `5.` or `-0`.
fn decimals(c: &str, ty: ArrayType) -> Vec<String> {
    let null = if ty.takes_null() { "nul" } else { "" };
    // A one for each digit but zero, then only one of equal digits beside each other, and no zero before a one.
    let replace = |sql: String, from: &str, to: &str| format!("replace({sql}, '{from}', '{to}')");
    let mut text = "23456789"
        .chars()
        .fold(c.to_owned(), |sql, digit| replace(sql, &digit.to_string(), "1"));
    text = (0..5).fold(text, |sql, _| replace(sql, "00", "0"));
    text = replace(text, "01", "1");
    text = (0..5).fold(text, |sql, _| replace(sql, "11", "1"));
    for whole in ["0", "1", "10", "-1", "-10", "-0"] {
        for number in [format!("\"{whole}\""), format!("\"{whole}.1\"")] {
            if number != "\"-0\"" {
                text = replace(text, &number, "");
            }
        }
    }
    vec![
        without(c, &format!("[^][\",{null}0-9.-]")),
        without(c, "[^0-9.]0[0-9]"),
        without(c, &"[0-9]".repeat(30)),
        without(&text, &format!("[^][,{null}]")),
    ]
}

/// The text of an array that a column holds.
pub(super) fn literal(ty: ArrayType, items: &[Literal]) -> Result<String> {
    let texts = items.iter().map(|item| match (ty.items(), item) {
        (FieldType::Array(below), Literal::List(items)) => literal(below, items),
        (FieldType::Array(_), _) => Err(Error::internal("an array within an array is a list of literals")),
        (element, item) => element_literal(element, item),
    });
    Ok(format!("[{}]", texts.collect::<Result<Vec<_>>>()?.join(",")))
}

fn element_literal(ty: FieldType, item: &Literal) -> Result<String> {
    let string = |text: &str| {
        let mut out = String::new();
        array_json::string(text, &mut out);
        out
    };
    let decimal = |text: &str| canonical_decimal(text).ok_or_else(|| misread(ty));
    Ok(match (ty, item) {
        (_, Literal::Null) => "null".to_owned(),
        (FieldType::Bool, Literal::Bool(value)) => value.to_string(),
        (ty, Literal::Int(value)) if ty.whole_numbers().is_some_and(|range| range.contains(value)) => {
            value.to_string()
        }
        (FieldType::Duration, Literal::Str(text) | Literal::Duration(text)) => {
            from_iso(text).ok_or_else(|| misread(ty))?.to_string()
        }
        (FieldType::Real | FieldType::Double, Literal::Int(value)) => format!("{:?}", *value as f64),
        (FieldType::Real | FieldType::Double, Literal::Float(value)) if value.is_finite() => {
            format!("{:?}", value + 0.0)
        }
        (FieldType::Text | FieldType::Choices, Literal::Str(text)) => string(text),
        (FieldType::Date | FieldType::Time | FieldType::DateTime | FieldType::Timestamp, item)
            if item.is_written_for(ty) =>
        {
            string(&time::canonical(item.as_str().ok_or_else(|| misread(ty))?, ty)?)
        }
        (FieldType::Uuid, Literal::Str(text) | Literal::Uuid(text)) => {
            let hex = uuid_hex(text).ok_or_else(|| misread(ty))?;
            let part = |from: usize, to: usize| &hex[from..to];
            string(&[part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
        }
        (FieldType::Bytes, Literal::Str(text) | Literal::Bytes(text)) => {
            string(&bytes_hex(text).ok_or_else(|| misread(ty))?)
        }
        (ty, item) if ty.is_binary() => {
            // The digits of `X'..'`.
            let literal = render(item, ty, Dialect::SQLITE)?;
            let digits = literal.trim_start_matches("X'").trim_end_matches('\'');
            string(&digits.to_ascii_lowercase())
        }
        (FieldType::Decimal, Literal::Int(value)) => string(&value.to_string()),
        (FieldType::Decimal, Literal::Float(value)) => string(&decimal(&value.to_string())?),
        (FieldType::Decimal, Literal::Str(text) | Literal::Decimal(text)) => string(&decimal(text)?),
        _ => return Err(misread(ty)),
    })
}
