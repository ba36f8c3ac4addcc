//! Columns that are made anew.

use super::super::ColumnDef;
use super::super::around_views::RemadeColumn;
use super::super::diff::TableChange;
use super::alter::{is_retyped, limits_change};
use super::computed;

/// Whether a column gets another type or other keys, or is one of those that are dropped and added `again`.
pub(super) fn is_anew(
    change: &TableChange,
    before: &ColumnDef,
    column: &ColumnDef,
    again: &[String],
) -> bool {
    is_retyped(before, column) || change.mapped.contains_key(&column.name) || again.contains(&column.name)
}

/// Columns of which the server refuses to change something while a view depends on them.
pub(super) fn remade(change: &TableChange) -> Vec<RemadeColumn> {
    let (from, to) = (&change.from, &change.to);
    let again = computed::replaced(change);
    let remade = to.columns.iter().filter_map(|column| {
        let before = from.column(&column.name)?;
        let anew = is_anew(change, before, column, &again);
        (anew || limits_change(change, column)).then(|| RemadeColumn {
            table: to.qualified_name(),
            name: column.name.clone(),
            unless_of_type: (!anew).then(|| column.ty.clone()),
        })
    });
    remade.collect()
}
