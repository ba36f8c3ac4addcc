//! The untyped core: expressions as tokens in postfix order, with their values beside them.
//!
//! Postfix needs no boxes: joining two conditions appends one token. The tokens without the values are the *shape* of a
//! query, and the same shape is rendered to SQL only once (see `sql::cache`). Passes that need a tree
//! build it with [`Node::parse`](super::Node::parse).

use smallvec::SmallVec;

use crate::model::Path;
use crate::value::Value;

/// One step of an expression in postfix order: operands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// A column (by position) of the rows at a path.
    Column(Path, u16),
    /// The next value.
    Param,
    /// All rows: `count(*)` without an operand.
    CountRows,
    /// Takes one operand.
    Unary(Unary),
    /// Takes two operands.
    Binary(Binary),
    /// Takes the tested expression, the low and the high bound.
    Between,
    /// Takes the condition on the rows at the path.
    Exists(Path),
    /// The same without a condition.
    ExistsAny(Path),
    /// Ends an order: takes one operand.
    Order(Direction, Nulls),
    /// Ends an assignment to a column: takes one operand.
    Assign(u16),
}

/// Operators and functions of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    /// Everything the condition does not match, also where it is unknown: `IS NOT TRUE`.
    Not,
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
    /// `-x`
    Negate,
    /// Lower case, as the backend knows it.
    Lower,
    /// Upper case, as the backend knows it.
    Upper,
    /// Without spaces at both ends.
    Trim,
    /// Number of characters.
    Length,
    /// Number of values that are not NULL.
    Count,
    /// Number of different values.
    CountDistinct,
    /// Sum.
    Sum,
    /// Mean.
    Avg,
    /// Least.
    Min,
    /// Greatest.
    Max,
}

/// Operators of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    /// Both.
    And,
    /// Either.
    Or,
    /// Equal.
    Eq,
    /// Different; NULL differs from every value.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// One of a list, which is one value.
    In,
    /// A lookup in text.
    Text(TextLookup),
}

/// Lookups in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextLookup {
    /// Where the value is looked for.
    pub place: Place,
    /// Whether case is ignored.
    pub ignore_case: bool,
}

/// Where a text lookup looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The whole text.
    Whole,
    /// Anywhere.
    Anywhere,
    /// At the start.
    Start,
    /// At the end.
    End,
}

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Greatest first.
    Desc,
}

/// Where NULL stands in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nulls {
    /// First when ascending, last when descending, on every backend.
    Default,
    /// Before everything.
    First,
    /// After everything.
    Last,
}

/// Values of a query: most have one or two, which then need no allocation.
pub(crate) type Values = SmallVec<[Value<'static>; 2]>;

/// An expression, or a list of them: tokens and the values their `Param`s stand for, in order.
#[derive(Debug, Clone, Default)]
pub struct Fragment {
    pub(crate) tokens: SmallVec<[Token; 8]>,
    pub(crate) values: Values,
}

impl Fragment {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Whether an aggregate stands in it.
    pub fn has_aggregate(&self) -> bool {
        self.tokens.iter().any(|token| {
            matches!(
                token,
                Token::CountRows
                    | Token::Unary(
                        Unary::Count
                            | Unary::CountDistinct
                            | Unary::Sum
                            | Unary::Avg
                            | Unary::Min
                            | Unary::Max
                    )
            )
        })
    }

    /// Turns an order around, with the places of NULL.
    pub(crate) fn reverse(&mut self) {
        for token in &mut self.tokens {
            if let Token::Order(direction, nulls) = token {
                *direction = match direction {
                    Direction::Asc => Direction::Desc,
                    Direction::Desc => Direction::Asc,
                };
                *nulls = match nulls {
                    Nulls::Default => Nulls::Default,
                    Nulls::First => Nulls::Last,
                    Nulls::Last => Nulls::First,
                };
            }
        }
    }

    pub(crate) fn push(&mut self, token: Token) {
        self.tokens.push(token);
    }

    pub(crate) fn param(&mut self, value: Value<'static>) {
        self.tokens.push(Token::Param);
        self.values.push(value);
    }

    /// Appends another expression after this one.
    pub(crate) fn extend(&mut self, other: Fragment) {
        if self.tokens.is_empty() {
            *self = other;
            return;
        }
        self.tokens.extend_from_slice(&other.tokens);
        self.values.extend(other.values);
    }

    /// Makes this condition and another hold; an empty one holds always.
    pub(crate) fn and(&mut self, other: Fragment) {
        if other.is_empty() {
            return;
        }
        let joins = !self.is_empty();
        self.extend(other);
        if joins {
            self.push(Token::Binary(Binary::And));
        }
    }
}
