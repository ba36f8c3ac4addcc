//! What becomes of stored values when a column changes its type.
//!
//! SQLite converts silently (`CAST('12abc' AS INTEGER)` is 12), so for each pair of types this says how a value is
//! rewritten and which values would be lost. For other pairs, the column must be empty.

use crate::value::{ArrayType, FieldType};

use super::canonical;

/// The rewriting of a column's values.
#[derive(Debug)]
pub(super) struct Conversion {
    /// The new value, from the quoted column.
    pub sql: String,
    /// True for values that the new type cannot hold, or not without loss. NULL is never one.
    pub lost: Option<String>,
}

/// From one stored type to another, for the quoted column `c`.
pub(super) fn conversion(from: FieldType, to: FieldType, c: &str) -> Conversion {
    use FieldType::*;

    let keep = || Conversion {
        sql: c.to_owned(),
        lost: None,
    };
    let rule = |sql: String, lost: String| Conversion {
        sql,
        lost: Some(lost),
    };
    let always = |sql: String| Conversion { sql, lost: None };
    let text_if = |lost: String| Conversion {
        sql: c.to_owned(),
        lost: Some(lost),
    };
    match (from, to) {
        (from, to) if from == to => keep(),
        // Ranges and choices are checks, whose violations are counted separately.
        (Bool, to) if to.is_integer() => keep(),
        (from, Bool) if from.is_integer() => text_if(format!("{c} NOT IN (0, 1)")),
        (from, to) if from.is_integer() && to.is_integer() => keep(),
        (from, Real | Double) if from.is_integer() => rule(
            format!("CAST({c} AS REAL)"),
            format!("{c} NOT BETWEEN -9007199254740992 AND 9007199254740992"),
        ),
        (Real | Double, to) if to.is_integer() => rule(
            format!("CAST({c} AS INTEGER)"),
            format!(
                "{c} NOT BETWEEN -9007199254740992.0 AND 9007199254740992.0 OR {c} <> CAST({c} AS INTEGER)"
            ),
        ),
        (Real, Double) | (Double, Real) => keep(),
        (from, Text | Choices | Decimal) if from.is_integer() => always(format!("CAST({c} AS TEXT)")),
        (Text | Choices | Decimal, to) if to.is_integer() => rule(
            format!("CAST({c} AS INTEGER)"),
            format!("CAST(CAST({c} AS INTEGER) AS TEXT) <> {c}"),
        ),
        (Text | Choices, Real | Double) => rule(
            format!("CAST({c} AS REAL)"),
            format!(
                "{c} NOT IN (CAST(CAST({c} AS REAL) AS TEXT), CAST(CAST({c} AS INTEGER) AS TEXT), printf('%!.17g', CAST({c} AS REAL)))"
            ),
        ),
        (Decimal, Real | Double) => rule(
            format!("CAST({c} AS REAL)"),
            format!("length(ltrim(replace({c}, '.', ''), '-0')) > 15"),
        ),
        // SQLite's own text of a number has 15 digits, which is too few for some.
        (Real | Double, Text | Choices) => {
            let text = format!(
                "CASE WHEN CAST(CAST({c} AS TEXT) AS REAL) = {c} THEN CAST({c} AS TEXT) ELSE printf('%!.17g', {c}) END"
            );
            rule(text.clone(), format!("CAST({text} AS REAL) <> {c}"))
        }
        (Real | Double, Decimal) => rule(
            format!(
                "CASE WHEN {c} = CAST({c} AS INTEGER) THEN CAST(CAST({c} AS INTEGER) AS TEXT) ELSE CAST({c} AS TEXT) END"
            ),
            format!(
                "abs({c}) >= 1e15 OR CAST({c} AS TEXT) LIKE '%e%' OR CAST(CAST({c} AS TEXT) AS REAL) <> {c}"
            ),
        ),
        (Bool, Text | Choices) => always(format!("CASE {c} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END")),
        (Text | Choices, Bool) => rule(
            format!("CASE {c} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"),
            format!("{c} NOT IN ('true', 'false')"),
        ),
        (Text, Choices) | (Choices, Text) => keep(),
        // Whether it is JSON is a check.
        (Text | Choices, Json) => keep(),
        (Json | Decimal | Date | Time | DateTime | Timestamp, Text | Choices) => keep(),
        (Text | Choices, Decimal | Date | Time | DateTime | Timestamp) => Conversion {
            sql: c.to_owned(),
            lost: canonical::canonical(to, c).map(|canonical| format!("NOT ({canonical})")),
        },
        (Date, DateTime) => always(format!("{c} || 'T00:00:00.000000'")),
        (Date, Timestamp) => always(format!("{c} || 'T00:00:00.000000Z'")),
        (DateTime, Date) => rule(
            format!("substr({c}, 1, 10)"),
            format!("substr({c}, 11) <> 'T00:00:00.000000'"),
        ),
        (Timestamp, Date) => rule(
            format!("substr({c}, 1, 10)"),
            format!("substr({c}, 11) <> 'T00:00:00.000000Z'"),
        ),
        // A time without a zone is read as UTC, here and on Postgres.
        (DateTime, Timestamp) => always(format!("{c} || 'Z'")),
        (Timestamp, DateTime) => always(format!("rtrim({c}, 'Z')")),
        (Text, Uuid) => rule(
            format!("unhex({c}, '-')"),
            format!(
                "length({c}) NOT IN (32, 36) OR unhex(replace({c}, '-', '')) IS NULL OR length(unhex(replace({c}, '-', ''))) <> 16"
            ),
        ),
        (Uuid, Text) => always(format!(
            "lower(substr(hex({c}), 1, 8) || '-' || substr(hex({c}), 9, 4) || '-' || substr(hex({c}), 13, 4) || '-' || \
             substr(hex({c}), 17, 4) || '-' || substr(hex({c}), 21))"
        )),
        (Array(from), Array(to)) => arrays(from, to, c),
        // The length is a check.
        (Uuid, Bytes) | (Bytes, Uuid) => keep(),
        // Bytes of one form, of which networks take those without an address within.
        (Inet, Cidr) => text_if(format!("length({c}) NOT IN (6, 18)")),
        (from, to) if from.is_network() && to.is_network() => keep(),
        // Which numbers there are is a check.
        (IntRange, BigIntRange) | (BigIntRange, IntRange) => keep(),
        (IntMultirange, BigIntMultirange) | (BigIntMultirange, IntMultirange) => keep(),
        (from, to) if from.multirange() == Some(to) => always(format!(
            "CASE WHEN {c} = X'00' THEN '[]' WHEN {c} IS NOT NULL THEN '[\"' || lower(hex({c})) || '\"]' END"
        )),
        (from, to) if from.range() == Some(to) => rule(
            format!("CASE WHEN {c} = '[]' THEN X'00' ELSE unhex(substr({c}, 3, length({c}) - 4)) END"),
            format!("json_array_length({c}) > 1"),
        ),
        (Text, Bytes) => always(format!("CAST({c} AS BLOB)")),
        _ => rule("NULL".to_owned(), format!("{c} IS NOT NULL")),
    }
}

