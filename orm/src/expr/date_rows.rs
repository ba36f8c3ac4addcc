//! Rows of the table of functions that look into dates and times. An instant is looked at in UTC.
//!
//! SQLite stores them as strings of a fixed form, whose parts stand at fixed places, so every spelling is good for tables too:
//! none of these functions asks for the time or the zone of the session. Time zones have tables of their own, which only queries look into.

use super::base_rows::OPERATOR;
use super::function::exactly;
use super::spelling::{Spelling, SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// A number that is part of a date or a time: the SQL of a time of day and of everything else as strings, and the field's name where
/// they are types.
macro_rules! part {
    ($name:literal, $operands:ident, $of_time:literal, $text:literal, $field:literal) => {
        FunctionDef {
            name: $name,
            arity: exactly(1),
            operands: OperandTypes::$operands,
            result: ResultType::BigInt,
            spellings: each(
                &[
                    (
                        When::TimeOfDay,
                        SqlForm::Template(concat!("CAST(", $of_time, " AS integer)")),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!("CAST(", $text, " AS integer)")),
                    ),
                ],
                // Seconds have a fraction, which a cast would round.
                &[
                    (
                        When::TimeOfDay,
                        SqlForm::Template(concat!(
                            "CAST(floor(EXTRACT(",
                            $field,
                            " FROM CAST({0} AS time))) AS bigint)"
                        )),
                    ),
                    (
                        When::Instant,
                        SqlForm::Template(concat!(
                            "CAST(floor(EXTRACT(",
                            $field,
                            " FROM CAST({0} AS timestamptz) AT TIME ZONE 'UTC')) AS bigint)"
                        )),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!(
                            "CAST(floor(EXTRACT(",
                            $field,
                            " FROM CAST({0} AS timestamp))) AS bigint)"
                        )),
                    ),
                ],
            ),
            ..OPERATOR
        }
    };
    ($name:literal, $text:literal, $field:literal) => {
        part!($name, Dates, $text, $text, $field)
    };
}

/// The first day or moment of the time that a date is in: the SQL of what stays of a string, what stands behind it if there is a time, and
/// the field's name where they are types.
macro_rules! start {
    ($name:literal, $operands:ident, $stays:literal, $rest:literal, $field:literal) => {
        FunctionDef {
            name: $name,
            arity: exactly(1),
            operands: OperandTypes::$operands,
            result: ResultType::Operand,
            spellings: each(
                &[
                    (When::Date, SqlForm::Template(concat!("(", $stays, ")"))),
                    (
                        When::Instant,
                        SqlForm::Template(concat!("(", $stays, " || '", $rest, "Z')")),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!("(", $stays, " || '", $rest, "')")),
                    ),
                ],
                &[
                    (
                        When::Date,
                        SqlForm::Template(concat!(
                            "CAST(date_trunc('",
                            $field,
                            "', CAST({0} AS timestamp)) AS date)"
                        )),
                    ),
                    (
                        When::Instant,
                        SqlForm::Template(concat!(
                            "(date_trunc('",
                            $field,
                            "', CAST({0} AS timestamptz) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')"
                        )),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!("date_trunc('", $field, "', CAST({0} AS timestamp))")),
                    ),
                ],
            ),
            ..OPERATOR
        }
    };
    ($name:literal, $stays:literal, $field:literal) => {
        start!($name, Dates, $stays, "T00:00:00.000000", $field)
    };
}

pub(super) const YEAR: FunctionDef = part!("year", "substr({0}, 1, 4)", "YEAR");
pub(super) const QUARTER: FunctionDef = part!("quarter", "(substr({0}, 6, 2) + 2) / 3", "QUARTER");
pub(super) const MONTH: FunctionDef = part!("month", "substr({0}, 6, 2)", "MONTH");
pub(super) const DAY: FunctionDef = part!("day", "substr({0}, 9, 2)", "DAY");
// A week belongs to the year that its Thursday is in.
pub(super) const ISO_YEAR: FunctionDef = part!(
    "iso_year",
    "strftime('%Y', substr({0}, 1, 10), '-3 days', 'weekday 4')",
    "ISOYEAR"
);
pub(super) const WEEK: FunctionDef = part!(
    "week",
    "(strftime('%j', substr({0}, 1, 10), '-3 days', 'weekday 4') + 6) / 7",
    "WEEK"
);
pub(super) const WEEKDAY: FunctionDef = part!(
    "weekday",
    "(strftime('%w', substr({0}, 1, 10)) + 6) % 7 + 1",
    "ISODOW"
);
pub(super) const DAY_OF_YEAR: FunctionDef = part!("day_of_year", "strftime('%j', substr({0}, 1, 10))", "DOY");

