//! Checks that hold values without a type in SQLite to their canonical string. They use only built-in functions of
//! SQLite 3.37 and later, so that other tools can use the file.

use crate::value::{FieldType, range_bytes};

const MICROSECONDS: &str = ".[0-9][0-9][0-9][0-9][0-9][0-9]";

/// A condition that is true if the quoted column `c` holds a canonical string, and NULL if it holds NULL; `None` if
/// every string is canonical.
pub(super) fn canonical(ty: FieldType, c: &str) -> Option<String> {
    // SQLite itself would take 30 February for 1 March, and 24:00 for midnight: what it makes of it has to be the same text.
    let reads = |function: &str, length: u32| {
        format!("{function}substr({c}, 1, {length})) IS substr({c}, 1, {length})")
    };
    Some(match ty {
        FieldType::Date => format!("date({c}) IS {c} AND {c} >= '0'"),
        FieldType::Time => format!("{} AND substr({c}, 9) GLOB '{MICROSECONDS}'", reads("time(", 8)),
        FieldType::DateTime | FieldType::Timestamp => {
            let zone = if ty == FieldType::Timestamp { "Z" } else { "" };
            format!(
                "{} AND substr({c}, 20) GLOB '{MICROSECONDS}{zone}'",
                reads("strftime('%Y-%m-%dT%H:%M:%S', ", 19)
            )
        }
        // The bytes of value/network.rs: family, network, how many bits that has, and an address within it. Which bits of the network
        // are 0 no function says.
        ty if ty.is_network() => network(ty, c),
        ty if ty.is_range() => range(ty, c),
        // `-12.5`, and not `+1`, `1.50`, `01`, `.5`, `5.` or `-0`.
        FieldType::Decimal => [
            format!("{c} GLOB '*[0-9]'"),
            format!("{c} NOT GLOB '*[^-.0-9]*'"),
            format!("{c} NOT GLOB '?*-*'"),
            format!("{c} NOT GLOB '*.*.*'"),
            format!("{c} NOT GLOB '*.*0'"),
            format!("ltrim({c}, '-') NOT GLOB '0[0-9]*'"),
            format!("ltrim({c}, '-') NOT GLOB '.*'"),
            format!("{c} <> '-0'"),
        ]
        .join(" AND "),
        _ => return None,
    })
}

/// The bytes of value/range_bytes.rs: nothing, or two places of which the first comes before the second.
fn range(ty: FieldType, c: &str) -> String {
    let kind = range_bytes::kind(ty);
    // A number has no fixed length: which digits it has no function says.
    if ty == FieldType::DecimalRange {
        return format!(
            "({c} IN (X'00', X'00FF') OR (substr({c}, 1, 1) IN (X'00', X'{kind:02X}') AND substr({c}, -1) IN (X'00', \
             X'01', X'FF')))"
        );
    }
    let is_discrete = matches!(
        ty,
        FieldType::IntRange | FieldType::BigIntRange | FieldType::DateRange
    );
    let sides = if is_discrete {
        "= X'00'"
    } else {
        "IN (X'00', X'01')"
    };
    let place = |at: usize| {
        let mut place = format!(
            "substr({c}, {at}, 1) = X'{kind:02X}' AND substr({c}, {}, 1) {sides}",
            at + 9
        );
        if let Some([least, greatest]) = ends(ty) {
            // The sign goes, so that negative numbers are less.
            let bytes = |number: i64| format!("X'{:016X}'", number ^ i64::MIN);
            let (least, greatest) = (bytes(least), bytes(greatest));
            place += &format!(" AND substr({c}, {}, 8) BETWEEN {least} AND {greatest}", at + 1);
        }
        place
    };
    format!(
        "({c} IN (X'00', X'00FF') OR (length({c}) = 11 AND substr({c}, 1, 1) = X'00' AND {}) OR (length({c}) = 11 AND substr({c}, 11) = \
         X'FF' AND {}) OR (length({c}) = 20 AND {} AND {} AND substr({c}, 1, 10) < substr({c}, 11)))",
        place(2),
        place(1),
        place(1),
        place(11)
    )
}

/// The least and the greatest number of a bound of such a range: days from the first of the first year, or microseconds from 1970, of dates
/// that can be read.
fn ends(ty: FieldType) -> Option<[i64; 2]> {
    Some(match ty {
        FieldType::IntRange => [i32::MIN.into(), i32::MAX.into()],
        FieldType::DateRange => [-95_746_129, 95_745_399],
        FieldType::DateTimeRange | FieldType::TimestampRange => {
            [-8_334_601_228_800_000_000, 8_210_266_876_799_999_999]
        }
        _ => return None,
    })
}

fn network(ty: FieldType, c: &str) -> String {
    let family = |family: u8, octets: usize, bits: u8| {
        let length = octets + 2;
        let prefix = match ty {
            ty if ty.is_address() => "=",
            _ => "<=",
        };
        let lengths = match ty {
            FieldType::Inet => format!("length({c}) IN ({length}, {})", length + octets),
            _ => format!("length({c}) = {length}"),
        };
        format!(
            "substr({c}, 1, 1) = X'{family:02X}' AND {lengths} AND substr({c}, {length}, 1) {prefix} X'{bits:02X}'"
        )
    };
    let (four, six) = (family(4, 4, 32), family(6, 16, 128));
    match ty {
        FieldType::Ipv4Address => four,
        FieldType::Ipv6Address => six,
        _ => format!("({four} OR {six})"),
    }
}

#[cfg(all(test, feature = "chrono"))]
mod tests {
    use chrono::{DateTime, Datelike, NaiveDate};

    use super::*;

    #[test]
    fn ranges_end_where_dates_do() {
        let days = [NaiveDate::MIN, NaiveDate::MAX].map(|day| day.num_days_from_ce().into());
        assert_eq!(ends(FieldType::DateRange), Some(days));
        let micros = [DateTime::<chrono::Utc>::MIN_UTC, DateTime::<chrono::Utc>::MAX_UTC];
        assert_eq!(
            ends(FieldType::TimestampRange),
            Some(micros.map(|at| at.timestamp_micros()))
        );
    }
}
