//! Reads a SQLite database back.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::error::{Error, Result};
use crate::model::{Deferrable, IdentityDef, ReferentialAction};
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::ddl::action_sql;
use super::super::foreign_key_suspension::{Violation, ViolationCount};
use super::super::{
    CheckDef, ColumnDef, ComputedDef, ForeignKeyDef, IndexColumn, TableDef, TableIndex, TableIndexKey,
};
use super::parse::{self, ParsedTable, is_identifier};
use super::{search, triggers};

/// The CREATE TABLE text of a table, if it exists.
pub(super) fn create_text(session: &mut dyn Session, table: &str) -> Result<Option<String>> {
    let mut text = None;
    session.query(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE",
        &[Value::from(table)],
        &mut |row| {
            text = row.get::<Option<String>>(0)?;
            Ok(())
        },
    )?;
    Ok(text)
}

/// Names of all tables that are neither SQLite's own nor virtual, nor keep what a virtual one holds, in order.
pub(super) fn tables(session: &mut dyn Session) -> Result<Vec<String>> {
    let mut names = Vec::new();
    session.query(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER \
         BY name",
        &[],
        &mut |row| {
            names.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    Ok(names)
}

/// Columns that a statement can name; what a computed one is computed from stands only in the table's text.
pub(super) struct TableColumns {
    pub all: Vec<ColumnDef>,
    pub primary_key: Vec<String>,
}

impl TableColumns {
    /// Those that a statement can set.
    pub fn stored(&self) -> impl Iterator<Item = &ColumnDef> {
        self.all.iter().filter(|column| column.computed.is_none())
    }
}

pub(super) fn columns(session: &mut dyn Session, table: &str) -> Result<TableColumns> {
    let mut out = TableColumns {
        all: Vec::new(),
        primary_key: Vec::new(),
    };
    let mut keys: Vec<(i64, String)> = Vec::new();
    session.query(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid",
        &[Value::from(table)],
        &mut |row| {
            let name: String = row.get(0)?;
            let position: i64 = row.get(4)?;
            let hidden: i64 = row.get(5)?;
            if position > 0 {
                keys.push((position, name.clone()));
            }
            out.all.push(ColumnDef {
                name,
                // Pragmas before 3.41 wrote the words of a computed column into its type.
                ty: (row.get::<String>(1)?)
                    .trim_end_matches(" GENERATED ALWAYS")
                    .to_owned(),
                collation: None,
                null: row.get::<i64>(2)? == 0 && position == 0,
                default: row.get(3)?,
                generated: false,
                identity: IdentityDef::DEFAULT,
                computed: (hidden != 0).then(|| ComputedDef {
                    sql: String::new(),
                    stored: hidden == 3,
                }),
                comment: None,
            });
            Ok(())
        },
    )?;
    keys.sort();
    out.primary_key = keys.into_iter().map(|(_, name)| name).collect();
    Ok(out)
}

/// The collation of a column that says none.
pub(super) const BINARY: &str = "BINARY";

pub(super) fn introspect(session: &mut dyn Session, table: &str) -> Result<Option<TableDef>> {
    let Some(sql) = create_text(session, table)? else {
        return Ok(None);
    };
    let parsed = parse::create_table(&sql);
    let mut out = TableDef::new(table);
    out.storage.without_rowid = parsed.without_rowid;
    let mut columns = columns(session, table)?;
    for column in &mut columns.all {
        column.generated = parsed.autoincrement && columns.primary_key.contains(&column.name);
        let text = parsed
            .computed
            .iter()
            .find(|(name, _)| is_identifier(name, &column.name));
        if let (Some(computed), Some((_, sql))) = (&mut column.computed, text) {
            computed.sql.clone_from(sql);
        }
        let collated = &mut parsed.collated.iter();
        let collation = collated.find(|(name, _)| is_identifier(name, &column.name));
        column.collation = collation
            .map(|(_, collation)| collation.to_ascii_uppercase())
            .filter(|name| name != BINARY);
    }
    out.columns = columns.all;
    out.primary_key = columns.primary_key;
    foreign_keys(session, &mut out, &parsed)?;
    indexes(session, &mut out)?;
    out.indexes.extend(search::introspect(session, table)?);
    let mut all = triggers::introspect(session, table)?;
    all.retain(|trigger| !search::has_trigger(&out, &trigger.name));
    out.triggers = all;
    out.checks = parsed
        .checks
        .into_iter()
        .map(|check| CheckDef {
            name: check.name,
            sql: check.sql,
            column: check.column,
            not_valid: false,
        })
        .collect();
    Ok(Some(out))
}

fn action(sql: &str) -> Result<ReferentialAction> {
    [
        ReferentialAction::NoAction,
        ReferentialAction::Cascade,
        ReferentialAction::Restrict,
        ReferentialAction::SetNull,
        ReferentialAction::SetDefault,
    ]
    .into_iter()
    .find(|action| action_sql(*action) == sql)
    .ok_or_else(|| Error::migration("the catalog has a foreign key with an action that is not known"))
}

fn foreign_keys(session: &mut dyn Session, table: &mut TableDef, parsed: &ParsedTable) -> Result<()> {
    let mut keys: BTreeMap<i64, ForeignKeyDef> = BTreeMap::new();
    session.query(
        "SELECT id, \"from\", \"table\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq",
        &[Value::from(table.name.as_str())],
        &mut |row| {
            let key = keys.entry(row.get(0)?).or_insert(ForeignKeyDef {
                name: String::new(),
                columns: Vec::new(),
                target: row.get::<String>(2)?.into(),
                target_columns: Vec::new(),
                on_delete: action(&row.get::<String>(4)?)?,
                on_update: action(&row.get::<String>(5)?)?,
                deferrable: Deferrable::No,
                not_valid: false,
            });
            key.columns.push(row.get(1)?);
            key.target_columns.extend(row.get::<Option<String>>(3)?);
            Ok(())
        },
    )?;
    let mut written: Vec<_> = parsed.foreign_keys.iter().collect();
    // The list counts from the last one written.
    for (_, mut key) in keys.into_iter().rev() {
        let place = written.iter().position(|written| {
            written.columns.len() == key.columns.len()
                && written
                    .columns
                    .iter()
                    .zip(&key.columns)
                    .all(|(a, b)| is_identifier(a, b))
        });
        if let Some(place) = place {
            let written = written.remove(place);
            key.name.clone_from(&written.name);
            key.deferrable = written.deferrable;
        }
        table.foreign_keys.push(key);
    }
    Ok(())
}

fn indexes(session: &mut dyn Session, table: &mut TableDef) -> Result<()> {
    let mut list: Vec<(String, bool, String, bool)> = Vec::new();
    session.query(
        "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?) ORDER BY seq DESC",
        &[Value::from(table.name.as_str())],
        &mut |row| {
            list.push((
                row.get(0)?,
                row.get::<i64>(1)? != 0,
                row.get(2)?,
                row.get::<i64>(3)? != 0,
            ));
            Ok(())
        },
    )?;
    for (name, unique, origin, partial) in list {
        if origin == "pk" {
            continue;
        }
        let mut columns = Vec::new();
        // The text says what the pragma does not: conditions, and what is computed.
        let mut text = partial;
        session.query(
            "SELECT name, \"desc\", coll, cid FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno",
            &[Value::from(name.as_str())],
            &mut |row| {
                let computed = row.get::<i64>(3)? < 0;
                text |= computed;
                let collation: String = row.get(2)?;
                let column: Option<String> = row.get(0)?;
                let own = column.as_ref().and_then(|column| table.column(column));
                let own = own.and_then(|column| column.collation.clone());
                columns.push(IndexColumn {
                    key: match column {
                        Some(column) => TableIndexKey::Column(column),
                        None => TableIndexKey::Expression(String::new()),
                    },
                    descending: row.get::<i64>(1)? != 0,
                    nulls: None,
                    collation: (own.as_deref().unwrap_or(BINARY) != collation).then_some(collation),
                    operator_class: None,
                });
                Ok(())
            },
        )?;
        let mut index = TableIndex {
            unique,
            ..TableIndex::over(name, columns)
        };
        if text {
            written(session, &mut index)?;
        }
        let special = |part: &IndexColumn| part.descending || part.collation.is_some();
        match index.as_unique() {
            Some(unique) if !index.columns.iter().any(special) => table.uniques.push(unique),
            _ => table.indexes.push(index),
        }
    }
    Ok(())
}

/// Fills in what only the text of an index says.
fn written(session: &mut dyn Session, index: &mut TableIndex) -> Result<()> {
    let mut sql = None;
    session.query(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?",
        &[Value::from(index.name.as_str())],
        &mut |row| {
            sql = row.get::<Option<String>>(0)?;
            Ok(())
        },
    )?;
    let sql =
        sql.ok_or_else(|| Error::internal("an index over an expression, or of some rows, has no text"))?;
    let parsed = parse::create_index(&sql);
    index.condition = parsed.condition;
    for (column, part) in index.columns.iter_mut().zip(parsed.parts) {
        if let TableIndexKey::Expression(sql) = &mut column.key {
            *sql = part;
        }
    }
    Ok(())
}

/// Foreign key violations, table by table: a key that cannot be checked must not hide the others.
pub(super) fn violations(session: &mut dyn Session) -> Result<BTreeMap<Violation, ViolationCount>> {
    let mut found: BTreeMap<Violation, ViolationCount> = BTreeMap::new();
    for table in tables(session)? {
        let mut rows: Vec<(Violation, i64)> = Vec::new();
        let checked = session.query(
            &format!("PRAGMA foreign_key_check({})", quote(&table)),
            &[],
            &mut |row| {
                let violation = Violation {
                    table: row.get(0)?,
                    // Rows of a table without row numbers are one: only how many there are is compared.
                    row: Some(row.get::<Option<i64>>(1)?.unwrap_or(-1)),
                    target: row.get(2)?,
                };
                rows.push((violation, row.get(3)?));
                Ok(())
            },
        );
        let mut queries: BTreeMap<i64, String> = BTreeMap::new();
        for (violation, key) in rows {
            let find = match queries.entry(key) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(new) => new.insert(dangling(session, &table, key)?).clone(),
            };
            let broken = found.entry(violation).or_default();
            broken.count += 1;
            broken.find = find;
        }
        if checked.is_err() {
            // "foreign key mismatch": the key has nothing it could point at.
            for target in targets(session, &table)? {
                if !is_key(session, &table, &target)? {
                    let violation = Violation {
                        table: table.clone(),
                        target,
                        row: None,
                    };
                    found.entry(violation).or_default().count += 1;
                }
            }
        }
    }
    Ok(found)
}

/// The query for the rows of a table that violate the foreign key of that number.
fn dangling(session: &mut dyn Session, table: &str, key: i64) -> Result<String> {
    let mut target = String::new();
    let mut columns: Vec<(String, Option<String>)> = Vec::new();
    session.query(
        "SELECT \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?) WHERE id = ? ORDER BY seq",
        &[Value::from(table), Value::Int(key)],
        &mut |row| {
            target = row.get(0)?;
            columns.push((row.get(1)?, row.get(2)?));
            Ok(())
        },
    )?;
    let primary_key = self::columns(session, &target)?.primary_key;
    let (mut given, mut same) = (Vec::new(), Vec::new());
    for (at, (from, to)) in columns.into_iter().enumerate() {
        // Without a name it is the column of the primary key at that place; a key that has none cannot be checked.
        let to = to
            .or_else(|| primary_key.get(at).cloned())
            .ok_or_else(|| Error::internal("a foreign key that was checked points at no column"))?;
        given.push(format!("r.{} IS NOT NULL", quote(&from)));
        same.push(format!("t.{} = r.{}", quote(&to), quote(&from)));
    }
    Ok(format!(
        "SELECT * FROM {} AS r WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE {})",
        quote(table),
        given.join(" AND "),
        quote(&target),
        same.join(" AND ")
    ))
}

fn targets(session: &mut dyn Session, table: &str) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    session.query(
        "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?)",
        &[Value::from(table)],
        &mut |row| {
            targets.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    Ok(targets)
}

/// Whether all keys of `table` to `target` name its primary key or unique columns.
fn is_key(session: &mut dyn Session, table: &str, target: &str) -> Result<bool> {
    let (Some(from), Some(to)) = (introspect(session, table)?, introspect(session, target)?) else {
        return Ok(false);
    };
    let same = |left: &[String], right: &[String]| {
        left.len() == right.len() && left.iter().all(|a| right.iter().any(|b| is_identifier(a, b)))
    };
    Ok((from.foreign_keys.iter())
        .filter(|key| is_identifier(&key.target.name, target))
        .all(|key| {
            (key.target_columns.is_empty() && key.columns.len() == to.primary_key.len())
                || same(&key.target_columns, &to.primary_key)
                || to
                    .uniques
                    .iter()
                    .any(|unique| same(&key.target_columns, &unique.columns))
        }))
}
