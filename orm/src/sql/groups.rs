//! The clauses of a grouped query, and which of their expressions are the same.
//!
//! Postgres compares expressions by their parameters: `views / $1` is not `views / $2`, whatever the values are. So an
//! expression of `GROUP BY` that occurs elsewhere with the same values shares its parameters there.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{
    ByPosition, ExprTokens, ListItem, Node, SortKey, Token, TokenBits, annotate, decode, decode_one,
};
use crate::value::Value;

use super::ReadQuery;
use super::render::Renderer;
use super::shape::StatementKind;
use super::writer::SHARED;

/// The decoded clauses of a query, except for the filter.
pub(super) struct DecodedParts {
    pub columns: Vec<Node<ByPosition>>,
    pub by: Vec<Node<ByPosition>>,
    pub having: Option<Node<ByPosition>>,
    pub order: Vec<SortKey<ByPosition>>,
}

/// A grouping expression: its tokens and values.
struct GroupExpr<'a> {
    tokens: &'a [TokenBits],
    values: &'a [Value<'static>],
    /// The position of its first value.
    first: u32,
}

impl ReadQuery<'_> {
    /// Pairs of positions: a value elsewhere in the query, and the value of the grouping expression that it repeats.
    ///
    /// # Errors
    /// If the grouping tokens are not expressions, which only a defect of this crate can cause.
    pub(super) fn shared(&self) -> Result<Vec<(u32, u32)>> {
        let groups = self.select.groups();
        if self.kind != StatementKind::Tuples || groups.by.values().is_empty() {
            return Ok(Vec::new());
        }
        let positions = self.positions();
        let by = expressions(&groups.by, positions.groups).ok_or_else(malformed)?;
        let mut shared = Vec::new();
        for (part, first) in [
            (&groups.columns, positions.columns),
            (&groups.having, positions.having),
            (&self.select.order, positions.order),
        ] {
            find(part, first, &by, &mut shared);
        }
        Ok(shared)
    }

    pub(super) fn parts(&self) -> Result<DecodedParts> {
        let groups = self.select.groups();
        let positions = self.positions();
        let mut parts = DecodedParts {
            columns: plain(decode(groups.columns.tokens(), positions.columns)?),
            by: plain(decode(groups.by.tokens(), positions.groups)?),
            having: decode_one(groups.having.tokens(), positions.having)?,
            order: decode(self.select.order.tokens(), positions.order)?
                .into_iter()
                .filter_map(|item| match item {
                    ListItem::Order(order) => Some(order),
                    ListItem::Plain(_) | ListItem::Assign(..) => None,
                })
                .collect(),
        };
        let shared = self.shared()?;
        if !shared.is_empty() {
            let order = parts.order.iter_mut().map(|order| &mut order.by);
            let all = parts.columns.iter_mut().chain(&mut parts.by);
            for node in all.chain(&mut parts.having).chain(order) {
                node.each_mut(&mut |node| {
                    if let Node::Value(value) = node {
                        let position = value.position;
                        if let Some((_, of_group)) = shared
                            .iter()
                            .find(|(found, of_group)| *found == position || *of_group == position)
                        {
                            value.position = of_group | SHARED;
                        }
                    }
                });
            }
        }
        Ok(parts)
    }
}

impl Renderer {
    /// A column of the select list; if `told_apart`, in the form in which `DISTINCT` and `GROUP BY` compare it.
    pub(super) fn value_of(&mut self, node: &Node<ByPosition>, told_apart: bool) -> Result<Expr> {
        let rows = self.rows;
        let typed = annotate(node, None, &rows, &mut self.around)?;
        let expr = self.expr(&typed)?;
        match told_apart {
            true => self.distinct(expr, typed.ty),
            false => Ok(expr),
        }
    }
}

/// The expressions of a list that have values; `None` if the tokens are malformed.
fn expressions(list: &ExprTokens, first: u32) -> Option<Vec<GroupExpr<'_>>> {
    // Where each operand on the stack starts, in tokens and in values; and the stack's height where each open subquery
    // began.
    let (mut starts, mut around) = (Vec::new(), Vec::new());
    let mut values = 0;
    for (at, bits) in list.tokens().iter().enumerate() {
        match bits.token() {
            Some(Token::Column(..)) => starts.push((at, values)),
            Some(Token::Param | Token::Typed(_)) => {
                starts.push((at, values));
                values += 1;
            }
            // A call starts where its first operand does.
            Some(Token::Call(_, operands)) => match operands {
                0 => starts.push((at, values)),
                operands => starts.truncate((starts.len() + 1).checked_sub(usize::from(operands))?),
            },
            Some(Token::From(_)) => {
                starts.push((at, values));
                around.push(starts.len());
            }
            Some(Token::End(_)) => starts.truncate(around.pop()?),
            _ => {}
        }
    }
    starts.push((list.tokens().len(), values));
    let mut written = Vec::with_capacity(starts.len());
    for (start, end) in starts.iter().zip(starts.iter().skip(1)) {
        let values = list.values().get(start.1..end.1)?;
        if !values.is_empty() {
            written.push(GroupExpr {
                tokens: list.tokens().get(start.0..end.0)?,
                values,
                first: first + u32::try_from(start.1).ok()?,
            });
        }
    }
    Some(written)
}

#[cold]
fn malformed() -> Error {
    Error::internal("the tokens that rows are grouped by are not a list of expressions")
}

/// Finds grouping expressions in a clause. In postfix order, a run of equal tokens is a whole subexpression.
fn find(part: &ExprTokens, first: u32, by: &[GroupExpr<'_>], found: &mut Vec<(u32, u32)>) {
    let (mut value, mut depth) = (0, 0);
    for (at, bits) in part.tokens().iter().enumerate() {
        match bits.token() {
            Some(Token::Begin) => depth += 1,
            Some(Token::End(_)) => depth -= 1,
            _ => {}
        }
        // Within a subquery, the same tokens mean other rows' columns.
        if depth == 0 {
            let here = by.iter().find(|group| {
                part.tokens()[at..].starts_with(group.tokens)
                    && part.values()[value..].starts_with(group.values)
            });
            if let Some(group) = here {
                let values = 0..group.values.len() as u32;
                found.extend(values.map(|nth| (first + value as u32 + nth, group.first + nth)));
            }
        }
        if let Some(Token::Param | Token::Typed(_)) = bits.token() {
            value += 1;
        }
    }
}

fn plain(items: Vec<ListItem<ByPosition>>) -> Vec<Node<ByPosition>> {
    items
        .into_iter()
        .filter_map(|item| match item {
            ListItem::Plain(node) => Some(node),
            ListItem::Order(_) | ListItem::Assign(..) => None,
        })
        .collect()
}
