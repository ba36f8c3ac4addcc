//! Preconditions on rows and on foreign keys to them, checked before anything is changed.

use crate::sql::quote;

use super::super::diff::TableChange;
use super::super::literal::quoted;
use super::super::{CheckDef, ColumnDef, Guard, Step, TableDef};
use super::alter::{has_check, in_place};
use super::ddl;

/// Preconditions on rows, checked before anything is changed.
pub(super) fn guards(change: &TableChange) -> Vec<Step> {
    let (from, to) = (&change.from, &change.to);
    let table = quote(&from.name);
    let mapped = change.mapped.iter();
    let mut steps: Vec<Step> = mapped
        .map(|(column, mapping)| Step::Guard(mapping.guard(&from.qualified_name(), column)))
        .collect();
    let mut guard = |condition: String, what: String, hint: &str| {
        steps.push(Step::Guard(Guard {
            rows_of: None,
            count: format!("SELECT count(*) FROM {table} WHERE {condition}"),
            what,
            hint: hint.to_owned(),
        }));
    };
    for column in change.added() {
        if !column.null
            && !column.generated
            && column.computed.is_none()
            && column.default.is_none()
            && !change.fills.contains_key(&column.name)
        {
            guard(
                "1".to_owned(),
                format!(
                    "rows of {table} would have no value in the new column {}",
                    quote(&column.name)
                ),
                "give the field a default, or a value for the rows that are there",
            );
        }
    }
    for (before, after) in change.kept().filter(|(_, after)| after.computed.is_none()) {
        let column = quote(&after.name);
        let conversion = change.conversion(&after.name);
        if let Some(lost) = conversion.lost {
            guard(
                format!("{column} IS NOT NULL AND ({lost})"),
                format!("rows of {table} hold values in {column} that its new type cannot hold"),
                "change those rows first, or add a field of the new type and fill it",
            );
        }
        if before.null && !after.null && !change.fills.contains_key(&after.name) {
            guard(
                format!("{column} IS NULL"),
                format!("rows of {table} hold NULL in {column}, which takes NULL no longer"),
                "fill those rows first, or give a value for them",
            );
        }
    }
    computed_guards(change, &mut steps);
    steps.extend(ddl::no_duplicates_by_collation(change));
    if !in_place(change) {
        for check in to.checks.iter().filter(|check| !has_check(from, check)) {
            let Some(visible) = checkable(change, check) else {
                continue;
            };
            steps.push(Step::Guard(breaks(
                &from.name,
                check,
                &rows(change, true),
                visible,
            )));
        }
        let generated = to
            .columns
            .iter()
            .any(|column| column.generated && to.primary_key.contains(&column.name));
        if from.primary_key != to.primary_key && !generated {
            let key = ddl::names(&to.primary_key);
            steps.push(Step::Guard(Guard {
                rows_of: None,
                count: format!(
                    "SELECT count(*) FROM (SELECT 1 FROM ({}) GROUP BY {key} HAVING count(*) > 1)",
                    rows(change, true)
                ),
                what: format!("values of {key} stand in more than one row of {table}"),
                hint: "they cannot become its primary key; change those rows first".to_owned(),
            }));
        }
    }
    for column in change.dropped() {
        steps.push(no_key_to(&from.name, &[column.name.as_str()]));
    }
    if from.primary_key != to.primary_key {
        steps.push(no_children(&from.name));
    }
    for unique in &from.uniques {
        let kept =
            to.uniques.iter().any(|kept| kept.columns == unique.columns) || to.primary_key == unique.columns;
        if !kept && unique.columns.iter().all(|column| to.column(column).is_some()) {
            steps.push(no_key_to(&from.name, &unique.columns));
        }
    }
    steps
}

/// Counts the rows of a query that violate a check.
fn breaks(table: &str, check: &CheckDef, rows: &str, condition: &str) -> Guard {
    let broken = format!("FROM ({rows}) WHERE NOT ({condition})");
    Guard {
        rows_of: None,
        count: format!("SELECT count(*) {broken}"),
        what: format!(
            "rows of {} would break the check {}",
            quote(table),
            quote(&check.name)
        ),
        hint: format!("change those rows first; find them: SELECT * {broken}"),
    }
}

/// Further preconditions for a table created before its models had some check: its rows were never held to it.
pub(super) fn of_live(live: &TableDef, to: &TableDef, copy: &[(String, String)]) -> Vec<Guard> {
    let given = |column: &ColumnDef| {
        let value = copy.iter().find(|(name, _)| *name == column.name);
        value.map(|(name, value)| format!("{value} AS {}", quote(name)))
    };
    let computed = |column: &ColumnDef| {
        let computed = column.computed.as_ref()?;
        Some(format!("({}) AS {}", computed.sql, quote(&column.name)))
    };
    // A generated key is assigned on insert.
    if !(to.columns.iter()).all(|column| given(column).is_some() || column.computed.is_some()) {
        return Vec::new();
    }
    let values: Vec<String> = to.columns.iter().filter_map(given).collect();
    let mut rows = format!("SELECT {} FROM {}", values.join(", "), quote(&live.name));
    let made: Vec<String> = to.columns.iter().filter_map(computed).collect();
    if !made.is_empty() {
        rows = format!("SELECT *, {} FROM ({rows})", made.join(", "));
    }
    (to.checks.iter())
        .filter(|check| !live.checks.iter().any(|live| live.sql == check.sql))
        .map(|check| breaks(&live.name, check, &rows, &check.sql))
        .collect()
}

