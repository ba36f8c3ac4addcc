//! Arrays of what is bytes: each element is a string of hexadecimal digits, of one of a few forms.
//!
//! A form is a digit after the other: itself, or a letter for one of several (`choice`). The check tells which form an element has to be of
//! by how many digits it has and by its first two.

use std::collections::BTreeSet;

use crate::value::{FieldType, range_bytes};

use super::arrays::{of_lengths, without};

/// What a range is within which nothing is.
pub(super) const EMPTY_RANGE: &str = "\"00\"";

/// What an element begins with.
const OPEN: &str = "[[,]\"";

/// The digits of IP addresses and networks (`value/network.rs`): family, network, how many bits that has, and an address within it.
pub(super) fn networks(c: &str, ty: FieldType, nulls: bool) -> Vec<String> {
    let (four, six) = match ty.is_address() {
        true => ("20", "80"),
        // Below it is one more pattern.
        false => ("TX", "EX"),
    };
    let mut forms = Vec::new();
    let mut beyond = Vec::new();
    for (family, octets, bits, greatest) in [("04", 4, four, "2[1-9a-f]"), ("06", 16, six, "8[1-9a-f]")] {
        if (ty == FieldType::Ipv4Address && family == "06")
            || (ty == FieldType::Ipv6Address && family == "04")
        {
            continue;
        }
        let network = format!("{family}{}{bits}", "X".repeat(2 * octets));
        if ty == FieldType::Inet {
            forms.push(format!("{network}{}", "X".repeat(2 * octets)));
        }
        forms.push(network);
        if !ty.is_address() {
            beyond.push(format!("{OPEN}{family}{}{greatest}", any(2 * octets)));
        }
    }
    let mut parts = of_forms(c, &forms, nulls);
    parts.extend(beyond.iter().map(|pattern| without(c, pattern)));
    parts
}

/// The digits of ranges (`value/range_bytes.rs`): nothing, or two places. Which of them comes first is not told here.
pub(super) fn ranges(c: &str, ty: FieldType, nulls: bool) -> Vec<String> {
    let kind = format!("{:02x}", range_bytes::kind(ty));
    let side = match ty {
        FieldType::IntRange | FieldType::BigIntRange | FieldType::DateRange => "00",
        _ => "0S",
    };
    let place = format!("{kind}{}{side}", "X".repeat(16));
    let forms = [
        "00".to_owned(),
        "00ff".to_owned(),
        format!("00{place}"),
        format!("{place}ff"),
        format!("{place}{place}"),
    ];
    let mut parts = of_forms(c, &forms, nulls);
    if ty == FieldType::IntRange {
        let before = [
            format!("{OPEN}{kind}"),
            format!("{OPEN}00{kind}"),
            format!("{OPEN}{kind}{}{kind}", any(18)),
        ];
        parts.extend(before.iter().flat_map(|before| beyond_32_bits(c, before)));
    }
    parts
}

/// A number has no fixed length: which digits it has is not told here.
pub(super) fn decimal_ranges(c: &str, nulls: bool) -> Vec<String> {
    let null = if nulls { "nul" } else { "" };
    let kind = range_bytes::kind(FieldType::DecimalRange);
    vec![
        without(c, &format!("[^][\",{null}0-9a-f]")),
        without(c, &format!("{OPEN}[^0]")),
        without(c, &format!("{OPEN}0[^0{kind}]")),
        without(c, &format!("{OPEN}0{kind}\"")),
        without(c, "[^0f][01f]\""),
        without(c, "f[^f]\""),
        without(c, "0[^01]\""),
    ]
}

/// Every number of 64 bits at that place, as the bytes of its order, is one of 32 bits.
fn beyond_32_bits(c: &str, before: &str) -> Vec<String> {
    let mut parts = vec![without(c, &format!("{before}[^78]"))];
    for (first, rest, wrong) in [("7", "f", "[0-7]"), ("8", "0", "[89a-f]")] {
        parts.extend((0..7).map(|at| without(c, &format!("{before}{first}{}[^{rest}]", rest.repeat(at)))));
        parts.push(without(c, &format!("{before}{first}{}{wrong}", rest.repeat(7))));
    }
    parts
}

fn any(digits: usize) -> String {
    "[0-9a-f]".repeat(digits)
}

/// The digits that a letter of a form stands for; `None` if they are all.
fn choice(letter: char) -> Option<String> {
    match letter {
        'X' => None,
        'S' => Some("01".to_owned()),
        'T' => Some("0-2".to_owned()),
        'E' => Some("0-8".to_owned()),
        digit => Some(digit.to_string()),
    }
}

/// Every element is of one of those forms, of which no two have one length and the same first two digits.
fn of_forms(c: &str, forms: &[String], nulls: bool) -> Vec<String> {
    let lengths: BTreeSet<usize> = forms.iter().map(String::len).collect();
    let heads: BTreeSet<&str> = forms.iter().map(|form| &form[..2]).collect();
    let second: String = heads.iter().map(|head| &head[1..]).collect();
    let mut parts = vec![
        of_lengths(c, lengths.iter().copied(), nulls),
        without(c, &format!("{OPEN}[^0]")),
        without(c, &format!("{OPEN}0[^{second}]")),
    ];
    for (length, head) in lengths
        .iter()
        .flat_map(|length| heads.iter().map(move |head| (*length, *head)))
    {
        let end = |from: usize| format!("{}\"", any(length - from));
        let form = forms
            .iter()
            .find(|form| form.len() == length && form.starts_with(head));
        let Some(form) = form else {
            parts.push(without(c, &format!("{OPEN}{head}{}", end(2))));
            continue;
        };
        for (at, digits) in form.char_indices().skip(2) {
            if let Some(digits) = choice(digits) {
                parts.push(without(
                    c,
                    &format!("{OPEN}{head}{}[^{digits}]{}", any(at - 2), end(at + 1)),
                ));
            }
        }
    }
    parts
}
