//! The table of operators and functions: everything an expression can call, one row each.
//!
//! A row is all that the other floors know about a function: its name in migration files, its operand and result
//! types, how it treats NULL, and its spelling on each backend. A new function is a row here and a method in `query/`;
//! a macro makes the variant and its row from one entry, so neither exists without the other.

use super::aggregate_rows::{
    ARRAY_AGG, ARRAY_AGG_DISTINCT, AVG_DISTINCT, COUNT, COUNT_DISTINCT, COUNT_ROWS, FILTER, JSON_AGG, MAX,
    MIN, STDDEV_POP, STDDEV_SAMP, STRING_AGG, SUM_DISTINCT, VAR_POP, VAR_SAMP,
};
use super::array_rows::{ARRAY_CONTAINS, ARRAY_GET, ARRAY_LENGTH, ARRAY_OVERLAPS};
use super::base_rows::{ARITHMETIC, COMPARISON, LOOKUP, LOOKUP_IGNORING_CASE, OPERATOR, functions};
use super::choice_rows::{CASE, GREATEST, IF, LEAST};
use super::date_rows::{
    DATE_OF, DAY, DAY_OF_YEAR, HOUR, IN_ZONE, INSTANT_IN, ISO_YEAR, MINUTE, MONTH, NOW, QUARTER, SECOND,
    START_OF_DAY, START_OF_HOUR, START_OF_MINUTE, START_OF_MONTH, START_OF_QUARTER, START_OF_SECOND,
    START_OF_WEEK, START_OF_YEAR, TIME_OF, WEEK, WEEKDAY, YEAR,
};
use super::duration_rows::{AVG, DURATION_ADD, DURATION_SUB, SUM, TIME_ADD, TIME_DIFFERENCE, TIME_SUB};
use super::function::{at_least, exactly};
use super::json_rows::{
    JSON_BIG_INT, JSON_BOOL, JSON_CONTAINS, JSON_DOUBLE, JSON_EXISTS, JSON_GET, JSON_REMOVE, JSON_SET_KEY,
    JSON_SET_PLACE, JSON_STRING,
};
use super::network_rows::NETWORK_CONTAINS;
use super::number_rows::{
    BIT_AND, BIT_NOT, BIT_OR, BIT_XOR, CEIL, DECIMAL_TO_DOUBLE, FLOOR, MOD, RANDOM, ROUND, ROUND_TO, SIGN,
    SQRT, TO_BIG_INT, TO_DECIMAL, TO_DOUBLE, TO_TEXT,
};
use super::range_rows::{
    RANGE_ADJACENT, RANGE_CONTAINS, RANGE_CONTAINS_RANGE, RANGE_DIFFERENCE, RANGE_INTERSECTION,
    RANGE_IS_EMPTY, RANGE_LEFT_OF, RANGE_LOWER, RANGE_LOWER_INCLUDED, RANGE_LOWER_UNBOUNDED,
    RANGE_NOT_LEFT_OF, RANGE_NOT_RIGHT_OF, RANGE_OVERLAPS, RANGE_RIGHT_OF, RANGE_SPAN, RANGE_UNION,
    RANGE_UPPER, RANGE_UPPER_INCLUDED, RANGE_UPPER_UNBOUNDED, TO_MULTIRANGE,
};
use super::spelling::{IGNORES_CASE, QUOTIENT, SqlForm, When, each, same};
use super::string_rows::{
    ASCII_LOWER, ASCII_UPPER, CONCAT, FIND, LENGTH, LOWER, PAD_END, PAD_START, REGEX, REGEX_FIND,
    REGEX_IGNORING_CASE, REGEX_REPLACE, REPEAT, REPLACE, REVERSE, RIGHT, SUBSTR, TRIGRAM_SIMILAR,
    TRIGRAM_SIMILARITY, TRIGRAM_WORD_SIMILARITY, TRIM, TRIM_END, TRIM_START, UPPER,
};
use super::window_rows::{
    CUME_DIST, DENSE_RANK, FIRST_VALUE, LAG, LAG_OR, LAST_VALUE, LEAD, LEAD_OR, NTH_VALUE, NTILE,
    PERCENT_RANK, RANK, ROW_NUMBER,
};
use super::{Comparison, FunctionDef, NullRule, OperandTypes, ResultType};

