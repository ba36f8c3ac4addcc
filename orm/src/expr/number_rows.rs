//! Rows of the table of functions over numbers: their bits, what they are rounded to, and what they are as another type.

use super::base_rows::{ARITHMETIC, OPERATOR};
use super::function::exactly;
use super::spelling::{REMAINDER, Spelling, SqlForm, When, each, same};
use super::{FunctionDef, NullRule, OperandTypes, ResultType};

const BITS: FunctionDef = FunctionDef {
    operands: OperandTypes::WholeNumbers,
    ..ARITHMETIC
};

/// Remainder of whole numbers, with the sign of the dividend; NULL if the divisor is zero.
pub(super) const MOD: FunctionDef = FunctionDef {
    name: "mod",
    operands: OperandTypes::WholeNumbers,
    spellings: each(&[(When::Always, SqlForm::Infix("%"))], REMAINDER),
    ..ARITHMETIC
};

/// The bits that both numbers have.
pub(super) const BIT_AND: FunctionDef = FunctionDef {
    name: "bit_and",
    spellings: same(&[(When::Always, SqlForm::Template("({0}) & ({1})"))]),
    ..BITS
};

/// The bits that at least one of the numbers has.
pub(super) const BIT_OR: FunctionDef = FunctionDef {
    name: "bit_or",
    spellings: same(&[(When::Always, SqlForm::Template("({0}) | ({1})"))]),
    ..BITS
};

/// The bits that one of the numbers has and the other has not.
pub(super) const BIT_XOR: FunctionDef = FunctionDef {
    name: "bit_xor",
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_bit_xor"))],
        &[(When::Always, SqlForm::Template("({0}) # ({1})"))],
    )
    .in_tables(&[(
        When::Always,
        SqlForm::Template("(({0}) | ({1})) & ~(({0}) & ({1}))"),
    )]),
    ..BITS
};

/// The bits that the number has not.
pub(super) const BIT_NOT: FunctionDef = FunctionDef {
    name: "bit_not",
    arity: exactly(1),
    spellings: same(&[(When::Always, SqlForm::Template("~({0})"))]),
    ..BITS
};

/// Only in queries: some backends are given it by the connection.
const ROUNDS: Spelling = &[(
    When::Always,
    SqlForm::Missing("round numbers the same way on every backend"),
)];

const ROUNDED: FunctionDef = FunctionDef {
    arity: exactly(1),
    immutable: false,
    ..ARITHMETIC
};

/// The least whole number that is not less.
pub(super) const CEIL: FunctionDef = FunctionDef {
    name: "ceil",
    spellings: each(
        &[
            (When::Decimal, SqlForm::Call("orm_decimal_ceil")),
            (When::Always, SqlForm::Call("orm_ceil")),
        ],
        &[(When::Always, SqlForm::Call("ceil"))],
    )
    .in_tables(ROUNDS),
    ..ROUNDED
};

/// The greatest whole number that is not greater.
pub(super) const FLOOR: FunctionDef = FunctionDef {
    name: "floor",
    spellings: each(
        &[
            (When::Decimal, SqlForm::Call("orm_decimal_floor")),
            (When::Always, SqlForm::Call("orm_floor")),
        ],
        &[(When::Always, SqlForm::Call("floor"))],
    )
    .in_tables(ROUNDS),
    ..ROUNDED
};

/// The whole number that is nearest.
pub(super) const ROUND: FunctionDef = FunctionDef {
    name: "round",
    spellings: each(
        &[
            (When::Decimal, SqlForm::Call("orm_decimal_round")),
            (When::Always, SqlForm::Call("orm_round")),
        ],
        &[(When::Always, SqlForm::Call("round"))],
    )
    .in_tables(ROUNDS),
    ..ROUNDED
};

/// The number with so many digits behind the point.
pub(super) const ROUND_TO: FunctionDef = FunctionDef {
    name: "round_to",
    arity: exactly(2),
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_decimal_round_to"))],
        &[(
            When::Always,
            SqlForm::Template("round({0}, CAST({1} AS integer))"),
        )],
    )
    .in_tables(ROUNDS),
    ..ROUNDED
};

