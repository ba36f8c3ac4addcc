//! The ordering of rows when a query gives none.

use crate::error::{Error, Result};
use crate::expr::{Direction, ExprTokens, NullsPlace, RowSource, Token};
use crate::model::ModelMeta;
use crate::query::{Select, default_order, key_order, orders_rows};

/// Applies the model's default ordering to a query without an order; not to groups and aggregates, which have no rows
/// to order.
pub(in crate::plan) fn apply_default_ordering(meta: &'static ModelMeta, select: &mut Select) -> Result<()> {
    if !select.order.is_empty() || meta.ordering.is_empty() || !orders_rows(select) {
        return Ok(());
    }
    select.order = default_order(meta, select.reversed);
    Ok(())
}

/// The same, falling back to the primary key: so that the first row is a definite one.
pub(in crate::plan) fn apply_default_or_key_ordering(
    meta: &'static ModelMeta,
    select: &mut Select,
) -> Result<()> {
    apply_default_ordering(meta, select)?;
    if select.order.is_empty() && orders_rows(select) {
        select.order = key_order(meta, select.reversed)?;
    }
    Ok(())
}

/// The query's order or the model's, ended by the primary key, so that no two rows are equal in it.
pub(in crate::plan) fn apply_unique_ordering(meta: &'static ModelMeta, select: &mut Select) -> Result<()> {
    apply_default_ordering(meta, select)?;
    let keys = select.order.sort_keys();
    // With the last key, so that an index may have both in one direction.
    let direction = keys.last().map_or_else(
        || match select.reversed {
            true => Direction::Desc,
            false => Direction::Asc,
        },
        |(_, direction, _)| *direction,
    );
    for &key in &meta.key {
        let key = u16::try_from(key).map_err(|_| Error::internal("a column has a position beyond 65535"))?;
        let column = Token::Column(RowSource::OWN, key);
        if keys.iter().any(|(by, ..)| *by.tokens() == [column.pack()]) {
            continue;
        }
        select.order.push(column);
        select.order.push(Token::Order(direction, NullsPlace::Default));
    }
    Ok(())
}

/// Refuses an order that is another one for each page, and rows that are others for each.
pub(in crate::plan) fn ensure_lasting_order(meta: &ModelMeta, select: &Select) -> Result<()> {
    let rows = select.derived_rows().is_some_and(ExprTokens::is_random);
    let (what, why) = match select.order.is_random() {
        true => ("another order", "it is"),
        false if rows => ("other rows", "they are found"),
        false => return Ok(()),
    };
    Err(Error::unsupported(format!(
        "pages of {} would each be cut out of {what}: {why} by random()",
        meta.def.key()
    ))
    .with_hint(
        "take some rows by `.order_by(|_| random()).limit(n).all(&db)`, or order pages by what the rows hold",
    ))
}
