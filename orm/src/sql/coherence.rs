//! Queries that contradict themselves. One database would refuse them, another answer with any row it likes; here both
//! refuse, before anything is sent.

use crate::error::{Error, Result};
use crate::query::{Item, Node, Unary};

use super::Read;
use super::shape::Kind;

impl Read<'_> {
    /// # Errors
    /// If single rows and groups of rows are mixed, or distinct values ordered by others.
    pub(super) fn check(&self) -> Result<()> {
        let select = self.select;
        let name = || self.meta.def.key();
        if select.filter.has_aggregate() {
            return Err(Error::unsupported(format!(
                "a filter of {} looks at single rows and cannot aggregate",
                name()
            ))
            .with_hint("write `.group_by(..).values(..).having(..)`"));
        }
        if self.kind != Kind::Tuples {
            return if select.groups().by.is_empty() {
                Ok(())
            } else {
                Err(
                    Error::unsupported(format!("group_by() on {} makes groups, not rows", name()))
                        .with_hint("go on with `.values(..)` of what they have in common and of aggregates"),
                )
            };
        }
        let columns = plain(Node::parse(select.groups().columns.tokens(), 0)?);
        let aggregated = select.groups().columns.has_aggregate();
        if aggregated && select.groups().by.is_empty() && columns.iter().any(of_one_row) {
            return Err(Error::unsupported(format!(
                "values() of {} mixes values of single rows with aggregates over all of them",
                name()
            ))
            .with_hint("group_by() what the rows of a group have in common"));
        }
        if select.lock().is_some() && (aggregated || select.distinct || !select.groups().by.is_empty()) {
            return Err(Error::unsupported(format!(
                "select_for_update() of {} locks single rows, and these values are of several: groups, aggregates or \
                 distinct values",
                name()
            ))
            .with_hint("lock the rows first, by a query without them, and ask for the values after it"));
        }
        if select.distinct {
            for item in Node::parse(self.select.order.tokens(), 0)? {
                if let Item::Order(node, ..) = item
                    && !columns.contains(&node)
                {
                    return Err(Error::unsupported(format!(
                        "distinct values of {} can only be ordered by those values",
                        name()
                    ))
                    .with_hint("add what they are ordered by to values()"));
                }
            }
        }
        Ok(())
    }
}

fn plain(items: Vec<Item>) -> Vec<Node> {
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Plain(node) => Some(node),
            Item::Order(..) | Item::Assign(..) => None,
        })
        .collect()
}

/// Whether a column stands outside of every aggregate.
fn of_one_row(node: &Node) -> bool {
    match node {
        Node::Column(..) | Node::Exists(..) => true,
        Node::Param(_) | Node::CountRows => false,
        Node::Unary(op, operand) => match op {
            Unary::Count | Unary::CountDistinct | Unary::Sum | Unary::Avg | Unary::Min | Unary::Max => false,
            Unary::Not
            | Unary::IsNull
            | Unary::IsNotNull
            | Unary::Negate
            | Unary::Lower
            | Unary::Upper
            | Unary::Trim
            | Unary::Length => of_one_row(operand),
        },
        Node::Binary(_, left, right) => of_one_row(left) || of_one_row(right),
        Node::Between(tested, low, high) => of_one_row(tested) || of_one_row(low) || of_one_row(high),
    }
}
