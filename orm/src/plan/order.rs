//! The order of rows when a query gives none.

use crate::error::{Error, Result};
use crate::model::{ModelMeta, Path};
use crate::query::{Direction, Fragment, Nulls, Select, Token};

/// The query's order, or the model's own, which means nothing to groups and aggregates.
pub(in crate::plan) fn order_of(meta: &'static ModelMeta, select: &Select) -> Result<Fragment> {
    if !select.order.is_empty()
        || meta.def.ordering.is_empty()
        || !select.groups.is_empty()
        || select.columns.has_aggregate()
    {
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
        order.push(Token::Column(Path::ROOT, column));
        order.push(Token::Order(direction, Nulls::Default));
    }
    Ok(order)
}

/// The query's order, or by primary key: for the first of rows that have no order.
pub(in crate::plan) fn order_or_key(meta: &'static ModelMeta, select: &Select) -> Result<Fragment> {
    let mut order = order_of(meta, select)?;
    let groups = !select.groups.is_empty() || select.columns.has_aggregate();
    if order.is_empty() && !groups {
        order.push(Token::Column(
            Path::ROOT,
            u16::try_from(meta.primary_key).unwrap_or(0),
        ));
        order.push(Token::Order(Direction::Asc, Nulls::Default));
    }
    Ok(order)
}
