//! The pass over groups: finds what may differ between the rows of a group.

use super::node::windowed;
use super::{Leaves, Node};

/// A column that may differ between the rows of a group.
#[derive(Debug, PartialEq)]
pub struct Ungrouped<L: Leaves>(pub L::Column);

/// Finds the columns that the rows of a query belong to.
type RelatedBy<'a, L> = &'a dyn Fn(&<L as Leaves>::From, usize) -> Vec<<L as Leaves>::Column>;

/// What an expression has to be told of the rows that are grouped.
pub struct GroupedRows<'a, L: Leaves> {
    /// The expressions they are grouped by.
    pub by: &'a [Node<L>],
    /// Whether a column, at that subquery depth, belongs to them.
    pub is_own: &'a dyn Fn(&L::Column, usize) -> bool,
    /// The columns of theirs that the rows of a query belong to, if they are related to them; at the depth of the query around it.
    pub related_by: RelatedBy<'a, L>,
    /// Whether the grouping expressions determine a column.
    pub is_determined: &'a dyn Fn(&L::Column) -> bool,
}

/// The first column of an expression that is neither grouped nor aggregated.
pub fn ungrouped<L: Leaves>(node: &Node<L>, rows: &GroupedRows<'_, L>) -> Option<Ungrouped<L>> {
    if rows.by.contains(node) {
        return None;
    }
    let found = |column: &L::Column| (!(rows.is_determined)(column)).then(|| Ungrouped(column.clone()));
    match node {
        Node::Column(column) if (rows.is_own)(column, 0) => found(column),
        Node::Column(_) | Node::Value(_) => None,
        Node::Call(function, _) if function.is_aggregate() => None,
        Node::Call(_, operands) | Node::Raw(_, operands) => {
            operands.iter().find_map(|operand| ungrouped(operand, rows))
        }
        Node::Window(window, _) if L::is_of_group(window) => None,
        Node::Window(_, operands) => windowed(operands).find_map(|operand| ungrouped(operand, rows)),
        // A subquery refers to the outer rows through columns, and through the relation that leads to its own.
        Node::Subquery(_) => {
            let mut first = None;
            node.each_column(&mut |column, depth| {
                if first.is_none() && depth > 0 && (rows.is_own)(column, depth) {
                    first = found(column);
                }
            });
            node.each_source(&mut |source, depth| {
                if first.is_none() {
                    first = (rows.related_by)(source, depth).iter().find_map(&found);
                }
            });
            first
        }
    }
}
