//! Exclusion constraints, which only this backend has.

use crate::model::IndexMethod;
use crate::sql::quote;

use super::super::ddl::{constraint, deferrable, index_parameters, index_part};
use super::super::{Guard, IndexColumn, Step, TableDef, TableExclusion};

/// The constraint, as it stands in a table.
pub(super) fn exclude(exclusion: &TableExclusion) -> String {
    let index = &exclusion.index;
    let parts = index.columns.iter().zip(&exclusion.operators);
    let parts: Vec<String> = parts
        .map(|(part, operator)| format!("{} WITH {operator}", index_part(part)))
        .collect();
    let condition = match &index.condition {
        Some(condition) => format!(" WHERE ({condition})"),
        None => String::new(),
    };
    format!(
        "{}EXCLUDE USING {} ({}){}{condition}{}",
        constraint(&index.name),
        index.method.name(),
        parts.join(", "),
        index_parameters(index),
        deferrable(exclusion.deferrable)
    )
}

/// Types that an index by gist has for itself only together with the extension btree_gist.
const WITH_EXTENSION: [&str; 14] = [
    "smallint",
    "integer",
    "bigint",
    "real",
    "double precision",
    "numeric",
    "text",
    "bytea",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
    "boolean",
];

/// The question whether the extension is there that the index needs, if it needs one.
pub(super) fn extension(table: &TableDef, exclusion: &TableExclusion) -> Option<Step> {
    let index = &exclusion.index;
    let needs = |part: &IndexColumn| {
        let column = table.column(part.column().filter(|_| part.operator_class.is_none())?)?;
        // A type of our own is an enum type.
        let extended = WITH_EXTENSION.contains(&column.ty.as_str()) || column.ty.starts_with('"');
        extended.then(|| column.name.clone())
    };
    let mut parts = index.columns.iter().filter(|_| index.method == IndexMethod::Gist);
    let column = parts.find_map(needs)?;
    Some(Step::Guard(Guard {
        count: "SELECT count(*) FROM (SELECT 1) AS one WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gist')"
            .to_owned(),
        what: format!(
            "the constraint {} compares {} in an index by gist, for which the extension btree_gist is missing",
            quote(&index.name),
            quote(&column)
        ),
        hint: "put the operation { kind = \"CreateExtension\", name = \"btree_gist\" } before it in the migration, or have \
               somebody who may run `CREATE EXTENSION btree_gist` do so"
            .to_owned(),
    }))
}
