//! How a column's type changes, and which values would not survive it.
//!
//! An explicit cast truncates strings and rounds numbers silently, so every cast that is not known to be lossless
//! is first tried on the rows, there and back.

use crate::sql::postgres::plain_type;
use crate::value::{ArrayType, FieldType};

use super::super::whole_numbers::fit;

/// The rewriting of a column's values.
pub(super) struct Conversion {
    /// The `USING` expression; `None` where the server widens by itself.
    pub using: Option<String>,
    /// Conditions, checked in this order, that are true for values that would be lost. NULL never is.
    pub lost: Vec<String>,
}

/// For the quoted column `c` of type `from` (spelled `from_sql`), which becomes `to`.
pub(super) fn conversion(
    (from, from_sql): (FieldType, &str),
    (to, to_sql): (FieldType, &str),
    c: &str,
) -> Conversion {
    use FieldType::*;

    let using = |sql: String| Conversion {
        using: Some(sql),
        lost: Vec::new(),
    };
    // True where the value is another after going there and back.
    let round_trip = || format!("(({c})::{to_sql})::{from_sql} IS DISTINCT FROM {c}");
    let cast = |lost: Vec<String>| Conversion {
        using: Some(format!("{c}::{to_sql}")),
        lost,
    };
    if let (Array(from), Array(to)) = (from, to) {
        return arrays((from, from_sql), (to, to_sql), c);
    }
    // Types by their name are spelled in quotes, as no others are.
    if from_sql != to_sql && (is_named(from_sql) || is_named(to_sql)) {
        return by_plain_types((from, from_sql), (to, to_sql), c);
    }
    match (from, to) {
        // Lengths and choices are checks, whose violations are counted separately.
        (Text | Choices, Text | Choices) | (Decimal, Decimal) => Conversion {
            using: None,
            lost: Vec::new(),
        },
        (from, to) if fit(from, to) => Conversion {
            using: None,
            lost: Vec::new(),
        },
        (from, to) if from.is_integer() && to.is_integer() => cast(vec![range(to, c)]),
        (Real, Double) => Conversion {
            using: None,
            lost: Vec::new(),
        },
        (Double, Real) => cast(vec![round_trip()]),
        (Bool, to) if to.is_integer() => using(format!("{c}::integer::{to_sql}")),
        (from, Bool) if from.is_integer() => Conversion {
            using: Some(format!("{c} <> 0")),
            lost: vec![format!("{c} NOT IN (0, 1)")],
        },
        (from, Decimal) if from.is_integer() => cast(Vec::new()),
        (Decimal | Real | Double, to) if to.is_integer() => cast(vec![
            format!("{c}::float8 NOT BETWEEN -9007199254740992 AND 9007199254740992"),
            range(to, c),
            round_trip(),
        ]),
        (from, Real | Double) if from.is_integer() || from == Decimal => cast(vec![round_trip()]),
        (Real | Double, Decimal) => cast(vec![format!("abs({c}) >= 1e15 OR {c} = 'NaN'"), round_trip()]),
        (Text | Choices, to) if to.is_integer() => cast(vec![
            format!("{c} !~ '^(0|-?[1-9][0-9]{{0,17}})$'"),
            range(to, &format!("{c}::bigint")),
        ]),
        (Text | Choices, Decimal) => cast(vec![
            format!("{c} !~ '^-?(0|[1-9][0-9]*)([.][0-9]*[1-9])?$'"),
            round_trip(),
        ]),
        // What the server itself writes for a number reads as the same.
        (Text | Choices, Real | Double) => cast(vec![
            format!("{c} !~ '^(-?(0|[1-9][0-9]*)([.][0-9]*[1-9])?(e[+-][0-9]+)?|-?Infinity|NaN)$'"),
            unreadable(c, to_sql),
            round_trip(),
        ]),
        (Text | Choices, Bool) => cast(vec![format!("{c} NOT IN ('true', 'false')")]),
        (Text | Choices, Json) => cast(vec![unreadable(c, to_sql)]),
        (Text | Choices, Uuid) => cast(vec![format!(
            "{c} !~* '^[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?[0-9a-f]{{4}}-?[0-9a-f]{{4}}-?[0-9a-f]{{12}}$'"
        )]),
        (Text | Choices, Date | Time | DateTime | Timestamp) => {
            let form = match to {
                Date => "[0-9]{4}-[0-9]{2}-[0-9]{2}",
                Time => "[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?",
                DateTime => "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?",
                _ => {
                    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}(:[0-9]{2})?)"
                }
            };
            cast(vec![format!("{c} !~ '^{form}$'"), unreadable(c, to_sql)])
        }
        // The texts that SQLite has for them, which have no year before 1 and none after 9999. (Its own ones would say so in
        // words that depend on the session.)
        (Date | Time | DateTime | Timestamp, Text | Choices) => {
            let utc = match from {
                Timestamp => format!("({c} AT TIME ZONE 'UTC')"),
                _ => c.to_owned(),
            };
            let (text, lost) = match from {
                Time => (format!("to_char({c}::interval, 'HH24:MI:SS.US')"), None),
                Date => (
                    format!("to_char({c}, 'YYYY-MM-DD')"),
                    Some(format!("{c} NOT BETWEEN '0001-01-01' AND '9999-12-31'")),
                ),
                _ => {
                    let zone = if from == Timestamp { "\"Z\"" } else { "" };
                    (
                        format!("to_char({utc}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US{zone}')"),
                        Some(format!(
                            "{utc} NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'"
                        )),
                    )
                }
            };
            Conversion {
                using: Some(text),
                lost: Vec::from_iter(lost),
            }
        }
        // Without the zeros that only say how many digits there might be.
        (Decimal, Text | Choices) => using(format!("trim_scale({c})::text")),
        // As many digits as it takes, which a session may have limited.
        (Real | Double, Text | Choices) => cast(vec![round_trip()]),
        (from, Text | Choices) if from.is_integer() || matches!(from, Bool | Uuid | Json) => cast(Vec::new()),
        // A time without a zone is read as UTC, whatever the session's zone, here and on SQLite.
        (DateTime, Timestamp) | (Timestamp, DateTime) => using(format!("{c} AT TIME ZONE 'UTC'")),
        (Date, DateTime) => cast(Vec::new()),
        (Date, Timestamp) => using(format!("{c}::timestamp AT TIME ZONE 'UTC'")),
        (DateTime, Date) => cast(vec![round_trip()]),
        (Timestamp, Date) => Conversion {
            using: Some(format!("({c} AT TIME ZONE 'UTC')::date")),
            lost: vec![format!("({c} AT TIME ZONE 'UTC')::time <> '00:00'")],
        },
        // Which of them there are is a check.
        (from, to) if from.is_network() && to.is_network() && from != Cidr && to != Cidr => Conversion {
            using: None,
            lost: Vec::new(),
        },
        // The cast makes a network of an address within one.
        (from, Cidr) if from.is_network() && from != Cidr => cast(vec![format!("{c}::cidr::inet <> {c}")]),
        (Cidr, to) if to.is_network() => cast(Vec::new()),
        // What is empty, and where a range begins and ends, is the same of both. Bounds of NULL would be none.
        (IntRange, BigIntRange) | (BigIntRange, IntRange) => {
            let numbers = if to == IntRange { "integer" } else { "bigint" };
            let outside = |bound: &str| format!("{bound}({c}) NOT BETWEEN -2147483648 AND 2147483647");
            Conversion {
                using: Some(format!(
                    "CASE WHEN isempty({c}) THEN 'empty' WHEN {c} IS NOT NULL THEN {to_sql}(lower({c})::{numbers}, upper({c})::{numbers}) END"
                )),
                lost: match to {
                    IntRange => vec![outside("lower"), outside("upper")],
                    _ => Vec::new(),
                },
            }
        }
        (IntMultirange, BigIntMultirange) | (BigIntMultirange, IntMultirange) => {
            let outside = |bound: &str| format!("{bound}(part) NOT BETWEEN -2147483648 AND 2147483647");
            Conversion {
                using: Some(format!("{c}::text::{to_sql}")),
                lost: match to {
                    IntMultirange => vec![format!(
                        "EXISTS (SELECT FROM unnest({c}) AS part WHERE {} OR {})",
                        outside("lower"),
                        outside("upper")
                    )],
                    _ => Vec::new(),
                },
            }
        }
        (from, to) if from.multirange() == Some(to) => using(format!("multirange({c})")),
        (from, to) if from.range() == Some(to) => Conversion {
            using: Some(format!("range_merge({c})")),
            lost: vec![format!("multirange(range_merge({c})) <> {c}")],
        },
        (Text, Bytes) => using(format!("convert_to({c}, 'UTF8')")),
        (Uuid, Bytes) => using(format!("uuid_send({c})")),
        (Bytes, Uuid) => Conversion {
            using: Some(format!("encode({c}, 'hex')::uuid")),
            lost: vec![format!("length({c}) <> 16")],
        },
        (from, to) if from == to => cast(Vec::new()),
        _ => only_null(to_sql),
    }
}

