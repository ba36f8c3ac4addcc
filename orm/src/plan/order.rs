//! The order of rows when a query gives none.

use crate::error::{Error, Result};
use crate::model::{ModelMeta, Path};
use crate::query::{Direction, Fragment, Nulls, Select, Token};

/// The query's order, or the model's own, which means nothing to groups and aggregates.
pub(in crate::plan) fn order_of(at: Path, meta: &'static ModelMeta, select: &Select) -> Result<Fragment> {
    if !select.order.is_empty() || meta.def.ordering.is_empty() || !orders_rows(select) {
        return Ok(select.order.clone());
    }
    let mut order = Fragment::default();
    for field in &meta.def.ordering {
        let (name, direction) = match field.strip_prefix('-') {
            Some(name) => (name, Direction::Desc),
            None => (field.as_str(), Direction::Asc),
        };
        let column = meta
            .columns
            .iter()
            .position(|column| column.name == name)
            .and_then(|position| u16::try_from(position).ok())
            .ok_or_else(|| {
                Error::config(format!(
                    "the ordering of {} names `{name}`, which is no column",
                    meta.def.key()
                ))
            })?;
        order.push(Token::Column(at, column));
        order.push(Token::Order(direction, Nulls::Default));
    }
    if select.reversed {
        order.reverse();
    }
    Ok(order)
}

/// Whether an order that the query does not name means something: values of several rows have no place in it.
fn orders_rows(select: &Select) -> bool {
    let distinct_values = select.distinct && !select.columns.is_empty();
    !distinct_values && select.groups.is_empty() && !select.columns.has_aggregate()
}

/// The query's order, or by primary key: for the first of rows that have no order.
pub(in crate::plan) fn order_or_key(meta: &'static ModelMeta, select: &Select) -> Result<Fragment> {
    let mut order = order_of(Path::ROOT, meta, select)?;
    if order.is_empty() && orders_rows(select) {
        order.push(Token::Column(
            Path::ROOT,
            u16::try_from(meta.primary_key).unwrap_or(0),
        ));
        let direction = if select.reversed {
            Direction::Desc
        } else {
            Direction::Asc
        };
        order.push(Token::Order(direction, Nulls::Default));
    }
    Ok(order)
}
