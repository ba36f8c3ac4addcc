//! Lists of related rows of which only some are loaded: the rows of each are numbered, and those in between are taken.
//!
//! ```sql
//! SELECT v0, v1 FROM (
//!     SELECT post.id AS v0, post.author_id AS v1, row_number() OVER (PARTITION BY post.author_id ORDER BY ..) AS place
//!     FROM post WHERE post.author_id IN (..)
//! ) AS list WHERE place <= 3 ORDER BY place
//! ```
//!
//! Where only the first of the rows is taken that are equal in some values, these are numbered as well, and limits count what is left.

use sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};

use super::along::{Names, nth};
use super::groups::DecodedParts;
use super::render::{Renderer, column};
use super::shape::StatementKind;
use super::window::{OverRows, Window, WrittenKey};
use super::writer::param;
use super::{KeyBinding, ReadQuery, RowLimit, Transform};
use crate::error::Result;

const LIST: &str = "list";
/// The place of a row in its list, from 1.
const PLACE: &str = "place";
/// Its place among those that are equal to it.
const AMONG_EQUAL: &str = "among equal";

/// `row_number() OVER (PARTITION BY .. ORDER BY ..)`
fn row_number(partition: Vec<Expr>, order: Vec<WrittenKey>, renderer: &Renderer) -> Expr {
    let rows = OverRows {
        window: Some(Window {
            partition,
            order,
            frame: None,
        }),
        ..OverRows::default()
    };
    renderer.speller().over(Expr::cust("row_number()"), &rows)
}

impl ReadQuery<'_> {
    /// Whether it is for some rows of each of several lists. Those of one list are the first of all that are found.
    pub(super) fn cuts_lists(&self) -> bool {
        let of_several = matches!(self.step, Some((_, KeyBinding::List)));
        self.kind == StatementKind::Related
            && (self.limit != RowLimit::None && of_several || self.takes_first_of_equal())
    }

    /// Whether it takes the first of the related rows that are equal in some values.
    fn takes_first_of_equal(&self) -> bool {
        !self.select.groups().by.is_empty()
    }

    /// Numbers the rows of each list, in their order.
    pub(super) fn number_in_lists(
        &self,
        parts: &DecodedParts,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let key = self.list_keys(renderer.rules())?;
        let order = parts.order.iter().map(|order| renderer.ordered(order));
        let order: Vec<WrittenKey> = order.collect::<Result<_>>()?;
        let mut equal = key.clone();
        for by in &parts.by {
            equal.push(renderer.value_of(by, true)?);
        }
        if self.takes_first_of_equal() {
            let among = row_number(equal, order.clone(), renderer);
            statement.expr_as(among, Alias::new(AMONG_EQUAL));
            for (at, key) in key.iter().enumerate() {
                statement.expr_as(key.clone(), Alias::new(nth('k', at)));
            }
        }
        statement.expr_as(row_number(key, order, renderer), Alias::new(PLACE));
        Ok(())
    }

    /// Of the rows that are equal the first, with their places among what is left where some of them are cut off.
    fn first_of_equal(
        &self,
        numbered: SelectStatement,
        columns: usize,
        renderer: &Renderer,
    ) -> Result<SelectStatement> {
        let mut first = Query::select();
        first.exprs((0..columns).map(|at| column(LIST, &nth('v', at))));
        let place = match self.limit {
            RowLimit::None => column(LIST, PLACE),
            RowLimit::Literal(_) | RowLimit::Param => {
                let keys = self.list_keys(renderer.rules())?.len();
                let keys = (0..keys).map(|at| column(LIST, &nth('k', at))).collect();
                row_number(keys, vec![(column(LIST, PLACE), Order::Asc, None)], renderer)
            }
        };
        first.expr_as(place, Alias::new(PLACE));
        first.from_subquery(numbered, Alias::new(LIST));
        first.and_where(column(LIST, AMONG_EQUAL).eq(Expr::cust("1")));
        Ok(first)
    }

    /// The rows between the limits of their lists.
    pub(super) fn some_of_lists(&self, renderer: &mut Renderer) -> Result<SelectStatement> {
        let mut names = Names::default();
        let mut numbered = self.select_statement(renderer, Some(&mut names))?;
        if self.takes_first_of_equal() {
            numbered = self.first_of_equal(numbered, names.columns(), renderer)?;
        }
        let place = || column(LIST, PLACE);
        let positions = self.positions();
        let limit = param(positions.limit, Transform::None);
        let mut some = Query::select();
        some.exprs((0..names.columns()).map(|at| column(LIST, &nth('v', at))));
        some.from_subquery(numbered, Alias::new(LIST));
        if self.select.offset().is_some() {
            let skipped = || param(positions.offset, Transform::None);
            some.and_where(place().gt(skipped()));
            // Not the sum of both, which may be beyond all numbers.
            some.and_where(place().sub(skipped()).lte(limit));
        } else if self.limit != RowLimit::None {
            some.and_where(place().lte(limit));
        }
        some.order_by_expr(place(), Order::Asc);
        Ok(some)
    }
}
