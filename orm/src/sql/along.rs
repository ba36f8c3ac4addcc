//! Rows and their related rows in one statement: first the rows, then the related rows of all of them.
//!
//! ```sql
//! WITH "rows read" AS (SELECT .. FROM author WHERE .. ORDER BY .. LIMIT 1)
//! SELECT v0, v1, l0, l1 FROM (
//!     SELECT v0, v1, NULL AS l0, NULL AS l1, 0 AS part, .. FROM "rows read"
//!     UNION ALL
//!     SELECT NULL, NULL, v0, v1, 1, .. FROM (SELECT .. FROM "rows read" CROSS JOIN post WHERE post.author_id = v0) AS list
//! ) AS "all" ORDER BY part, ..
//! ```
//!
//! The sort keys are not selected, because they may have types that a result cannot have.
//!
//! A join would repeat each row for each of its related rows, of which there may be many, and the row may be long.

use std::sync::Arc;

use sea_query::{Alias, CommonTableExpression, Expr, NullOrdering, Order, Query, SelectStatement, UnionType};
use smallvec::SmallVec;

use crate::error::{Error, Result};

use super::render::{Renderer, column};
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumns, Rendered};
use super::{Dialect, KeyBinding, ReadQuery, RowLimit, Statement};

/// The name of the rows, by which the related ones refer to them.
const ROWS: &str = "rows read";
const LIST: &str = "list";
const ALL: &str = "all";
/// The column that tells rows from related ones.
const PART: &str = "part";

/// The name of a value that a statement passes to the one around it.
pub(super) fn nth(prefix: char, at: usize) -> String {
    format!("{prefix}{at}")
}

/// The names of a statement's columns and sort keys.
#[derive(Default)]
pub(super) struct Names {
    columns: usize,
    orders: Vec<(Order, Option<NullOrdering>)>,
}

impl Names {
    /// How many columns there are.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Adds a column.
    pub(super) fn column(&mut self, statement: &mut SelectStatement, expr: Expr) {
        statement.expr_as(expr, Alias::new(nth('v', self.columns)));
        self.columns += 1;
    }

    /// Adds a sort key.
    pub(super) fn order(
        &mut self,
        statement: &mut SelectStatement,
        (expr, direction, nulls): (Expr, Order, Option<NullOrdering>),
    ) {
        statement.expr_as(expr, Alias::new(nth('o', self.orders.len())));
        self.orders.push((direction, nulls));
    }
}

/// The column at a position of the rows.
pub(super) fn of_rows(at: usize) -> Expr {
    column(ROWS, &nth('v', at))
}

pub(super) fn rows_alias() -> Alias {
    Alias::new(ROWS)
}

fn null() -> Expr {
    Expr::custom_keyword(Alias::new("NULL"))
}

impl ReadQuery<'_> {
    /// The statement for the few rows of this query and the related rows of [`KeyBinding::Along`]. Values: its own,
    /// then those of the list, which begin at the position of the keys.
    ///
    /// # Errors
    /// As [`statement`](ReadQuery::statement).
    pub fn statement_with(&self, list: &ReadQuery<'_>, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let mut extra = SmallVec::new();
        let flags = self.key(&mut extra)?;
        // No path has that number.
        extra.push(u32::MAX);
        let of_list = list.key(&mut extra)?;
        extra.push(self.nulls);
        let shape = Shape {
            kind: StatementKind::RowsAndList,
            model: Shape::model_id(self.meta),
            parts: [
                self.select.filter.tokens(),
                self.select.order.tokens(),
                list.select.filter.tokens(),
                list.select.order.tokens(),
                self.select.groups().columns.tokens(),
            ],
            flags: u64::from(of_list) << 32 | u64::from(flags),
            extra: &extra,
        };
        statement(&shape, dialect, || self.render_with(list, dialect))
    }

    fn render_with(&self, list: &ReadQuery<'_>, dialect: &'static Dialect) -> Result<Rendered> {
        self.check()?;
        list.check()?;
        if !matches!(list.step, Some((_, KeyBinding::Along(_)))) || list.first != self.positions().keys {
            return Err(Error::internal(
                "a list that is read along with rows does not name them",
            ));
        }
        if [self.meta, list.meta]
            .iter()
            .any(|meta| meta.table.eq_ignore_ascii_case(ROWS))
        {
            return Err(Error::unsupported(format!(
                "a table called `{ROWS}` cannot be told from the rows that a statement has read"
            ))
            .with_hint("give the model another `table`, or load the list by a query of its own"));
        }
        let (mut of_rows, mut of_list) = (Names::default(), Names::default());
        let mut renderer = Renderer::of(self.rows(), dialect);
        let rules = renderer.rules();
        let rows = self.select_statement(&mut renderer, Some(&mut of_rows))?;
        let mut related_renderer = Renderer::of(list.rows(), dialect);
        related_renderer.scoped = renderer.scoped;
        let related = list.select_statement(&mut related_renderer, Some(&mut of_list))?;
        // One row is in order.
        if self.limit == RowLimit::Literal(1) {
            of_rows.orders.clear();
        }
        let mut first = Query::select();
        for at in 0..of_rows.columns {
            first.expr_as(column(ROWS, &nth('v', at)), Alias::new(nth('v', at)));
        }
        for at in 0..of_list.columns {
            first.expr_as(null(), Alias::new(nth('l', at)));
        }
        first.expr_as(super::rules::number(0), Alias::new(PART));
        for at in 0..of_rows.orders.len() {
            first.expr_as(column(ROWS, &nth('o', at)), Alias::new(nth('o', at)));
        }
        for at in 0..of_list.orders.len() {
            first.expr_as(null(), Alias::new(nth('p', at)));
        }
        first.from(rows_alias());
        let mut second = Query::select();
        second.exprs((0..of_rows.columns).map(|_| null()));
        second.exprs((0..of_list.columns).map(|at| column(LIST, &nth('v', at))));
        second.expr(super::rules::number(1));
        second.exprs((0..of_rows.orders.len()).map(|_| null()));
        second.exprs((0..of_list.orders.len()).map(|at| column(LIST, &nth('o', at))));
        second.from_subquery(related, Alias::new(LIST));
        first.union(UnionType::All, second);
        let mut all = Query::select();
        all.exprs((0..of_rows.columns).map(|at| column(ALL, &nth('v', at))));
        all.exprs((0..of_list.columns).map(|at| column(ALL, &nth('l', at))));
        all.from_subquery(first, Alias::new(ALL));
        all.order_by_expr(column(ALL, PART), Order::Asc);
        for (prefix, orders) in [('o', of_rows.orders), ('p', of_list.orders)] {
            for (at, (direction, nulls)) in orders.into_iter().enumerate() {
                let by = column(ALL, &nth(prefix, at));
                match nulls {
                    Some(nulls) => all.order_by_expr_with_nulls(by, direction, nulls),
                    None => all.order_by_expr(by, direction),
                };
            }
        }
        let mut cte = CommonTableExpression::new();
        cte.query(rows).table_name(rows_alias());
        let whole = Query::with().cte(cte).to_owned().query(all);
        let (sql, placeholders) = rules.build(&whole)?;
        let mut bound = renderer.bound;
        bound.extend(related_renderer.bound);
        Ok(Rendered {
            sql,
            placeholders,
            returns_rows: true,
            bound: BoundColumns::Some(bound),
            scopes: related_renderer.scoped,
        })
    }
}
