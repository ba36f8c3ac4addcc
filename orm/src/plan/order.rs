//! The ordering of rows when a query gives none.

use crate::error::Result;
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
