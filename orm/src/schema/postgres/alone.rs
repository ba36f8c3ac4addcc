//! Steps outside of a transaction: an index that is made while others write, a column that is filled some rows at a time.

use crate::error::{Error, Kind, Result};
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::step::count;
use super::super::unit::{AloneStep, BatchedFill, ConcurrentIndex, Patience};
use super::alter::{CHECK_NOW, text};
use super::online::beside;

/// How many pages of a table are filled at once.
const PAGES: i64 = 256;

/// How often all pages are gone through, at most: rows that others change meanwhile may come to stand in front.
const PASSES: usize = 4;

pub(super) fn run(
    session: &mut dyn Session,
    step: &AloneStep,
    again: bool,
    patience: &mut dyn Patience,
) -> Result<()> {
    match step {
        AloneStep::Index(index) => build(session, index, again),
        AloneStep::Fill(fill) => self::fill(session, fill, patience),
    }
}

/// Makes an index. One that was begun and not finished is dropped: the server leaves it there, and uses it for nothing.
fn build(session: &mut dyn Session, index: &ConcurrentIndex, again: bool) -> Result<()> {
    if again {
        match is_valid(session, index)? {
            Some(true) => return Ok(()),
            Some(false) => drop_unfinished(session, index)?,
            None => {}
        }
    }
    let made = without_limits(session, |session| session.batch(&index.sql));
    match made {
        Ok(()) if is_valid(session, index)? == Some(true) => Ok(()),
        Ok(()) => Err(Error::migration(format!(
            "the index {} was made, and is not valid",
            quote(&index.name)
        ))
        .with_hint("look at the table with `\\d` in psql; run the command again, which makes it anew")),
        Err(error) => {
            if !session.is_cancelled()
                && let Ok(Some(false)) = is_valid(session, index)
            {
                let _ = drop_unfinished(session, index);
            }
            Err(error)
        }
    }
}

/// # Errors
/// If something in the schema of the table has the name of the index.
pub(super) fn check_free(session: &mut dyn Session, index: &ConcurrentIndex) -> Result<()> {
    let schema = match &index.table.schema {
        Some(schema) => text(schema),
        None => "current_schema()".to_owned(),
    };
    let taken = count(
        session,
        &format!(
            "SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE \
             n.nspname = {schema} AND c.relname = {}",
            text(&index.name)
        ),
    )?;
    match taken {
        0 => Ok(()),
        _ => Err(Error::new(
            Kind::Exists,
            format!("something is called {} already", quote(&index.name)),
        )),
    }
}

fn is_valid(session: &mut dyn Session, index: &ConcurrentIndex) -> Result<Option<bool>> {
    let mut valid = None;
    let sql = format!(
        "SELECT i.indisvalid FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = \
         {}::regclass AND c.relname = $1",
        text(&index.table.quoted())
    );
    session.query(&sql, &[Value::from(index.name.as_str())], &mut |row| {
        valid = Some(row.get(0)?);
        Ok(())
    })?;
    Ok(valid)
}

fn drop_unfinished(session: &mut dyn Session, index: &ConcurrentIndex) -> Result<()> {
    let name = beside(&index.table, &index.name).quoted();
    without_limits(session, |session| {
        session.batch(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"))
    })
}

/// Runs what waits for others without keeping others waiting.
fn without_limits(
    session: &mut dyn Session,
    work: impl FnOnce(&mut dyn Session) -> Result<()>,
) -> Result<()> {
    let mut before = (String::new(), String::new());
    session.query(
        "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')",
        &[],
        &mut |row| {
            before = (row.get(0)?, row.get(1)?);
            Ok(())
        },
    )?;
    session.batch("SET lock_timeout = 0")?;
    session.batch("SET statement_timeout = 0")?;
    let done = work(session);
    if session.is_cancelled() {
        return done;
    }
    let restored = session.query(
        "SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)",
        &[Value::from(before.0.as_str()), Value::from(before.1.as_str())],
        &mut |_| Ok(()),
    );
    done.and(restored)
}

/// Fills a column, some pages at a time. What is filled is filled, so that it can be run again.
fn fill(session: &mut dyn Session, fill: &BatchedFill, patience: &mut dyn Patience) -> Result<()> {
    let table = fill.table.quoted();
    let mut pages = 0_i64;
    session.query(
        &format!(
            "SELECT pg_relation_size({}::regclass) / current_setting('block_size')::bigint",
            text(&table)
        ),
        &[],
        &mut |row| {
            pages = row.get(0)?;
            Ok(())
        },
    )?;
    for _ in 0..PASSES {
        let (mut first, mut changed) = (0, 0);
        while first <= pages {
            // The last batch takes what was added meanwhile.
            let end = match first + PAGES > pages {
                true => String::new(),
                false => format!(" AND ctid < '({},0)'::tid", first + PAGES),
            };
            let sql = format!(
                "UPDATE {table} SET {column} = {value} WHERE {column} IS NULL AND ctid >= '({first},0)'::tid{end}",
                column = quote(&fill.column),
                value = fill.value,
            );
            match batch(session, &sql, patience.lock_milliseconds()) {
                Ok(rows) => {
                    changed += rows;
                    first += PAGES;
                    patience.done(session, first.min(pages).unsigned_abs(), pages.unsigned_abs())?;
                }
                Err(error) if error.is_lock_not_available() || error.is_serialization_failure() => {
                    patience.pause(session, error)?;
                }
                Err(error) => return Err(error),
            }
        }
        if changed == 0 {
            break;
        }
    }
    Ok(())
}

fn batch(session: &mut dyn Session, sql: &str, lock_milliseconds: u128) -> Result<u64> {
    session.batch("BEGIN")?;
    let done = session
        .batch(&format!(
            "SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {lock_milliseconds}"
        ))
        .and_then(|()| session.execute(sql, &[]))
        .and_then(|rows| session.batch(CHECK_NOW).map(|()| rows))
        .and_then(|rows| session.batch("COMMIT").map(|()| rows));
    if done.is_err() {
        let _ = session.batch("ROLLBACK");
    }
    done
}

/// Whose transaction has been open for longest, beside one's own.
pub(super) fn oldest_transaction(session: &mut dyn Session) -> Result<Option<String>> {
    let mut found = None;
    session.query(
        "SELECT pid::bigint, application_name, coalesce(usename::text, ''), extract(epoch FROM clock_timestamp() - \
         xact_start)::bigint FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL \
         AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1",
        &[],
        &mut |row| {
            let (pid, program, role, seconds) = (
                row.get::<i64>(0)?,
                row.get::<String>(1)?,
                row.get::<String>(2)?,
                row.get::<i64>(3)?,
            );
            let program = match program.as_str() {
                "" => String::new(),
                program => format!(" of {program}"),
            };
            found = Some(format!("that of process {pid}{program} (role {role}), open for {seconds} s"));
            Ok(())
        },
    )?;
    Ok(found)
}
