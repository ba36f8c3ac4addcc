//! The tree behind the tokens, for passes that need one: rendering and checks. Every pass matches it exhaustively.

use crate::error::{Error, Result};
use crate::model::Path;

use super::token::{Binary, Direction, Nulls, Packed, Token, Unary};

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
    Assign(Path, u16, Node),
}

impl Node {
    /// Reads a list of expressions. Parameters are numbered from `first_param`.
    ///
    /// # Errors
    /// If the tokens are no list of expressions, which only a defect of this crate can cause.
    pub fn parse(tokens: &[Packed], first_param: u32) -> Result<Vec<Item>> {
        let mut next_param = first_param;
        let mut stack: Vec<Part> = Vec::new();
        for token in tokens {
            let part = match token.token() {
                Token::Column(path, column) => Part::leaf(Node::Column(path, column)),
                Token::Param => {
                    let node = Node::Param(next_param);
                    next_param += 1;
                    Part::leaf(node)
                }
                Token::CountRows => Part::leaf(Node::CountRows),
                Token::Unary(op) => {
                    let (operand, depth) = pop(&mut stack)?;
                    Part::node(Node::Unary(op, Box::new(operand)), depth)?
                }
                Token::Binary(op @ (Binary::And | Binary::Or)) => {
                    let right = stack.pop().ok_or_else(malformed)?;
                    let left = stack.pop().ok_or_else(malformed)?;
                    left.chain(op, right)?
                }
                Token::Binary(op) => {
                    let (right, below) = pop(&mut stack)?;
                    let (left, depth) = pop(&mut stack)?;
                    Part::node(
                        Node::Binary(op, Box::new(left), Box::new(right)),
                        depth.max(below),
                    )?
                }
                Token::Between => {
                    let (high, first) = pop(&mut stack)?;
                    let (low, second) = pop(&mut stack)?;
                    let (tested, third) = pop(&mut stack)?;
                    let node = Node::Between(Box::new(tested), Box::new(low), Box::new(high));
                    Part::node(node, first.max(second).max(third))?
                }
                Token::Exists(path) => {
                    let (condition, depth) = pop(&mut stack)?;
                    Part::node(Node::Exists(path, Some(Box::new(condition))), depth)?
                }
                Token::ExistsAny(path) => Part::leaf(Node::Exists(path, None)),
                Token::Order(direction, nulls) => {
                    Part::Done(Item::Order(pop(&mut stack)?.0, direction, nulls))
                }
                Token::Assign(path, column) => Part::Done(Item::Assign(path, column, pop(&mut stack)?.0)),
            };
            stack.push(part);
        }
        stack
            .into_iter()
            .map(|part| match part {
                Part::Done(item) => Ok(item),
                part => part.into_node().map(|(node, _)| Item::Plain(node)),
            })
            .collect()
    }

    /// Reads a single expression, or `None` from no tokens.
    ///
    /// # Errors
    /// As [`Node::parse`].
    pub fn parse_one(tokens: &[Packed], first_param: u32) -> Result<Option<Node>> {
        let mut items = Node::parse(tokens, first_param)?;
        match (items.pop(), items.is_empty()) {
            (None, _) => Ok(None),
            (Some(Item::Plain(node)), true) => Ok(Some(node)),
            _ => Err(malformed()),
        }
    }
}

/// Most levels of an expression. Every pass goes down a tree by calling itself, and the databases have limits too.
const MAX_DEPTH: usize = 200;

/// What stands on the stack while tokens are read.
enum Part {
    /// An expression and how many levels it has.
    Node(Node, usize),
    /// Operands of one operator, `AND` or `OR`: a hundred filters in a row are one level, not a hundred.
    Chain(Binary, Vec<(Node, usize)>),
    /// An order or an assignment.
    Done(Item),
}

impl Part {
    fn leaf(node: Node) -> Self {
        Part::Node(node, 1)
    }

