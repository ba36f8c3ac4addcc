//! The clauses of a query of values.

use sea_query::Expr;

use crate::error::Result;
use crate::expr::{ByPosition, Decoder, ListItem, Node, SortKey, annotate};

use super::ReadQuery;
use super::render::Renderer;
use super::shape::StatementKind;

/// The decoded clauses of a query, except for the filter.
pub(super) struct DecodedParts {
    pub columns: Vec<Node<ByPosition>>,
    pub by: Vec<Node<ByPosition>>,
    pub having: Option<Node<ByPosition>>,
    pub order: Vec<SortKey<ByPosition>>,
}

impl ReadQuery<'_> {
    /// The groups first, then the columns, because the columns may repeat their values.
    pub(super) fn parts(&self) -> Result<DecodedParts> {
        let groups = self.select.groups();
        let positions = self.positions();
        let mut decoder = Decoder::default();
        let by = plain(decoder.list(groups.by.tokens(), positions.groups)?);
        let mut parts = DecodedParts {
            by,
            columns: plain(decoder.list(groups.columns.tokens(), positions.columns)?),
            having: decoder.one(groups.having.tokens(), positions.having)?,
            order: decoder
                .list(self.select.order.tokens(), positions.order)?
                .into_iter()
                .filter_map(|item| match item {
                    ListItem::Order(order) => Some(order),
                    ListItem::Plain(_) | ListItem::Assign(..) => None,
                })
                .collect(),
        };
        let order = parts.order.iter_mut().map(|order| &mut order.by);
        let all = parts.columns.iter_mut().chain(&mut parts.by);
        for node in all.chain(&mut parts.having).chain(order) {
            node.each_value_mut(&mut |value| value.shared |= decoder.is_named_again(value.position));
        }
        Ok(parts)
    }
}

impl ReadQuery<'_> {
    /// What rows are grouped by. Of related rows it says which are equal.
    pub(super) fn groups_of<'p>(&self, parts: &'p DecodedParts) -> &'p [Node<ByPosition>] {
        match self.kind {
            StatementKind::Related => &[],
            _ => &parts.by,
        }
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

fn plain(items: Vec<ListItem<ByPosition>>) -> Vec<Node<ByPosition>> {
    items
        .into_iter()
        .filter_map(|item| match item {
            ListItem::Plain(node) => Some(node),
            ListItem::Order(_) | ListItem::Assign(..) => None,
        })
        .collect()
}
