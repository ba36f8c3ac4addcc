//! Dates and times of literals, in the one form that both databases are given.

use crate::error::Result;
use crate::value::FieldType;

use super::literal::misread;

/// The text as `value` writes it.
#[cfg(feature = "chrono")]
pub(super) fn canonical(text: &str, ty: FieldType) -> Result<String> {
    use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};

    let parsed = match ty {
        FieldType::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|date| (0..=9999).contains(&date.year()))
            .map(|date| date.format("%Y-%m-%d").to_string()),
        FieldType::Time => NaiveTime::parse_from_str(text, "%H:%M:%S%.f")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
            .ok()
            .map(|time| time.format("%H:%M:%S%.6f").to_string()),
        FieldType::DateTime => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
            .ok()
            .filter(|at| (0..=9999).contains(&at.year()))
            .map(|at| at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()),
        _ => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.to_utc())
            .filter(|at| (0..=9999).contains(&at.year()))
            .map(|at| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()),
    };
    parsed.ok_or_else(|| misread(ty))
}

/// Without the feature no model has such a column; a state from elsewhere may.
#[cfg(not(feature = "chrono"))]
pub(super) fn canonical(text: &str, ty: FieldType) -> Result<String> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"-:.TZ".contains(&byte));
    plain.then(|| text.to_owned()).ok_or_else(|| misread(ty))
}