    /// A node over others, the deepest of which has `below` levels.
    fn node(node: Node, below: usize) -> Result<Self> {
        if below >= MAX_DEPTH {
            return Err(Error::unsupported(format!(
                "an expression is nested more than {MAX_DEPTH} levels deep"
            ))
            .with_hint("use `in_` for a list of values, or ask in several queries"));
        }
        Ok(Part::Node(node, below + 1))
    }

    /// Both, joined by `op`, which is associative.
    fn chain(self, op: Binary, right: Part) -> Result<Self> {
        let mut operands = match self {
            Part::Chain(own, operands) if own == op => operands,
            other => vec![other.into_node()?],
        };
        match right {
            Part::Chain(own, more) if own == op => operands.extend(more),
            other => operands.push(other.into_node()?),
        }
        Ok(Part::Chain(op, operands))
    }

    fn into_node(self) -> Result<(Node, usize)> {
        match self {
            Part::Node(node, depth) => Ok((node, depth)),
            Part::Chain(op, operands) => match balanced(op, operands)? {
                Part::Node(node, depth) => Ok((node, depth)),
                Part::Chain(..) | Part::Done(_) => Err(malformed()),
            },
            Part::Done(_) => Err(malformed()),
        }
    }
}

/// A tree over the operands that is as flat as can be, in their order.
fn balanced(op: Binary, mut operands: Vec<(Node, usize)>) -> Result<Part> {
    while operands.len() > 1 {
        let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some((left, depth)) = rest.next() {
            pairs.push(match rest.next() {
                Some((right, below)) => {
                    let node = Node::Binary(op, Box::new(left), Box::new(right));
                    Part::node(node, depth.max(below))?.into_node()?
                }
                None => (left, depth),
            });
        }
        operands = pairs;
    }
    let (node, depth) = operands.pop().ok_or_else(malformed)?;
    Ok(Part::Node(node, depth))
}

fn pop(stack: &mut Vec<Part>) -> Result<(Node, usize)> {
    stack.pop().ok_or_else(malformed)?.into_node()
}

#[cold]
fn malformed() -> Error {
    Error::internal("a query expression is incomplete")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(tokens: &[Token]) -> Vec<Packed> {
        tokens.iter().map(|token| token.pack()).collect()
    }

    fn depth(node: &Node) -> usize {
        match node {
            Node::Unary(_, operand) => 1 + depth(operand),
            Node::Binary(_, left, right) => 1 + depth(left).max(depth(right)),
            _ => 1,
        }
    }

    #[test]
    fn a_chain_of_conditions_is_flat_and_in_order() {
        let mut tokens = vec![Token::Param];
        for _ in 1..1000 {
            tokens.extend([Token::Param, Token::Binary(Binary::And)]);
        }
        let node = Node::parse_one(&packed(&tokens), 0).unwrap().unwrap();
        assert_eq!(depth(&node), 11);
        let mut params = Vec::new();
        let mut open = vec![&node];
        while let Some(node) = open.pop() {
            match node {
                Node::Binary(Binary::And, left, right) => open.extend([right.as_ref(), left.as_ref()]),
                Node::Param(position) => params.push(*position),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(params, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn operators_do_not_mix_in_a_chain() {
        let tokens = [
            Token::Param,
            Token::Param,
            Token::Binary(Binary::And),
            Token::Param,
            Token::Binary(Binary::Or),
        ];
        let and = Node::Binary(Binary::And, Box::new(Node::Param(0)), Box::new(Node::Param(1)));
        let or = Node::Binary(Binary::Or, Box::new(and), Box::new(Node::Param(2)));
        assert_eq!(Node::parse_one(&packed(&tokens), 0).unwrap(), Some(or));
    }

    #[test]
    fn nesting_without_end_is_an_error_and_not_a_crash() {
        let mut tokens = vec![Token::Param];
        tokens.extend(std::iter::repeat_n(Token::Unary(Unary::Not), 100_000));
        assert!(Node::parse_one(&packed(&tokens), 0).unwrap_err().is_unsupported());
    }
}
