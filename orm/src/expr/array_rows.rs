//! Rows of the table of functions that look into arrays.

use super::base_rows::ARRAY;
use super::function::exactly;
use super::spelling::{LOOKS_INTO_ARRAYS, SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// Every element of the second array is one of the first.
pub(super) const ARRAY_CONTAINS: FunctionDef = FunctionDef {
    name: "array_contains",
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_array_contains"))],
        &[(When::Always, SqlForm::Infix("@>"))],
    )
    .in_tables(LOOKS_INTO_ARRAYS),
    ..ARRAY
};

/// Some element of one array is one of the other.
pub(super) const ARRAY_OVERLAPS: FunctionDef = FunctionDef {
    name: "array_overlaps",
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_array_overlaps"))],
        &[(When::Always, SqlForm::Infix("&&"))],
    )
    .in_tables(LOOKS_INTO_ARRAYS),
    ..ARRAY
};

/// How many elements an array has; of a nested one, how many arrays.
pub(super) const ARRAY_LENGTH: FunctionDef = FunctionDef {
    name: "array_length",
    arity: exactly(1),
    result: ResultType::BigInt,
    spellings: each(
        &[(When::Always, SqlForm::Call("json_array_length"))],
        // Postgres takes the length of an empty array for unknown.
        &[(
            When::Always,
            SqlForm::Template(
                "CASE WHEN cardinality({0}) = 0 THEN 0 ELSE CAST(array_length({0}, 1) AS bigint) END",
            ),
        )],
    ),
    ..ARRAY
};

/// The element of an array at a place, from 0; NULL where there is none.
pub(super) const ARRAY_GET: FunctionDef = FunctionDef {
    name: "array_get",
    operands: OperandTypes::ArrayAndPlace,
    result: ResultType::Element,
    nulls: NullRule::Maybe,
    spellings: each(
        &[
            (
                When::ArrayOfBytes,
                SqlForm::Template("unhex(json_extract({0}, '$[' || {1} || ']'), '-')"),
            ),
            (
                When::Always,
                SqlForm::Template("json_extract({0}, '$[' || {1} || ']')"),
            ),
        ],
        &[(When::Always, SqlForm::Subscript)],
    ),
    ..ARRAY
};
