//! What SQLite changes in place, and what it has to rebuild the table for.
//!
//! Decided from what is asked, as if the table had rows: SQLite accepts on an empty table what it refuses on a full one
//! (a NOT NULL column without a default, a default that is computed), and a plan must not depend on that.

use crate::error::Result;
use crate::sql::quote;

use super::super::diff::{Change, Phases};
use super::super::literal::quote_text;
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Guard, Step, TableDef};
use super::convert::{Conversion, conversion};
use super::rebuild::Rebuild;
use super::{ddl, parse};

pub(super) fn alter(change: &Change) -> Result<Phases> {
    let mut steps = guards(change);
    if in_place(change) {
        steps.extend(native(change));
    } else {
        steps.extend(rebuild(change));
    }
    Ok(Phases {
        main: steps,
        ..Phases::default()
    })
}

impl Change {
    fn dropped(&self) -> impl Iterator<Item = &ColumnDef> {
        self.from
            .columns
            .iter()
            .filter(|column| self.to.column(&column.name).is_none())
    }

    fn added(&self) -> impl Iterator<Item = &ColumnDef> {
        self.to
            .columns
            .iter()
            .filter(|column| self.from.column(&column.name).is_none())
    }

    fn kept(&self) -> impl Iterator<Item = (&ColumnDef, &ColumnDef)> {
        (self.to.columns.iter()).filter_map(|to| Some((self.from.column(&to.name)?, to)))
    }

    fn conversion(&self, column: &str) -> Conversion {
        let name = quote(column);
        match (self.from_kinds.get(column), self.to_kinds.get(column)) {
            (Some(&from), Some(&to)) => conversion(from, to, &name),
            _ => Conversion {
                sql: name,
                lost: None,
            },
        }
    }

    /// The value of a kept column, of its new type and with its new text.
    fn converted(&self, column: &str) -> String {
        let converted = self.conversion(column).sql;
        let literal = |text: &str| quote_text(text).unwrap_or_else(|_| "NULL".to_owned());
        match self.texts.get(column) {
            Some((old, new)) => format!(
                "CASE {converted} WHEN {} THEN {} ELSE {converted} END",
                literal(old),
                literal(new)
            ),
            None => converted,
        }
    }

    /// The value of a column of the new table, from a row of the old one; `None` leaves it to the database.
    fn value(&self, to: &ColumnDef) -> Option<String> {
        let fill = self.fills.get(&to.name);
        if self.from.column(&to.name).is_some() && to.computed.is_none() {
            let converted = self.converted(&to.name);
            return Some(match fill {
                Some(fill) => format!("coalesce({converted}, {fill})"),
                None => converted,
            });
        }
        match (fill, &to.default) {
            _ if to.generated || to.computed.is_some() => None,
            (Some(fill), _) => Some(fill.clone()),
            (None, Some(default)) if parse::is_literal(default) => Some(default.clone()),
            (None, Some(default)) => Some(format!("({default})")),
            (None, None) => Some("NULL".to_owned()),
        }
    }
}

/// Whether everything can be done without making the table anew.
fn in_place(change: &Change) -> bool {
    let (from, to) = (&change.from, &change.to);
    let gone = |column: &str| from.column(column).is_some() && to.column(column).is_none();
    let new = |column: &str| from.column(column).is_none() && to.column(column).is_some();
    let addable = |column: &ColumnDef| {
        let literal = column.default.as_deref().is_some_and(parse::is_literal);
        let key = to
            .foreign_keys
            .iter()
            .any(|key| key.columns.contains(&column.name));
        !change.fills.contains_key(&column.name)
            && if let Some(computed) = &column.computed {
                !computed.stored
            } else if column.default.is_some() {
                literal && !key
            } else {
                column.null
            }
    };
    let unchanged = |column: &ColumnDef| {
        !change.fills.contains_key(&column.name) && change.converted(&column.name) == quote(&column.name)
    };
    from.primary_key == to.primary_key
        && change.added().all(addable)
        && change
            .kept()
            .all(|(before, after)| before == after && unchanged(after))
        && (from.checks.iter()).all(|check| has_check(to, check) || check.column.as_deref().is_some_and(gone))
        && (to.checks.iter()).all(|check| has_check(from, check) || check.column.as_deref().is_some_and(new))
        && (from.foreign_keys.iter())
            .all(|key| has_key(to, key) || matches!(key.columns.as_slice(), [one] if gone(one)))
        && (to.foreign_keys.iter())
            .all(|key| has_key(from, key) || matches!(key.columns.as_slice(), [one] if new(one)))
}

/// Whether a table has a check. No statement can say the name of one that stands beside its column, so it does not count:
/// a renamed column keeps it.
pub(super) fn has_check(table: &TableDef, check: &CheckDef) -> bool {
    table.checks.iter().any(|other| {
        other == check || (check.column.is_some() && other.column == check.column && other.sql == check.sql)
    })
}

/// Whether a table has a foreign key, by whatever name.
pub(super) fn has_key(table: &TableDef, key: &ForeignKeyDef) -> bool {
    table.foreign_keys.iter().any(|other| {
        let mut other = other.clone();
        other.name.clone_from(&key.name);
        other == *key
    })
}

