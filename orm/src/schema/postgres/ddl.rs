//! Statements of Postgres, written as text through the one function that quotes names (see the other backend's file of
//! this name for why).

use crate::model::{QualifiedName, constraint_name};
use crate::sql::quote;

pub(super) use super::super::ddl::{
    check, create_index, create_index_concurrently, create_index_on, deferrable, names, no_duplicates,
    no_duplicates_by_collation, no_duplicates_in_index,
};

use super::super::ddl::{actions, constraint, generated_as, storage_parameters};
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Guard, Requirement, Step, TableDef, TableUnique};
use super::{exclusion, identity, security, triggers};

/// The table, its indexes and comments, and at last its foreign keys, which may point at itself.
pub(super) fn create(table: &TableDef) -> Vec<Step> {
    let name = table.qualified_name();
    let mut steps = Vec::from_iter(required(&table.columns));
    for unique in &table.uniques {
        steps.extend(nulls_are_equal(unique.nulls_not_distinct, &unique.name));
    }
    for index in &table.indexes {
        steps.extend(nulls_are_equal(index.nulls_not_distinct, &index.name));
    }
    // Within a CREATE TABLE all constraints are valid.
    let (later, made): (Vec<CheckDef>, Vec<CheckDef>) =
        table.checks.iter().cloned().partition(|check| check.not_valid);
    let first = TableDef {
        checks: made,
        ..table.clone()
    };
    steps.push(Step::Sql(create_table(&first, &name.quoted(), "TABLE")));
    let mut add = |sql: String| steps.push(Step::Sql(sql));
    let repeated = (0..table.uniques.len()).filter(|at| repeats(table, *at));
    repeated.for_each(|at| add(alter(&name, &format!("ADD {}", unique(&table.uniques[at])))));
    later
        .iter()
        .for_each(|check| add(alter(&name, &add_check(check))));
    table
        .indexes
        .iter()
        .for_each(|index| add(create_index(&name, index)));
    for exclusion in &table.exclusions {
        steps.extend(exclusion::extension(table, exclusion));
        let add = format!("ADD {}", exclusion::exclude(exclusion));
        steps.push(Step::Sql(alter(&name, &add)));
    }
    let mut add = |sql: String| steps.push(Step::Sql(sql));
    if table.comment.is_some() {
        add(comment_on_table(table));
    }
    for column in table.columns.iter().filter(|column| column.comment.is_some()) {
        add(comment_on_column(&name, column));
    }
    table
        .foreign_keys
        .iter()
        .for_each(|key| add(alter(&name, &add_foreign_key(key))));
    steps.extend(triggers::create(table));
    steps.extend(security::create(table));
    steps
}

/// Whether a unique constraint says what one before it or the primary key does. Within one CREATE TABLE the server would
/// make a single constraint of them, and the others would be missing when that one goes (`transformIndexConstraints` in
/// its `parse_utilcmd.c`, 2026-11).
fn repeats(table: &TableDef, at: usize) -> bool {
    let columns = &table.uniques[at].columns;
    *columns == table.primary_key || table.uniques[..at].iter().any(|other| other.columns == *columns)
}

/// `CREATE TABLE`, without indexes, foreign keys and what repeats a constraint.
pub(super) fn create_table(table: &TableDef, name: &str, kind: &str) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(column).collect();
    if !table.primary_key.is_empty() {
        lines.push(primary_key(table));
    }
    let uniques = table.uniques.iter().enumerate();
    lines.extend(
        uniques
            .filter(|(at, _)| !repeats(table, *at))
            .map(|(_, one)| unique(one)),
    );
    lines.extend(table.checks.iter().map(check));
    let mut out = format!("CREATE {kind} {name} (\n    {}\n)", lines.join(",\n    "));
    if !table.storage.parameters.is_empty() {
        out.push_str(&format!(
            " WITH ({})",
            storage_parameters(&table.storage.parameters)
        ));
    }
    out
}

/// A guard against servers without virtual generated columns, if one of these columns is virtual.
fn computes_on_read<'c>(columns: impl IntoIterator<Item = &'c ColumnDef>) -> Option<Step> {
    let column = columns
        .into_iter()
        .find(|column| column.computed.as_ref().is_some_and(|computed| !computed.stored))?;
    Some(Step::Guard(Guard {
        rows_of: None,
        count: "SELECT count(*) FROM (SELECT current_setting('server_version_num')::integer AS version) AS server WHERE \
                version < 180000"
            .to_owned(),
        what: format!(
            "{} is computed when it is read, which no server before Postgres 18 does",
            quote(&column.name)
        ),
        hint: "let the field be kept on disk: leave `virtual` out".to_owned(),
    }))
}

/// What a server has to have for these columns.
pub(super) fn required<'c>(
    columns: impl IntoIterator<Item = &'c ColumnDef> + Copy,
) -> impl Iterator<Item = Step> {
    computes_on_read(columns)
        .into_iter()
        .chain(has_multiranges(columns))
}

/// A column of multiranges requires a server that has them.
fn has_multiranges<'c>(columns: impl IntoIterator<Item = &'c ColumnDef>) -> Option<Step> {
    let column = columns
        .into_iter()
        .find(|column| column.ty.ends_with("multirange"))?;
    Some(Step::Require(Requirement {
        holds: "SELECT current_setting('server_version_num')::integer >= 140000".to_owned(),
        otherwise: format!(
            "{} is a multirange, which no server before Postgres 14 has",
            quote(&column.name)
        ),
        hint: "let the field be an array of ranges: `Vec<Range<T>>`".to_owned(),
    }))
}

