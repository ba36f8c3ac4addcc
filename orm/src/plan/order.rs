//! The ordering of rows when a query gives none.

use crate::error::{Error, Result};
use crate::expr::ExprTokens;
use crate::model::ModelMeta;
use crate::query::{Select, key_order, order_by_default, orders_rows};

/// Applies the model's default ordering, falling back to the primary key: so that the first row is a definite one.
pub(in crate::plan) fn apply_default_or_key_ordering(
    meta: &'static ModelMeta,
    select: &mut Select,
) -> Result<()> {
    order_by_default(meta, select);
    if select.order.is_empty() && orders_rows(select) {
        select.order = key_order(meta, select.reversed)?;
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
