//! Rows of the table of functions that give one of their operands: by conditions, or by their order.

use super::base_rows::{COMPARISON, OPERATOR};
use super::function::{at_least, exactly};
use super::spelling::{SqlForm, When, each, same};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// The second operand where the condition holds, else the third.
pub(super) const IF: FunctionDef = FunctionDef {
    name: "if",
    arity: exactly(3),
    operands: OperandTypes::Choice,
    result: ResultType::Operand,
    nulls: NullRule::Branches,
    spellings: same(&[(
        When::Always,
        SqlForm::Template("CASE WHEN {0} THEN {1} ELSE {2} END"),
    )]),
    ..OPERATOR
};

/// The value behind the first condition that holds, else the last value or NULL.
pub(super) const CASE: FunctionDef = FunctionDef {
    name: "case",
    arity: at_least(2),
    operands: OperandTypes::Choice,
    result: ResultType::Operand,
    nulls: NullRule::Branches,
    spellings: same(&[(When::Always, SqlForm::Case)]),
    ..OPERATOR
};

/// The greater of two values; one that is not NULL beside one that is.
pub(super) const GREATEST: FunctionDef = FunctionDef {
    name: "greatest",
    result: ResultType::Operand,
    nulls: NullRule::All,
    spellings: each(
        &[(When::Always, SqlForm::Pick(">="))],
        &[(When::Always, SqlForm::Call("GREATEST"))],
    ),
    ..COMPARISON
};

/// The lesser of two values; one that is not NULL beside one that is.
pub(super) const LEAST: FunctionDef = FunctionDef {
    name: "least",
    result: ResultType::Operand,
    nulls: NullRule::All,
    spellings: each(
        &[(When::Always, SqlForm::Pick("<="))],
        &[(When::Always, SqlForm::Call("LEAST"))],
    ),
    ..COMPARISON
};
