//! Rows of the table of functions that look at all rows of a group. `{filter}` in a text is where SQL says which of
//! them, and over which window.

use super::base_rows::AGGREGATE;
use super::duration_rows::{AVG, SUM};
use super::function::exactly;
use super::spelling::{SqlForm, When, each, same};
use super::{Comparison, FunctionDef, NullRule, OperandTypes, ResultType, ValueOrder};

/// Number of rows.
pub(super) const COUNT_ROWS: FunctionDef = FunctionDef {
    name: "count_rows",
    arity: exactly(0),
    spellings: same(&[(When::Always, SqlForm::Template("count(*){filter}"))]),
    ..AGGREGATE
};

/// Number of values that are not NULL.
pub(super) const COUNT: FunctionDef = FunctionDef {
    name: "count",
    spellings: same(&[(When::Always, SqlForm::Call("count"))]),
    ..AGGREGATE
};

/// Number of distinct values.
pub(super) const COUNT_DISTINCT: FunctionDef = FunctionDef {
    name: "count_distinct",
    over_windows: false,
    comparison: Comparison::Equality,
    spellings: same(&[(When::Always, SqlForm::Template("count(DISTINCT {0}){filter}"))]),
    ..AGGREGATE
};

/// The strings in the order of their characters' numbers, with another between them.
pub(super) const STRING_AGG: FunctionDef = FunctionDef {
    name: "string_agg",
    over_windows: false,
    value_order: ValueOrder::Values,
    arity: exactly(2),
    operands: OperandTypes::Strings,
    result: ResultType::String,
    nulls: NullRule::Maybe,
    spellings: each(
        &[
            (
                When::Ordered,
                SqlForm::Template("group_concat({0}, {1}{order}){filter}"),
            ),
            (
                When::Always,
                SqlForm::Template("group_concat({0}, {1} ORDER BY {0}){filter}"),
            ),
        ],
        &[
            (
                When::Ordered,
                SqlForm::Template("string_agg({0}, {1}{order}){filter}"),
            ),
            (
                When::Always,
                SqlForm::Template("string_agg({0}, {1} ORDER BY ({0}) COLLATE \"C\"){filter}"),
            ),
        ],
    ),
    ..AGGREGATE
};

/// An array of the values, NULL among them. SQLite tells some types apart no more: a function for each of them does.
pub(super) const ARRAY_AGG: FunctionDef = FunctionDef {
    name: "array_agg",
    over_windows: false,
    value_order: ValueOrder::Rows,
    result: ResultType::Array,
    spellings: each(
        &[
            (
                When::Bool,
                SqlForm::Template("orm_array_agg_bool({0}{order}){filter}"),
            ),
            (
                When::Float,
                SqlForm::Template("orm_array_agg_float({0}{order}){filter}"),
            ),
            (
                When::Uuid,
                SqlForm::Template("orm_array_agg_uuid({0}{order}){filter}"),
            ),
            (
                When::Always,
                SqlForm::Template("orm_array_agg({0}{order}){filter}"),
            ),
        ],
        &[(
            When::Always,
            SqlForm::Template("coalesce(array_agg({0}{order}){filter}, {empty})"),
        )],
    ),
    ..AGGREGATE
};

/// An array of the different values, NULL among them, in their order.
pub(super) const ARRAY_AGG_DISTINCT: FunctionDef = FunctionDef {
    name: "array_agg_distinct",
    value_order: ValueOrder::OnlyValues,
    spellings: each(
        &[
            (
                When::Bool,
                SqlForm::Template("orm_array_agg_bool(DISTINCT {0}{order}){filter}"),
            ),
            (
                When::Float,
                SqlForm::Template("orm_array_agg_float(DISTINCT {0}{order}){filter}"),
            ),
            (
                When::Uuid,
                SqlForm::Template("orm_array_agg_uuid(DISTINCT {0}{order}){filter}"),
            ),
            (
                When::Always,
                SqlForm::Template("orm_array_agg(DISTINCT {0}{order}){filter}"),
            ),
        ],
        &[(
            When::Always,
            SqlForm::Template("coalesce(array_agg(DISTINCT {0}{order}){filter}, {empty})"),
        )],
    ),
    ..ARRAY_AGG
};

/// A JSON array of the documents, `null` where there is none.
pub(super) const JSON_AGG: FunctionDef = FunctionDef {
    name: "json_agg",
    over_windows: false,
    value_order: ValueOrder::Rows,
    result: ResultType::Json,
    spellings: each(
        &[(
            When::Always,
            SqlForm::Template("json_group_array(json({0}){order}){filter}"),
        )],
        &[(
            When::Always,
            SqlForm::Template("coalesce(jsonb_agg({0}{order}){filter}, '[]')"),
        )],
    ),
    ..AGGREGATE
};

