//! Aggregates in SQL: over which rows they are.

use sea_query::{CaseStatement, Expr, ExprTrait};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Function, Node, Typed, ValueOrder};

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
        let is_over_window = window.is_some();
        let mut rows = OverRows {
            window,
            ..OverRows::default()
        };
        let mut inner = typed;
        loop {
            inner = match (inner.node, &inner.parts[..]) {
                (Node::Call(Function::Filter, _), [aggregate, condition]) => {
                    let condition = self.filter_of_aggregate(condition, is_over_window)?;
                    rows.filter = Some(match rows.filter.take() {
                        Some(outer) => condition.and(outer),
                        None => condition,
                    });
                    aggregate
                }
                (Node::Window(of, _), [aggregate, keys @ ..]) if of.of_group => {
                    if !rows.order.is_empty() {
                        return Err(Error::unsupported("the values of an aggregate have two orders")
                            .with_hint("give all sort keys at once: `.order_by((p.views.desc(), p.id))`"));
                    }
                    rows.order = self.order_of_aggregate(of, keys)?;
                    aggregate
                }
                _ => break,
            }
        }
        if !rows.order.is_empty() {
            ensure_takes_order(inner.node)?;
        }
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

    /// Which rows an aggregate is over.
    fn filter_of_aggregate(
        &mut self,
        condition: &Typed<'_, '_, ByPosition>,
        is_over_window: bool,
    ) -> Result<Expr> {
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
        let written = self.expr(condition)?;
        // SQL takes an aggregate of nothing but outer columns for one of the outer query, also by what it is filtered by.
        if is_over_window || self.around.is_empty() || !is_of_outer_rows(&[condition.node]) {
            return Ok(written);
        }
        let rows = self.scopes.last().ok_or_else(super::render::no_column)?;
        let is_there = column(rows.alias(), primary_key(rows.model())).is_not_null();
        Ok(is_there.and(written))
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
        if let Some(first @ SqlOperand::Expr(_)) = operands.first_mut()
            && let SqlOperand::Expr(value) = first
        {
            *first = SqlOperand::Expr(self.within_own_rows(typed, value.clone())?);
        }
        Ok(())
    }

    /// The value of an aggregate, about rows of the query it stands in: SQL takes an aggregate of nothing but outer columns for one of
    /// the outer query.
    pub(super) fn within_own_rows(&self, aggregate: &Typed<'_, '_, ByPosition>, value: Expr) -> Result<Expr> {
        let parts: Vec<_> = aggregate.parts.iter().map(|part| part.node).collect();
        if self.around.is_empty() || !is_of_outer_rows(&parts) {
            return Ok(value);
        }
        let rows = self.scopes.last().ok_or_else(super::render::no_column)?;
        let is_there = column(rows.alias(), primary_key(rows.model())).is_not_null();
        Ok(CaseStatement::new().case(is_there, value).into())
    }
}

/// Refuses an order of what is the same in any.
fn ensure_takes_order(node: &Node<ByPosition>) -> Result<()> {
    let what = match node {
        Node::Call(function, _) if function.is_aggregate() => match function.def().value_order {
            ValueOrder::Values | ValueOrder::Rows => return Ok(()),
            ValueOrder::OnlyValues => format!(
                "gets `{}`, whose different values are in their own order",
                function.def().name
            ),
            ValueOrder::Any => format!("gets `{}`, which is the same in any order", function.def().name),
        },
        _ => "gets what is not one".to_owned(),
    };
    Err(
        Error::unsupported(format!("order_by() is of the values of an aggregate, and {what}")).with_hint(
            "order `array_agg()`, `json_agg()` or `string_agg(..)` itself, before anything is computed from it; the rows of a query are \
             ordered by its own `order_by(..)`",
        ),
    )
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