/// Only in queries: tables of some backends lack it.
const COMPUTES: Spelling = &[(
    When::Always,
    SqlForm::Missing("compute this of a number the same way on every backend"),
)];

/// -1, 0 or 1.
pub(super) const SIGN: FunctionDef = FunctionDef {
    name: "sign",
    spellings: each(
        &[
            (When::WholeNumber, SqlForm::Call("sign")),
            (When::Decimal, SqlForm::Template("CAST(sign({0}) AS text)")),
            (When::Always, SqlForm::Template("CAST(sign({0}) AS REAL)")),
        ],
        &[
            (When::WholeNumber, SqlForm::Template("CAST(sign({0}) AS bigint)")),
            (When::Always, SqlForm::Call("sign")),
        ],
    )
    .in_tables(COMPUTES),
    ..ROUNDED
};

/// The square root, NULL of a negative number.
pub(super) const SQRT: FunctionDef = FunctionDef {
    name: "sqrt",
    result: ResultType::Double,
    nulls: NullRule::Maybe,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_sqrt"))],
        // The negative number nearest to 0 stands for all of them and for NULL, so that the operand is written, and computed, once.
        &[(
            When::Always,
            SqlForm::Template(
                "sqrt(nullif(greatest({0}, CAST('-5e-324' AS double precision)), CAST('-5e-324' AS double precision)))",
            ),
        )],
    )
    .in_tables(COMPUTES),
    ..ROUNDED
};

const CAST: FunctionDef = FunctionDef {
    arity: exactly(1),
    operands: OperandTypes::WholeNumbers,
    ..ARITHMETIC
};

/// A whole number with 64 bits, beside which another need not fit the column.
pub(super) const TO_BIG_INT: FunctionDef = FunctionDef {
    name: "to_big_int",
    result: ResultType::BigInt,
    spellings: each(
        &[(When::Always, SqlForm::Template("{0}"))],
        &[(When::Always, SqlForm::Template("CAST({0} AS bigint)"))],
    ),
    ..CAST
};

/// A whole number as the nearest floating-point number of 64 bits.
pub(super) const TO_DOUBLE: FunctionDef = FunctionDef {
    name: "to_double",
    result: ResultType::Double,
    spellings: each(
        &[(When::Always, SqlForm::Template("CAST({0} AS REAL)"))],
        &[(When::Always, SqlForm::Template("CAST({0} AS double precision)"))],
    ),
    ..CAST
};

/// A decimal number as the nearest floating-point number of 64 bits.
pub(super) const DECIMAL_TO_DOUBLE: FunctionDef = FunctionDef {
    name: "decimal_to_double",
    result: ResultType::Double,
    spellings: each(
        &[(When::Always, SqlForm::Call("orm_decimal_to_double"))],
        &[(When::Always, SqlForm::Template("CAST({0} AS double precision)"))],
    )
    .in_tables(COMPUTES),
    ..ROUNDED
};

/// A whole number as a decimal number.
pub(super) const TO_DECIMAL: FunctionDef = FunctionDef {
    name: "to_decimal",
    result: ResultType::Decimal,
    spellings: each(
        &[(When::Always, SqlForm::Template("CAST({0} AS text)"))],
        &[(When::Always, SqlForm::Template("CAST({0} AS numeric)"))],
    ),
    ..CAST
};

/// A whole number as the string of its digits.
pub(super) const TO_TEXT: FunctionDef = FunctionDef {
    name: "to_text",
    result: ResultType::String,
    spellings: same(&[(When::Always, SqlForm::Template("CAST({0} AS text)"))]),
    ..CAST
};

/// A number by chance, at least 0 and less than 1.
pub(super) const RANDOM: FunctionDef = FunctionDef {
    name: "random",
    arity: exactly(0),
    operands: OperandTypes::Any,
    result: ResultType::Double,
    nulls: NullRule::Never,
    immutable: false,
    spellings: each(
        // As many of its 64 bits as the number has: both sides of the division are exact, and so is what it comes to.
        &[(
            When::Always,
            SqlForm::Template("((random() & 9007199254740991) / 9007199254740992.0)"),
        )],
        &[(When::Always, SqlForm::Template("random()"))],
    ),
    ..OPERATOR
};