/// How a table is stored from here on.
pub(super) fn store(from: &TableDef, to: &TableDef) -> impl Iterator<Item = String> {
    let (before, after) = (&from.storage.parameters, &to.storage.parameters);
    let set = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value));
    let set = storage_parameters(set);
    let reset = before.keys().filter(|name| !after.contains_key(*name));
    let reset: Vec<String> = reset.map(|name| quote(name)).collect();
    [("SET", set), ("RESET", reset.join(", "))]
        .into_iter()
        .filter(|(_, parameters)| !parameters.is_empty())
        .map(|(action, parameters)| alter(&to.qualified_name(), &format!("{action} ({parameters})")))
}

pub(super) fn alter(table: &QualifiedName, action: &str) -> String {
    format!("ALTER TABLE {} {action}", table.quoted())
}

pub(super) fn collated_type(column: &ColumnDef) -> String {
    match &column.collation {
        Some(collation) => format!("{} COLLATE {}", column.ty, quote(collation)),
        None => column.ty.clone(),
    }
}

pub(super) fn column(column: &ColumnDef) -> String {
    let mut out = format!("{} {}", quote(&column.name), collated_type(column));
    if let Some(computed) = &column.computed {
        out.push_str(&generated_as(computed));
    }
    if column.generated {
        out.push_str(&format!(" {}", identity::generated(&column.identity)));
    }
    if !column.null {
        out.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        out.push_str(&format!(" DEFAULT {}", operand(default)));
    }
    out
}

/// A default is an expression without operators at its top, unless it stands in parentheses.
pub(super) fn operand(default: &str) -> String {
    let plain = default.starts_with('\'') || default.starts_with("E'") || !default.contains(' ');
    if plain {
        default.to_owned()
    } else {
        format!("({default})")
    }
}

pub(super) fn primary_key_name(table: &TableDef) -> String {
    let columns: Vec<&str> = table.primary_key.iter().map(String::as_str).collect();
    constraint_name(&table.name, &columns, "pkey")
}

pub(super) fn primary_key(table: &TableDef) -> String {
    format!(
        "{}PRIMARY KEY ({})",
        constraint(&primary_key_name(table)),
        names(&table.primary_key)
    )
}

pub(super) fn unique(unique: &TableUnique) -> String {
    let nulls = nulls_not_distinct(unique);
    let mut out = format!(
        "{}UNIQUE{nulls} ({})",
        constraint(&unique.name),
        names(&unique.columns)
    );
    out.push_str(&included(unique));
    out.push_str(deferrable(unique.deferrable));
    out
}

/// The columns of the index that a unique constraint takes over.
pub(super) fn unique_columns(unique: &TableUnique) -> String {
    format!(
        "({}){}{}",
        names(&unique.columns),
        included(unique),
        nulls_not_distinct(unique)
    )
}

fn nulls_not_distinct(unique: &TableUnique) -> &'static str {
    match unique.nulls_not_distinct {
        true => " NULLS NOT DISTINCT",
        false => "",
    }
}

fn included(unique: &TableUnique) -> String {
    match unique.include.as_slice() {
        [] => String::new(),
        include => format!(" INCLUDE ({})", names(include)),
    }
}

/// The question whether the server can take two NULLs for equal, if something unique needs it.
pub(super) fn nulls_are_equal(nulls_not_distinct: bool, name: &str) -> Option<Step> {
    nulls_not_distinct.then(|| {
        Step::Guard(Guard {
            rows_of: None,
            count: "SELECT count(*) FROM (SELECT current_setting('server_version_num')::integer AS version) AS server \
                    WHERE version < 150000"
                .to_owned(),
            what: format!(
                "two NULLs are equal for {}, which they are for no server before Postgres 15",
                quote(name)
            ),
            hint: "leave `nulls_not_distinct` out".to_owned(),
        })
    })
}

/// What a constraint says at its end that rows which are there are not checked for.
fn not_valid(not_valid: bool) -> &'static str {
    if not_valid { " NOT VALID" } else { "" }
}

pub(super) fn add_check(one: &CheckDef) -> String {
    format!("ADD {}{}", check(one), not_valid(one.not_valid))
}

/// Checks the rows that were there before a constraint, without keeping others from writing; what else the transaction does may.
pub(super) fn validate(table: &QualifiedName, name: &str) -> Step {
    Step::Sql(alter(table, &format!("VALIDATE CONSTRAINT {}", quote(name))))
}

pub(super) fn add_foreign_key(key: &ForeignKeyDef) -> String {
    format!(
        "ADD {}FOREIGN KEY ({}) REFERENCES {} ({}){}{}",
        constraint(&key.name),
        names(&key.columns),
        key.target.quoted(),
        names(&key.target_columns),
        actions(key),
        not_valid(key.not_valid)
    )
}

pub(super) fn comment_on_table(table: &TableDef) -> String {
    format!(
        "COMMENT ON TABLE {} IS {}",
        table.qualified_name().quoted(),
        comment(table.comment.as_deref())
    )
}

pub(super) fn comment_on_column(table: &QualifiedName, column: &ColumnDef) -> String {
    format!(
        "COMMENT ON COLUMN {}.{} IS {}",
        table.quoted(),
        quote(&column.name),
        comment(column.comment.as_deref())
    )
}

/// A comment is for people, so characters that SQL cannot hold are left out.
fn comment(text: Option<&str>) -> String {
    match text {
        None => "NULL".to_owned(),
        Some(text) => super::alter::text(&text.replace('\0', "")),
    }
}
