//! Operators between operands, and what needs parentheses beside one.

use sea_query::{BinOper, Expr, ExprTrait};

use crate::error::{Error, Result};

/// The operands with an operator between them. Those of an associative operator form a balanced tree, so that a
/// thousand conditions nest ten levels deep.
pub(super) fn chain(operator: &'static str, mut operands: Vec<Expr>) -> Result<Expr> {
    let operator = match operator {
        "AND" => BinOper::And,
        "OR" => BinOper::Or,
        "=" => BinOper::Equal,
        "<>" => BinOper::NotEqual,
        "<" => BinOper::SmallerThan,
        "<=" => BinOper::SmallerThanOrEqual,
        ">" => BinOper::GreaterThan,
        ">=" => BinOper::GreaterThanOrEqual,
        "+" => BinOper::Add,
        "-" => BinOper::Sub,
        "*" => BinOper::Mul,
        "/" => BinOper::Div,
        "%" => BinOper::Mod,
        "IS NOT" => BinOper::IsNot,
        other => BinOper::Custom(other),
    };
    let associative = matches!(operator, BinOper::And | BinOper::Or);
    while associative && operands.len() > 2 {
        let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => left.binary(operator, right),
                None => left,
            });
        }
        operands = pairs;
    }
    operands
        .into_iter()
        .reduce(|left, right| left.binary(operator, right))
        .ok_or_else(|| Error::internal("an operator has no operands"))
}

/// The operand of what has one.
pub(super) fn single(mut operands: Vec<Expr>) -> Result<Expr> {
    match (operands.pop(), operands.is_empty()) {
        (Some(operand), true) => Ok(operand),
        _ => Err(Error::internal(
            "a function of one operand has another number of them",
        )),
    }
}

/// Whether it needs no parentheses beside an operator.
pub(super) fn is_atom(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Column(_)
            | Expr::Tuple(_)
            | Expr::Constant(_)
            | Expr::FunctionCall(_)
            | Expr::Value(_)
            | Expr::Keyword(_)
            | Expr::SubQuery(..)
    )
}
