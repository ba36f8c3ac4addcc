//! What rows of the table of functions have in common: each is one of these and what it has of its own.

use super::function::exactly;
use super::spelling::Spellings;
use super::{Comparison, FunctionDef, FunctionKind, NullRule, OperandTypes, ResultType};

pub(super) const OPERATOR: FunctionDef = FunctionDef {
    name: "",
    arity: exactly(2),
    operands: OperandTypes::Any,
    result: ResultType::Bool,
    nulls: NullRule::Any,
    kind: FunctionKind::Scalar,
    comparison: Comparison::No,
    immutable: true,
    spellings: Spellings::of(&[]),
};

pub(super) const COMPARISON: FunctionDef = FunctionDef {
    operands: OperandTypes::SameType,
    comparison: Comparison::Order,
    ..OPERATOR
};

pub(super) const LOOKUP: FunctionDef = FunctionDef {
    operands: OperandTypes::Strings,
    ..OPERATOR
};

pub(super) const LOOKUP_IGNORING_CASE: FunctionDef = FunctionDef {
    immutable: false,
    ..LOOKUP
};

pub(super) const ARITHMETIC: FunctionDef = FunctionDef {
    operands: OperandTypes::Numbers,
    result: ResultType::Number,
    ..OPERATOR
};

pub(super) const STRING: FunctionDef = FunctionDef {
    arity: exactly(1),
    operands: OperandTypes::Strings,
    result: ResultType::String,
    ..OPERATOR
};

pub(super) const ARRAY: FunctionDef = FunctionDef {
    operands: OperandTypes::Arrays,
    ..OPERATOR
};

pub(super) const AGGREGATE: FunctionDef = FunctionDef {
    arity: exactly(1),
    result: ResultType::BigInt,
    nulls: NullRule::Never,
    kind: FunctionKind::Aggregate,
    immutable: false,
    ..OPERATOR
};
