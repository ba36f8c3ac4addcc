//! The table of operators and functions: everything an expression can call, one row each.
//!
//! A row is all that the other floors know about a function. It gives the name that migration files use, what the
//! function takes and gives, what it makes of NULL, and how each backend spells it. A new function is a row here and a
//! method in `query/`; a variant cannot exist without its row, because the macro below makes both from one line.

use super::function::{Arity, Compares, Gives, Kind, Nulls, Row, Takes, at_least, exactly};
use super::spelling::{As, IGNORES_CASE, Spellings, When, each, same};

const OPERATOR: Row = Row {
    name: "",
    arity: exactly(2),
    takes: Takes::Any,
    gives: Gives::Bool,
    nulls: Nulls::Any,
    kind: Kind::Scalar,
    compares: Compares::No,
    immutable: true,
    spellings: Spellings::of(&[]),
};

const COMPARISON: Row = Row {
    takes: Takes::Alike,
    compares: Compares::Order,
    ..OPERATOR
};

const LOOKUP: Row = Row {
    takes: Takes::Strings,
    ..OPERATOR
};

const LOOKUP_IGNORING_CASE: Row = Row {
    immutable: false,
    ..LOOKUP
};

const ARITHMETIC: Row = Row {
    takes: Takes::Numbers,
    gives: Gives::Number,
    ..OPERATOR
};

const STRING: Row = Row {
    arity: exactly(1),
    takes: Takes::Strings,
    gives: Gives::String,
    ..OPERATOR
};

const AGGREGATE: Row = Row {
    arity: exactly(1),
    gives: Gives::BigInt,
    nulls: Nulls::Never,
    kind: Kind::Aggregate,
    immutable: false,
    ..OPERATOR
};

