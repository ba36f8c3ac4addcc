//! Lists of related rows of which only some are loaded: the rows of each are numbered, and those in between are taken.
//!
//! ```sql
//! SELECT v0, v1 FROM (
//!     SELECT post.id AS v0, post.author_id AS v1, row_number() OVER (PARTITION BY post.author_id ORDER BY ..) AS place
//!     FROM post WHERE post.author_id IN (..)
//! ) AS list WHERE place <= 3 ORDER BY place
//! ```

use sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};

use crate::error::Result;
use crate::expr::{ByPosition, SortKey};

use super::along::{Names, nth};
use super::render::{Renderer, column};
use super::shape::StatementKind;
use super::window::{OverRows, Window};
use super::writer::param;
use super::{KeyBinding, ReadQuery, RowLimit, Transform};

const LIST: &str = "list";
/// The place of a row in its list, from 1.
const PLACE: &str = "place";

impl ReadQuery<'_> {
    /// Whether it is for some rows of each of several lists. Those of one list are the first of all that are found.
    pub(super) fn cuts_lists(&self) -> bool {
        self.kind == StatementKind::Related
            && self.limit != RowLimit::None
            && matches!(self.step, Some((_, KeyBinding::List)))
    }

    /// Numbers the rows of each list, in their order.
    pub(super) fn number_in_lists(
        &self,
        order: &[SortKey<ByPosition>],
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let key = self.list_keys(renderer.rules())?;
        let order = order.iter().map(|order| renderer.ordered(order));
        let rows = OverRows {
            window: Some(Window {
                order: order.collect::<Result<_>>()?,
                partition: key,
                frame: None,
            }),
            ..OverRows::default()
        };
        let place = renderer.speller().over(Expr::cust("row_number()"), &rows);
        statement.expr_as(place, Alias::new(PLACE));
        Ok(())
    }

    /// The rows between the limits of their lists.
    pub(super) fn some_of_lists(&self, renderer: &mut Renderer) -> Result<SelectStatement> {
        let mut names = Names::default();
        let numbered = self.select_statement(renderer, Some(&mut names))?;
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
        } else {
            some.and_where(place().lte(limit));
        }
        some.order_by_expr(place(), Order::Asc);
        Ok(some)
    }
}
