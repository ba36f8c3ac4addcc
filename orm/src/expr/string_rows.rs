//! Rows of the table of functions of strings.

use super::base_rows::{LOOKUP, OPERATOR, STRING};
use super::function::{Arity, at_least, exactly};
use super::spelling::{Spelling, SqlForm, When, each, same};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

/// Only in queries: some backends are given it by the connection.
const OF_A_CONNECTION: Spelling = &[(
    When::Always,
    SqlForm::Missing("have such a function of its own on every backend"),
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

const OF_A_PATTERN: FunctionDef = FunctionDef {
    immutable: false,
    ..LOOKUP
};

/// The first operand matches the second, a regular expression.
pub(super) const REGEX: FunctionDef = FunctionDef {
    name: "regex",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_regex"))],
        &[(When::Always, SqlForm::Template("{0} ~ {1}"))],
    )
    .in_tables(OF_A_CONNECTION),
    ..OF_A_PATTERN
};

/// The same, ignoring case.
pub(super) const REGEX_IGNORING_CASE: FunctionDef = FunctionDef {
    name: "iregex",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_iregex"))],
        &[(When::Always, SqlForm::Template("{0:cased} ~* {1}"))],
    )
    .in_tables(OF_A_CONNECTION),
    ..OF_A_PATTERN
};

/// The first operand, with every match of the second, a regular expression, replaced by the third, whose backslashes are doubled.
pub(super) const REGEX_REPLACE: FunctionDef = FunctionDef {
    name: "regex_replace",
    arity: exactly(3),
    result: ResultType::String,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_regex_replace"))],
        &[(
            When::Always,
            SqlForm::Template("regexp_replace({0}, {1}, {2}, 'g')"),
        )],
    )
    .in_tables(OF_A_CONNECTION),
    ..OF_A_PATTERN
};

/// The first part of a string that a regular expression matches.
pub(super) const REGEX_FIND: FunctionDef = FunctionDef {
    name: "regex_find",
    result: ResultType::String,
    nulls: NullRule::Maybe,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_regex_find"))],
        // Of a pattern with a group it is what the group matches.
        &[(
            When::Always,
            SqlForm::Template("substring({0}, '(' || {1} || ')')"),
        )],
    )
    .in_tables(OF_A_CONNECTION),
    ..OF_A_PATTERN
};

/// What has no trigrams, in a hint.
const NO_TRIGRAMS: Spelling = &[(
    When::Always,
    SqlForm::Missing(
        "trigrams are those of the extension pg_trgm; where it is not there, `#[orm(search(..))]` finds words",
    ),
)];

const OF_TRIGRAMS: FunctionDef = FunctionDef {
    immutable: false,
    ..LOOKUP
};

/// How many of the trigrams of two strings are those of both, from 0 to 1.
pub(super) const TRIGRAM_SIMILARITY: FunctionDef = FunctionDef {
    name: "trigram_similarity",
    result: ResultType::Double,
    spellings: each(
        NO_TRIGRAMS,
        &[(
            When::Always,
            SqlForm::Template("CAST(similarity({0}, {1}) AS double precision)"),
        )],
    )
    .in_tables(OF_A_CONNECTION),
    ..OF_TRIGRAMS
};

/// The same of the first string and the most similar words of the second.
pub(super) const TRIGRAM_WORD_SIMILARITY: FunctionDef = FunctionDef {
    name: "trigram_word_similarity",
    spellings: each(
        NO_TRIGRAMS,
        &[(
            When::Always,
            SqlForm::Template("CAST(word_similarity({1}, {0}) AS double precision)"),
        )],
    )
    .in_tables(OF_A_CONNECTION),
    ..TRIGRAM_SIMILARITY
};

/// Whether two strings are similar, as the session says from where on they are.
pub(super) const TRIGRAM_SIMILAR: FunctionDef = FunctionDef {
    name: "trigram_similar",
    spellings: each(NO_TRIGRAMS, &[(When::Always, SqlForm::Infix("%"))]).in_tables(OF_A_CONNECTION),
    ..OF_TRIGRAMS
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

/// Lower case, as the database defines it.
pub(super) const LOWER: FunctionDef = FunctionDef {
    name: "lower",
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_lower"))],
        &[(When::Always, SqlForm::Template("lower({0:cased})"))],
    )
    .in_tables(&[(
        When::Always,
        SqlForm::Missing("know lower case beyond ASCII the same way on every backend: use `ascii_lower()`"),
    )]),
    ..STRING
};

/// Upper case, as the database defines it.
pub(super) const UPPER: FunctionDef = FunctionDef {
    name: "upper",
    immutable: false,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_upper"))],
        &[(When::Always, SqlForm::Template("upper({0:cased})"))],
    )
    .in_tables(&[(
        When::Always,
        SqlForm::Missing("know upper case beyond ASCII the same way on every backend: use `ascii_upper()`"),
    )]),
    ..STRING
};

/// With only the letters A to Z lowercased.
pub(super) const ASCII_LOWER: FunctionDef = FunctionDef {
    name: "ascii_lower",
    spellings: each(
        &[(When::Always, SqlForm::Call("lower"))],
        &[(When::Always, SqlForm::Template("lower(({0}) COLLATE \"C\")"))],
    ),
    ..STRING
};

/// With only the letters a to z uppercased.
pub(super) const ASCII_UPPER: FunctionDef = FunctionDef {
    name: "ascii_upper",
    spellings: each(
        &[(When::Always, SqlForm::Call("upper"))],
        &[(When::Always, SqlForm::Template("upper(({0}) COLLATE \"C\")"))],
    ),
    ..STRING
};

/// Number of characters.
pub(super) const LENGTH: FunctionDef = FunctionDef {
    name: "length",
    result: ResultType::BigInt,
    spellings: each(
        &[(When::Always, SqlForm::Call("length"))],
        &[(When::Always, SqlForm::Template("CAST(length({0}) AS bigint)"))],
    ),
    ..STRING
};

/// A substring: the position of its first character, from 1, and its length.
pub(super) const SUBSTR: FunctionDef = FunctionDef {
    name: "substr",
    arity: Arity { min: 2, max: Some(3) },
    operands: OperandTypes::StringAndPositions,
    spellings: same(&[(When::Always, SqlForm::Call("substr"))]),
    ..STRING
};

/// The first operand, with every occurrence of the second replaced by the third.
pub(super) const REPLACE: FunctionDef = FunctionDef {
    name: "replace",
    arity: exactly(3),
    spellings: same(&[(When::Always, SqlForm::Call("replace"))]),
    ..STRING
};

/// Without leading spaces.
pub(super) const TRIM_START: FunctionDef = FunctionDef {
    name: "ltrim",
    spellings: same(&[(When::Always, SqlForm::Call("ltrim"))]),
    ..STRING
};

/// Without trailing spaces.
pub(super) const TRIM_END: FunctionDef = FunctionDef {
    name: "rtrim",
    spellings: same(&[(When::Always, SqlForm::Call("rtrim"))]),
    ..STRING
};

/// Without spaces at either end.
pub(super) const TRIM: FunctionDef = FunctionDef {
    name: "trim",
    spellings: same(&[(When::Always, SqlForm::Call("trim"))]),
    ..STRING
};

/// Concatenation.
pub(super) const CONCAT: FunctionDef = FunctionDef {
    name: "concat",
    arity: at_least(2),
    operands: OperandTypes::StringsOrWholeNumbers,
    result: ResultType::String,
    spellings: same(&[(When::Always, SqlForm::Infix("||"))]),
    ..OPERATOR
};
