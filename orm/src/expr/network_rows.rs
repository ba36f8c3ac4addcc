//! Rows of the table of functions that look into networks.

use super::base_rows::OPERATOR;
use super::spelling::{SqlForm, When, each};
use super::{FunctionDef, OperandTypes};

/// The first network contains the second, or an address, or is equal to it.
pub(super) const NETWORK_CONTAINS: FunctionDef = FunctionDef {
    name: "network_contains",
    operands: OperandTypes::Networks,
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_network_contains"))],
        &[(When::Always, SqlForm::Infix(">>="))],
    )
    .in_tables(&[(
        When::Always,
        SqlForm::Missing("look into networks the same way on every backend"),
    )]),
    ..OPERATOR
};