/// No value of one type is one of the other.
fn only_null(to_sql: &str) -> Conversion {
    Conversion {
        using: Some(format!("NULL::{to_sql}")),
        lost: vec!["true".to_owned()],
    }
}

fn is_named(sql: &str) -> bool {
    sql.starts_with('"')
}

/// Between a type by its name and anything else stands what the field would be without the name.
fn by_plain_types(
    (from, from_sql): (FieldType, &str),
    (to, to_sql): (FieldType, &str),
    c: &str,
) -> Conversion {
    // The labels of an enum are strings.
    let plain = |ty: FieldType| match ty {
        FieldType::Choices => FieldType::Text,
        ty => ty,
    };
    let named = if is_named(from_sql) { from } else { to };
    // That of an enum's arrays is in quotes too.
    let Some(sql) = plain_type(plain(named)) else {
        return only_null(to_sql);
    };
    if is_named(from_sql) {
        let value = format!("{c}::{sql}");
        let mut conversion = conversion((plain(from), sql), (to, to_sql), &value);
        // What has a string or a document has no more than that.
        if !matches!(plain(from), FieldType::Text | FieldType::Json) {
            let lost = format!("({value})::{from_sql} IS DISTINCT FROM {c}");
            conversion.lost.insert(0, lost);
        }
        conversion
            .using
            .get_or_insert_with(|| format!("{value}::{to_sql}"));
        return conversion;
    }
    let Conversion { using, mut lost } = conversion((from, from_sql), (plain(to), sql), c);
    let value = format!("({})", using.unwrap_or_else(|| c.to_owned()));
    match to {
        FieldType::Choices => lost.push(format!(
            "{value} NOT IN (SELECT enumlabel::text FROM pg_enum WHERE enumtypid = {}::regtype)",
            super::alter::text(to_sql)
        )),
        // A cast truncates and rounds to what a domain holds.
        _ => lost.extend([
            unreadable(&value, to_sql),
            format!("({value}::{to_sql})::{sql} IS DISTINCT FROM {value}"),
        ]),
    }
    Conversion {
        using: Some(format!("{value}::{to_sql}")),
        lost,
    }
}

