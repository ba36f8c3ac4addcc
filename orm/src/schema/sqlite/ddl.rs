//! Statements of SQLite.
//!
//! Written as text through the one function that quotes names: sea-query has no STRICT, no named constraints beside a
//! column and no deferrable keys, and one way of writing DDL is easier to trust than two.

use crate::sql::quote;

pub(super) use super::super::ddl::{
    names, no_duplicates, no_duplicates_by_collation, no_duplicates_in_index,
};

use super::super::ddl::{actions, check, constraint, generated_as};
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Step, TableDef, TableIndex, TableUnique};
use super::parse::{is_identifier, is_literal};
use super::{search, triggers};

/// The table and its indexes.
pub(super) fn create(table: &TableDef) -> Vec<Step> {
    let mut steps = vec![Step::Sql(create_table(
        table,
        &table.name,
        table.storage.without_rowid,
    ))];
    steps.extend(
        table
            .uniques
            .iter()
            .map(|unique| Step::Sql(create_unique(&table.name, unique))),
    );
    steps.extend(
        table
            .indexes
            .iter()
            .map(|index| Step::Sql(create_index(&table.name, index))),
    );
    steps.extend(triggers::create(table));
    steps
}

/// `CREATE TABLE` under `name`.
pub(super) fn create_table(table: &TableDef, name: &str, without_rowid: bool) -> String {
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .map(|column| self::column(table, column))
        .collect();
    if table.primary_key.len() > 1 {
        lines.push(format!("PRIMARY KEY ({})", names(&table.primary_key)));
    }
    lines.extend(
        (table.foreign_keys.iter())
            .filter(|key| key.columns.len() > 1)
            .map(|key| {
                format!(
                    "{}FOREIGN KEY ({}) {}",
                    constraint(&key.name),
                    names(&key.columns),
                    references(key)
                )
            }),
    );
    lines.extend(
        table
            .checks
            .iter()
            .filter(|check| beside(table, check).is_none())
            .map(check),
    );
    let suffix = if without_rowid {
        "STRICT, WITHOUT ROWID"
    } else {
        "STRICT"
    };
    format!(
        "CREATE TABLE {} (\n    {}\n) {suffix}",
        quote(name),
        lines.join(",\n    ")
    )
}

/// A column with its constraints.
pub(super) fn column(table: &TableDef, column: &ColumnDef) -> String {
    let mut out = format!("{} {}", quote(&column.name), column.ty);
    if let Some(collation) = &column.collation {
        out.push_str(&format!(" COLLATE {}", quote(collation)));
    }
    if let Some(computed) = &column.computed {
        out.push_str(&generated_as(computed));
    }
    if column.generated {
        out.push_str(" PRIMARY KEY AUTOINCREMENT");
    } else {
        if !column.null {
            out.push_str(" NOT NULL");
        }
        if table.primary_key == [column.name.as_str()] {
            out.push_str(" PRIMARY KEY");
        }
    }
    if let Some(default) = &column.default {
        if is_literal(default) {
            out.push_str(&format!(" DEFAULT {default}"));
        } else {
            out.push_str(&format!(" DEFAULT ({default})"));
        }
    }
    for check in &table.checks {
        if beside(table, check) == Some(&column.name) {
            out.push(' ');
            out.push_str(&self::check(check));
        }
    }
    for key in &table.foreign_keys {
        if key.columns == [column.name.as_str()] {
            out.push(' ');
            out.push_str(&constraint(&key.name));
            out.push_str(&references(key));
        }
    }
    out
}

/// The column whose definition includes a check, so that both can be dropped together.
fn beside<'c>(table: &TableDef, check: &'c CheckDef) -> Option<&'c String> {
    check
        .column
        .as_ref()
        .filter(|column| table.column(column).is_some())
}

fn references(key: &ForeignKeyDef) -> String {
    let mut out = format!("REFERENCES {}", key.target.quoted());
    if !key.target_columns.is_empty() {
        out.push_str(&format!(" ({})", names(&key.target_columns)));
    }
    out.push_str(&actions(key));
    out
}

/// Unique constraints are indexes, which can be added to an existing table and keep their name.
pub(super) fn create_unique(table: &str, unique: &TableUnique) -> String {
    format!(
        "CREATE UNIQUE INDEX {} ON {} ({})",
        quote(&unique.name),
        quote(table),
        names(&unique.columns)
    )
}

pub(super) fn drop_table(table: &str) -> String {
    format!("DROP TABLE {}", quote(table))
}

/// An index; one for full text is several statements.
pub(super) fn create_index(table: &str, index: &TableIndex) -> String {
    match search::create(table, index) {
        Some(statements) => statements.join(";\n"),
        None => super::super::ddl::create_index(table, index),
    }
}

pub(super) fn drop_index(name: &str) -> String {
    format!("DROP INDEX {}", quote(name))
}

/// A name for the rowid: the first of three that is not a column.
pub(super) fn rowid_name(columns: &[&str]) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| !columns.iter().any(|column| is_identifier(column, name)))
}
