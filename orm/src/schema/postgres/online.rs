//! Changes of tables that others read and write meanwhile: rows are read without a lock that anybody waits for, and what takes
//! such a lock reads none.

use crate::error::{Error, Kind, Result};
use crate::model::{QualifiedName, constraint_name};
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::diff::TableChange;
use super::super::table_part::{PartChange, TablePart};
use super::super::unit::{AloneStep, BatchedFill, ConcurrentIndex, OnlineChange, Patience, Unit};
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Guard, Step, TableIndex, TableUnique};
use super::alter::{CHECK_NOW, is_retyped, text};
use super::{ddl, parts};

/// How many pages of a table are filled at once.
const PAGES: i64 = 256;

/// How often all pages are gone through, at most: rows that others change meanwhile may come to stand in front.
const PASSES: usize = 4;

/// A check, which the rows that are there come up to later.
pub(super) fn check(change: &TableChange, check: &CheckDef) -> Step {
    let table = change.to.qualified_name();
    let guard = breaks(&table, check);
    let add = |text: String| Step::Sql(ddl::alter(&table, &text));
    let not_valid = CheckDef {
        not_valid: true,
        ..check.clone()
    };
    let validate = ddl::validate(&table, &check.name);
    let stands = stands(change, |column| check.sql.contains(&quote(column)));
    online(OnlineChange {
        plain: vec![guard.clone(), add(format!("ADD {}", ddl::check(check)))],
        looks: stands.then(|| guard.clone()).into_iter().collect(),
        looks_at: None,
        core: vec![add(ddl::add_check(&not_valid))],
        later: vec![Unit::Transaction(match stands {
            true => vec![validate],
            false => vec![guard, validate],
        })],
        table,
    })
}

/// Rows come up to what they did not have to come up to before.
pub(super) fn validated(table: QualifiedName, name: &str, guard: Option<Step>) -> Step {
    let validate = ddl::validate(&table, name);
    online(OnlineChange {
        plain: guard.iter().cloned().chain([validate.clone()]).collect(),
        looks: guard.into_iter().collect(),
        looks_at: None,
        core: Vec::new(),
        later: vec![Unit::Transaction(vec![validate])],
        table,
    })
}

/// Counts the rows that violate a check.
pub(super) fn breaks(table: &QualifiedName, check: &CheckDef) -> Step {
    Step::Guard(Guard {
        rows_of: Some(table.clone()),
        count: format!(
            "SELECT count(*) FROM {} WHERE NOT ({})",
            table.quoted(),
            check.sql
        ),
        what: format!(
            "rows of {} would break the check {}",
            table.quoted(),
            quote(&check.name)
        ),
        hint: "change those rows first".to_owned(),
    })
}

/// A foreign key, which the rows that are there come up to later.
pub(super) fn foreign_key(change: &TableChange, key: &ForeignKeyDef) -> Step {
    let table = change.to.qualified_name();
    let add = |key: &ForeignKeyDef| Step::Sql(ddl::alter(&table, &ddl::add_foreign_key(key)));
    let not_valid = ForeignKeyDef {
        not_valid: true,
        ..key.clone()
    };
    let validate = ddl::validate(&table, &key.name);
    let guard = dangling(&table, key);
    let stands = stands(change, |column| key.columns.iter().any(|one| one == column));
    // What it points at may become unique later.
    let to_itself = key.target == table
        && change
            .to
            .uniques
            .iter()
            .any(|one| !change.from.uniques.contains(one));
    let mut later = vec![Unit::Transaction(match stands {
        true => vec![validate],
        false => vec![guard.clone(), validate],
    })];
    let mut core = vec![add(&not_valid)];
    if to_itself {
        later.insert(0, Unit::Transaction(std::mem::take(&mut core)));
    }
    online(OnlineChange {
        plain: vec![add(key)],
        looks: stands.then_some(guard).into_iter().collect(),
        looks_at: Some(key.target.clone()).filter(|target| *target != table),
        core,
        later,
        table,
    })
}