macro_rules! functions {
    ($($(#[doc = $doc:literal])+ $name:ident = $row:expr;)+) => {
        /// An operator or function. Its row says everything about it: [`Function::row`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Function {
            $($(#[doc = $doc])+ $name,)+
        }

        pub(super) static ROWS: &[Row] = &[$($row),+];

        impl Function {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Function] = &[$(Function::$name),+];
        }
    };
}

functions! {
    /// Every condition holds.
    And = Row {
        name: "and", arity: at_least(1), takes: Takes::Conditions,
        spellings: same(&[(When::Always, As::Infix("AND"))]),
        ..OPERATOR
    };
    /// One of the conditions holds.
    Or = Row {
        name: "or", arity: at_least(1), takes: Takes::Conditions,
        spellings: same(&[(When::Always, As::Infix("OR"))]),
        ..OPERATOR
    };
    /// Everything that the condition does not match, also where it is NULL.
    Not = Row {
        name: "not", arity: exactly(1), takes: Takes::Conditions, nulls: Nulls::Never,
        // Never unknown, and planners know it as an anti-join.
        spellings: same(&[(When::Exists, As::Prefix("NOT")), (When::Always, As::Postfix("IS NOT TRUE"))]),
        ..OPERATOR
    };
    /// NULL.
    IsNull = Row {
        name: "is_null", arity: exactly(1), nulls: Nulls::Never,
        spellings: same(&[(When::Always, As::Postfix("IS NULL"))]),
        ..OPERATOR
    };
    /// Anything but NULL.
    IsNotNull = Row {
        name: "is_not_null", arity: exactly(1), nulls: Nulls::Never,
        spellings: same(&[(When::Always, As::Postfix("IS NOT NULL"))]),
        ..OPERATOR
    };
    /// Equal.
    Eq = Row {
        name: "eq", compares: Compares::Equality,
        spellings: same(&[(When::Always, As::Infix("="))]),
        ..COMPARISON
    };
    /// Different; NULL differs from every value.
    Ne = Row {
        name: "ne", compares: Compares::Equality, nulls: Nulls::Never,
        spellings: each(
            &[(When::Always, As::Infix("IS NOT"))],
            &[(When::Always, As::Infix("IS DISTINCT FROM"))],
        )
        // What a person writes, where NULL does not matter: so it is found again in tables that others have made.
        .in_sqlite_tables(&[(When::NeverNull, As::Infix("<>")), (When::Always, As::Infix("IS NOT"))])
        .in_postgres_tables(&[(When::NeverNull, As::Infix("<>")), (When::Always, As::Infix("IS DISTINCT FROM"))]),
        ..COMPARISON
    };
    /// Less.
    Lt = Row { name: "lt", spellings: same(&[(When::Always, As::Infix("<"))]), ..COMPARISON };
    /// Less or equal.
    Le = Row { name: "le", spellings: same(&[(When::Always, As::Infix("<="))]), ..COMPARISON };
    /// Greater.
    Gt = Row { name: "gt", spellings: same(&[(When::Always, As::Infix(">"))]), ..COMPARISON };
    /// Greater or equal.
    Ge = Row { name: "ge", spellings: same(&[(When::Always, As::Infix(">="))]), ..COMPARISON };
    /// The first is between the others, both included.
    Between = Row {
        name: "between", arity: exactly(3),
        spellings: same(&[(When::Always, As::Between)]),
        ..COMPARISON
    };
    /// The first is one of a list, or of what a query gives.
    In = Row {
        name: "in", takes: Takes::List, compares: Compares::Equality,
        spellings: same(&[(When::Always, As::In)]),
        ..COMPARISON
    };
    /// The first contains the second.
    Contains = Row {
        name: "contains",
        spellings: each(
            &[(When::Always, As::Text("instr({0}, {1}) > 0"))],
            &[(When::Bound(1), As::Text("{0} LIKE {1:contains}")), (When::Always, As::Text("strpos({0}, {1}) > 0"))],
        ),
        ..LOOKUP
    };
    /// The first starts with the second.
    StartsWith = Row {
        name: "starts_with",
        spellings: each(
            // A range, which an index serves.
            &[
                (When::Bound(1), As::Text("{0} >= {1} AND {0} < {1:prefix_end}")),
                (When::Always, As::Text("instr({0}, {1}) = 1")),
            ],
            &[
                (When::Bound(1), As::Text("{0} LIKE {1:starts_with}")),
                (When::Always, As::Call("starts_with")),
            ],
        ),
        ..LOOKUP
    };
    /// The first ends with the second.
    EndsWith = Row {
        name: "ends_with",
        spellings: each(
            // Compares the last bytes; of two UTF-8 strings that is comparing their ends. `substr` of empty bytes is NULL.
            &[(
                When::Always,
                As::Text(
                    "coalesce(substr(CAST({0} AS blob), length(CAST({0} AS blob)) - length(CAST({1} AS blob)) + 1), \
                     CAST({0} AS blob)) = CAST({1} AS blob)",
                ),
            )],
            &[
                (When::Bound(1), As::Text("{0} LIKE {1:ends_with}")),
                (When::Always, As::Text("right({0}, length({1})) = {1}")),
            ],
        ),
        ..LOOKUP
    };
    /// Equal, whatever the case.
    EqIgnoringCase = Row {
        name: "ieq",
        spellings: each(
            &[
                (When::Bound(1), As::Text("orm_lower({0}) = {1:lower}")),
                (When::Always, As::Text("orm_lower({0}) = orm_lower({1})")),
            ],
            &[
                (When::Bound(1), As::Text("{0} ILIKE {1:exact}")),
                (When::Always, As::Text("lower({0}) = lower({1})")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// The first contains the second, whatever the case.
    ContainsIgnoringCase = Row {
        name: "icontains",
        spellings: each(
            &[
                (When::Bound(1), As::Text("instr(orm_lower({0}), {1:lower}) > 0")),
                (When::Always, As::Text("instr(orm_lower({0}), orm_lower({1})) > 0")),
            ],
            &[
                (When::Bound(1), As::Text("{0} ILIKE {1:contains}")),
                (When::Always, As::Text("strpos(lower({0}), lower({1})) > 0")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// The first starts with the second, whatever the case.
    StartsWithIgnoringCase = Row {
        name: "istarts_with",
        spellings: each(
            &[
                (When::Bound(1), As::Text("instr(orm_lower({0}), {1:lower}) = 1")),
                (When::Always, As::Text("instr(orm_lower({0}), orm_lower({1})) = 1")),
            ],
            &[
                (When::Bound(1), As::Text("{0} ILIKE {1:starts_with}")),
                (When::Always, As::Text("starts_with(lower({0}), lower({1}))")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// The first ends with the second, whatever the case.
    EndsWithIgnoringCase = Row {
        name: "iends_with",
        spellings: each(
            &[
                (
                    When::Bound(1),
                    As::Text(
                        "coalesce(substr(CAST(orm_lower({0}) AS blob), length(CAST(orm_lower({0}) AS blob)) - \
                         length(CAST({1:lower} AS blob)) + 1), CAST(orm_lower({0}) AS blob)) = CAST({1:lower} AS blob)",
                    ),
                ),
                (
                    When::Always,
                    As::Text(
                        "coalesce(substr(CAST(orm_lower({0}) AS blob), length(CAST(orm_lower({0}) AS blob)) - \
                         length(CAST(orm_lower({1}) AS blob)) + 1), CAST(orm_lower({0}) AS blob)) = \
                         CAST(orm_lower({1}) AS blob)",
                    ),
                ),
            ],
            &[
                (When::Bound(1), As::Text("{0} ILIKE {1:ends_with}")),
                (When::Always, As::Text("right(lower({0}), length(lower({1}))) = lower({1})")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// Sum.
    Add = Row {
        name: "add",
        spellings: each(
            &[(When::Decimal, As::Call("orm_decimal_add")), (When::Always, As::Infix("+"))],
            &[(When::Always, As::Infix("+"))],
        ).in_tables(&[(When::Always, As::Infix("+"))]),
        ..ARITHMETIC
    };
    /// Difference.
    Sub = Row {
        name: "sub",
        spellings: each(
            &[(When::Decimal, As::Call("orm_decimal_sub")), (When::Always, As::Infix("-"))],
            &[(When::Always, As::Infix("-"))],
        ).in_tables(&[(When::Always, As::Infix("-"))]),
        ..ARITHMETIC
    };
    /// Product.
    Mul = Row {
        name: "mul",
        spellings: each(
            &[(When::Decimal, As::Call("orm_decimal_mul")), (When::Always, As::Infix("*"))],
            &[(When::Always, As::Infix("*"))],
        ).in_tables(&[(When::Always, As::Infix("*"))]),
        ..ARITHMETIC
    };
    /// Quotient; of whole numbers a whole number. NULL if the divisor is zero, which nobody divides by on purpose: so it does
    /// not count as a value that may be NULL, and one that is not an `Option` refuses to be read.
    Div = Row {
        name: "div",
        spellings: each(
            &[(When::Decimal, As::Call("orm_decimal_div")), (When::Always, As::Infix("/"))],
            &[(When::Always, As::Text("({0}) / nullif({1:typed}, 0)"))],
        ).in_sqlite_tables(&[(When::Always, As::Infix("/"))]),
        ..ARITHMETIC
    };
    /// Remainder of whole numbers, with the sign of the dividend; NULL if the divisor is zero.
    Mod = Row {
        name: "mod", takes: Takes::WholeNumbers,
        spellings: each(
            &[(When::Always, As::Infix("%"))],
            &[(When::Always, As::Text("({0}) % nullif({1:typed}, 0)"))],
        ),
        ..ARITHMETIC
    };
    /// The number with the other sign.
    Neg = Row {
        name: "neg", arity: exactly(1),
        spellings: each(
            &[(When::Decimal, As::Text("orm_decimal_sub('0', {0})")), (When::Always, As::Text("-({0})"))],
            &[(When::Always, As::Text("-({0})"))],
        ).in_tables(&[(When::Always, As::Text("-({0})"))]),
        ..ARITHMETIC
    };
    /// The number without its sign.
    Abs = Row {
        name: "abs", arity: exactly(1),
        spellings: each(
            &[(When::Decimal, As::Text("ltrim({0}, '-')")), (When::Always, As::Call("abs"))],
            &[(When::Always, As::Call("abs"))],
        ).in_tables(&[(When::Always, As::Call("abs"))]),
        ..ARITHMETIC
    };
    /// One string after the other.
    Concat = Row {
        name: "concat", arity: at_least(2), takes: Takes::StringsOrWholeNumbers, gives: Gives::String,
        spellings: same(&[(When::Always, As::Infix("||"))]),
        ..OPERATOR
    };
    /// Without spaces at both ends.
    Trim = Row { name: "trim", spellings: same(&[(When::Always, As::Call("trim"))]), ..STRING };
    /// Without spaces at the start.
    TrimStart = Row { name: "ltrim", spellings: same(&[(When::Always, As::Call("ltrim"))]), ..STRING };
    /// Without spaces at the end.
    TrimEnd = Row { name: "rtrim", spellings: same(&[(When::Always, As::Call("rtrim"))]), ..STRING };
    /// In lower case, as the database knows it.
    Lower = Row {
        name: "lower", immutable: false,
        spellings: each(&[(When::Always, As::Call("orm_lower"))], &[(When::Always, As::Call("lower"))])
            .in_tables(&[(
                When::Always,
                As::Missing("know lower case beyond ASCII the same way on every backend: use `ascii_lower()`"),
            )]),
        ..STRING
    };
    /// In upper case, as the database knows it.
    Upper = Row {
        name: "upper", immutable: false,
        spellings: each(&[(When::Always, As::Call("orm_upper"))], &[(When::Always, As::Call("upper"))])
            .in_tables(&[(
                When::Always,
                As::Missing("know upper case beyond ASCII the same way on every backend: use `ascii_upper()`"),
            )]),
        ..STRING
    };
    /// With the letters A to Z in lower case.
    AsciiLower = Row {
        name: "ascii_lower",
        spellings: each(
            &[(When::Always, As::Call("lower"))],
            &[(When::Always, As::Text("lower(({0}) COLLATE \"C\")"))],
        ),
        ..STRING
    };
    /// With the letters a to z in upper case.
    AsciiUpper = Row {
        name: "ascii_upper",
        spellings: each(
            &[(When::Always, As::Call("upper"))],
            &[(When::Always, As::Text("upper(({0}) COLLATE \"C\")"))],
        ),
        ..STRING
    };
    /// Number of characters.
    Length = Row {
        name: "length", gives: Gives::BigInt,
        spellings: each(
            &[(When::Always, As::Call("length"))],
            &[(When::Always, As::Text("CAST(length({0}) AS bigint)"))],
        ),
        ..STRING
    };
    /// Part of a string: the number of its first character, from 1, and how many.
    Substr = Row {
        name: "substr", arity: Arity { least: 2, most: Some(3) }, takes: Takes::StringAndPositions,
        spellings: same(&[(When::Always, As::Call("substr"))]),
        ..STRING
    };
    /// The first, with the third wherever the second stands in it.
    Replace = Row {
        name: "replace", arity: exactly(3),
        spellings: same(&[(When::Always, As::Call("replace"))]),
        ..STRING
    };
    /// The first that is not NULL.
    Coalesce = Row {
        name: "coalesce", arity: at_least(2), takes: Takes::Alike, gives: Gives::Operand, nulls: Nulls::All,
        spellings: same(&[(When::Always, As::Call("coalesce"))]),
        ..OPERATOR
    };
    /// The first, or NULL where it equals the second.
    NullIf = Row {
        name: "nullif", takes: Takes::Alike, gives: Gives::Operand, nulls: Nulls::Maybe, compares: Compares::Equality,
        spellings: same(&[(When::Always, As::Call("nullif"))]),
        ..OPERATOR
    };
    /// The second where the condition holds, else the third.
    If = Row {
        name: "if", arity: exactly(3), takes: Takes::Choice, gives: Gives::Operand, nulls: Nulls::Branches,
        spellings: same(&[(When::Always, As::Text("CASE WHEN {0} THEN {1} ELSE {2} END"))]),
        ..OPERATOR
    };
    /// Number of rows.
    CountRows = Row {
        name: "count_rows", arity: exactly(0),
        spellings: same(&[(When::Always, As::Text("count(*)"))]),
        ..AGGREGATE
    };
    /// Number of values that are not NULL.
    Count = Row { name: "count", spellings: same(&[(When::Always, As::Call("count"))]), ..AGGREGATE };
    /// Number of different values.
    CountDistinct = Row {
        name: "count_distinct", compares: Compares::Equality,
        spellings: same(&[(When::Always, As::Text("count(DISTINCT {0})"))]),
        ..AGGREGATE
    };
    /// Sum of the values.
    Sum = Row {
        name: "sum", takes: Takes::Numbers, gives: Gives::Sum, nulls: Nulls::Maybe,
        spellings: each(
            &[(When::Decimal, As::Call("orm_decimal_sum")), (When::Always, As::Call("sum"))],
            // The sum of whole numbers of 64 bits is numeric, of floating-point numbers of 32 bits one of those.
            &[
                (When::WholeNumber, As::Text("CAST(sum({0}) AS bigint)")),
                (When::Decimal, As::Call("sum")),
                (When::Always, As::Text("CAST(sum({0}) AS double precision)")),
            ],
        ),
        ..AGGREGATE
    };
    /// Mean of the values.
    Avg = Row {
        name: "avg", takes: Takes::Numbers, gives: Gives::Mean, nulls: Nulls::Maybe,
        spellings: each(
            &[(When::Decimal, As::Call("orm_decimal_avg")), (When::Always, As::Call("avg"))],
            &[(When::Decimal, As::Call("avg")), (When::Always, As::Text("CAST(avg({0}) AS double precision)"))],
        ),
        ..AGGREGATE
    };
    /// The least value.
    Min = Row {
        name: "min", gives: Gives::Operand, nulls: Nulls::Maybe, compares: Compares::Order,
        // There is no least boolean, but whether all are true.
        spellings: each(
            &[(When::Always, As::Extreme("min"))],
            &[(When::Bool, As::Call("bool_and")), (When::Always, As::Extreme("min"))],
        ),
        ..AGGREGATE
    };
    /// The greatest value.
    Max = Row {
        name: "max", gives: Gives::Operand, nulls: Nulls::Maybe, compares: Compares::Order,
        spellings: each(
            &[(When::Always, As::Extreme("max"))],
            &[(When::Bool, As::Call("bool_or")), (When::Always, As::Extreme("max"))],
        ),
        ..AGGREGATE
    };
}
