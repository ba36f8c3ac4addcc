//! Rows of the table of functions that look into JSON. A path is an array of strings: each is a key of an object or, as a number, a
//! place in an array.

use super::base_rows::OPERATOR;
use super::function::exactly;
use super::spelling::{LOOKS_INTO_JSON, SqlForm, When, each};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// What is read of a document at a path.
const AT_PATH: FunctionDef = FunctionDef {
    operands: OperandTypes::Document,
    nulls: NullRule::Maybe,
    immutable: false,
    ..OPERATOR
};

/// A document with something else at a path.
const CHANGED: FunctionDef = FunctionDef {
    result: ResultType::Json,
    nulls: NullRule::First,
    ..AT_PATH
};

/// The document at a path.
pub(super) const JSON_GET: FunctionDef = FunctionDef {
    name: "json_get",
    result: ResultType::Json,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_get"))],
        &[(When::Always, SqlForm::Template("{0} #> {1}"))],
    )
    .in_tables(LOOKS_INTO_JSON),
    ..AT_PATH
};

/// Whether there is something at a path, be it `null`.
pub(super) const JSON_EXISTS: FunctionDef = FunctionDef {
    name: "json_exists",
    nulls: NullRule::Never,
    spellings: each(
        &[(
            When::Always,
            SqlForm::Template("orm_json_get({0}, {1}) IS NOT NULL"),
        )],
        &[(When::Always, SqlForm::Template("({0} #> {1}) IS NOT NULL"))],
    )
    .kept_without_functions(&[(When::Always, SqlForm::Template("json_type({0}, {1}) IS NOT NULL"))]),
    immutable: true,
    ..AT_PATH
};

/// The string at a path.
pub(super) const JSON_STRING: FunctionDef = FunctionDef {
    name: "json_string",
    result: ResultType::String,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_string"))],
        &[(
            When::Always,
            SqlForm::Template("CASE WHEN jsonb_typeof({0} #> {1}) = 'string' THEN {0} #>> {1} END"),
        )],
    )
    .kept_without_functions(&[(
        When::Always,
        SqlForm::Template("CASE WHEN json_type({0}, {1}) = 'text' THEN json_extract({0}, {1}) END"),
    )]),
    immutable: true,
    ..AT_PATH
};

/// The whole number of 64 bits at a path. In tables of SQLite one that is written with a fraction or an exponent is known up to 2^53, as far as
/// each of them is a floating-point number.
pub(super) const JSON_BIG_INT: FunctionDef = FunctionDef {
    name: "json_big_int",
    result: ResultType::BigInt,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_big_int"))],
        &[(
            When::Always,
            SqlForm::Template(
                "CASE WHEN jsonb_typeof({0} #> {1}) = 'number' THEN CASE WHEN CAST({0} #>> {1} AS numeric) BETWEEN \
                 -9223372036854775808 AND 9223372036854775807 AND CAST({0} #>> {1} AS numeric) % 1 = 0 THEN \
                 CAST(CAST({0} #>> {1} AS numeric) AS bigint) END END",
            ),
        )],
    )
    .kept_without_functions(&[(
        When::Always,
        SqlForm::Template("CASE WHEN json_type({0}, {1}) = 'integer' THEN CASE WHEN typeof(json_extract({0}, {1})) = 'integer' THEN \
             json_extract({0}, {1}) END WHEN json_type({0}, {1}) = 'real' THEN CASE WHEN json_extract({0}, {1}) BETWEEN \
             -9007199254740992 AND 9007199254740992 AND json_extract({0}, {1}) = CAST(json_extract({0}, {1}) AS INTEGER) THEN \
             CAST(json_extract({0}, {1}) AS INTEGER) END END"),
    )]),
    immutable: true,
    ..AT_PATH
};

