//! Rows of the table of functions over ranges.

use super::base_rows::OPERATOR;
use super::function::exactly;
use super::spelling::{Spelling, SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// Only in queries: how two ranges lie no function of one of the databases says.
const COMPARES_RANGES: Spelling = &[(
    When::Always,
    SqlForm::Missing("look into ranges the same way on every backend"),
)];

const RANGES: FunctionDef = FunctionDef {
    operands: OperandTypes::Ranges,
    immutable: false,
    ..OPERATOR
};

const RANGE: FunctionDef = FunctionDef {
    arity: exactly(1),
    operands: OperandTypes::Range,
    ..OPERATOR
};

macro_rules! rows {
    ($($(#[$doc:meta])* $row:ident = $name:literal, $function:expr, $operator:literal $(, $field:ident: $value:expr)*;)*) => {$(
        $(#[$doc])*
        pub(super) const $row: FunctionDef = FunctionDef {
            name: $name,
            spellings: each(&[(When::Always, $function)], &[(When::Always, SqlForm::Template($operator))]).in_tables(COMPARES_RANGES),
            $($field: $value,)*
            ..RANGES
        };
    )*};
}
use SqlForm::{Call, Template};
rows! {
    /// All of the second range is within the first.
    RANGE_CONTAINS_RANGE = "range_contains_range", Call("orm_range_contains_range"), "({0:own} @> {1:own})";
    /// Something is within both.
    RANGE_OVERLAPS = "range_overlaps", Call("orm_range_overlaps"), "({0:own} && {1:own})";
    /// All of the first is less than all of the second.
    RANGE_LEFT_OF = "range_left_of", Call("orm_range_left_of"), "({0:own} << {1:own})";
    /// All of the first is greater than all of the second.
    RANGE_RIGHT_OF = "range_right_of", Template("orm_range_left_of({1}, {0})"), "({0:own} >> {1:own})";
    /// The first does not end behind the second.
    RANGE_NOT_RIGHT_OF = "range_not_right_of", Call("orm_range_not_right_of"), "({0:own} &< {1:own})";
    /// The first does not begin before the second.
    RANGE_NOT_LEFT_OF = "range_not_left_of", Call("orm_range_not_left_of"), "({0:own} &> {1:own})";
    /// One begins where the other ends.
    RANGE_ADJACENT = "range_adjacent", Call("orm_range_adjacent"), "({0:own} -|- {1:own})";
    /// What is within both.
    RANGE_INTERSECTION = "range_intersection", Call("orm_range_intersection"), "({0:own} * {1:own})", result: ResultType::Operand;
    /// What is within one of them, which must not lie apart.
    RANGE_UNION = "range_union", Call("orm_range_union"), "({0:own} + {1:own})", result: ResultType::Operand;
    /// What is within the first and not within the second, which must not leave two ranges.
    RANGE_DIFFERENCE = "range_difference", Call("orm_range_difference"), "({0:own} - {1:own})", result: ResultType::Operand;
    /// Where a range begins; NULL where it does not.
    RANGE_LOWER = "range_lower", Call("orm_range_lower"), "lower({0:own})",
        arity: exactly(1), operands: OperandTypes::Range, result: ResultType::Bound, nulls: NullRule::Maybe;
    /// Where a range ends; NULL where it does not.
    RANGE_UPPER = "range_upper", Call("orm_range_upper"), "upper({0:own})",
        arity: exactly(1), operands: OperandTypes::Range, result: ResultType::Bound, nulls: NullRule::Maybe;
    /// Where a range begins is within it.
    RANGE_LOWER_INCLUDED = "range_lower_included", Call("orm_range_lower_included"), "lower_inc({0:own})",
        arity: exactly(1), operands: OperandTypes::Range;
    /// Where a range ends is within it.
    RANGE_UPPER_INCLUDED = "range_upper_included", Call("orm_range_upper_included"), "upper_inc({0:own})",
        arity: exactly(1), operands: OperandTypes::Range;
}

/// From where the first of them begins to where the last of them ends.
pub(super) const RANGE_SPAN: FunctionDef = FunctionDef {
    name: "range_span",
    spellings: each(
        &[(When::Always, Call("orm_range_span"))],
        &[
            (
                When::Multirange,
                Template("multirange(range_merge({0:own} + {1:own}))"),
            ),
            (When::Always, Template("range_merge({0:own}, {1:own})")),
        ],
    )
    .in_tables(COMPARES_RANGES),
    result: ResultType::Operand,
    ..RANGES
};

/// The multirange of one range.
pub(super) const TO_MULTIRANGE: FunctionDef = FunctionDef {
    name: "to_multirange",
    spellings: each(
        &[(When::Always, Call("orm_to_multirange"))],
        &[(When::Always, Template("multirange({0:own})"))],
    )
    .in_tables(COMPARES_RANGES),
    result: ResultType::Multirange,
    immutable: false,
    ..RANGE
};

/// The value is within the range.
pub(super) const RANGE_CONTAINS: FunctionDef = FunctionDef {
    name: "range_contains",
    operands: OperandTypes::RangeAndBound,
    spellings: each(
        &[(When::Always, Call("orm_range_contains"))],
        &[
            (
                When::BigIntMultirange,
                Template("({0:own} @> CAST({1:own} AS bigint))"),
            ),
            // There is no cast from one to the other, but by their text.
            (
                When::MultirangeOfOtherWidth,
                Template("(CAST(CAST({0:own} AS text) AS int8multirange) @> CAST({1:own} AS bigint))"),
            ),
            // What is computed has 64 bits, and there is no operator between those and ranges of 32. Of an empty range both bounds are NULL,
            // as they are of one without bounds.
            (
                When::OtherWidth,
                Template(
                    "CASE WHEN isempty({0:own}) THEN {1:own} <> {1:own} WHEN NOT isempty({0:own}) THEN \
                     int8range(lower({0:own}), upper({0:own})) @> CAST({1:own} AS bigint) END",
                ),
            ),
            (When::Always, Template("({0:own} @> {1:own})")),
        ],
    )
    .in_tables(COMPARES_RANGES),
    ..RANGES
};

// The bytes on SQLite are those of `value/range_bytes.rs`; a multirange has their digits (`value/multirange_form.rs`).

/// Nothing is within it.
pub(super) const RANGE_IS_EMPTY: FunctionDef = FunctionDef {
    name: "range_is_empty",
    spellings: each(
        &[
            (When::Multirange, Template("({0} = '[]')")),
            (When::Always, Template("({0} = X'00')")),
        ],
        &[(When::Always, Template("isempty({0:own})"))],
    ),
    ..RANGE
};

/// It has no beginning.
pub(super) const RANGE_LOWER_UNBOUNDED: FunctionDef = FunctionDef {
    name: "range_lower_unbounded",
    spellings: each(
        &[
            (When::Multirange, Template("(substr({0}, 3, 2) = '00')")),
            (
                When::Always,
                Template("(substr({0}, 1, 2) BETWEEN X'0001' AND X'00FF')"),
            ),
        ],
        &[(When::Always, Template("lower_inf({0:own})"))],
    ),
    ..RANGE
};

/// It has no end.
pub(super) const RANGE_UPPER_UNBOUNDED: FunctionDef = FunctionDef {
    name: "range_upper_unbounded",
    spellings: each(
        &[
            (When::Multirange, Template("(substr({0}, -4, 2) = 'ff')")),
            (When::Always, Template("(substr({0}, -1) = X'FF')")),
        ],
        &[(When::Always, Template("upper_inf({0:own})"))],
    ),
    ..RANGE
};
