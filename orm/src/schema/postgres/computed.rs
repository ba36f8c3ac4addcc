//! Computed columns: Postgres can change neither their expression nor the type of a column they read, so they are
//! dropped and added again.

use crate::model::QualifiedName;
use crate::sql::quote;

use super::super::diff::TableChange;
use super::super::{ColumnDef, ComputedDef, Guard, Step, TableDef};
use super::alter::{is_retyped, text};

/// Names of the columns to be dropped and added again.
pub(super) fn replaced(change: &TableChange) -> Vec<String> {
    let (from, to) = (&change.from, &change.to);
    let retyped = |name: &str| {
        let both = (from.column(name), to.column(name));
        change.mapped.contains_key(name)
            || matches!(both, (Some(before), Some(after)) if is_retyped(before, after))
    };
    let reads_retyped = |computed: &ComputedDef| {
        to.columns
            .iter()
            .any(|column| computed.sql.contains(&quote(&column.name)) && retyped(&column.name))
    };
    to.columns
        .iter()
        .filter_map(|column| {
            let (before, computed) = (from.column(&column.name)?, column.computed.as_ref()?);
            let again = before.computed.as_ref() != Some(computed)
                || retyped(&column.name)
                || reads_retyped(computed);
            again.then(|| column.name.clone())
        })
        .collect()
}

/// The table without those columns and everything over them.
pub(super) fn without(table: &TableDef, columns: &[String]) -> TableDef {
    let mut out = table.clone();
    let none_of = |names: &[String]| !names.iter().any(|name| columns.contains(name));
    out.columns.retain(|column| !columns.contains(&column.name));
    out.primary_key.retain(|name| !columns.contains(name));
    out.uniques
        .retain(|unique| !columns.iter().any(|column| unique.names(column)));
    out.foreign_keys.retain(|key| none_of(&key.columns));
    out.indexes
        .retain(|index| !columns.iter().any(|column| index.names(column)));
    out.exclusions
        .retain(|exclusion| !columns.iter().any(|column| exclusion.index.names(column)));
    out.checks.retain(|check| {
        !columns
            .iter()
            .any(|name| check.column.as_ref() == Some(name) || check.sql.contains(&quote(name)))
    });
    out
}

/// Nothing made by hand is lost with the columns, and no value that was not computed.
pub(super) fn guards(change: &TableChange, columns: &[String], steps: &mut Vec<Step>) {
    let table = change.from.qualified_name().quoted();
    for name in columns {
        let known: Vec<String> = (change.from.indexes.iter().map(|index| &index.name))
            .chain(change.from.uniques.iter().map(|unique| &unique.name))
            .chain(
                change
                    .from
                    .exclusions
                    .iter()
                    .map(|exclusion| &exclusion.index.name),
            )
            .map(|index| text(index))
            .collect();
        let known = match known.as_slice() {
            [] => String::new(),
            known => format!(" AND c.relname NOT IN ({})", known.join(", ")),
        };
        steps.push(Step::Guard(Guard {
            rows_of: None,
            count: format!(
                "SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_attribute AS a ON \
                 a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[]) WHERE i.indrelid = {}::regclass AND \
                 a.attname = {} AND NOT i.indisprimary{known}",
                text(&table),
                text(name)
            ),
            what: format!(
                "indexes of {table} that the models do not know use {}, which has to be made again, and would be lost",
                quote(name)
            ),
            hint: "drop them first".to_owned(),
        }));
        let (before, after) = (change.from.column(name), change.to.column(name));
        let computed = after.and_then(|column| column.computed.as_ref());
        if let (Some(ColumnDef { computed: None, .. }), Some(computed)) = (before, computed) {
            let condition = if readable(change, computed) {
                format!("{} IS DISTINCT FROM ({})", quote(name), computed.sql)
            } else {
                "true".to_owned()
            };
            steps.push(Step::Guard(Guard {
                rows_of: None,
                count: format!("SELECT count(*) FROM {table} WHERE {condition}"),
                what: format!(
                    "rows of {table} hold values in {} other than what it would be computed from",
                    quote(name)
                ),
                hint: "change those rows first, or remove the field and add it again".to_owned(),
            }));
        }
    }
}

/// Asked before a column that takes no NULL is computed for the rows that are there, when what it reads is.
pub(super) fn not_null(table: &QualifiedName, column: &ColumnDef) -> Option<Step> {
    let computed = column.computed.as_ref().filter(|_| !column.null)?;
    let table = table.quoted();
    Some(Step::Guard(Guard {
        rows_of: None,
        count: format!("SELECT count(*) FROM {table} WHERE ({}) IS NULL", computed.sql),
        what: format!(
            "rows of {table} would have NULL in the computed column {}",
            quote(&column.name)
        ),
        hint: "let the field take NULL, or change those rows first".to_owned(),
    }))
}

/// Whether everything it reads is there before the change, as it is after it.
fn readable(change: &TableChange, computed: &ComputedDef) -> bool {
    change.to.columns.iter().all(|column| {
        let read = computed.sql.contains(&quote(&column.name));
        let same = (change.from.column(&column.name)).is_some_and(|before| !is_retyped(before, column));
        let filled = change.fills.contains_key(&column.name) || change.mapped.contains_key(&column.name);
        !read || (same && !filled)
    })
}
