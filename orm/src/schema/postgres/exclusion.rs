//! Exclusion constraints, which only this backend has.

use crate::model::IndexMethod;
use crate::sql::quote;

use super::super::ddl::{constraint, deferrable, index_parameters, index_part};
use super::super::{IndexColumn, Requirement, Step, TableDef, TableExclusion};
use super::alter::text;

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
        let is_named = column.ty.starts_with('"');
        (is_named || WITH_EXTENSION.contains(&column.ty.as_str())).then_some((column, is_named))
    };
    let parts = index.columns.iter().filter(|_| index.method == IndexMethod::Gist);
    let mut needing: Vec<_> = parts.filter_map(needs).collect();
    // Of types by their name the database knows; for the others it is certain.
    needing.sort_by_key(|(_, is_named)| *is_named);
    let (column, _) = needing.first()?;
    let certain = needing.iter().any(|(_, is_named)| !is_named);
    let types = needing
        .iter()
        .filter(|_| !certain)
        .map(|(column, _)| without_its_own(&column.ty));
    let types: Vec<String> = types.collect();
    let asked = match types.is_empty() {
        true => String::new(),
        false => format!(" AND ({})", types.join(" OR ")),
    };
    Some(Step::Require(Requirement {
        holds: format!(
            "SELECT NOT (NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gist'){asked})"
        ),
        otherwise: format!(
            "the constraint {} compares {} in an index by gist, for which the extension btree_gist is missing",
            quote(&index.name),
            quote(&column.name)
        ),
        hint: "put the operation { kind = \"CreateExtension\", name = \"btree_gist\" } before it in the migration, or have \
               somebody who may run `CREATE EXTENSION btree_gist` do so"
            .to_owned(),
    }))
}

/// Whether an index by gist has nothing for a type of itself: it has for what an extension brings (`ltree`), and for a domain over such.
fn without_its_own(ty: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod WHERE amname = 'gist' AND opcdefault AND opcintype IN (SELECT \
         unnest(ARRAY[oid, typbasetype]) FROM pg_type WHERE oid = {}::regtype))",
        text(ty)
    )
}
