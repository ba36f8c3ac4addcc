//! What is known of an operator or function: the columns of the table in `table.rs`.

use super::spelling::{Spellings, SqlForm};
use super::table::{DEFS, Function};

/// How many operands a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// The minimum number of operands.
    pub min: u8,
    /// The maximum number of operands; `None` means no limit.
    pub max: Option<u8>,
}

pub(super) const fn exactly(operands: u8) -> Arity {
    Arity {
        min: operands,
        max: Some(operands),
    }
}

pub(super) const fn at_least(operands: u8) -> Arity {
    Arity {
        min: operands,
        max: None,
    }
}

/// Whether the operand at a place is a condition of a choice: each stands before a value, and the last value may have none.
pub(super) const fn is_condition_of_choice(at: usize, operands: usize) -> bool {
    at.is_multiple_of(2) && at + 1 < operands
}

impl Arity {
    /// Whether this number of operands is allowed.
    pub fn allows(self, operands: usize) -> bool {
        operands >= usize::from(self.min) && self.max.is_none_or(|max| operands <= usize::from(max))
    }
}

/// What the operands of a function have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperandTypes {
    /// Anything.
    Any,
    /// Conditions.
    Conditions,
    /// Values of one type.
    SameType,
    /// A value and a list of values of its type, or a query for one.
    List,
    /// Numbers.
    Numbers,
    /// Whole numbers.
    WholeNumbers,
    /// Strings.
    Strings,
    /// Strings and whole numbers.
    StringsOrWholeNumbers,
    /// A string, then plain whole numbers.
    StringAndPositions,
    /// Two strings, then a whole number.
    StringsAndLength,
    /// Conditions, each before a value, and one more value for the rest; the values are of one type.
    Choice,
    /// A document, then what is asked of it.
    Document,
    /// Arrays of one type.
    Arrays,
    /// IP addresses and networks of them.
    Networks,
    /// A range.
    Range,
    /// Ranges of one type.
    Ranges,
    /// A range, and a value of the type of its bounds.
    RangeAndBound,
    /// Numbers, or durations.
    NumbersOrDurations,
    /// Durations.
    Durations,
    /// Dates with a time, all in a zone or all without one.
    Moments,
    /// A date with a time, in a zone or without one.
    Moment,
    /// A date, with a time or without one.
    Dates,
    /// A time, with a date or without one.
    Times,
    /// A date with a time, and a duration.
    MomentAndDuration,
    /// An instant, and the name of a time zone.
    InstantAndZone,
    /// A date with a time and without a zone, and the name of a time zone.
    LocalAndZone,
    /// An array of one level, and the place of an element in it.
    ArrayAndPlace,
    /// An aggregate, and a condition.
    Filtered,
    /// Values of one type, and the place of a row.
    ValuesAndPlace,
}

/// Type of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    /// A condition.
    Bool,
    /// A whole number of 64 bits.
    BigInt,
    /// A string.
    String,
    /// A duration.
    Duration,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// An instant.
    Timestamp,
    /// A date with a time.
    DateTime,
    /// A floating-point number of 64 bits.
    Double,
    /// A decimal number.
    Decimal,
    /// What the operands are.
    Operand,
    /// A number as arithmetic makes it: whole numbers have 64 bits, and a floating-point number wins over a decimal, which
    /// wins over a whole number.
    Number,
    /// An array of what the operand is.
    Array,
    /// What the elements of the array are.
    Element,
    /// What the bounds of the range are.
    Bound,
    /// A multirange of such ranges.
    Multirange,
    /// JSON
    Json,
    /// The type of a sum of the operand.
    Sum,
    /// The type of a mean of the operand.
    Mean,
}

/// When the result is NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullRule {
    /// If an operand is.
    Any,
    /// Never.
    Never,
    /// It may be, whatever the operands are.
    Maybe,
    /// If all operands are.
    All,
    /// If the first operand is.
    First,
    /// If one of the values behind the conditions is, or there is none for the rest.
    Branches,
}

/// What kind of function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// It looks at one row.
    Scalar,
    /// It looks at all rows of a group.
    Aggregate,
    /// It looks at the rows of a window, for each of them.
    Window,
}

/// In which order an aggregate takes its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOrder {
    /// No order changes what it gives.
    Any,
    /// In the order of the values, or in one that is given.
    Values,
    /// In the order of the values, and in no other.
    OnlyValues,
    /// In the order of the rows by their primary key, or in one that is given.
    Rows,
}

/// How operands are prepared so that they compare alike on every backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// They are not compared.
    No,
    /// For equality.
    Equality,
    /// For order.
    Order,
}