/// Arrays change with their elements, where a cast of the whole does to each what a column of such would go through.
fn arrays((from, from_sql): (ArrayType, &str), (to, to_sql): (ArrayType, &str), c: &str) -> Conversion {
    let (element_from, element_to) = (from.element(), to.element());
    if from.levels() == to.levels() && element_from == element_to && from_sql == to_sql {
        // Whether an element may be NULL is a check.
        return Conversion {
            using: None,
            lost: Vec::new(),
        };
    }
    let element_sql = to_sql.trim_end_matches("[]");
    let element = conversion(
        (element_from, from_sql.trim_end_matches("[]")),
        (element_to, element_sql),
        "element",
    );
    // Between the type of an enum and another stands their text.
    let string = |ty| matches!(ty, FieldType::Text | FieldType::Choices);
    let strings = string(element_from) && string(element_to);
    let is_cast = strings
        || element
            .using
            .as_deref()
            .is_none_or(|sql| sql == format!("element::{element_sql}"));
    if from.levels() != to.levels() || !is_cast {
        return only_null(to_sql);
    }
    let of_some = |lost: String| format!("EXISTS (SELECT FROM unnest({c}) AS element WHERE {lost})");
    let text = if strings { "::text[]" } else { "" };
    Conversion {
        using: Some(format!("{c}{text}::{to_sql}")),
        lost: element.lost.into_iter().map(of_some).collect(),
    }
}

/// A function of this session that says whether a text can be read as a type; the server has one since version 16.
pub(super) const READS: [&str; 2] = [
    "CREATE OR REPLACE FUNCTION pg_temp.orm_reads(value text, type text) RETURNS boolean LANGUAGE plpgsql AS $$\nBEGIN\n    \
     EXECUTE 'SELECT $1::' || type USING value;\n    RETURN true;\nEXCEPTION WHEN others THEN\n    RETURN false;\nEND $$",
    "DROP FUNCTION pg_temp.orm_reads(text, text)",
];

/// The name of it.
pub(super) const READS_NAME: &str = "pg_temp.orm_reads";

fn unreadable(c: &str, ty: &str) -> String {
    format!("NOT pg_temp.orm_reads({c}::text, {})", super::alter::text(ty))
}

fn range(ty: FieldType, c: &str) -> String {
    match ty.whole_numbers() {
        Some(range) => format!("{c} NOT BETWEEN {} AND {}", range.start(), range.end()),
        None => "true".to_owned(),
    }
}
