//! Spellings that are a text with holes.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{Leaves, Typed};
use crate::value::FieldType;

use super::Transform;
use super::infix::is_atom;
use super::spell::{Speller, SqlOperand};
use super::window::OverRows;
use super::writer::param;

impl Speller {
    /// A template with the operands filled in.
    pub(super) fn text<L: Leaves>(
        &self,
        text: &'static str,
        ty: Option<FieldType>,
        operands: &[SqlOperand],
        parts: &[Typed<'_, '_, L>],
        rows: &OverRows,
    ) -> Result<Expr> {
        let mut sql = String::with_capacity(text.len());
        let mut exprs = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            sql.push_str(before);
            let (hole, after) = after.split_once('}').ok_or_else(|| unreadable(text))?;
            rest = after;
            match hole {
                "filter" => {
                    sql.push_str(&rows.clauses(&mut exprs, self.rules));
                    continue;
                }
                "order" => {
                    sql.push_str(&rows.order_clause(&mut exprs, self.rules));
                    continue;
                }
                "empty" => {
                    sql.push_str("'{}'");
                    continue;
                }
                _ => {}
            }
            let (at, transform) = match hole.split_once(':') {
                Some((at, transform)) => (at, Some(transform)),
                None => (hole, None),
            };
            let at: usize = at.parse().map_err(|_| unreadable(text))?;
            let operand = operands.get(at).ok_or_else(|| unreadable(text))?;
            let expr = self
                .hole(
                    operand,
                    transform,
                    if transform == Some("own") {
                        parts.get(at).and_then(|part| part.ty)
                    } else {
                        ty
                    },
                )
                .ok_or_else(|| unreadable(text))?;
            let expr = match transform {
                Some("cased") if parts.get(at).is_some_and(|part| part.node.knows_ascii_only()) => {
                    self.rules.cased(expr)
                }
                _ => expr,
            };
            let within = (sql.ends_with('(') || sql.ends_with(", ")) && after.starts_with([')', ','])
                || after.starts_with("{order}");
            exprs.push(if within || is_atom(&expr) {
                expr
            } else {
                Expr::tuple([expr])
            });
            sql.push_str(&self.rules.placeholder(exprs.len()));
        }
        sql.push_str(rest);
        Ok(Expr::cust_with_exprs(sql, exprs))
    }

    fn hole(&self, operand: &SqlOperand, transform: Option<&str>, ty: Option<FieldType>) -> Option<Expr> {
        let expr = match operand {
            SqlOperand::Bound(position) => {
                let transform = match transform {
                    None | Some("typed" | "own" | "cased") => Transform::None,
                    Some(name) => Transform::named(name)?,
                };
                param(*position, transform)
            }
            SqlOperand::Expr(expr) => expr.clone(),
            SqlOperand::List(_) | SqlOperand::Query(_) => return None,
        };
        match (transform, operand, ty) {
            (Some("typed" | "own"), SqlOperand::Bound(_), Some(ty)) => Some(self.rules.cast(expr, ty)),
            _ => Some(expr),
        }
    }
}

#[cold]
fn unreadable(text: &'static str) -> Error {
    Error::internal(format!("the spelling `{text}` does not fit its operands"))
}