pub(super) const HOUR: FunctionDef = part!("hour", Times, "substr({0}, 1, 2)", "substr({0}, 12, 2)", "HOUR");
pub(super) const MINUTE: FunctionDef = part!(
    "minute",
    Times,
    "substr({0}, 4, 2)",
    "substr({0}, 15, 2)",
    "MINUTE"
);
pub(super) const SECOND: FunctionDef = part!(
    "second",
    Times,
    "substr({0}, 7, 2)",
    "substr({0}, 18, 2)",
    "SECOND"
);

pub(super) const START_OF_YEAR: FunctionDef = start!("start_of_year", "substr({0}, 1, 5) || '01-01'", "year");
pub(super) const START_OF_QUARTER: FunctionDef = start!(
    "start_of_quarter",
    "substr({0}, 1, 5) || substr('010101040404070707101010', substr({0}, 6, 2) * 2 - 1, 2) || '-01'",
    "quarter"
);
pub(super) const START_OF_MONTH: FunctionDef = start!("start_of_month", "substr({0}, 1, 8) || '01'", "month");
pub(super) const START_OF_WEEK: FunctionDef = start!(
    "start_of_week",
    "date(substr({0}, 1, 10), '-6 days', 'weekday 1')",
    "week"
);
pub(super) const START_OF_DAY: FunctionDef = start!(
    "start_of_day",
    Moment,
    "substr({0}, 1, 10)",
    "T00:00:00.000000",
    "day"
);
pub(super) const START_OF_HOUR: FunctionDef = start!(
    "start_of_hour",
    Moment,
    "substr({0}, 1, 13)",
    ":00:00.000000",
    "hour"
);
pub(super) const START_OF_MINUTE: FunctionDef = start!(
    "start_of_minute",
    Moment,
    "substr({0}, 1, 16)",
    ":00.000000",
    "minute"
);
pub(super) const START_OF_SECOND: FunctionDef = start!(
    "start_of_second",
    Moment,
    "substr({0}, 1, 19)",
    ".000000",
    "second"
);

/// The date of a date with a time.
pub(super) const DATE_OF: FunctionDef = FunctionDef {
    name: "date",
    arity: exactly(1),
    operands: OperandTypes::Moment,
    result: ResultType::Date,
    spellings: each(
        &[(When::Always, SqlForm::Template("substr({0}, 1, 10)"))],
        &[
            (
                When::Instant,
                SqlForm::Template("CAST(CAST({0} AS timestamptz) AT TIME ZONE 'UTC' AS date)"),
            ),
            (
                When::Always,
                SqlForm::Template("CAST(CAST({0} AS timestamp) AS date)"),
            ),
        ],
    ),
    ..OPERATOR
};

/// The time of a date with a time.
pub(super) const TIME_OF: FunctionDef = FunctionDef {
    name: "time",
    arity: exactly(1),
    operands: OperandTypes::Moment,
    result: ResultType::Time,
    spellings: each(
        &[(When::Always, SqlForm::Template("substr({0}, 12, 15)"))],
        &[
            (
                When::Instant,
                SqlForm::Template("CAST(CAST({0} AS timestamptz) AT TIME ZONE 'UTC' AS time)"),
            ),
            (
                When::Always,
                SqlForm::Template("CAST(CAST({0} AS timestamp) AS time)"),
            ),
        ],
    ),
    ..OPERATOR
};

/// The time at which the statement began.
pub(super) const NOW: FunctionDef = FunctionDef {
    name: "now",
    arity: exactly(0),
    operands: OperandTypes::Any,
    result: ResultType::Timestamp,
    nulls: NullRule::Never,
    immutable: false,
    spellings: each(
        // It knows milliseconds.
        &[(
            When::Always,
            SqlForm::Template("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"),
        )],
        &[(When::Always, SqlForm::Template("statement_timestamp()"))],
    ),
    ..OPERATOR
};

/// Only in queries: the rules of a zone change, and some backends are given them by the connection.
const LOOKS_INTO_ZONES: Spelling = &[(
    When::Always,
    SqlForm::Missing("know the rules of time zones by itself on every backend"),
)];

/// The date and time that clocks of a time zone show at an instant.
pub(super) const IN_ZONE: FunctionDef = FunctionDef {
    name: "in_zone",
    operands: OperandTypes::InstantAndZone,
    result: ResultType::DateTime,
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_in_zone"))],
        &[(
            When::Always,
            SqlForm::Template("(CAST({0} AS timestamptz) AT TIME ZONE CAST({1} AS text))"),
        )],
    )
    .in_tables(LOOKS_INTO_ZONES),
    ..OPERATOR
};

/// The instant at which clocks of a time zone show a date and time: the later of two, and the one that clocks which are turned forward are
/// turned to.
pub(super) const INSTANT_IN: FunctionDef = FunctionDef {
    name: "instant_in",
    operands: OperandTypes::LocalAndZone,
    result: ResultType::Timestamp,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_instant_in"))],
        &[(
            When::Always,
            SqlForm::Template("(CAST({0} AS timestamp) AT TIME ZONE CAST({1} AS text))"),
        )],
    )
    .in_tables(LOOKS_INTO_ZONES),
    ..IN_ZONE
};
