//! The order of a native enum where its values are strings, as positions in the list of its values.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Typed};

use super::rules::{Rules, number};

/// Refuses an order of distinct values that goes by their positions, which are not those values.
pub(super) fn refuse_among_distinct(order: &Typed<'_, '_, ByPosition>) -> Result<()> {
    match &order.enumeration {
        Some(of) if of.name.is_none() => Err(Error::unsupported(
            "distinct values of an enum that no column holds are not ordered: databases know them as strings",
        )
        .with_hint("group_by() the value instead of distinct(), or order the rows in the program")),
        _ => Ok(()),
    }
}

/// A string in the SQL: only ones written in this program's source.
fn literal(text: &str) -> Expr {
    Expr::Constant(text.into())
}

/// `CASE operand WHEN .. THEN .. END`, NULL where nothing matches.
fn case(rules: &dyn Rules, operand: Expr, pairs: impl Iterator<Item = (Expr, Expr)>) -> Expr {
    let mut parts = vec![operand];
    let mut sql = format!("CASE {}", rules.placeholder(1));
    for (from, to) in pairs {
        let [when, then] = [1, 2].map(|more| rules.placeholder(parts.len() + more));
        sql.push_str(&format!(" WHEN {when} THEN {then}"));
        parts.extend([from, to]);
    }
    sql.push_str(" END");
    Expr::cust_with_exprs(sql, parts)
}

/// A value as its position.
pub(super) fn ranked(rules: &dyn Rules, operand: Expr, values: &[&str]) -> Expr {
    let ranks = values.iter().zip(0..);
    case(
        rules,
        operand,
        ranks.map(|(&text, rank)| (literal(text), number(rank))),
    )
}

/// The value at a position.
pub(super) fn unranked(rules: &dyn Rules, rank: Expr, values: &[&str]) -> Expr {
    let strings = values.iter().zip(0..);
    case(
        rules,
        rank,
        strings.map(|(&text, rank)| (number(rank), literal(text))),
    )
}
