//! Changes that SQLite makes in place, and changes that take a rebuild.
//!
//! This is decided as if the table had rows: on an empty table SQLite accepts what it otherwise refuses (a NOT NULL
//! column without a default, a computed default), and a plan must not depend on that.

use crate::error::Result;
use crate::sql::quote;
use crate::value::FieldType;

use super::super::diff::{Phases, TableChange};
use super::super::literal::quoted;
use super::super::table_part::{self, PartChange, TablePart};
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Step, TableDef};
use super::convert::{Conversion, conversion};
use super::rebuild::Rebuild;
use super::{arrays, ddl, guards, parse, parts, triggers};

pub(super) fn alter(change: &TableChange) -> Result<Phases> {
    let mut steps = guards::guards(change);
    steps.extend(triggers::dropped(&change.from, &change.to));
    if in_place(change) {
        steps.extend(native(change));
    } else {
        steps.extend(rebuild(change));
    }
    steps.extend(triggers::added(&change.from, &change.to));
    Ok(Phases {
        main: steps,
        ..Phases::default()
    })
}

impl TableChange {
    pub(super) fn dropped(&self) -> impl Iterator<Item = &ColumnDef> {
        self.from
            .columns
            .iter()
            .filter(|column| self.to.column(&column.name).is_none())
    }

    pub(super) fn added(&self) -> impl Iterator<Item = &ColumnDef> {
        self.to
            .columns
            .iter()
            .filter(|column| self.from.column(&column.name).is_none())
    }

    pub(super) fn kept(&self) -> impl Iterator<Item = (&ColumnDef, &ColumnDef)> {
        (self.to.columns.iter()).filter_map(|to| Some((self.from.column(&to.name)?, to)))
    }

    pub(super) fn conversion(&self, column: &str) -> Conversion {
        let name = quote(column);
        if let Some(mapping) = self.mapped.get(column) {
            return Conversion {
                sql: mapping.value(&self.from.qualified_name(), column),
                lost: None,
            };
        }
        match (self.from_field_types.get(column), self.to_field_types.get(column)) {
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
        match self.renamed_values.get(column) {
            Some((old, new)) => {
                let ty = self.to_field_types.get(column);
                if let Some(FieldType::Array(array)) = ty {
                    return arrays::renamed(&converted, *array, old, new);
                }
                let spelled = |choice: &str| match ty.is_some_and(|ty| ty.is_integer()) {
                    true => choice.to_owned(),
                    false => quoted(choice),
                };
                format!(
                    "CASE {converted} WHEN {} THEN {} ELSE {converted} END",
                    spelled(old),
                    spelled(new)
                )
            }
            None => converted,
        }
    }

    /// The value of a column of the new table, from a row of the old one; `None` leaves it to the database.
    pub(super) fn value(&self, to: &ColumnDef) -> Option<String> {
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

/// Whether everything can be done without a rebuild.
pub(super) fn in_place(change: &TableChange) -> bool {
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
        && from.storage == to.storage
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

/// Whether a table has an equal check. Names of column checks are ignored: no statement can rename them, so a
/// renamed column keeps its old one.
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

fn native(change: &TableChange) -> Vec<Step> {
    let (change, renames) = table_part::renamed(change, false);
    let (from, to) = (&change.from, &change.to);
    let table = quote(&to.name);
    let mut steps: Vec<Step> = renames.into_iter().map(parts::step).collect();
    // An indexed column cannot be dropped, so its indexes go first.
    let mut now = from.clone();
    for unique in from.uniques.iter().filter(|unique| !to.uniques.contains(unique)) {
        let mut end = PartChange::end(&change, TablePart::Unique(unique.clone()));
        let mut without = now.clone();
        without.uniques.retain(|other| other != unique);
        end.without = Some(Box::new(Rebuild {
            from: now,
            to: without.clone(),
            copy: as_they_are(from),
        }));
        now = without;
        steps.push(parts::step(end));
    }
    for index in from.indexes.iter().filter(|index| !to.indexes.contains(index)) {
        steps.push(parts::step(PartChange::end(
            &change,
            TablePart::Index(index.clone(), Vec::new()),
        )));
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
        steps.extend(ddl::no_duplicates_in_index(&to.name, index));
        steps.push(Step::Sql(ddl::create_index(&to.name, index)));
    }
    steps
}

/// Every column that a statement can set, and its value in the old table.
fn as_they_are(table: &TableDef) -> Vec<(String, String)> {
    let stored = table.columns.iter().filter(|column| column.computed.is_none());
    stored
        .map(|column| (column.name.clone(), quote(&column.name)))
        .collect()
}

fn rebuild(change: &TableChange) -> Vec<Step> {
    let copy = (change.to.columns.iter())
        .filter_map(|column| Some((column.name.clone(), change.value(column)?)))
        .collect();
    // A full-text index does not go with its table.
    let searches = change
        .from
        .indexes
        .iter()
        .filter(|index| index.tokenizer.is_some());
    let gone = searches.filter(|index| !change.to.indexes.contains(index));
    let gone = gone.map(|index| TablePart::Index(index.clone(), Vec::new()));
    let mut steps: Vec<Step> = gone
        .map(|part| parts::step(PartChange::end(change, part)))
        .collect();
    steps.push(Step::Rebuild(Box::new(Rebuild {
        from: change.from.clone(),
        to: change.to.clone(),
        copy,
    })));
    // New indexes come after the rows, so that duplicates are counted and reported.
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
        steps.extend(ddl::no_duplicates_in_index(&change.to.name, index));
        steps.push(Step::Sql(ddl::create_index(&change.to.name, index)));
    }
    steps
}
