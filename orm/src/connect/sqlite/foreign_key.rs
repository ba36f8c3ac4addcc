//! Finds the violated foreign key. SQLite only reports that there is one, so it is looked for afterwards: for a
//! commit, in the rows of the open transaction; for a statement, by finding out what it would have left behind.

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::model::constraint_name;
use crate::sql::{Statement, quote};
use crate::value::Value;
use crate::value::sqlite::bind;

use super::conn::filled;

struct ForeignKey {
    table: String,
    columns: Vec<String>,
    target: String,
    target_columns: Vec<String>,
    on_delete: String,
}

impl ForeignKey {
    /// The error with the foreign key's name, as made of its columns.
    fn add_to(&self, error: Error, columns: &[String]) -> Error {
        let own: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        error
            .with_constraint(constraint_name(&self.table, &own, "fk"))
            .with_fields(columns.to_vec())
    }

    /// A condition for rows of its table (`rows`) that hold no NULL and point at no row of the target, whose table is that of `schema`.
    fn dangles(&self, rows: &str, schema: &str, value: impl Fn(usize, &String) -> String) -> String {
        let values: Vec<String> = (self.columns.iter().enumerate())
            .map(|(at, column)| format!("{rows}.{}", value(at, column)))
            .collect();
        let not_null = values.iter().map(|value| format!("{value} IS NOT NULL"));
        let same = values.iter().zip(&self.target_columns);
        let same = same.map(|(value, column)| format!("t.{} = {value}", quote(column)));
        format!(
            "{} AND NOT EXISTS (SELECT 1 FROM {schema}{} AS t WHERE {})",
            joined(not_null, " AND "),
            quote(&self.target),
            joined(same, " AND ")
        )
    }

    /// The columns of one side as one value.
    fn row(columns: &[String]) -> String {
        let columns: Vec<String> = columns.iter().map(|column| quote(column)).collect();
        match columns.as_slice() {
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        }
    }

    fn list(columns: &[String]) -> String {
        joined(columns.iter().map(|column| quote(column)), ", ")
    }
}

fn joined(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}

/// The error of a statement that was refused by a foreign key.
#[cold]
pub(super) fn explain(db: &Connection, statement: &Statement, values: &[Value<'_>], error: Error) -> Error {
    let found = match written(&statement.sql) {
        Some(StatementEffect::Delete { table, rest }) => blocking(db, &table, rest, statement, values)
            .map(|key| key.map(|key| (key.target_columns.clone(), key))),
        Some(StatementEffect::Other { table }) => {
            missing(db, &table, statement, values).map(|key| key.map(|key| (key.columns.clone(), key)))
        }
        None => Ok(None),
    };
    match found {
        Ok(Some((columns, key))) => key.add_to(error, &columns),
        // What cannot be found is left out.
        _ => error,
    }
}

/// How many of a table's newest rows are examined: the write lock is held meanwhile.
const NEWEST: i64 = 20_000;

/// The error of a transaction that cannot be committed because of a foreign key; it is still open.
#[cold]
pub(super) fn explain_commit(db: &Connection, error: Error) -> Error {
    for key in keys(db, "?1 = ?1", [0]).unwrap_or_default() {
        let table = quote(&key.table);
        let dangling = format!(
            "SELECT EXISTS (SELECT 1 FROM {table} AS r WHERE r.rowid > (SELECT max(rowid) FROM {table}) - ?1 AND {})",
            key.dangles("r", "", |_, column| quote(column))
        );
        // A table without rowids has no newest rows.
        if db
            .query_row(&dangling, [NEWEST], |row| row.get(0))
            .unwrap_or(false)
        {
            return key.add_to(error, &key.columns);
        }
    }
    error
}

/// What a statement changes.
enum StatementEffect<'s> {
    /// A deletion, with the text after the table name.
    Delete {
        table: String,
        rest: &'s str,
    },
    Other {
        table: String,
    },
}

fn written(sql: &str) -> Option<StatementEffect<'_>> {
    let delete = sql.strip_prefix("DELETE FROM ");
    let rest = delete
        .or_else(|| sql.strip_prefix("INSERT INTO "))
        .or_else(|| sql.strip_prefix("UPDATE "))?;
    let quoted = rest.strip_prefix('"')?;
    let mut end = 0;
    loop {
        end += quoted[end..].find('"')?;
        match quoted[end + 1..].starts_with('"') {
            true => end += 2,
            false => break,
        }
    }
    let table = quoted[..end].replace("\"\"", "\"");
    let rest = &quoted[end + 1..];
    match delete {
        Some(_) if rest.contains(" RETURNING ") => None,
        Some(_) => Some(StatementEffect::Delete { table, rest }),
        None => Some(StatementEffect::Other { table }),
    }
}

/// Foreign keys that match a condition on `m` (their table) and `f` (the key).
fn keys(
    db: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut statement = db.prepare(&format!(
        "SELECT m.name, f.\"from\", f.\"table\", coalesce(f.\"to\", (SELECT name FROM pragma_table_info(f.\"table\") WHERE \
         pk = f.seq + 1)), f.on_delete, f.seq FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' \
         AND {condition} ORDER BY m.name, f.id DESC, f.seq"
    ))?;
    let mut rows = statement.query(values)?;
    let mut keys: Vec<ForeignKey> = Vec::new();
    while let Some(row) = rows.next()? {
        let (column, target_column) = (row.get(1)?, row.get(3)?);
        match (row.get::<_, i64>(5)?, keys.last_mut()) {
            (1.., Some(key)) => {
                key.columns.push(column);
                key.target_columns.push(target_column);
            }
            _ => keys.push(ForeignKey {
                table: row.get(0)?,
                columns: vec![column],
                target: row.get(2)?,
                target_columns: vec![target_column],
                on_delete: row.get(4)?,
            }),
        }
    }
    Ok(keys)
}

