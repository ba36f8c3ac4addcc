//! Rows of the table of functions in which durations have a part.

use super::base_rows::{AGGREGATE, MOMENT, OPERATOR};
use super::spelling::{MOVES_TIMES, SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// A date with a time, later by a duration.
pub(super) const TIME_ADD: FunctionDef = FunctionDef {
    name: "time_add",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_time_add"))],
        // A day has 24 hours whatever the zone of the session.
        &[
            (
                When::Instant,
                SqlForm::Template("(CAST({0} AS timestamptz) AT TIME ZONE 'UTC' + CAST({1} AS interval)) AT TIME ZONE 'UTC'"),
            ),
            (When::Always, SqlForm::Template("(CAST({0} AS timestamp) + CAST({1} AS interval))")),
        ],
    ).in_tables(MOVES_TIMES),
    ..MOMENT
};

/// A date with a time, earlier by a duration.
pub(super) const TIME_SUB: FunctionDef = FunctionDef {
    name: "time_sub",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_time_sub"))],
        &[
            (
                When::Instant,
                SqlForm::Template("(CAST({0} AS timestamptz) AT TIME ZONE 'UTC' - CAST({1} AS interval)) AT TIME ZONE 'UTC'"),
            ),
            (When::Always, SqlForm::Template("(CAST({0} AS timestamp) - CAST({1} AS interval))")),
        ],
    ).in_tables(MOVES_TIMES),
    ..MOMENT
};

/// How much later the first of two dates with a time is.
pub(super) const TIME_DIFFERENCE: FunctionDef = FunctionDef {
    name: "time_difference",
    operands: OperandTypes::Moments,
    result: ResultType::Duration,
    spellings: each(
        // Only functions of SQLite itself, so that tables can say it too.
        &[(
            When::Always,
            SqlForm::Template(
                "((strftime('%s', substr({0}, 1, 19)) - strftime('%s', substr({1}, 1, 19))) * 1000000 + substr({0}, 21, 6) - \
                 substr({1}, 21, 6))",
            ),
        )],
        &[
            (
                When::Instant,
                SqlForm::Template("(CAST({0} AS timestamptz) - CAST({1} AS timestamptz))"),
            ),
            (
                When::Always,
                SqlForm::Template("(CAST({0} AS timestamp) - CAST({1} AS timestamp))"),
            ),
        ],
    ),
    ..OPERATOR
};

/// Sum of two durations.
pub(super) const DURATION_ADD: FunctionDef = FunctionDef {
    name: "duration_add",
    operands: OperandTypes::Durations,
    result: ResultType::Duration,
    spellings: each(
        &[(When::Always, SqlForm::Infix("+"))],
        &[(
            When::Always,
            SqlForm::Template("(CAST({0} AS interval) + CAST({1} AS interval))"),
        )],
    ),
    ..OPERATOR
};

/// Difference of two durations.
pub(super) const DURATION_SUB: FunctionDef = FunctionDef {
    name: "duration_sub",
    operands: OperandTypes::Durations,
    result: ResultType::Duration,
    spellings: each(
        &[(When::Always, SqlForm::Infix("-"))],
        &[(
            When::Always,
            SqlForm::Template("(CAST({0} AS interval) - CAST({1} AS interval))"),
        )],
    ),
    ..OPERATOR
};

/// Sum of the values.
pub(super) const SUM: FunctionDef = FunctionDef {
    name: "sum",
    operands: OperandTypes::NumbersOrDurations,
    result: ResultType::Sum,
    nulls: NullRule::Maybe,
    spellings: each(
        &[
            (When::Decimal, SqlForm::Call("orm_decimal_sum")),
            (When::WholeNumber, SqlForm::Call("sum")),
            (When::Duration, SqlForm::Call("sum")),
            // What leaves a window is subtracted by the function itself, and infinity less infinity is no number.
            (When::OverWindow, SqlForm::Call("orm_sum_over")),
            (When::Always, SqlForm::Call("sum")),
        ],
        // In Postgres the sum of 64-bit integers is numeric, that of 32-bit floating-point numbers a 32-bit one.
        &[
            (
                When::WholeNumber,
                SqlForm::Template("CAST(sum({0}){filter} AS bigint)"),
            ),
            (When::Decimal, SqlForm::Call("sum")),
            (When::Duration, SqlForm::Call("sum")),
            (
                When::Always,
                SqlForm::Template("CAST(sum({0}){filter} AS double precision)"),
            ),
        ],
    ),
    ..AGGREGATE
};

/// Mean of the values.
pub(super) const AVG: FunctionDef = FunctionDef {
    name: "avg",
    operands: OperandTypes::NumbersOrDurations,
    result: ResultType::Mean,
    nulls: NullRule::Maybe,
    spellings: each(
        &[
            (When::Decimal, SqlForm::Call("orm_decimal_avg")),
            // Whole microseconds: what is finer is cut off.
            (
                When::Duration,
                SqlForm::Template("(sum({0}){filter} / count({0}){filter})"),
            ),
            (When::WholeNumber, SqlForm::Call("avg")),
            (When::OverWindow, SqlForm::Call("orm_avg_over")),
            (When::Always, SqlForm::Call("avg")),
        ],
        &[
            (When::Decimal, SqlForm::Call("avg")),
            (
                When::Duration,
                SqlForm::Template(
                    "CAST(trunc(CAST(sum(EXTRACT(EPOCH FROM {0})){filter} AS numeric) * 1000000 / count({0}){filter}) || ' microseconds' AS interval)",
                ),
            ),
            (
                When::Always,
                SqlForm::Template("CAST(avg({0}){filter} AS double precision)"),
            ),
        ],
    ),
    ..AGGREGATE
};
