//! Rows of the table of functions that look into dates and times. An instant is looked at in UTC.
//!
//! SQLite stores them as strings of a fixed form, whose parts stand at fixed places, so every spelling is good for tables too:
//! none of these functions asks for the time or the zone of the session.

use super::base_rows::OPERATOR;
use super::function::exactly;
use super::spelling::{SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// A number that is part of a date: the SQL of SQLite, and the field's name on Postgres.
macro_rules! part_of_date {
    ($name:literal, $text:literal, $field:literal) => {
        FunctionDef {
            name: $name,
            arity: exactly(1),
            operands: OperandTypes::Dates,
            result: ResultType::BigInt,
            spellings: each(
                &[(
                    When::Always,
                    SqlForm::Template(concat!("CAST(", $text, " AS integer)")),
                )],
                &[
                    (
                        When::Instant,
                        SqlForm::Template(concat!(
                            "CAST(EXTRACT(",
                            $field,
                            " FROM CAST({0} AS timestamptz) AT TIME ZONE 'UTC') AS bigint)"
                        )),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!(
                            "CAST(EXTRACT(",
                            $field,
                            " FROM CAST({0} AS timestamp)) AS bigint)"
                        )),
                    ),
                ],
            ),
            ..OPERATOR
        }
    };
}

/// A number that is part of a time of day: its place in one, in a date with a time, and the field's name on Postgres.
macro_rules! part_of_time {
    ($name:literal, $of_time:literal, $of_moment:literal, $field:literal) => {
        FunctionDef {
            name: $name,
            arity: exactly(1),
            operands: OperandTypes::Times,
            result: ResultType::BigInt,
            spellings: each(
                &[
                    (
                        When::TimeOfDay,
                        SqlForm::Template(concat!("CAST(substr({0}, ", $of_time, ", 2) AS integer)")),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!("CAST(substr({0}, ", $of_moment, ", 2) AS integer)")),
                    ),
                ],
                // Seconds have a fraction there, which a cast would round.
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
}

/// The first moment of the time that a date is in: the SQL of its day on SQLite, and the field's name on Postgres.
macro_rules! start_of_date {
    ($name:literal, $text:literal, $field:literal) => {
        FunctionDef {
            name: $name,
            arity: exactly(1),
            operands: OperandTypes::Dates,
            result: ResultType::Operand,
            spellings: each(
                &[
                    (When::Date, SqlForm::Template(concat!("(", $text, ")"))),
                    (
                        When::Instant,
                        SqlForm::Template(concat!("(", $text, " || 'T00:00:00.000000Z')")),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!("(", $text, " || 'T00:00:00.000000')")),
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
}

/// The same, of a time: how many characters of a date with a time stay, and what stands in place of the others.
macro_rules! start_of_time {
    ($name:literal, $stay:literal, $rest:literal, $field:literal) => {
        FunctionDef {
            name: $name,
            arity: exactly(1),
            operands: OperandTypes::Moment,
            result: ResultType::Operand,
            spellings: each(
                &[
                    (
                        When::Instant,
                        SqlForm::Template(concat!("(substr({0}, 1, ", $stay, ") || '", $rest, "Z')")),
                    ),
                    (
                        When::Always,
                        SqlForm::Template(concat!("(substr({0}, 1, ", $stay, ") || '", $rest, "')")),
                    ),
                ],
                &[
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
}

pub(super) const YEAR: FunctionDef = part_of_date!("year", "substr({0}, 1, 4)", "YEAR");
pub(super) const QUARTER: FunctionDef = part_of_date!("quarter", "(substr({0}, 6, 2) + 2) / 3", "QUARTER");
pub(super) const MONTH: FunctionDef = part_of_date!("month", "substr({0}, 6, 2)", "MONTH");
pub(super) const DAY: FunctionDef = part_of_date!("day", "substr({0}, 9, 2)", "DAY");
// A week belongs to the year that its Thursday is in.
pub(super) const ISO_YEAR: FunctionDef = part_of_date!(
    "iso_year",
    "strftime('%Y', substr({0}, 1, 10), '-3 days', 'weekday 4')",
    "ISOYEAR"
);
pub(super) const WEEK: FunctionDef = part_of_date!(
    "week",
    "(strftime('%j', substr({0}, 1, 10), '-3 days', 'weekday 4') + 6) / 7",
    "WEEK"
);
pub(super) const WEEKDAY: FunctionDef = part_of_date!(
    "weekday",
    "(strftime('%w', substr({0}, 1, 10)) + 6) % 7 + 1",
    "ISODOW"
);
pub(super) const DAY_OF_YEAR: FunctionDef =
    part_of_date!("day_of_year", "strftime('%j', substr({0}, 1, 10))", "DOY");

pub(super) const HOUR: FunctionDef = part_of_time!("hour", "1", "12", "HOUR");
pub(super) const MINUTE: FunctionDef = part_of_time!("minute", "4", "15", "MINUTE");
pub(super) const SECOND: FunctionDef = part_of_time!("second", "7", "18", "SECOND");

pub(super) const START_OF_YEAR: FunctionDef =
    start_of_date!("start_of_year", "substr({0}, 1, 5) || '01-01'", "year");
pub(super) const START_OF_QUARTER: FunctionDef = start_of_date!(
    "start_of_quarter",
    "substr({0}, 1, 5) || substr('010101040404070707101010', substr({0}, 6, 2) * 2 - 1, 2) || '-01'",
    "quarter"
);
pub(super) const START_OF_MONTH: FunctionDef =
    start_of_date!("start_of_month", "substr({0}, 1, 8) || '01'", "month");
pub(super) const START_OF_WEEK: FunctionDef = start_of_date!(
    "start_of_week",
    "date(substr({0}, 1, 10), '-6 days', 'weekday 1')",
    "week"
);
pub(super) const START_OF_DAY: FunctionDef = FunctionDef {
    operands: OperandTypes::Moment,
    ..start_of_date!("start_of_day", "substr({0}, 1, 10)", "day")
};
pub(super) const START_OF_HOUR: FunctionDef = start_of_time!("start_of_hour", "13", ":00:00.000000", "hour");
pub(super) const START_OF_MINUTE: FunctionDef =
    start_of_time!("start_of_minute", "16", ":00.000000", "minute");
pub(super) const START_OF_SECOND: FunctionDef = start_of_time!("start_of_second", "19", ".000000", "second");

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
