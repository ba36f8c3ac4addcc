//! Aggregates in SQL: over which rows they are.

use sea_query::{CaseStatement, Expr, ExprTrait};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Function, Node, Typed};

use super::join::primary_key;
use super::render::{Renderer, column};
use super::spell::SqlOperand;
use super::window::{OverRows, Window, ensure_no_window};

impl Renderer {
    /// An aggregate, over the rows for which all conditions hold that it is filtered by; or a function over a window of such.
    ///
    /// # Errors
    /// If there is no such function, or an aggregate or a window in a condition.
    pub(super) fn over_rows(
        &mut self,
        typed: &Typed<'_, '_, ByPosition>,
        window: Option<Window>,
    ) -> Result<Expr> {
        let mut conditions: Option<Expr> = None;
        let mut inner = typed;
        while let (Node::Call(Function::Filter, _), [aggregate, condition]) = (inner.node, &inner.parts[..]) {
            ensure_no_window([condition.node], "filter() of an aggregate")?;
            if condition.node.has_aggregate() {
                return Err(Error::unsupported(
                    "filter() of an aggregate says which rows it is over, and gets what is an aggregate of them already",
                )
                .with_hint(
                    "having() says which groups there are; over a window of groups, aggregate what `if_(..)` gives, NULL where the condition \
                     does not hold",
                ));
            }
            let mut written = self.expr(condition)?;
            // SQL takes an aggregate of nothing but outer columns for one of the outer query, also by what it is filtered by.
            if window.is_none() && !self.around.is_empty() && is_of_outer_rows(&[condition.node]) {
                let rows = self.scopes.last().ok_or_else(super::render::no_column)?;
                written = column(rows.alias(), primary_key(rows.model()))
                    .is_not_null()
                    .and(written);
            }
            conditions = Some(match conditions {
                Some(outer) => written.and(outer),
                None => written,
            });
            inner = aggregate;
        }
        let is_over_window = window.is_some();
        let rows = OverRows {
            filter: conditions,
            window,
        };
        match inner.node {
            Node::Call(function, _) if is_over_window && function.def().over_windows => {
                self.call(*function, inner, rows)
            }
            _ if is_over_window => Err(not_over_windows(inner.node)),
            Node::Call(function, _) if function.is_aggregate() => self.call(*function, inner, rows),
            _ => Err(
                Error::unsupported("filter() is of an aggregate itself, and gets what is not one")
                    .with_hint(
                        "filter the aggregate before anything is computed from it, `p.views.sum().filter(..).coalesce(0)`, and related rows where \
                         they are aggregated, `a.posts().aggregate(|p| count().filter(..))`",
                    ),
            ),
        }
    }

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
        let parts = typed.parts.iter().map(|part| part.node);
        ensure_no_window(parts, &format!("`{}`", function.def().name))?;
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
        if !self.around.is_empty()
            && is_of_outer_rows(&typed.parts.iter().map(|part| part.node).collect::<Vec<_>>())
        {
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

/// The error for what cannot be computed over a window.
#[cold]
fn not_over_windows(node: &Node<ByPosition>) -> Error {
    match node {
        Node::Call(function, _) if function.is_aggregate() => Error::unsupported(format!(
            "no database computes `{}` over a window: there are no different values only and no order of the values themselves",
            function.def().name
        ))
        .with_hint("aggregate in groups, or read the values and compute it in Rust"),
        _ => Error::unsupported("over() is of an aggregate or a window function itself, and gets what is neither").with_hint(
            "say the window before anything is computed from it: `p.views.sum().over(|w| w.partition_by(p.author)) * 2`",
        ),
    }
}

/// Whether it names columns of rows around its query, and none of its query's own.
fn is_of_outer_rows(operands: &[&Node<ByPosition>]) -> bool {
    let (mut own, mut outer) = (false, false);
    for operand in operands {
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
