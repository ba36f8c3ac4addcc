//! What rows of the table of functions have in common: each is one of these and what it has of its own. And the macro that makes
//! the table of them.

use super::function::exactly;
use super::spelling::Spellings;
use super::{Comparison, FunctionDef, FunctionKind, NullRule, OperandTypes, ResultType, ValueOrder};

macro_rules! functions {
    ($($(#[doc = $doc:literal])+ $name:ident = $row:expr;)+) => {
        /// An operator or function; [`Function::def`] describes it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Function {
            $($(#[doc = $doc])+ $name,)+
        }

        pub(super) static DEFS: &[FunctionDef] = &[$($row),+];

        impl Function {
            /// All functions, in the order of their numbers.
            pub const ALL: &'static [Function] = &[$(Function::$name),+];
        }
    };
}

pub(super) use functions;

pub(super) const OPERATOR: FunctionDef = FunctionDef {
    name: "",
    arity: exactly(2),
    operands: OperandTypes::Any,
    result: ResultType::Bool,
    nulls: NullRule::Any,
    kind: FunctionKind::Scalar,
    over_windows: false,
    value_order: ValueOrder::Any,
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

pub(super) const MOMENT: FunctionDef = FunctionDef {
    operands: OperandTypes::MomentAndDuration,
    result: ResultType::Operand,
    immutable: false,
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
    over_windows: true,
    immutable: false,
    ..OPERATOR
};
