//! How a function is spelled in SQL, as data: no floor but `sql/` makes SQL from it.

/// Spellings of a function: for queries, and for what is kept in tables (checks, computed columns), which has to be read by
/// any program and so by nothing that a connection registers.
#[derive(Debug, Clone, Copy)]
pub struct Spellings {
    /// SQLite, in queries.
    pub sqlite: Spelling,
    /// Postgres, in queries.
    pub postgres: Spelling,
    /// SQLite, in tables.
    pub sqlite_tables: Spelling,
    /// Postgres, in tables.
    pub postgres_tables: Spelling,
}

/// Ways to spell it; the first that fits counts.
pub type Spelling = &'static [(When, SqlForm)];

impl Spellings {
    /// Everywhere the same.
    pub(super) const fn of(spelling: Spelling) -> Self {
        Spellings::each(spelling, spelling)
    }

    /// By backend.
    pub(super) const fn each(sqlite: Spelling, postgres: Spelling) -> Self {
        Spellings {
            sqlite,
            postgres,
            sqlite_tables: sqlite,
            postgres_tables: postgres,
        }
    }

    /// Those for tables.
    pub(super) fn of_tables(&self) -> [Spelling; 2] {
        [self.sqlite_tables, self.postgres_tables]
    }

    /// Another way in tables.
    pub(super) const fn in_tables(self, spelling: Spelling) -> Self {
        Spellings {
            sqlite_tables: spelling,
            postgres_tables: spelling,
            ..self
        }
    }

    /// Another way in tables of Postgres.
    pub(super) const fn in_postgres_tables(self, spelling: Spelling) -> Self {
        Spellings {
            postgres_tables: spelling,
            ..self
        }
    }

    /// Another way in tables, where queries call a function of the connection.
    pub(super) const fn kept_without_functions(self, spelling: Spelling) -> Self {
        self.in_sqlite_tables(spelling)
    }

    /// Another way in tables of SQLite.
    pub(super) const fn in_sqlite_tables(self, spelling: Spelling) -> Self {
        Spellings {
            sqlite_tables: spelling,
            ..self
        }
    }
}

/// When a spelling fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// If this operand is a bound value, which can be transformed on its way in.
    Bound(usize),
    /// If no operand can be NULL, in a table definition.
    NeverNull,
    /// If the first operand asks whether there is a row.
    Exists,
    /// If the operands are booleans.
    Bool,
    /// If the operands are whole numbers.
    WholeNumber,
    /// If the operands are decimals.
    Decimal,
    /// If the operands are durations.
    Duration,
    /// If the first operand is an instant.
    Instant,
    /// If the first operand is a date.
    Date,
    /// If the first operand is a time of day.
    TimeOfDay,
    /// If the operands are floating-point numbers.
    Float,
    /// If the operands are UUIDs.
    Uuid,
    /// If it is over a window.
    OverWindow,
    /// If it takes its values in an order that is given.
    Ordered,
    /// If it is an array whose elements are bytes elsewhere.
    ArrayOfBytes,
    /// If the first operand is a multirange.
    Multirange,
    /// If the first operand is a multirange of whole numbers of another width than the second is.
    MultirangeOfOtherWidth,
    /// If the first operand is a range of whole numbers of another width than the second is.
    OtherWidth,
    /// If the first operand is computed of one row: written once, because copies would be copied by what is around.
    Computed,
    /// If the first operand is a multirange of big integers.
    BigIntMultirange,
    /// If this operand is a number that is known, and not zero.
    NotZero(usize),
}

/// A way to spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlForm {
    /// The element of the first operand at the second, from 0.
    Subscript,
    /// Between the operands.
    Infix(&'static str),
    /// In front of the operand.
    Prefix(&'static str),
    /// Behind the operand.
    Postfix(&'static str),
    /// A function's name in front of the operands in parentheses.
    Call(&'static str),
    /// A text with `{0}` for an operand. `{0:lower}` is a bound value that is transformed on its way in; `{0:typed}` one that
    /// has the type of the other operands, `{0:own}` one that has its own; `{0:cased}` a string whose letters have the case that the database itself gives them,
    /// whatever computed it. `{filter}` is where an aggregate says which rows it is over, `{order}` where it says in which order. `{empty}` is an
    /// array without elements.
    Template(&'static str),
    /// `BETWEEN`.
    Between,
    /// `CASE`: conditions, each before the value where it holds, and a value for the rest if there is one.
    Case,
    /// The first of two values if the operator holds between it and the second; the one that is not NULL beside one that is.
    Pick(&'static str),
    /// A list, which is one bound value, or a query.
    In,
    /// An aggregate, with a condition on the rows that it is over.
    Filter,
    /// An aggregate that picks a value by its order.
    Extreme(&'static str),
    /// It does not exist there: what the backend cannot do.
    Missing(&'static str),
}

/// Spelled the same way everywhere.
pub(super) const fn same(spelling: Spelling) -> Spellings {
    Spellings::of(spelling)
}

pub(super) const fn each(sqlite: Spelling, postgres: Spelling) -> Spellings {
    Spellings::each(sqlite, postgres)
}

/// Only in queries.
pub(super) const IGNORES_CASE: Spelling = &[(
    When::Always,
    SqlForm::Missing("ignore case the same way on every backend: compare `ascii_lower()` of both sides"),
)];

/// Only in queries: what looks at each element is a query of its own in one of the databases, which no table can ask.
pub(super) const LOOKS_INTO_ARRAYS: Spelling = &[(
    When::Always,
    SqlForm::Missing("look at each element of an array the same way on every backend"),
)];

/// Only in queries.
pub(super) const LOOKS_INTO_JSON: Spelling = &[(
    When::Always,
    SqlForm::Missing("look into JSON the same way on every backend"),
)];

/// A divisor may be zero, unless it is known not to be.
pub(super) const QUOTIENT: Spelling = &[
    (When::NotZero(1), SqlForm::Template("({0}) / {1:typed}")),
    (When::Always, SqlForm::Template("({0}) / nullif({1:typed}, 0)")),
];

/// What a date with a time and a duration make: only in queries, for what SQLite has itself knows milliseconds.
pub(super) const MOVES_TIMES: Spelling = &[(
    When::Always,
    SqlForm::Missing("move a time by microseconds the same way on every backend"),
)];

/// As [`QUOTIENT`].
pub(super) const REMAINDER: Spelling = &[
    (When::NotZero(1), SqlForm::Template("({0}) % {1:typed}")),
    (When::Always, SqlForm::Template("({0}) % nullif({1:typed}, 0)")),
];
