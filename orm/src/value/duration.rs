//! Durations: whole microseconds on SQLite, `interval` on Postgres. Anything finer is truncated, as it is of times.

use std::time::Duration;

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

pub(crate) const BEYOND: &str =
    "a duration has at most 9223372036854775807 microseconds, which are 292,000 years, in either direction";

impl ColumnType for Duration {
    type Base = Duration;

    fn field_type() -> FieldType {
        FieldType::Duration
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        let micros = microseconds(cell)?;
        match u64::try_from(micros) {
            Ok(micros) => Ok(Duration::from_micros(micros)),
            Err(_) => Err(cell.mismatch("a duration that is not negative")),
        }
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        of_microseconds(i64::try_from(self.as_micros()).ok())
    }
}

#[cfg(feature = "chrono")]
impl ColumnType for chrono::TimeDelta {
    type Base = chrono::TimeDelta;

    fn field_type() -> FieldType {
        FieldType::Duration
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        microseconds(cell).map(chrono::TimeDelta::microseconds)
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        of_microseconds(self.num_microseconds())
    }
}

/// The value to bind for so many microseconds; `None` stands for more than there can be.
pub(crate) fn of_microseconds(micros: Option<i64>) -> Value<'static> {
    micros.map_or(Value::Refused(BEYOND), Value::Duration)
}

/// The microseconds of a column of durations.
pub(crate) fn microseconds(cell: Cell<'_>) -> Result<i64> {
    match cell {
        #[cfg(feature = "sqlite")]
        Cell::Sqlite(rusqlite::types::ValueRef::Integer(micros)) => Ok(micros),
        #[cfg(feature = "postgres")]
        Cell::Postgres(ty, raw) => super::postgres::interval(ty, raw),
        other => Err(other.mismatch("a duration")),
    }
}

/// The days of a duration and the microseconds beside them, both with its sign.
#[cfg(any(feature = "migrations", feature = "postgres", test))]
pub(crate) fn days_and_microseconds(micros: i64) -> (i32, i64) {
    // 64 bits of microseconds are 107 million days, which 32 bits hold.
    ((micros / DAY) as i32, micros % DAY)
}

/// From days and microseconds, if there are not too many.
#[cfg(feature = "postgres")]
pub(crate) fn from_days_and_microseconds(days: i32, micros: i64) -> Option<i64> {
    let sum = i128::from(days) * i128::from(DAY) + i128::from(micros);
    i64::try_from(sum).ok()
}

/// Days and a time, each with its sign: `-3 days -04:05:06.700000`.
#[cfg(any(feature = "migrations", feature = "postgres", test))]
pub(crate) fn to_days_and_time(micros: i64) -> String {
    let (days, rest) = days_and_microseconds(micros);
    let sign = if rest < 0 { "-" } else { "" };
    let rest = rest.abs();
    format!(
        "{days} days {sign}{:02}:{:02}:{:02}.{:06}",
        rest / HOUR,
        rest % HOUR / MINUTE,
        rest % MINUTE / SECOND,
        rest % SECOND
    )
}

/// The one ISO 8601 form: `P3DT4H5M6.7S`, `-PT0.000001S`, `PT0S`. A day has 24 hours.
pub(crate) fn to_iso(micros: i64) -> String {
    let amount = i128::from(micros).abs();
    let (days, rest) = (amount / i128::from(DAY), amount % i128::from(DAY));
    let [hours, minutes] = [
        rest / i128::from(HOUR),
        rest % i128::from(HOUR) / i128::from(MINUTE),
    ];
    let [seconds, fraction] = {
        let rest = rest % i128::from(MINUTE);
        [rest / i128::from(SECOND), rest % i128::from(SECOND)]
    };
    let part = |amount: i128, unit: char| match amount {
        0 => String::new(),
        amount => format!("{amount}{unit}"),
    };
    let fraction = match fraction {
        0 => String::new(),
        fraction => format!(".{fraction:06}").trim_end_matches('0').to_owned(),
    };
    let seconds = match (seconds, fraction.is_empty()) {
        (0, true) if micros != 0 => String::new(),
        _ => format!("{seconds}{fraction}S"),
    };
    let time = format!("{}{}{seconds}", part(hours, 'H'), part(minutes, 'M'));
    let sign = if micros < 0 { "-" } else { "" };
    let begin = if time.is_empty() { "" } else { "T" };
    format!("{sign}P{}{begin}{time}", part(days, 'D'))
}

/// The microseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds, each at most once and in that order; what
/// is finer than a microsecond is cut off. `None` for anything else: months and years have no length.
pub(crate) fn from_iso(text: &str) -> Option<i64> {
    let (negative, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let mut micros: i128 = 0;
    for (mut part, units) in [
        (date, &[('W', 7 * DAY), ('D', DAY)][..]),
        (time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)][..]),
    ] {
        for (unit, length) in units {
            if let Some((number, after)) = part.split_once(*unit) {
                let (whole, fraction) = match number.split_once('.') {
                    Some((whole, fraction)) if *unit == 'S' => (whole, digits(fraction).then_some(fraction)?),
                    Some(_) => return None,
                    None => (number, ""),
                };
                let whole: i128 = digits(whole).then(|| whole.parse().ok())??;
                // More than any duration has, before it is too much to multiply.
                micros += whole
                    .checked_mul(i128::from(*length))
                    .filter(|part| *part < 1 << 80)?;
                let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
                micros += fraction.parse::<i128>().ok()?;
                part = after;
            }
        }
        if !part.is_empty() {
            return None;
        }
    }
    i64::try_from(if negative { -micros } else { micros }).ok()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_have_one_form() {
        for (micros, iso, days_and_time) in [
            (0, "PT0S", "0 days 00:00:00.000000"),
            (1, "PT0.000001S", "0 days 00:00:00.000001"),
            (-1, "-PT0.000001S", "0 days -00:00:00.000001"),
            (DAY, "P1D", "1 days 00:00:00.000000"),
            (-DAY - HOUR, "-P1DT1H", "-1 days -01:00:00.000000"),
            (90 * MINUTE + 500_000, "PT1H30M0.5S", "0 days 01:30:00.500000"),
            (
                i64::MAX,
                "P106751991DT4H54.775807S",
                "106751991 days 04:00:54.775807",
            ),
            (
                i64::MIN,
                "-P106751991DT4H54.775808S",
                "-106751991 days -04:00:54.775808",
            ),
        ] {
            assert_eq!(to_iso(micros), iso);
            assert_eq!(from_iso(iso), Some(micros), "{iso}");
            assert_eq!(to_days_and_time(micros), days_and_time);
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for (text, micros) in [
            ("P2W", Some(14 * DAY)),
            ("PT36H", Some(36 * HOUR)),
            ("+PT1.9999999S", Some(1_999_999)),
            ("P1Y", None),
            ("P1M", None),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("", None),
            ("PT1.5H", None),
            ("PT1S1H", None),
            ("PT1H1H", None),
            ("PT-1S", None),
            ("P1D2", None),
            ("PT.5S", None),
            ("PT1.S", None),
            ("01:30:00", None),
            ("P106751991DT4H54.775808S", None),
            ("P99999999999999999999999999999999999999D", None),
            ("P9999999999999999999999999999999999999999999D", None),
        ] {
            assert_eq!(from_iso(text), micros, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_duration_comes_back(micros: i64) {
            prop_assert_eq!(from_iso(&to_iso(micros)), Some(micros));
            let (days, rest) = days_and_microseconds(micros);
            prop_assert_eq!(i64::from(days) * DAY + rest, micros);
        }
    }
}