functions! {
    /// All conditions are true.
    And = FunctionDef {
        name: "and", arity: at_least(1), operands: OperandTypes::Conditions,
        spellings: same(&[(When::Always, SqlForm::Infix("AND"))]),
        ..OPERATOR
    };
    /// At least one condition is true.
    Or = FunctionDef {
        name: "or", arity: at_least(1), operands: OperandTypes::Conditions,
        spellings: same(&[(When::Always, SqlForm::Infix("OR"))]),
        ..OPERATOR
    };
    /// The complement of a condition: true also where the condition is NULL.
    Not = FunctionDef {
        name: "not", arity: exactly(1), operands: OperandTypes::Conditions, nulls: NullRule::Never,
        // Without a possible NULL, planners recognize it as an anti-join.
        spellings: same(&[(When::Exists, SqlForm::Prefix("NOT")), (When::Always, SqlForm::Postfix("IS NOT TRUE"))]),
        ..OPERATOR
    };
    /// Is NULL.
    IsNull = FunctionDef {
        name: "is_null", arity: exactly(1), nulls: NullRule::Never,
        spellings: same(&[(When::Always, SqlForm::Postfix("IS NULL"))]),
        ..OPERATOR
    };
    /// Is not NULL.
    IsNotNull = FunctionDef {
        name: "is_not_null", arity: exactly(1), nulls: NullRule::Never,
        spellings: same(&[(When::Always, SqlForm::Postfix("IS NOT NULL"))]),
        ..OPERATOR
    };
    /// Equal.
    Eq = FunctionDef {
        name: "eq", comparison: Comparison::Equality,
        spellings: same(&[(When::Always, SqlForm::Infix("="))]),
        ..COMPARISON
    };
    /// Different; NULL differs from every value.
    Ne = FunctionDef {
        name: "ne", comparison: Comparison::Equality, nulls: NullRule::Never,
        spellings: each(
            &[(When::Always, SqlForm::Infix("IS NOT"))],
            &[(When::Always, SqlForm::Infix("IS DISTINCT FROM"))],
        )
        // The spelling a person would write where NULL cannot occur, so that it is recognized in tables created by
        // others.
        .in_sqlite_tables(&[(When::NeverNull, SqlForm::Infix("<>")), (When::Always, SqlForm::Infix("IS NOT"))])
        .in_postgres_tables(&[(When::NeverNull, SqlForm::Infix("<>")), (When::Always, SqlForm::Infix("IS DISTINCT FROM"))]),
        ..COMPARISON
    };
    /// Less than.
    Lt = FunctionDef { name: "lt", spellings: same(&[(When::Always, SqlForm::Infix("<"))]), ..COMPARISON };
    /// Less than or equal.
    Le = FunctionDef { name: "le", spellings: same(&[(When::Always, SqlForm::Infix("<="))]), ..COMPARISON };
    /// Greater than.
    Gt = FunctionDef { name: "gt", spellings: same(&[(When::Always, SqlForm::Infix(">"))]), ..COMPARISON };
    /// Greater than or equal.
    Ge = FunctionDef { name: "ge", spellings: same(&[(When::Always, SqlForm::Infix(">="))]), ..COMPARISON };
    /// The first operand is between the other two, both included.
    Between = FunctionDef {
        name: "between", arity: exactly(3),
        spellings: same(&[(When::Always, SqlForm::Between)]),
        ..COMPARISON
    };
    /// The first operand is in a list, or among the rows of a subquery.
    In = FunctionDef {
        name: "in", operands: OperandTypes::List, comparison: Comparison::Equality,
        spellings: same(&[(When::Always, SqlForm::In)]),
        ..COMPARISON
    };
    /// The first operand contains the second.
    Contains = FunctionDef {
        name: "contains",
        spellings: each(
            &[(When::Always, SqlForm::Template("instr({0}, {1}) > 0"))],
            &[(When::Bound(1), SqlForm::Template("{0} LIKE {1:contains}")), (When::Always, SqlForm::Template("strpos({0}, {1}) > 0"))],
        ),
        ..LOOKUP
    };
    /// The first operand starts with the second.
    StartsWith = FunctionDef {
        name: "starts_with",
        spellings: each(
            // A range, so that an index can serve it.
            &[
                (When::Bound(1), SqlForm::Template("{0} >= {1} AND {0} < {1:prefix_end}")),
                (When::Always, SqlForm::Template("instr({0}, {1}) = 1")),
            ],
            &[
                (When::Bound(1), SqlForm::Template("{0} LIKE {1:starts_with}")),
                (When::Always, SqlForm::Call("starts_with")),
            ],
        ),
        ..LOOKUP
    };
    /// The first operand ends with the second.
    EndsWith = FunctionDef {
        name: "ends_with",
        spellings: each(
            // Compares the last bytes, which for UTF-8 strings compares their ends. `substr` of empty bytes is NULL.
            &[(
                When::Always,
                SqlForm::Template(
                    "coalesce(substr(CAST({0} AS blob), length(CAST({0} AS blob)) - length(CAST({1} AS blob)) + 1), \
                     CAST({0} AS blob)) = CAST({1} AS blob)",
                ),
            )],
            &[
                (When::Bound(1), SqlForm::Template("{0} LIKE {1:ends_with}")),
                (When::Always, SqlForm::Template("right({0}, length({1})) = {1}")),
            ],
        ),
        ..LOOKUP
    };
    /// Equal, ignoring case.
    EqIgnoringCase = FunctionDef {
        name: "ieq",
        spellings: each(
            &[
                (When::Bound(1), SqlForm::Template("orm_lower({0}) = {1:lower}")),
                (When::Always, SqlForm::Template("orm_lower({0}) = orm_lower({1})")),
            ],
            &[
                (When::Bound(1), SqlForm::Template("{0:cased} ILIKE {1:exact}")),
                (When::Always, SqlForm::Template("lower({0:cased}) = lower({1:cased})")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// The first operand contains the second, ignoring case.
    ContainsIgnoringCase = FunctionDef {
        name: "icontains",
        spellings: each(
            &[
                (When::Bound(1), SqlForm::Template("instr(orm_lower({0}), {1:lower}) > 0")),
                (When::Always, SqlForm::Template("instr(orm_lower({0}), orm_lower({1})) > 0")),
            ],
            &[
                (When::Bound(1), SqlForm::Template("{0:cased} ILIKE {1:contains}")),
                (When::Always, SqlForm::Template("strpos(lower({0:cased}), lower({1:cased})) > 0")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// The first operand starts with the second, ignoring case.
    StartsWithIgnoringCase = FunctionDef {
        name: "istarts_with",
        spellings: each(
            &[
                (When::Bound(1), SqlForm::Template("instr(orm_lower({0}), {1:lower}) = 1")),
                (When::Always, SqlForm::Template("instr(orm_lower({0}), orm_lower({1})) = 1")),
            ],
            &[
                (When::Bound(1), SqlForm::Template("{0:cased} ILIKE {1:starts_with}")),
                (When::Always, SqlForm::Template("starts_with(lower({0:cased}), lower({1:cased}))")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// The first operand ends with the second, ignoring case.
    EndsWithIgnoringCase = FunctionDef {
        name: "iends_with",
        spellings: each(
            &[
                (
                    When::Bound(1),
                    SqlForm::Template(
                        "coalesce(substr(CAST(orm_lower({0}) AS blob), length(CAST(orm_lower({0}) AS blob)) - \
                         length(CAST({1:lower} AS blob)) + 1), CAST(orm_lower({0}) AS blob)) = CAST({1:lower} AS blob)",
                    ),
                ),
                (
                    When::Always,
                    SqlForm::Template(
                        "coalesce(substr(CAST(orm_lower({0}) AS blob), length(CAST(orm_lower({0}) AS blob)) - \
                         length(CAST(orm_lower({1}) AS blob)) + 1), CAST(orm_lower({0}) AS blob)) = \
                         CAST(orm_lower({1}) AS blob)",
                    ),
                ),
            ],
            &[
                (When::Bound(1), SqlForm::Template("{0:cased} ILIKE {1:ends_with}")),
                (When::Always, SqlForm::Template("right(lower({0:cased}), length(lower({1:cased}))) = lower({1:cased})")),
            ],
        ).in_tables(IGNORES_CASE),
        ..LOOKUP_IGNORING_CASE
    };
    /// Sum.
    Add = FunctionDef {
        name: "add", spellings: each(
            &[(When::Decimal, SqlForm::Call("orm_decimal_add")), (When::Always, SqlForm::Infix("+"))],
            &[(When::Always, SqlForm::Infix("+"))],
        ).in_tables(&[(When::Always, SqlForm::Infix("+"))]),
        ..ARITHMETIC
    };
    /// Difference.
    Sub = FunctionDef {
        name: "sub", spellings: each(
            &[(When::Decimal, SqlForm::Call("orm_decimal_sub")), (When::Always, SqlForm::Infix("-"))],
            &[(When::Always, SqlForm::Infix("-"))],
        ).in_tables(&[(When::Always, SqlForm::Infix("-"))]),
        ..ARITHMETIC
    };
    /// Product.
    Mul = FunctionDef {
        name: "mul", spellings: each(
            &[(When::Decimal, SqlForm::Call("orm_decimal_mul")), (When::Always, SqlForm::Infix("*"))],
            &[(When::Always, SqlForm::Infix("*"))],
        ).in_tables(&[(When::Always, SqlForm::Infix("*"))]),
        ..ARITHMETIC
    };
    /// Quotient; a whole number if both operands are. NULL if the divisor is zero. Nobody divides by zero on purpose,
    /// so the result's type is not nullable, and reading that NULL into a type that is not an `Option` is an error.
    Div = FunctionDef {
        name: "div",
        spellings: each(
            &[(When::Decimal, SqlForm::Call("orm_decimal_div")), (When::Always, SqlForm::Infix("/"))],
            QUOTIENT,
        ).in_sqlite_tables(&[(When::Always, SqlForm::Infix("/"))]),
        ..ARITHMETIC
    };
    /// Remainder of whole numbers, with the sign of the dividend; NULL if the divisor is zero.
    Mod = MOD;
    /// Negation.
    Neg = FunctionDef {
        name: "neg", arity: exactly(1),
        spellings: each(
            &[(When::Decimal, SqlForm::Template("orm_decimal_sub('0', {0})")), (When::Always, SqlForm::Template("-({0})"))],
            &[(When::Always, SqlForm::Template("-({0})"))],
        ).in_tables(&[(When::Always, SqlForm::Template("-({0})"))]),
        ..ARITHMETIC
    };
    /// Absolute value.
    Abs = FunctionDef {
        name: "abs", arity: exactly(1),
        spellings: each(
            &[(When::Decimal, SqlForm::Template("ltrim({0}, '-')")), (When::Always, SqlForm::Call("abs"))],
            &[(When::Always, SqlForm::Call("abs"))],
        ).in_tables(&[(When::Always, SqlForm::Call("abs"))]),
        ..ARITHMETIC
    };
    /// Concatenation.
    Concat = CONCAT;
    /// Without spaces at either end.
    Trim = TRIM;
    /// Without leading spaces.
    TrimStart = TRIM_START;
    /// Without trailing spaces.
    TrimEnd = TRIM_END;
    /// Lower case, as the database defines it.
    Lower = LOWER;
    /// Upper case, as the database defines it.
    Upper = UPPER;
    /// With only the letters A to Z lowercased.
    AsciiLower = ASCII_LOWER;
    /// With only the letters a to z uppercased.
    AsciiUpper = ASCII_UPPER;
    /// A whole number with 64 bits, beside which another need not fit the column.
    ToBigInt = TO_BIG_INT;
    /// Number of characters.
    Length = LENGTH;
    /// A substring: the position of its first character, from 1, and its length.
    Substr = SUBSTR;
    /// The first operand, with every occurrence of the second replaced by the third.
    Replace = REPLACE;
    /// The last characters.
    Right = RIGHT;
    /// The first operand matches the second, a regular expression.
    Regex = REGEX;
    /// The same, ignoring case.
    RegexIgnoringCase = REGEX_IGNORING_CASE;
    /// How similar two strings are.
    TrigramSimilarity = TRIGRAM_SIMILARITY;
    /// How similar a string is to words of another.
    TrigramWordSimilarity = TRIGRAM_WORD_SIMILARITY;
    /// Whether two strings are similar.
    TrigramSimilar = TRIGRAM_SIMILAR;
    /// Every match of a regular expression replaced.
    RegexReplace = REGEX_REPLACE;
    /// The first match of a regular expression.
    RegexFind = REGEX_FIND;
    /// The characters in the opposite order.
    Reverse = REVERSE;
    /// The string so many times.
    Repeat = REPEAT;
    /// With another string in front, so that it has a length.
    PadStart = PAD_START;
    /// With another string behind, so that it has a length.
    PadEnd = PAD_END;
    /// How many characters stand in front of another string.
    Find = FIND;
    /// The bits that both numbers have.
    BitAnd = BIT_AND;
    /// The bits that at least one of the numbers has.
    BitOr = BIT_OR;
    /// The bits that one of the numbers has and the other has not.
    BitXor = BIT_XOR;
    /// The bits that the number has not.
    BitNot = BIT_NOT;
    /// The least whole number that is not less.
    Ceil = CEIL;
    /// The greatest whole number that is not greater.
    Floor = FLOOR;
    /// The whole number that is nearest.
    Round = ROUND;
    /// The number with so many digits behind the point.
    RoundTo = ROUND_TO;
    /// -1, 0 or 1.
    Sign = SIGN;
    /// The square root.
    Sqrt = SQRT;
    /// A whole number as a floating-point number.
    ToDouble = TO_DOUBLE;
    /// A decimal number as a floating-point number.
    DecimalToDouble = DECIMAL_TO_DOUBLE;
    /// A whole number as a decimal number.
    ToDecimal = TO_DECIMAL;
    /// A whole number as a string.
    ToText = TO_TEXT;
    /// The first operand that is not NULL.
    Coalesce = FunctionDef {
        name: "coalesce", arity: at_least(2), operands: OperandTypes::SameType, result: ResultType::Operand, nulls: NullRule::All,
        spellings: same(&[(When::Always, SqlForm::Call("coalesce"))]),
        ..OPERATOR
    };
    /// The first operand, or NULL if it equals the second.
    NullIf = FunctionDef {
        name: "nullif", operands: OperandTypes::SameType, result: ResultType::Operand, nulls: NullRule::Maybe, comparison: Comparison::Equality,
        spellings: same(&[(When::Always, SqlForm::Call("nullif"))]),
        ..OPERATOR
    };
    /// The second operand where the condition holds, else the third.
    If = IF;
    /// The value behind the first condition that holds, else the last value or NULL.
    Case = CASE;
    /// The greater of two values; one that is not NULL beside one that is.
    Greatest = GREATEST;
    /// The lesser of two values; one that is not NULL beside one that is.
    Least = LEAST;
    /// Every element of the second array is one of the first.
    ArrayContains = ARRAY_CONTAINS;
    /// Some element of one array is one of the other.
    ArrayOverlaps = ARRAY_OVERLAPS;
    /// How many elements an array has; of a nested one, how many arrays.
    ArrayLength = ARRAY_LENGTH;
    /// The element of an array at a place, from 0; NULL where there is none.
    ArrayGet = ARRAY_GET;
    /// The document at a path of another.
    JsonGet = JSON_GET;
    /// There is something at a path of a document, be it `null`.
    JsonExists = JSON_EXISTS;
    /// The string at a path of a document.
    JsonString = JSON_STRING;
    /// The whole number at a path of a document.
    JsonBigInt = JSON_BIG_INT;
    /// The number at a path of a document.
    JsonDouble = JSON_DOUBLE;
    /// Whether `true` stands at a path of a document.
    JsonBool = JSON_BOOL;
    /// The first document has all that the second has.
    JsonContains = JSON_CONTAINS;
    /// A document with another under a key of one of its objects.
    JsonSetKey = JSON_SET_KEY;
    /// A document with another at a place of one of its arrays, or under that number in an object.
    JsonSetPlace = JSON_SET_PLACE;
    /// A document without what is at a path.
    JsonRemove = JSON_REMOVE;
    /// The first network contains the second, or an address, or is equal to it.
    NetworkContains = NETWORK_CONTAINS;
    /// The value is within the range.
    RangeContains = RANGE_CONTAINS;
    /// All of the second range is within the first.
    RangeContainsRange = RANGE_CONTAINS_RANGE;
    /// Something is within both ranges.
    RangeOverlaps = RANGE_OVERLAPS;
    /// All of the first range is less than all of the second.
    RangeLeftOf = RANGE_LEFT_OF;
    /// All of the first range is greater than all of the second.
    RangeRightOf = RANGE_RIGHT_OF;
    /// The first range does not end behind the second.
    RangeNotRightOf = RANGE_NOT_RIGHT_OF;
    /// The first range does not begin before the second.
    RangeNotLeftOf = RANGE_NOT_LEFT_OF;
    /// One range begins where the other ends.
    RangeAdjacent = RANGE_ADJACENT;
    /// What is within both ranges.
    RangeIntersection = RANGE_INTERSECTION;
    /// From where the first of them begins to where the last of them ends.
    RangeSpan = RANGE_SPAN;
    /// What is within one of them, which must not lie apart.
    RangeUnion = RANGE_UNION;
    /// What is within the first and not within the second, which must not leave two ranges.
    RangeDifference = RANGE_DIFFERENCE;
    /// Where a range begins; NULL where it does not.
    RangeLower = RANGE_LOWER;
    /// Where a range ends; NULL where it does not.
    RangeUpper = RANGE_UPPER;
    /// Where a range begins is within it.
    RangeLowerIncluded = RANGE_LOWER_INCLUDED;
    /// Where a range ends is within it.
    RangeUpperIncluded = RANGE_UPPER_INCLUDED;
    /// Nothing is within the range.
    RangeIsEmpty = RANGE_IS_EMPTY;
    /// The range has no beginning.
    RangeLowerUnbounded = RANGE_LOWER_UNBOUNDED;
    /// The range has no end.
    RangeUpperUnbounded = RANGE_UPPER_UNBOUNDED;
    /// The multirange of one range.
    ToMultirange = TO_MULTIRANGE;
    /// A date with a time, later by a duration.
    TimeAdd = TIME_ADD;
    /// A date with a time, earlier by a duration.
    TimeSub = TIME_SUB;
    /// How much later the first of two dates with a time is.
    TimeDifference = TIME_DIFFERENCE;
    /// Sum of two durations.
    DurationAdd = DURATION_ADD;
    /// Difference of two durations.
    DurationSub = DURATION_SUB;
    /// The year of a date.
    Year = YEAR;
    /// The quarter of the year, from 1.
    Quarter = QUARTER;
    /// The month of the year, from 1.
    Month = MONTH;
    /// The day of the month, from 1.
    Day = DAY;
    /// The year that the week is one of, by ISO 8601.
    IsoYear = ISO_YEAR;
    /// The week of that year, by ISO 8601: from 1.
    Week = WEEK;
    /// The day of the week, by ISO 8601: from 1, Monday, to 7, Sunday.
    Weekday = WEEKDAY;
    /// The day of the year, from 1.
    DayOfYear = DAY_OF_YEAR;
    /// The hour of the day.
    Hour = HOUR;
    /// The minute of the hour.
    Minute = MINUTE;
    /// The whole second of the minute.
    Second = SECOND;
    /// The first day or moment of the year.
    StartOfYear = START_OF_YEAR;
    /// The first day or moment of the quarter.
    StartOfQuarter = START_OF_QUARTER;
    /// The first day or moment of the month.
    StartOfMonth = START_OF_MONTH;
    /// The Monday or first moment of the week.
    StartOfWeek = START_OF_WEEK;
    /// The first moment of the day.
    StartOfDay = START_OF_DAY;
    /// The first moment of the hour.
    StartOfHour = START_OF_HOUR;
    /// The first moment of the minute.
    StartOfMinute = START_OF_MINUTE;
    /// The first moment of the second.
    StartOfSecond = START_OF_SECOND;
    /// The date of a date with a time.
    DateOf = DATE_OF;
    /// The time of a date with a time.
    TimeOf = TIME_OF;
    /// The time at which the statement began.
    Now = NOW;
    /// The date and time that clocks of a time zone show at an instant.
    InZone = IN_ZONE;
    /// The instant at which clocks of a time zone show a date and time.
    InstantIn = INSTANT_IN;
    /// A number by chance, from 0 to 1.
    Random = RANDOM;
    /// Number of rows.
    CountRows = COUNT_ROWS;
    /// Number of values that are not NULL.
    Count = COUNT;
    /// Number of distinct values.
    CountDistinct = COUNT_DISTINCT;
    /// Sum of the values.
    Sum = SUM;
    /// The strings in the order of their characters' numbers, with another between them.
    StringAgg = STRING_AGG;
    /// An array of the values.
    ArrayAgg = ARRAY_AGG;
    /// An array of the different values, in their order.
    ArrayAggDistinct = ARRAY_AGG_DISTINCT;
    /// A JSON array of the documents.
    JsonAgg = JSON_AGG;
    /// Mean of the values.
    Avg = AVG;
    /// The least value.
    Min = MIN;
    /// The greatest value.
    Max = MAX;
    /// Sum of the different values.
    SumDistinct = SUM_DISTINCT;
    /// Mean of the different values.
    AvgDistinct = AVG_DISTINCT;
    /// Variance of the values, as all that there are.
    VarPop = VAR_POP;
    /// Variance of the values, as a sample of more.
    VarSamp = VAR_SAMP;
    /// Standard deviation of the values, as all that there are.
    StddevPop = STDDEV_POP;
    /// Standard deviation of the values, as a sample of more.
    StddevSamp = STDDEV_SAMP;
    /// An aggregate of the rows for which a condition holds.
    Filter = FILTER;
    /// The place of a row, from 1.
    RowNumber = ROW_NUMBER;
    /// One more than the rows before it in the order.
    Rank = RANK;
    /// One more than the different ranks before it.
    DenseRank = DENSE_RANK;
    /// The share of the other rows that come before it.
    PercentRank = PERCENT_RANK;
    /// The share of the rows that come before it or are equal to it, itself one of them.
    CumeDist = CUME_DIST;
    /// In which of so many parts of equal size it is, from 1.
    Ntile = NTILE;
    /// The value of the row so many before it.
    Lag = LAG;
    /// The same, with a value where there is no such row.
    LagOr = LAG_OR;
    /// The value of the row so many behind it.
    Lead = LEAD;
    /// The same, with a value where there is no such row.
    LeadOr = LEAD_OR;
    /// The value of the first row of the frame.
    FirstValue = FIRST_VALUE;
    /// The value of the last row of the frame.
    LastValue = LAST_VALUE;
    /// The value of a row of the frame by its place, from 1.
    NthValue = NTH_VALUE;
}