/// The number at a path, as one of 64 bits.
pub(super) const JSON_DOUBLE: FunctionDef = FunctionDef {
    name: "json_double",
    result: ResultType::Double,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_double"))],
        // Postgres fails at what no such number is near to.
        &[(
            When::Always,
            SqlForm::Template(
                "CASE WHEN jsonb_typeof({0} #> {1}) = 'number' THEN CASE WHEN CAST({0} #>> {1} AS numeric) = 0 OR \
                 abs(CAST({0} #>> {1} AS numeric)) BETWEEN 2.4703282292062327209e-324 AND \
                 1.797693134862315807937e308 THEN CAST({0} #>> {1} AS double precision) END END",
            ),
        )],
    )
    .in_tables(LOOKS_INTO_JSON),
    ..AT_PATH
};

/// Whether `true` stands at a path.
pub(super) const JSON_BOOL: FunctionDef = FunctionDef {
    name: "json_bool",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_bool"))],
        &[(
            When::Always,
            SqlForm::Template("CASE {0} #> {1} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"),
        )],
    )
    .kept_without_functions(&[(
        When::Always,
        SqlForm::Template("CASE json_type({0}, {1}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"),
    )]),
    immutable: true,
    ..AT_PATH
};

/// The first document has all that the second has.
pub(super) const JSON_CONTAINS: FunctionDef = FunctionDef {
    name: "json_contains",
    nulls: NullRule::Any,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_contains"))],
        &[(When::Always, SqlForm::Infix("@>"))],
    )
    .in_tables(LOOKS_INTO_JSON),
    ..AT_PATH
};

/// A document with another under a key: the document, the path of the object, the whole path, and the other.
pub(super) const JSON_SET_KEY: FunctionDef = FunctionDef {
    name: "json_set_key",
    arity: exactly(4),
    spellings: each(
        &[(When::Always, SqlForm::Template("orm_json_set({0}, {2}, {3})"))],
        &[
            (
                When::Computed,
                SqlForm::Template(
                    "(SELECT CASE jsonb_typeof(d #> {1}) WHEN 'object' THEN jsonb_set(d, {2}, {3}) ELSE d END FROM (SELECT {0} AS d OFFSET 0) AS w)",
                ),
            ),
            (
                When::Always,
                SqlForm::Template(
                    "CASE jsonb_typeof({0} #> {1}) WHEN 'object' THEN jsonb_set({0}, {2}, {3}) ELSE {0} END",
                ),
            ),
        ],
    )
    .in_tables(LOOKS_INTO_JSON),
    ..CHANGED
};

/// The same, where the key is a number and may be a place in an array.
pub(super) const JSON_SET_PLACE: FunctionDef = FunctionDef {
    name: "json_set_place",
    spellings: each(
        &[(When::Always, SqlForm::Template("orm_json_set({0}, {2}, {3})"))],
        &[
            (
                When::Computed,
                SqlForm::Template(
                    "(SELECT CASE WHEN jsonb_typeof(d #> {1}) IN ('object', 'array') THEN jsonb_set(d, {2}, {3}) ELSE d END FROM (SELECT {0} \
                     AS d OFFSET 0) AS w)",
                ),
            ),
            (
                When::Always,
                SqlForm::Template(
                    "CASE WHEN jsonb_typeof({0} #> {1}) IN ('object', 'array') THEN jsonb_set({0}, {2}, {3}) ELSE {0} END",
                ),
            ),
        ],
    )
    .in_tables(LOOKS_INTO_JSON),
    ..JSON_SET_KEY
};

/// A document without what is at a path.
pub(super) const JSON_REMOVE: FunctionDef = FunctionDef {
    name: "json_remove",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_json_remove"))],
        &[
            (
                When::Computed,
                SqlForm::Template(
                    "(SELECT CASE WHEN (d #> {1}) IS NULL THEN d ELSE d #- {1} END FROM (SELECT {0} AS d OFFSET 0) AS w)",
                ),
            ),
            (
                When::Always,
                SqlForm::Template("CASE WHEN ({0} #> {1}) IS NULL THEN {0} ELSE {0} #- {1} END"),
            ),
        ],
    )
    .in_tables(LOOKS_INTO_JSON),
    ..CHANGED
};
