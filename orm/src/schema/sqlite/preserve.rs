//! What a rebuild must preserve: the rows of the table and of all tables that point at it, working views and
//! triggers, the AUTOINCREMENT sequence.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::TriggerEvent;
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::step::count;
use super::introspect;

/// The one number that a query about a name answers.
pub(super) fn count_bound(session: &mut dyn Session, sql: &str, text: &str) -> Result<i64> {
    let mut number = 0;
    session.query(sql, &[Value::from(text)], &mut |row| {
        number = row.get::<i64>(0)?;
        Ok(())
    })?;
    Ok(number)
}

/// A name that no table, index, view or trigger has, temporary ones included.
pub(super) fn free_name(session: &mut dyn Session, table: &str) -> Result<String> {
    let mut name = format!("orm_new_{table}");
    let mut attempt = 1;
    while count_bound(
        session,
        "SELECT count(*) FROM (SELECT name FROM sqlite_master UNION ALL SELECT name FROM sqlite_temp_master) WHERE name = ? \
         COLLATE NOCASE",
        &name,
    )? > 0
    {
        attempt += 1;
        name = format!("orm_new_{attempt}_{table}");
    }
    Ok(name)
}

pub(super) fn keep_sequence(session: &mut dyn Session, table: &str, sequence: i64) -> Result<()> {
    let mut now = 0;
    session.query(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ? COLLATE NOCASE",
        &[Value::from(table)],
        &mut |row| {
            now = row.get::<i64>(0)?;
            Ok(())
        },
    )?;
    // The table has no key on its names, so there is nothing to conflict with.
    session.execute(
        "DELETE FROM sqlite_sequence WHERE name = ? COLLATE NOCASE",
        &[Value::from(table)],
    )?;
    session.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
        &[Value::from(table), Value::Int(now.max(sequence))],
    )?;
    Ok(())
}

/// Row counts of the table and of every table that points at it, directly or indirectly.
pub(super) fn family_rows(session: &mut dyn Session, table: &str) -> Result<BTreeMap<String, i64>> {
    let mut keys: Vec<(String, String)> = Vec::new();
    session.query(
        "SELECT lower(m.name), lower(f.\"table\") FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = \
         'table'",
        &[],
        &mut |row| {
            keys.push((row.get(0)?, row.get(1)?));
            Ok(())
        },
    )?;
    let mut family = vec![table.to_ascii_lowercase()];
    let mut at = 0;
    while let Some(parent) = family.get(at).cloned() {
        for (child, _) in keys.iter().filter(|(_, target)| *target == parent) {
            if !family.contains(child) {
                family.push(child.clone());
            }
        }
        at += 1;
    }
    family
        .into_iter()
        .map(|table| {
            let rows = count(session, &format!("SELECT count(*) FROM {}", quote(&table)))?;
            Ok((table, rows))
        })
        .collect()
}

/// Views that cannot be read and tables whose triggers do not compile.
pub(super) fn broken(session: &mut dyn Session) -> Result<BTreeSet<String>> {
    let mut broken = unreadable_views(session)?;
    let triggered = names(
        session,
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
    )?;
    for table in triggered {
        for event in [TriggerEvent::Delete, TriggerEvent::Insert, TriggerEvent::Update] {
            let sql = explained(session, &table, event)?;
            if !compiles(session, &sql) {
                broken.insert(format!("a trigger on {} of {}", event.sql(), quote(&table)));
            }
        }
    }
    Ok(broken)
}

/// Views that cannot be read.
pub(super) fn unreadable_views(session: &mut dyn Session) -> Result<BTreeSet<String>> {
    let mut unreadable = BTreeSet::new();
    for view in names(session, "SELECT name FROM sqlite_master WHERE type = 'view'")? {
        if !compiles(session, &format!("EXPLAIN SELECT * FROM {}", quote(&view))) {
            unreadable.insert(format!("view {}", quote(&view)));
        }
    }
    Ok(unreadable)
}

fn names(session: &mut dyn Session, sql: &str) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    session.query(sql, &[], &mut |row| {
        names.insert(row.get::<String>(0)?);
        Ok(())
    })?;
    Ok(names)
}

fn compiles(session: &mut dyn Session, sql: &str) -> bool {
    session.query(sql, &[], &mut |_| Ok(())).is_ok()
}

/// A statement that compiles the triggers that a table has for an event, and runs nothing.
pub(super) fn explained(session: &mut dyn Session, table: &str, event: TriggerEvent) -> Result<String> {
    let name = quote(table);
    Ok(match event {
        TriggerEvent::Insert => format!("EXPLAIN INSERT INTO {name} DEFAULT VALUES"),
        TriggerEvent::Update => {
            let columns = introspect::columns(session, table)?;
            let set = columns
                .stored()
                .map(|column| format!("{0} = {0}", quote(&column.name)));
            format!("EXPLAIN UPDATE {name} SET {}", set.collect::<Vec<_>>().join(", "))
        }
        TriggerEvent::Delete | TriggerEvent::Truncate => format!("EXPLAIN DELETE FROM {name}"),
    })
}

/// Checks that nothing is missing or broken that was not before.
pub(super) fn verify(
    session: &mut dyn Session,
    rows: &BTreeMap<String, i64>,
    broken_before: &BTreeSet<String>,
) -> Result<()> {
    for (table, &before) in rows {
        let now = count(session, &format!("SELECT count(*) FROM {}", quote(table)))?;
        if now != before {
            return Err(Error::migration(format!(
                "table {} would have {now} rows instead of {before}; nothing was changed",
                quote(table)
            )));
        }
    }
    match broken(session)?.difference(broken_before).next() {
        None => Ok(()),
        Some(what) => Err(
            Error::migration(format!("{what} would not work any more; nothing was changed"))
                .with_hint("it uses a column that goes or changes; drop or change it first"),
        ),
    }
}
