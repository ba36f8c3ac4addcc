//! The order in which an aggregate takes its values: `array_agg(title ORDER BY views DESC, id)`.

use sea_query::{Expr, Order};

use crate::error::{Error, Result};
use crate::expr::{
    self, ByPosition, Direction, Function, Node, NullsPlace, RowSource, Typed, ValueOrder, annotate,
};
use crate::value::FieldType;

use super::join::key_columns;
use super::ranks::refuse_among_distinct;
use super::render::{Renderer, column, no_column};
use super::spell::SqlOperand;
use super::window::{OverRows, WrittenKey, ensure_no_window};

impl Renderer {
    /// The order that is given. It ends with the primary key, so that equal rows follow each other in one way.
    ///
    /// # Errors
    /// If an aggregate or a window is part of it.
    #[cold]
    #[inline(never)]
    pub(super) fn order_of_aggregate(
        &mut self,
        of: &expr::Window,
        keys: &[Typed<'_, '_, ByPosition>],
    ) -> Result<Vec<WrittenKey>> {
        ensure_no_window(keys.iter().map(|key| key.node), "order_by() of an aggregate")?;
        if keys.iter().any(|key| key.node.has_aggregate()) {
            return Err(Error::unsupported(
                "order_by() of an aggregate orders single rows, and gets what is an aggregate of them already",
            )
            .with_hint("order by a field, or by what related rows of each come to: `p.comments().count()`"));
        }
        let mut order = self.sort_keys(keys, of)?;
        if !keys.iter().any(|key| self.is_key(key.node)) {
            order.extend(self.key_order()?);
        }
        Ok(order)
    }

    /// Orders the values of an aggregate that nothing else orders.
    pub(super) fn order_values(
        &mut self,
        function: Function,
        typed: &Typed<'_, '_, ByPosition>,
        operands: &mut [SqlOperand],
        rows: &mut OverRows,
    ) -> Result<()> {
        match function.def().value_order {
            ValueOrder::Rows if rows.order.is_empty() => rows.order = self.key_order()?,
            ValueOrder::OnlyValues => self.order_different(typed, operands, rows)?,
            ValueOrder::Any | ValueOrder::Values | ValueOrder::Rows => {}
        }
        Ok(())
    }

    /// Whether rows that are equal in it are the same.
    fn is_key(&self, node: &Node<ByPosition>) -> bool {
        let Node::Column(column) = node else { return false };
        let key = self.scopes.last().map(|rows| &rows.model().key[..]);
        column.source == RowSource::OWN && key == Some(&[usize::from(column.position)])
    }

    /// The order of rows by their primary key.
    fn key_order(&self) -> Result<Vec<WrittenKey>> {
        let rows = self.scopes.last().ok_or_else(no_column)?;
        let keys = key_columns(rows.model());
        Ok(keys
            .map(|key| (column(rows.alias(), key), Order::Asc, None))
            .collect())
    }

    /// Orders different values by themselves. Postgres takes only what is the operand, with the same parameters in it.
    #[cold]
    #[inline(never)]
    fn order_different(
        &mut self,
        typed: &Typed<'_, '_, ByPosition>,
        operands: &mut [SqlOperand],
        rows: &mut OverRows,
    ) -> Result<()> {
        let (Some(value), Some(operand)) = (typed.parts.first(), operands.first_mut()) else {
            return Err(Error::internal("an aggregate of different values has none"));
        };
        let mut node = value.node.clone();
        node.each_value_mut(&mut |value| value.shared = true);
        let models = self.rows;
        let value = annotate(&node, value.ty, &models, &mut self.around)?;
        refuse_among_distinct(&value)?;
        let (mut by, direction, nulls) = self.ordered_by(&value, Direction::Asc, NullsPlace::Default)?;
        let mut written = self.expr(&value)?;
        if value.ty == Some(FieldType::Text) {
            written = self.rules().exact_string(written);
            by.clone_from(&written);
        }
        *operand = SqlOperand::Expr(self.within_own_rows(typed, written)?);
        let by: Expr = self.within_own_rows(typed, by)?;
        rows.order = vec![(by, direction, nulls)];
        Ok(())
    }
}