/// Arrays change with their elements.
fn arrays(from: ArrayType, to: ArrayType, c: &str) -> Conversion {
    let never = Conversion {
        sql: "NULL".to_owned(),
        lost: Some(format!("{c} IS NOT NULL")),
    };
    let (from_element, to_element) = (from.element(), to.element());
    if from.levels() != to.levels() {
        return never;
    }
    // Whether an element may be NULL, and the ranges of numbers, are checks.
    let floating = |ty| matches!(ty, FieldType::Real | FieldType::Double);
    let string = |ty| matches!(ty, FieldType::Text | FieldType::Choices);
    let one_text = |is: fn(FieldType) -> bool| is(from_element) && is(to_element);
    if from_element == to_element
        || [FieldType::is_integer, FieldType::is_network, floating, string]
            .into_iter()
            .any(one_text)
    {
        return Conversion {
            sql: c.to_owned(),
            lost: None,
        };
    }
    let element = conversion(from_element, to_element, "value");
    let (Some(read), Some(write)) = (read_element(from_element), write_element(to_element)) else {
        return never;
    };
    if from.levels() > 1 || element.sql == "NULL" {
        return never;
    }
    // `json_each` has columns of its own, and the table may have one called as one of them.
    let elements = format!(
        "(SELECT each.key AS key, each.{read} AS value FROM (SELECT {c} AS orm_array) AS one, json_each(one.orm_array) AS each)"
    );
    Conversion {
        sql: format!(
            "CASE WHEN {c} IS NOT NULL THEN '[' || coalesce((SELECT group_concat(coalesce({}, 'null'), ',') FROM (SELECT {} AS \
             value FROM {elements} ORDER BY key)), '') || ']' END",
            write, element.sql
        ),
        lost: (element.lost).map(|lost| format!("EXISTS (SELECT 1 FROM {elements} WHERE {lost})")),
    }
}

/// An element as a column of its type would hold it, from `value` of `json_each`; `None` if that is not told here.
fn read_element(ty: FieldType) -> Option<&'static str> {
    use FieldType::*;

    match ty {
        Bool | Real | Double | Text | Choices | Date | Time | DateTime | Timestamp | Decimal => Some("value"),
        ty if ty.is_integer() => Some("value"),
        _ => None,
    }
}

/// The JSON of an element, from `value` as a column of its type would hold it. Strings that need escapes come from no other
/// type.
fn write_element(ty: FieldType) -> Option<&'static str> {
    use FieldType::*;

    match ty {
        Bool => Some("CASE value WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"),
        ty if ty.is_integer() => Some("CAST(value AS TEXT)"),
        Text | Choices | Date | Time | DateTime | Timestamp | Decimal => Some("'\"' || value || '\"'"),
        _ => None,
    }
}