/// Maximum depth of cascades that are followed.
const DEPTH: usize = 8;

/// The foreign key of remaining rows that point at rows deleted by the statement, directly or by a cascade.
fn blocking(
    db: &Connection,
    table: &str,
    rest: &str,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Option<ForeignKey>, rusqlite::Error> {
    // Tables with rows to be deleted, and the condition for them.
    let mut going = vec![(table.to_owned(), rest.to_owned())];
    let mut at = 0;
    while let Some((target, which)) = going.get(at).cloned() {
        for key in keys(db, "f.\"table\" = ?1 COLLATE NOCASE", [&target])? {
            let pointing = format!(
                " WHERE {} IN (SELECT {} FROM {}{which})",
                ForeignKey::row(&key.columns),
                ForeignKey::list(&key.target_columns),
                quote(&target)
            );
            match key.on_delete.as_str() {
                "CASCADE" => {
                    let known = going.iter().any(|(table, _)| *table == key.table);
                    if !known && going.len() < DEPTH {
                        going.push((key.table, pointing));
                    }
                }
                "SET NULL" | "SET DEFAULT" => {}
                _ => {
                    // Rows that are deleted as well do not block.
                    let own = key.table.eq_ignore_ascii_case(&target);
                    let staying = match own {
                        true => format!(
                            "{pointing} AND {} NOT IN (SELECT {} FROM {}{which})",
                            ForeignKey::row(&key.target_columns),
                            ForeignKey::list(&key.target_columns),
                            quote(&target)
                        ),
                        false => pointing,
                    };
                    let exists = format!("SELECT EXISTS (SELECT 1 FROM {}{staying})", quote(&key.table));
                    let mut asked = db.prepare(&exists)?;
                    let placeholders = statement.placeholders.iter();
                    for (at, placeholder) in placeholders
                        .clone()
                        .chain(placeholders.filter(|_| own))
                        .enumerate()
                    {
                        bind(&mut asked, at + 1, filled(placeholder, values)?.as_ref())?;
                    }
                    let mut rows = asked.raw_query();
                    if rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or(false) {
                        drop(rows);
                        return Ok(Some(key));
                    }
                }
            }
        }
        at += 1;
    }
    Ok(None)
}

/// The foreign key without a target after the statement, which is run again with deferred foreign keys and rolled back.
fn missing(
    db: &Connection,
    table: &str,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Option<ForeignKey>, rusqlite::Error> {
    let keys = keys(db, "m.name = ?1 COLLATE NOCASE", [table])?;
    if keys.is_empty() {
        return Ok(None);
    }
    let (open, close) = match db.is_autocommit() {
        true => ("BEGIN IMMEDIATE", "ROLLBACK"),
        false => (
            "SAVEPOINT orm_refused",
            "ROLLBACK TO orm_refused; RELEASE orm_refused",
        ),
    };
    let later: bool = db.query_row("PRAGMA defer_foreign_keys", [], |row| row.get(0))?;
    db.execute_batch(open)?;
    let found = again(db, table, &keys, statement, values);
    db.execute_batch(close)?;
    if !db.is_autocommit() {
        db.pragma_update(None, "defer_foreign_keys", later)?;
    }
    let found = found?;
    Ok(found.and_then(|at| keys.into_iter().nth(at)))
}

/// Runs the statement in a transaction that will be rolled back, and records the foreign keys it writes.
fn again(
    db: &Connection,
    table: &str,
    keys: &[ForeignKey],
    statement: &Statement,
    values: &[Value<'_>],
) -> rusqlite::Result<Option<usize>> {
    let most = keys.iter().map(|key| key.columns.len()).max().unwrap_or(0);
    let noted: Vec<String> = (keys.iter().enumerate())
        .map(|(number, key)| {
            let values = (0..most).map(|at| match key.columns.get(at) {
                Some(column) => format!("new.{}", quote(column)),
                None => "NULL".to_owned(),
            });
            format!("({number}, {})", joined(values, ", "))
        })
        .collect();
    let mut script = format!(
        "PRAGMA defer_foreign_keys = ON; CREATE TEMP TABLE orm_refused (key INTEGER, {});",
        joined((0..most).map(|at| format!("value{at}")), ", ")
    );
    for event in ["INSERT", "UPDATE"] {
        script.push_str(&format!(
            "CREATE TEMP TRIGGER orm_refused_{event} AFTER {event} ON main.{} BEGIN INSERT INTO orm_refused VALUES {}; END;",
            quote(table),
            noted.join(", ")
        ));
    }
    db.execute_batch(&script)?;
    let mut written = db.prepare(&statement.sql)?;
    for (at, placeholder) in statement.placeholders.iter().enumerate() {
        bind(&mut written, at + 1, filled(placeholder, values)?.as_ref())?;
    }
    let mut rows = written.raw_query();
    while rows.next()?.is_some() {}
    drop(rows);
    for (at, key) in keys.iter().enumerate() {
        let nothing = format!(
            "SELECT EXISTS (SELECT 1 FROM orm_refused AS r WHERE r.key = ?1 AND {})",
            key.dangles("r", "main.", |at, _| format!("value{at}"))
        );
        if db.query_row(&nothing, [i64::try_from(at).unwrap_or(i64::MAX)], |row| {
            row.get(0)
        })? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}
