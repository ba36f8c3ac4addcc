//! The pass over groups: what of an expression is not the same for all rows of a group.

use super::{Leaves, Node};

/// A column that may differ within a group.
#[derive(Debug, PartialEq)]
pub struct Ungrouped<'a, L: Leaves>(pub &'a L::Column);

/// The first column in an expression that is neither grouped nor aggregated. `is_own` says whether a column, so many
/// queries within the expression, is one of the rows that are grouped; `is_determined` whether what they are grouped by
/// decides it.
pub fn ungrouped<'a, L: Leaves>(
    node: &'a Node<L>,
    groups: &[Node<L>],
    is_own: &dyn Fn(&L::Column, usize) -> bool,
    is_determined: &dyn Fn(&L::Column) -> bool,
) -> Option<Ungrouped<'a, L>> {
    if groups.contains(node) {
        return None;
    }
    match node {
        Node::Column(column) => (is_own(column, 0) && !is_determined(column)).then_some(Ungrouped(column)),
        Node::Value(_) => None,
        Node::Call(function, _) if function.is_aggregate() => None,
        Node::Call(_, operands) => operands
            .iter()
            .find_map(|operand| ungrouped(operand, groups, is_own, is_determined)),
        // A query within looks at the rows outside by columns only.
        Node::Subquery(_) => {
            let mut found = None;
            node.each_column(&mut |column, depth| {
                if found.is_none() && depth > 0 && is_own(column, depth) && !is_determined(column) {
                    found = Some(Ungrouped(column));
                }
            });
            found
        }
    }
}
