//! Rows of the table of functions that make strings of strings, and look for one in another.

use super::base_rows::STRING;
use super::function::exactly;
use super::spelling::{Spelling, SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// Only in queries: SQLite has no such function of its own.
const OF_A_CONNECTION: Spelling = &[(
    When::Always,
    SqlForm::Missing("say it the same way on every backend: SQLite has no such function of its own"),
)];

/// The last characters.
pub(super) const RIGHT: FunctionDef = FunctionDef {
    name: "right",
    arity: exactly(2),
    operands: OperandTypes::StringAndPositions,
    spellings: each(
        &[(
            When::Always,
            SqlForm::Template("substr({0}, max(length({0}) - {1}, 0) + 1)"),
        )],
        &[(When::Always, SqlForm::Call("right"))],
    ),
    ..STRING
};

/// The characters in the opposite order.
pub(super) const REVERSE: FunctionDef = FunctionDef {
    name: "reverse",
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_reverse"))],
        &[(When::Always, SqlForm::Call("reverse"))],
    )
    .in_tables(OF_A_CONNECTION),
    ..STRING
};

/// The string so many times.
pub(super) const REPEAT: FunctionDef = FunctionDef {
    name: "repeat",
    arity: exactly(2),
    operands: OperandTypes::StringAndPositions,
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_repeat"))],
        &[(When::Always, SqlForm::Call("repeat"))],
    )
    .in_tables(OF_A_CONNECTION),
    ..STRING
};

const PADDED: FunctionDef = FunctionDef {
    arity: exactly(3),
    operands: OperandTypes::StringsAndLength,
    immutable: false,
    ..STRING
};

/// With another string in front, as often as it takes to be so long; the first characters of one that is longer.
pub(super) const PAD_START: FunctionDef = FunctionDef {
    name: "lpad",
    spellings: each(
        &[(When::Always, SqlForm::Template("orm_lpad({0}, {2}, {1})"))],
        &[(When::Always, SqlForm::Template("lpad({0}, {2}, {1})"))],
    )
    .in_tables(OF_A_CONNECTION),
    ..PADDED
};

/// With another string behind, as often as it takes to be so long; the first characters of one that is longer.
pub(super) const PAD_END: FunctionDef = FunctionDef {
    name: "rpad",
    spellings: each(
        &[(When::Always, SqlForm::Template("orm_rpad({0}, {2}, {1})"))],
        &[(When::Always, SqlForm::Template("rpad({0}, {2}, {1})"))],
    )
    .in_tables(OF_A_CONNECTION),
    ..PADDED
};

/// How many characters stand in front of another string; NULL where it does not occur.
pub(super) const FIND: FunctionDef = FunctionDef {
    name: "find",
    arity: exactly(2),
    result: ResultType::BigInt,
    nulls: NullRule::Maybe,
    spellings: each(
        &[(When::Always, SqlForm::Template("nullif(instr({0}, {1}), 0) - 1"))],
        &[(
            When::Always,
            SqlForm::Template("CAST(nullif(strpos({0}, {1}), 0) - 1 AS bigint)"),
        )],
    ),
    ..STRING
};
