//! The pass over groups: finds what may differ between the rows of a group.

use super::{Leaves, Node};

/// A column that may differ between the rows of a group.
#[derive(Debug, PartialEq)]
pub struct Ungrouped<'a, L: Leaves>(pub &'a L::Column);

/// The first column of an expression that is neither grouped nor aggregated. `is_own` says whether a column, at that
/// subquery depth, belongs to the grouped rows; `is_determined` says whether the grouping expressions determine it.
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
        // A subquery refers to the outer rows only through columns.
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