/// The least value.
pub(super) const MIN: FunctionDef = FunctionDef {
    name: "min",
    result: ResultType::Operand,
    nulls: NullRule::Maybe,
    comparison: Comparison::Order,
    // Postgres has no `min` of booleans, but whether all are true is the same.
    spellings: each(
        &[(When::Always, SqlForm::Extreme("min"))],
        &[
            (When::Bool, SqlForm::Call("bool_and")),
            (When::Always, SqlForm::Extreme("min")),
        ],
    ),
    ..AGGREGATE
};

/// The greatest value.
pub(super) const MAX: FunctionDef = FunctionDef {
    name: "max",
    result: ResultType::Operand,
    nulls: NullRule::Maybe,
    comparison: Comparison::Order,
    spellings: each(
        &[(When::Always, SqlForm::Extreme("max"))],
        &[
            (When::Bool, SqlForm::Call("bool_or")),
            (When::Always, SqlForm::Extreme("max")),
        ],
    ),
    ..AGGREGATE
};

/// Sum of the different values.
pub(super) const SUM_DISTINCT: FunctionDef = FunctionDef {
    name: "sum_distinct",
    over_windows: false,
    operands: OperandTypes::Numbers,
    spellings: each(
        &[
            (
                When::Decimal,
                SqlForm::Template("orm_decimal_sum(DISTINCT {0}){filter}"),
            ),
            (When::Always, SqlForm::Template("sum(DISTINCT {0}){filter}")),
        ],
        &[
            (
                When::WholeNumber,
                SqlForm::Template("CAST(sum(DISTINCT {0}){filter} AS bigint)"),
            ),
            (When::Decimal, SqlForm::Template("sum(DISTINCT {0}){filter}")),
            (
                When::Always,
                SqlForm::Template("CAST(sum(DISTINCT {0}){filter} AS double precision)"),
            ),
        ],
    ),
    ..SUM
};

/// Mean of the different values.
pub(super) const AVG_DISTINCT: FunctionDef = FunctionDef {
    name: "avg_distinct",
    over_windows: false,
    operands: OperandTypes::Numbers,
    spellings: each(
        &[
            (
                When::Decimal,
                SqlForm::Template("orm_decimal_avg(DISTINCT {0}){filter}"),
            ),
            (When::Always, SqlForm::Template("avg(DISTINCT {0}){filter}")),
        ],
        &[
            (When::Decimal, SqlForm::Template("avg(DISTINCT {0}){filter}")),
            (
                When::Always,
                SqlForm::Template("CAST(avg(DISTINCT {0}){filter} AS double precision)"),
            ),
        ],
    ),
    ..AVG
};

const SPREAD: FunctionDef = FunctionDef {
    operands: OperandTypes::Numbers,
    result: ResultType::Double,
    nulls: NullRule::Maybe,
    ..AGGREGATE
};

/// Variance of the values, as all that there are.
pub(super) const VAR_POP: FunctionDef = FunctionDef {
    name: "var_pop",
    spellings: each(
        &[
            (When::OverWindow, SqlForm::Call("orm_var_pop_over")),
            (When::Always, SqlForm::Call("orm_var_pop")),
        ],
        &[(
            When::Always,
            SqlForm::Template("CAST(var_pop({0}){filter} AS double precision)"),
        )],
    ),
    ..SPREAD
};

/// Variance of the values, as a sample of more.
pub(super) const VAR_SAMP: FunctionDef = FunctionDef {
    name: "var_samp",
    spellings: each(
        &[
            (When::OverWindow, SqlForm::Call("orm_var_samp_over")),
            (When::Always, SqlForm::Call("orm_var_samp")),
        ],
        &[(
            When::Always,
            SqlForm::Template("CAST(var_samp({0}){filter} AS double precision)"),
        )],
    ),
    ..SPREAD
};

/// Standard deviation of the values, as all that there are.
pub(super) const STDDEV_POP: FunctionDef = FunctionDef {
    name: "stddev_pop",
    spellings: each(
        &[
            (When::OverWindow, SqlForm::Call("orm_stddev_pop_over")),
            (When::Always, SqlForm::Call("orm_stddev_pop")),
        ],
        &[(
            When::Always,
            SqlForm::Template("CAST(stddev_pop({0}){filter} AS double precision)"),
        )],
    ),
    ..SPREAD
};

/// Standard deviation of the values, as a sample of more.
pub(super) const STDDEV_SAMP: FunctionDef = FunctionDef {
    name: "stddev_samp",
    spellings: each(
        &[
            (When::OverWindow, SqlForm::Call("orm_stddev_samp_over")),
            (When::Always, SqlForm::Call("orm_stddev_samp")),
        ],
        &[(
            When::Always,
            SqlForm::Template("CAST(stddev_samp({0}){filter} AS double precision)"),
        )],
    ),
    ..SPREAD
};

/// An aggregate of the rows for which a condition holds.
pub(super) const FILTER: FunctionDef = FunctionDef {
    name: "filter",
    over_windows: false,
    arity: exactly(2),
    operands: OperandTypes::Filtered,
    result: ResultType::Operand,
    nulls: NullRule::First,
    // The aggregate itself is spelled with it.
    spellings: same(&[(When::Always, SqlForm::Filter)]),
    ..AGGREGATE
};
