//! The untyped core: expressions as tokens in postfix order.
//!
//! Postfix needs no tree: joining two conditions appends one token. The tokens without the values are the *shape* of a
//! query, and the same shape is rendered to SQL only once (see `sql::shape`). Passes that need a tree
//! build it with [`Node::parse`](super::Node::parse).

use crate::model::Path;

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
    /// Ends an assignment to a column (by position) of the rows at a path: takes one operand.
    Assign(Path, u16),
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

impl Binary {
    fn number(self) -> u32 {
        match self {
            Binary::And => 0,
            Binary::Or => 1,
            Binary::Eq => 2,
            Binary::Ne => 3,
            Binary::Lt => 4,
            Binary::Le => 5,
            Binary::Gt => 6,
            Binary::Ge => 7,
            Binary::Add => 8,
            Binary::Sub => 9,
            Binary::Mul => 10,
            Binary::Div => 11,
            Binary::In => 12,
            Binary::Text(_) => 13,
        }
    }
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

impl Token {
    /// The token as a number: equal numbers, equal tokens.
    #[inline]
    pub(crate) fn pack(self) -> Packed {
        let (kind, small, large) = match self {
            Token::Column(path, column) => (1, u32::from(column), path.0),
            Token::Param => (2, 0, 0),
            Token::CountRows => (3, 0, 0),
            Token::Unary(unary) => (4, unary as u32, 0),
            Token::Binary(Binary::Text(lookup)) => (5, lookup.place as u32, u32::from(lookup.ignore_case)),
            Token::Binary(binary) => (6, binary.number(), 0),
            Token::Between => (7, 0, 0),
            Token::Exists(path) => (8, 0, path.0),
            Token::ExistsAny(path) => (9, 0, path.0),
            Token::Order(direction, nulls) => (10, direction as u32, nulls as u32),
            Token::Assign(path, column) => (11, u32::from(column), path.0),
        };
        Packed(kind << 48 | u64::from(small) << 32 | u64::from(large))
    }
}

/// A token as a number. Queries are made of these, since their shapes are hashed and compared each time they are asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packed(u64);

impl Packed {
    #[inline]
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn token(self) -> Token {
        let (kind, small, large) = (self.0 >> 48, (self.0 >> 32) as u16, self.0 as u32);
        let at = usize::from(small);
        match kind {
            1 => Token::Column(Path(large), small),
            2 => Token::Param,
            3 => Token::CountRows,
            4 => Token::Unary(nth(&UNARY, at)),
            5 => Token::Binary(Binary::Text(TextLookup {
                place: nth(&PLACES, at),
                ignore_case: large != 0,
            })),
            6 => Token::Binary(nth(&BINARY, at)),
            7 => Token::Between,
            8 => Token::Exists(Path(large)),
            9 => Token::ExistsAny(Path(large)),
            10 => Token::Order(nth(&DIRECTIONS, at), nth(&NULLS, large as usize)),
            _ => Token::Assign(Path(large), small),
        }
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.token().fmt(f)
    }
}

/// A number is only made from what stands at its place.
fn nth<T: Copy, const N: usize>(all: &[T; N], at: usize) -> T {
    all[at.min(N - 1)]
}

const UNARY: [Unary; 14] = [
    Unary::Not,
    Unary::IsNull,
    Unary::IsNotNull,
    Unary::Negate,
    Unary::Lower,
    Unary::Upper,
    Unary::Trim,
    Unary::Length,
    Unary::Count,
    Unary::CountDistinct,
    Unary::Sum,
    Unary::Avg,
    Unary::Min,
    Unary::Max,
];
const BINARY: [Binary; 13] = [
    Binary::And,
    Binary::Or,
    Binary::Eq,
    Binary::Ne,
    Binary::Lt,
    Binary::Le,
    Binary::Gt,
    Binary::Ge,
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::In,
];
const PLACES: [Place; 4] = [Place::Whole, Place::Anywhere, Place::Start, Place::End];
const DIRECTIONS: [Direction; 2] = [Direction::Asc, Direction::Desc];
const NULLS: [Nulls; 3] = [Nulls::Default, Nulls::First, Nulls::Last];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_number_is_one_token_and_back() {
        let mut tokens = vec![Token::Param, Token::CountRows, Token::Between];
        for number in [0, 1, 2, 0xFFFF, 0x1_0000, u32::MAX] {
            tokens.extend([Token::Exists(Path(number)), Token::ExistsAny(Path(number))]);
            tokens.extend([0, 1, 2, u16::MAX].map(|column| Token::Column(Path(number), column)));
            tokens.extend([0, 1, u16::MAX].map(|column| Token::Assign(Path(number), column)));
        }
        tokens.extend(UNARY.map(Token::Unary));
        tokens.extend(BINARY.map(Token::Binary));
        for place in PLACES {
            tokens.extend(
                [false, true]
                    .map(|ignore_case| Token::Binary(Binary::Text(TextLookup { place, ignore_case }))),
            );
        }
        for direction in DIRECTIONS {
            tokens.extend(NULLS.map(|nulls| Token::Order(direction, nulls)));
        }
        for token in &tokens {
            assert_eq!(token.pack().token(), *token);
        }
        let numbers: HashSet<u64> = tokens.iter().map(|token| token.pack().bits()).collect();
        assert_eq!(numbers.len(), tokens.len());
    }
}
