//! Rows of the table of functions that are computed over a window. `{filter}` in a text is where SQL says the window.

use super::base_rows::OPERATOR;
use super::function::exactly;
use super::spelling::{SqlForm, When, each, same};
use super::{FunctionDef, FunctionKind, NullRule, OperandTypes, ResultType};

const WINDOW: FunctionDef = FunctionDef {
    arity: exactly(0),
    result: ResultType::BigInt,
    nulls: NullRule::Never,
    kind: FunctionKind::Window,
    over_windows: true,
    immutable: false,
    ..OPERATOR
};

/// A value of another row of the window.
const NEIGHBOR: FunctionDef = FunctionDef {
    arity: exactly(2),
    operands: OperandTypes::ValuesAndPlace,
    result: ResultType::Operand,
    nulls: NullRule::Maybe,
    ..WINDOW
};

/// The place of a row, from 1.
pub(super) const ROW_NUMBER: FunctionDef = FunctionDef {
    name: "row_number",
    spellings: same(&[(When::Always, SqlForm::Call("row_number"))]),
    ..WINDOW
};

/// One more than the rows before it in the order.
pub(super) const RANK: FunctionDef = FunctionDef {
    name: "rank",
    spellings: same(&[(When::Always, SqlForm::Call("rank"))]),
    ..WINDOW
};

/// One more than the different ranks before it.
pub(super) const DENSE_RANK: FunctionDef = FunctionDef {
    name: "dense_rank",
    spellings: same(&[(When::Always, SqlForm::Call("dense_rank"))]),
    ..WINDOW
};

/// The share of the other rows that come before it.
pub(super) const PERCENT_RANK: FunctionDef = FunctionDef {
    name: "percent_rank",
    result: ResultType::Double,
    spellings: same(&[(When::Always, SqlForm::Call("percent_rank"))]),
    ..WINDOW
};

/// The share of the rows that come before it or are equal to it, itself one of them.
pub(super) const CUME_DIST: FunctionDef = FunctionDef {
    name: "cume_dist",
    result: ResultType::Double,
    spellings: same(&[(When::Always, SqlForm::Call("cume_dist"))]),
    ..WINDOW
};

/// In which of so many parts of equal size it is, from 1.
pub(super) const NTILE: FunctionDef = FunctionDef {
    name: "ntile",
    arity: exactly(1),
    operands: OperandTypes::WholeNumbers,
    spellings: each(
        &[(When::Always, SqlForm::Call("ntile"))],
        &[(
            When::Always,
            SqlForm::Template("CAST(ntile(CAST({0} AS integer)){filter} AS bigint)"),
        )],
    ),
    ..WINDOW
};

/// The value of the row so many before it.
pub(super) const LAG: FunctionDef = FunctionDef {
    name: "lag",
    spellings: same(&[(
        When::Always,
        SqlForm::Template("lag({0}, CAST({1} AS integer)){filter}"),
    )]),
    ..NEIGHBOR
};

/// The same, with a value where there is no such row.
pub(super) const LAG_OR: FunctionDef = FunctionDef {
    name: "lag_or",
    arity: exactly(3),
    nulls: NullRule::Any,
    spellings: same(&[(
        When::Always,
        SqlForm::Template("lag({0}, CAST({2} AS integer), {1}){filter}"),
    )]),
    ..NEIGHBOR
};

/// The value of the row so many behind it.
pub(super) const LEAD: FunctionDef = FunctionDef {
    name: "lead",
    spellings: same(&[(
        When::Always,
        SqlForm::Template("lead({0}, CAST({1} AS integer)){filter}"),
    )]),
    ..NEIGHBOR
};

/// The same, with a value where there is no such row.
pub(super) const LEAD_OR: FunctionDef = FunctionDef {
    name: "lead_or",
    arity: exactly(3),
    nulls: NullRule::Any,
    spellings: same(&[(
        When::Always,
        SqlForm::Template("lead({0}, CAST({2} AS integer), {1}){filter}"),
    )]),
    ..NEIGHBOR
};

/// The value of the first row of the frame.
pub(super) const FIRST_VALUE: FunctionDef = FunctionDef {
    name: "first_value",
    arity: exactly(1),
    operands: OperandTypes::Any,
    spellings: same(&[(When::Always, SqlForm::Call("first_value"))]),
    ..NEIGHBOR
};

/// The value of the last row of the frame.
pub(super) const LAST_VALUE: FunctionDef = FunctionDef {
    name: "last_value",
    spellings: same(&[(When::Always, SqlForm::Call("last_value"))]),
    ..FIRST_VALUE
};

/// The value of a row of the frame by its place, from 1.
pub(super) const NTH_VALUE: FunctionDef = FunctionDef {
    name: "nth_value",
    spellings: same(&[(
        When::Always,
        SqlForm::Template("nth_value({0}, CAST({1} AS integer)){filter}"),
    )]),
    ..NEIGHBOR
};