/// A query for the rows as they will be after the change. A column that becomes computed has its old value, unless
/// computed values are requested.
fn rows(change: &TableChange, computed: bool) -> String {
    let mut values: Vec<String> = Vec::new();
    for column in &change.to.columns {
        let name = quote(&column.name);
        let old = change
            .from
            .column(&column.name)
            .filter(|_| column.computed.is_some() && !computed);
        match (change.value(column), old) {
            (Some(value), _) => values.push(format!("{value} AS {name}")),
            (None, Some(_)) => values.push(name),
            (None, None) => {}
        }
    }
    let plain = format!("SELECT {} FROM {}", values.join(", "), quote(&change.from.name));
    let mut made: Vec<String> = change
        .to
        .columns
        .iter()
        .filter_map(|column| {
            Some(format!(
                "({}) AS {}",
                column.computed.as_ref()?.sql,
                quote(&column.name)
            ))
        })
        .collect();
    if !computed || made.is_empty() {
        return plain;
    }
    made.insert(0, "*".to_owned());
    format!("SELECT {} FROM ({plain})", made.join(", "))
}

/// What becomes a computed column loses nothing, and one that takes no NULL is computed from enough.
fn computed_guards(change: &TableChange, steps: &mut Vec<Step>) {
    let table = quote(&change.from.name);
    for column in &change.to.columns {
        let (name, before) = (quote(&column.name), change.from.column(&column.name));
        let Some(computed) = &column.computed else {
            continue;
        };
        if before.is_some_and(|before| before.computed.is_none()) {
            steps.push(Step::Guard(Guard {
                rows_of: None,
                count: format!(
                    "SELECT count(*) FROM ({}) WHERE {name} IS NOT ({})",
                    rows(change, false),
                    computed.sql
                ),
                what: format!(
                    "rows of {table} hold values in {name} other than what it would be computed from"
                ),
                hint: "change those rows first, or remove the field and add it again".to_owned(),
            }));
        }
        if !column.null && before.is_none_or(|before| before.computed != column.computed) {
            steps.push(Step::Guard(Guard {
                rows_of: None,
                count: format!(
                    "SELECT count(*) FROM ({}) WHERE {name} IS NULL",
                    rows(change, true)
                ),
                what: format!("rows of {table} would have NULL in the computed column {name}"),
                hint: "let the field take NULL, or change those rows first".to_owned(),
            }));
        }
    }
}

/// A check's condition, if it can be evaluated on rows that are not in the table yet.
fn checkable<'c>(change: &TableChange, check: &'c CheckDef) -> Option<&'c str> {
    // A generated key is assigned on insert.
    let generated = change.added().any(|column| column.generated);
    (!generated).then_some(check.sql.as_str())
}

/// No other table may have a foreign key to exactly these columns: SQLite would drop them, and then fail on every
/// write to that table.
fn no_key_to(table: &str, columns: &[impl AsRef<str>]) -> Step {
    let listed: Vec<String> = columns
        .iter()
        .map(|column| quoted(&column.as_ref().to_ascii_lowercase()))
        .collect();
    Step::Guard(Guard {
        rows_of: None,
        count: format!(
            "SELECT count(*) FROM (SELECT m.name, f.id FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE \
             m.type = 'table' AND lower(m.name) <> {table} AND lower(f.\"table\") = {table} GROUP BY m.name, f.id HAVING \
             count(*) = {} AND min(lower(f.\"to\") IN ({})))",
            listed.len(),
            listed.join(", "),
            table = quoted(&table.to_ascii_lowercase()),
        ),
        what: format!(
            "foreign keys of other tables point at {} of {}",
            columns
                .iter()
                .map(|column| quote(column.as_ref()))
                .collect::<Vec<_>>()
                .join(", "),
            quote(table)
        ),
        hint: "remove or change them first".to_owned(),
    })
}

/// No other table may have a foreign key to this one: dropping it would delete or break their rows.
pub(super) fn no_children(table: &str) -> Step {
    Step::Guard(Guard {
        rows_of: None,
        count: format!(
            "SELECT count(*) FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND \
             lower(m.name) <> {table} AND lower(f.\"table\") = {table}",
            table = quoted(&table.to_ascii_lowercase()),
        ),
        what: format!("foreign keys of other tables point at {}", quote(table)),
        hint: "remove or change them first".to_owned(),
    })
}