/// A row of the table.
#[derive(Debug)]
pub struct FunctionDef {
    /// Its name in migration files and messages.
    pub name: &'static str,
    /// How many operands it takes.
    pub arity: Arity,
    /// What they have to be.
    pub operands: OperandTypes,
    /// What it gives.
    pub result: ResultType,
    /// When it gives NULL.
    pub nulls: NullRule,
    /// One row or many.
    pub kind: FunctionKind,
    /// Whether every database computes it over a window.
    pub over_windows: bool,
    /// In which order it takes its values, if it is an aggregate.
    pub value_order: ValueOrder,
    /// How operands are compared, if they are.
    pub comparison: Comparison,
    /// Whether equal operands give an equal result at any time: what a column or an index can be computed from.
    pub immutable: bool,
    /// The SQL.
    pub spellings: Spellings,
}

impl Function {
    /// Everything about it.
    #[inline]
    pub fn def(self) -> &'static FunctionDef {
        &DEFS[self as usize]
    }

    /// Its number, which is its place in [`Function::ALL`].
    #[cfg(test)]
    pub(crate) fn number(self) -> u16 {
        self as u16
    }

    /// The function of a number, if there is one.
    pub(crate) fn of_number(number: u16) -> Option<Function> {
        Function::ALL.get(usize::from(number)).copied()
    }

    /// The function of that name.
    pub fn named(name: &str) -> Option<Function> {
        Function::ALL
            .iter()
            .copied()
            .find(|function| function.def().name == name)
    }

    /// Whether it looks at all rows of a group.
    #[inline]
    pub fn is_aggregate(self) -> bool {
        self.def().kind == FunctionKind::Aggregate
    }

    /// Names of all that a check or a computed column can use.
    pub fn names_in_tables() -> String {
        let usable = Function::ALL
            .iter()
            .filter(|function| function.def().is_in_tables());
        let names: Vec<&str> = usable.map(|function| function.def().name).collect();
        names.join(" ")
    }
}

impl FunctionDef {
    /// Whether a check or a computed column can use it.
    pub fn is_in_tables(&self) -> bool {
        self.missing_in_tables().is_none()
    }

    /// What it would take of a table that no table can do, if there is such a thing.
    pub fn missing_in_tables(&self) -> Option<&'static str> {
        let missing =
            self.spellings
                .of_tables()
                .into_iter()
                .flatten()
                .find_map(|(_, spelling)| match spelling {
                    SqlForm::Missing(what) => Some(*what),
                    _ => None,
                });
        match self.kind {
            FunctionKind::Aggregate | FunctionKind::Window => Some("look at more than one row"),
            FunctionKind::Scalar if self.immutable => None,
            FunctionKind::Scalar => Some(missing.unwrap_or("evaluate what may change over time")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::expr::When;

    #[test]
    fn every_function_has_a_name_and_a_number_of_its_own() {
        let names: BTreeSet<&str> = Function::ALL.iter().map(|function| function.def().name).collect();
        assert_eq!(names.len(), Function::ALL.len());
        assert!(!names.contains(""));
        for function in Function::ALL {
            assert_eq!(Function::of_number(function.number()), Some(*function));
            assert_eq!(Function::named(function.def().name), Some(*function));
        }
        assert_eq!(Function::ALL.len(), DEFS.len());
    }

    /// `ORM_GOLDEN=write` writes the list.
    #[test]
    fn the_page_of_files_lists_every_function_that_they_can_hold() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-cli/JSON.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = page.split_once("The functions are\n`").unwrap();
        let (listed, after) = rest.split_once('`').unwrap();
        let mut lines = vec![String::new()];
        for name in Function::names_in_tables().split(' ') {
            let line = lines.last_mut().unwrap();
            match line.len() + name.len() < 115 {
                true if line.is_empty() => line.push_str(name),
                true => *line += &format!(" {name}"),
                false => lines.push(name.to_owned()),
            }
        }
        let all = lines.join("\n");
        if std::env::var_os("ORM_GOLDEN").is_some() {
            std::fs::write(&path, format!("{before}The functions are\n`{all}`{after}")).unwrap();
        } else {
            assert_eq!(listed, all);
        }
    }

    #[test]
    fn every_function_is_spelled_or_refused_everywhere() {
        for function in Function::ALL {
            let FunctionDef { spellings, .. } = function.def();
            for spelling in [
                spellings.sqlite,
                spellings.postgres,
                spellings.sqlite_tables,
                spellings.postgres_tables,
            ] {
                let last = spelling.last().map(|(when, _)| *when);
                assert_eq!(
                    last,
                    Some(When::Always),
                    "{function:?} has no spelling for the rest"
                );
            }
        }
    }

    #[test]
    fn what_tables_can_use_they_can_spell() {
        for function in Function::ALL
            .iter()
            .filter(|function| function.def().is_in_tables())
        {
            let FunctionDef { spellings, .. } = function.def();
            for spelling in [spellings.sqlite_tables, spellings.postgres_tables] {
                for (_, spelled) in spelling {
                    assert!(!matches!(spelled, SqlForm::Missing(_)), "{function:?}");
                    if let SqlForm::Call(text) | SqlForm::Template(text) = spelled {
                        assert!(
                            !text.contains("orm_"),
                            "{function:?}: a table depends on nothing but its database"
                        );
                    }
                }
            }
        }
    }
}