/// Counts the rows that point at none.
fn dangling(table: &QualifiedName, key: &ForeignKeyDef) -> Step {
    let all = |mut one: Box<dyn FnMut(&String, &String) -> String + '_>| {
        let pairs = key.columns.iter().zip(&key.target_columns);
        pairs
            .map(|(own, other)| one(own, other))
            .collect::<Vec<_>>()
            .join(" AND ")
    };
    let given = all(Box::new(|own, _| format!("r.{} IS NOT NULL", quote(own))));
    let meets = all(Box::new(|own, other| {
        format!("t.{} = r.{}", quote(other), quote(own))
    }));
    let target = key.target.quoted();
    Step::Guard(Guard {
        rows_of: Some(table.clone()),
        count: format!(
            "SELECT count(*) FROM {} AS r WHERE {given} AND NOT EXISTS (SELECT FROM {target} AS t WHERE {meets})",
            table.quoted()
        ),
        what: format!(
            "rows of {} would point at rows of {target} that do not exist",
            table.quoted()
        ),
        hint: "change or delete those rows first".to_owned(),
    })
}

/// A unique constraint, by an index that is there before it.
pub(super) fn unique(change: &TableChange, unique: &TableUnique) -> Step {
    let table = change.to.qualified_name();
    let guard = ddl::no_duplicates(&table, unique);
    let replaced = replaced(change, &unique.name);
    let name = index_name(change, &unique.name, replaced.is_some());
    let attach = format!(
        "ADD CONSTRAINT {} UNIQUE USING INDEX {}{}",
        quote(&unique.name),
        quote(&name),
        ddl::deferrable(unique.deferrable)
    );
    let sql = format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} {}",
        quote(&name),
        table.quoted(),
        ddl::unique_columns(unique)
    );
    let stands = stands(change, |column| unique.columns.iter().any(|one| one == column));
    let mut later = before_index(stands, Some(guard.clone()));
    later.push(Unit::Alone(AloneStep::Index(ConcurrentIndex {
        table: table.clone(),
        name,
        sql,
    })));
    let last = replaced
        .into_iter()
        .chain([Step::Sql(ddl::alter(&table, &attach))]);
    later.push(Unit::Transaction(last.collect()));
    online(OnlineChange {
        plain: vec![
            guard.clone(),
            Step::Sql(ddl::alter(&table, &format!("ADD {}", ddl::unique(unique)))),
        ],
        looks: stands.then_some(guard).into_iter().collect(),
        looks_at: None,
        core: Vec::new(),
        later,
        table,
    })
}

/// An index, made while others write.
pub(super) fn index(change: &TableChange, index: &TableIndex) -> Step {
    let table = change.to.qualified_name();
    let guard = ddl::no_duplicates_in_index(&table, index);
    let replaced = replaced(change, &index.name);
    let name = index_name(change, &index.name, replaced.is_some());
    let stands = stands(change, |column| index.names(column));
    let mut later = before_index(stands, guard.clone());
    let made = TableIndex {
        name: name.clone(),
        ..index.clone()
    };
    later.push(Unit::Alone(AloneStep::Index(ConcurrentIndex {
        table: table.clone(),
        name: name.clone(),
        sql: ddl::create_index_concurrently(&table, &made),
    })));
    if let Some(end) = replaced {
        let old = beside(&table, &name);
        let rename = format!("ALTER INDEX {} RENAME TO {}", old.quoted(), quote(&index.name));
        later.push(Unit::Transaction(vec![end, Step::Sql(rename)]));
    }
    let create = Step::Sql(ddl::create_index(&table, index));
    online(OnlineChange {
        plain: guard.iter().cloned().chain([create]).collect(),
        looks: guard.filter(|_| stands).into_iter().collect(),
        looks_at: None,
        core: Vec::new(),
        later,
        table,
    })
}

/// What looks at rows of columns that were not there before.
fn before_index(stands: bool, guard: Option<Step>) -> Vec<Unit> {
    let guard = guard.filter(|_| !stands);
    guard
        .map(|guard| Unit::Transaction(vec![guard]))
        .into_iter()
        .collect()
}

