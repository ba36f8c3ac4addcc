//! Aggregates in SQL: over which rows they are.

use sea_query::{CaseStatement, ExprTrait};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Function, Node, Typed};

use super::join::primary_key;
use super::render::{Renderer, column};
use super::spell::SqlOperand;

impl Renderer {
    /// Refuses an aggregate of aggregates, and keeps one at the rows of the query it stands in.
    ///
    /// # Errors
    /// If it is over another aggregate.
    pub(super) fn aggregated(
        &self,
        function: Function,
        typed: &Typed<'_, '_, ByPosition>,
        operands: &mut [SqlOperand],
    ) -> Result<()> {
        if typed.parts.iter().any(|part| part.node.has_aggregate()) {
            return Err(Error::unsupported(format!(
                "`{}` is over single rows, and gets what is an aggregate already",
                function.def().name
            ))
            .with_hint(
                "aggregate a field, as in `a.posts().sum(|p| p.views)`; of related rows of related rows, what each has: \
                 `a.posts().sum(|p| p.comments().count())`",
            ));
        }
        // SQL takes an aggregate of nothing but outer columns for one of the outer query.
        if !self.around.is_empty() && is_of_outer_rows(typed) {
            let rows = self.scopes.last().ok_or_else(super::render::no_column)?;
            let is_there = column(rows.alias(), primary_key(rows.model())).is_not_null();
            if let Some(first @ SqlOperand::Expr(_)) = operands.first_mut()
                && let SqlOperand::Expr(value) = first
            {
                *first = SqlOperand::Expr(CaseStatement::new().case(is_there, value.clone()).into());
            }
        }
        Ok(())
    }
}

/// Whether it names columns of rows around its query, and none of its query's own.
fn is_of_outer_rows(typed: &Typed<'_, '_, ByPosition>) -> bool {
    let (mut own, mut outer) = (false, false);
    let mut operands: Vec<&Node<ByPosition>> = typed.parts.iter().map(|part| part.node).collect();
    while let Some(operand) = operands.pop() {
        operand.each_column(&mut |column, depth| {
            match column
                .source
                .scope()
                .outwards()
                .map(|outwards| outwards.cmp(&depth))
            {
                Some(std::cmp::Ordering::Equal) => own = true,
                Some(std::cmp::Ordering::Greater) => outer = true,
                // Of a query within it.
                Some(std::cmp::Ordering::Less) | None => {}
            }
        });
    }
    outer && !own
}