fn native(change: &Change) -> Vec<Step> {
    let (from, to) = (&change.from, &change.to);
    let table = quote(&to.name);
    let mut steps = Vec::new();
    // An indexed column cannot be dropped, so its indexes go first.
    for unique in from.uniques.iter().filter(|unique| !to.uniques.contains(unique)) {
        steps.push(Step::Sql(ddl::drop_index(&unique.name)));
    }
    for index in from.indexes.iter().filter(|index| !to.indexes.contains(index)) {
        steps.push(Step::Sql(ddl::drop_index(&index.name)));
    }
    // And a column that another is computed from comes after that one.
    let (computed, plain): (Vec<_>, Vec<_>) = change.dropped().partition(|column| column.computed.is_some());
    for column in computed.into_iter().chain(plain) {
        steps.push(Step::Sql(format!(
            "ALTER TABLE {table} DROP COLUMN {}",
            quote(&column.name)
        )));
    }
    let (computed, plain): (Vec<_>, Vec<_>) = change.added().partition(|column| column.computed.is_some());
    for column in plain.into_iter().chain(computed) {
        steps.push(Step::Sql(format!(
            "ALTER TABLE {table} ADD COLUMN {}",
            ddl::column(to, column)
        )));
    }
    for unique in to.uniques.iter().filter(|unique| !from.uniques.contains(unique)) {
        steps.push(ddl::no_duplicates(&to.name, unique));
        steps.push(Step::Sql(ddl::create_unique(&to.name, unique)));
    }
    for index in to.indexes.iter().filter(|index| !from.indexes.contains(index)) {
        steps.push(Step::Sql(ddl::create_index(&to.name, index)));
    }
    steps
}

fn rebuild(change: &Change) -> Vec<Step> {
    let copy = (change.to.columns.iter())
        .filter_map(|column| Some((column.name.clone(), change.value(column)?)))
        .collect();
    let mut steps = vec![Step::Rebuild(Box::new(Rebuild {
        from: change.from.clone(),
        to: change.to.clone(),
        copy,
    }))];
    // Indexes that are new come after the rows, so that duplicates are counted and named.
    for unique in change
        .to
        .uniques
        .iter()
        .filter(|unique| !change.from.uniques.contains(unique))
    {
        steps.push(ddl::no_duplicates(&change.to.name, unique));
        steps.push(Step::Sql(ddl::create_unique(&change.to.name, unique)));
    }
    for index in change
        .to
        .indexes
        .iter()
        .filter(|index| !change.from.indexes.contains(index))
    {
        steps.push(Step::Sql(ddl::create_index(&change.to.name, index)));
    }
    steps
}

/// What has to be true of the rows, asked before anything is changed.
fn guards(change: &Change) -> Vec<Step> {
    let (from, to) = (&change.from, &change.to);
    let table = quote(&from.name);
    let mut steps = Vec::new();
    let mut guard = |condition: String, what: String, hint: &str| {
        steps.push(Step::Guard(Guard {
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
    if !in_place(change) {
        for check in to.checks.iter().filter(|check| !has_check(from, check)) {
            let Some(visible) = checkable(change, check) else {
                continue;
            };
            steps.push(Step::Guard(Guard {
                count: format!(
                    "SELECT count(*) FROM ({}) WHERE NOT ({visible})",
                    rows(change, true)
                ),
                what: format!("rows of {table} would break the check {}", quote(&check.name)),
                hint: "change those rows first".to_owned(),
            }));
        }
        let generated = to
            .columns
            .iter()
            .any(|column| column.generated && to.primary_key.contains(&column.name));
        if from.primary_key != to.primary_key && !generated {
            let key = ddl::names(&to.primary_key);
            steps.push(Step::Guard(Guard {
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

/// The rows as they are going to be, before the change: a query. A column that becomes a computed one has its old value,
/// unless the computed ones are asked for.
fn rows(change: &Change, computed: bool) -> String {
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
fn computed_guards(change: &Change, steps: &mut Vec<Step>) {
    let table = quote(&change.from.name);
    for column in &change.to.columns {
        let (name, before) = (quote(&column.name), change.from.column(&column.name));
        let Some(computed) = &column.computed else {
            continue;
        };
        if before.is_some_and(|before| before.computed.is_none()) {
            steps.push(Step::Guard(Guard {
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

/// A check's condition where it can be asked of rows that are not in the table yet.
fn checkable<'c>(change: &Change, check: &'c super::super::CheckDef) -> Option<&'c str> {
    // A generated key is given on the way in.
    let generated = change.added().any(|column| column.generated);
    (!generated).then_some(check.sql.as_str())
}

/// A literal for a name; names hold no NUL, lowering has seen to that.
fn text(name: &str) -> String {
    quote_text(name).unwrap_or_else(|_| "''".to_owned())
}

/// No other table may point at exactly these columns: SQLite would let them go and fail on every write to that table.
fn no_key_to(table: &str, columns: &[impl AsRef<str>]) -> Step {
    let listed: Vec<String> = columns
        .iter()
        .map(|column| text(&column.as_ref().to_ascii_lowercase()))
        .collect();
    Step::Guard(Guard {
        count: format!(
            "SELECT count(*) FROM (SELECT m.name, f.id FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE \
             m.type = 'table' AND lower(m.name) <> {table} AND lower(f.\"table\") = {table} GROUP BY m.name, f.id HAVING \
             count(*) = {} AND min(lower(f.\"to\") IN ({})))",
            listed.len(),
            listed.join(", "),
            table = text(&table.to_ascii_lowercase()),
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

/// No other table may point at this one: dropping it would delete or break their rows.
pub(super) fn no_children(table: &str) -> Step {
    Step::Guard(Guard {
        count: format!(
            "SELECT count(*) FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND \
             lower(m.name) <> {table} AND lower(f.\"table\") = {table}",
            table = text(&table.to_ascii_lowercase()),
        ),
        what: format!("foreign keys of other tables point at {}", quote(table)),
        hint: "remove or change them first".to_owned(),
    })
}