/// A column takes NULL no longer: a check says so first, and the server believes it.
pub(super) fn not_null(change: &TableChange, column: &ColumnDef, plain: Vec<Step>) -> Step {
    let table = change.to.qualified_name();
    let name = constraint_name(&table.name, &[&column.name], "not_null");
    let alter = |action: String| Step::Sql(ddl::alter(&table, &action));
    let fill = change.fills.get(&column.name).map(|value| {
        Unit::Alone(AloneStep::Fill(BatchedFill {
            table: table.clone(),
            column: column.name.clone(),
            value: value.clone(),
        }))
    });
    let add = format!(
        "ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID",
        quote(&name),
        quote(&column.name)
    );
    let set = alter(format!("ALTER COLUMN {} SET NOT NULL", quote(&column.name)));
    let drop = alter(format!("DROP CONSTRAINT {}", quote(&name)));
    // Rows that were written during the first filling are filled when no more of them can come.
    let later = (fill.iter().cloned())
        .chain([Unit::Transaction(vec![alter(add)])])
        .chain(fill.clone())
        .chain([
            Unit::Transaction(vec![ddl::validate(&table, &name)]),
            Unit::Transaction(vec![set, drop]),
        ]);
    online(OnlineChange {
        plain,
        looks: Vec::new(),
        looks_at: None,
        core: Vec::new(),
        later: later.collect(),
        table,
    })
}

/// The end of a part of the table; that of one whose successor has its name waits for the successor.
pub(super) fn end(change: &TableChange, part: TablePart, waits: bool) -> Step {
    let waits = waits && replaced(change, part.name()).is_some();
    let end = parts::step(PartChange::end(change, part));
    match waits {
        true => online(OnlineChange {
            table: change.to.qualified_name(),
            plain: vec![end],
            looks: Vec::new(),
            looks_at: None,
            core: Vec::new(),
            later: Vec::new(),
        }),
        false => end,
    }
}

/// The same steps, each within a transaction.
pub(super) fn within(steps: Vec<Step>) -> Vec<Step> {
    let plain = |step| match step {
        Step::Online(change) => change.plain,
        step => vec![step],
    };
    steps.into_iter().flat_map(plain).collect()
}

fn online(change: OnlineChange) -> Step {
    Step::Online(Box::new(change))
}

/// Whether all columns that are named were there before as they are now.
fn stands(change: &TableChange, named: impl Fn(&str) -> bool) -> bool {
    change
        .to
        .columns
        .iter()
        .filter(|column| named(&column.name))
        .all(|column| {
            let before = change.from.column(&column.name);
            let same = before
                .is_some_and(|before| !is_retyped(before, column) && before.computed == column.computed);
            same && !change.fills.contains_key(&column.name)
        })
}

/// The end of what an index or a unique constraint of that name replaces, if it can wait for it.
fn replaced(change: &TableChange, name: &str) -> Option<Step> {
    let (from, to) = (&change.from, &change.to);
    let comes = (to.indexes.iter()).any(|one| one.name == name && !from.indexes.contains(one))
        || (to.uniques.iter()).any(|one| one.name == name && !from.uniques.contains(one));
    let stay = from.columns.iter().all(|before| {
        let now = to.column(&before.name);
        now.is_some_and(|now| !is_retyped(before, now) && before.computed == now.computed)
    });
    let index = from.indexes.iter().find(|one| one.name == name);
    let unique = from.uniques.iter().find(|one| one.name == name);
    let part = match (index, unique) {
        (Some(index), _) => TablePart::Index(index.clone(), from.columns.clone()),
        (_, Some(unique)) => TablePart::Unique(unique.clone()),
        _ => return None,
    };
    (comes && stay).then(|| parts::step(PartChange::end(change, part)))
}

/// What has another name in the schema of a table.
fn beside(table: &QualifiedName, name: &str) -> QualifiedName {
    QualifiedName::new(table.schema.clone(), name)
}

/// The name under which an index is made: another one while its own is taken.
fn index_name(change: &TableChange, name: &str, taken: bool) -> String {
    match taken {
        true => constraint_name(&change.to.name, &[name], "new"),
        false => name.to_owned(),
    }
}

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
            // One that was there before is not ours.
            if !session.is_cancelled()
                && error.kind() != Kind::Exists
                && let Ok(Some(false)) = is_valid(session, index)
            {
                let _ = drop_unfinished(session, index);
            }
            Err(error)
        }
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
