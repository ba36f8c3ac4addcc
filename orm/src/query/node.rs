//! The tree behind the tokens, for passes that need one: rendering and checks. Every pass matches it exhaustively.

use crate::error::{Error, Result};
use crate::model::Path;

use super::token::{Binary, Direction, Nulls, Token, Unary};

/// An expression as a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A column (by position) of the rows at a path.
    Column(Path, u16),
    /// The value at this position of the query's values.
    Param(u32),
    /// `count(*)`
    CountRows,
    /// One operand.
    Unary(Unary, Box<Node>),
    /// Two operands.
    Binary(Binary, Box<Node>, Box<Node>),
    /// Tested expression, low, high.
    Between(Box<Node>, Box<Node>, Box<Node>),
    /// Whether there is a row at the path, with a condition on it.
    Exists(Path, Option<Box<Node>>),
}

/// What a list of tokens may hold: plain expressions, parts of an order, or assignments.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// An expression.
    Plain(Node),
    /// An order.
    Order(Node, Direction, Nulls),
    /// An assignment to the column at this position.
    Assign(u16, Node),
}

impl Node {
    /// Reads a list of expressions. Parameters are numbered from `first_param`.
    ///
    /// # Errors
    /// If the tokens are no list of expressions, which only a defect of this crate can cause.
    pub fn parse(tokens: &[Token], first_param: u32) -> Result<Vec<Item>> {
        let mut next_param = first_param;
        let mut stack: Vec<Item> = Vec::new();
        for &token in tokens {
            let item = match token {
                Token::Column(path, column) => Item::Plain(Node::Column(path, column)),
                Token::Param => {
                    let node = Node::Param(next_param);
                    next_param += 1;
                    Item::Plain(node)
                }
                Token::CountRows => Item::Plain(Node::CountRows),
                Token::Unary(op) => Item::Plain(Node::Unary(op, Box::new(pop(&mut stack)?))),
                Token::Binary(op) => {
                    let right = pop(&mut stack)?;
                    let left = pop(&mut stack)?;
                    Item::Plain(Node::Binary(op, Box::new(left), Box::new(right)))
                }
                Token::Between => {
                    let high = pop(&mut stack)?;
                    let low = pop(&mut stack)?;
                    let tested = pop(&mut stack)?;
                    Item::Plain(Node::Between(Box::new(tested), Box::new(low), Box::new(high)))
                }
                Token::Exists(path) => Item::Plain(Node::Exists(path, Some(Box::new(pop(&mut stack)?)))),
                Token::ExistsAny(path) => Item::Plain(Node::Exists(path, None)),
                Token::Order(direction, nulls) => Item::Order(pop(&mut stack)?, direction, nulls),
                Token::Assign(column) => Item::Assign(column, pop(&mut stack)?),
            };
            stack.push(item);
        }
        Ok(stack)
    }

    /// Reads a single expression, or `None` from no tokens.
    ///
    /// # Errors
    /// As [`Node::parse`].
    pub fn parse_one(tokens: &[Token], first_param: u32) -> Result<Option<Node>> {
        let mut items = Node::parse(tokens, first_param)?;
        match (items.pop(), items.is_empty()) {
            (None, _) => Ok(None),
            (Some(Item::Plain(node)), true) => Ok(Some(node)),
            _ => Err(malformed()),
        }
    }
}

fn pop(stack: &mut Vec<Item>) -> Result<Node> {
    match stack.pop() {
        Some(Item::Plain(node)) => Ok(node),
        _ => Err(malformed()),
    }
}

#[cold]
fn malformed() -> Error {
    Error::config("a query expression is incomplete; this is a defect of the crate `orm`")
}
