//! Triggers: one for each event, whose statements stand in it.

use crate::error::{Error, Result};
use crate::model::{Deferrable, TriggerDef, TriggerEvent, TriggerTiming};
use crate::sql::{Dialect, Session, quote};
use crate::value::Value;

use super::super::trigger::{differing, text};
use super::super::{Step, TableDef, TableTrigger, TriggerAction};
use super::trigger_body::statements;
use super::{parse, preserve};

/// # Errors
/// If it has no statements, or says what there is not.
pub(super) fn lower(trigger: &TriggerDef, columns: &[String]) -> Result<Vec<TableTrigger>> {
    let lacks = |what: &str| {
        let hint = "write sqlite = \"..\" for what it does there, or sqlite = \"\" if a trigger stands on other databases alone";
        Err(Error::unsupported(format!("sqlite has {what}")).with_hint(hint))
    };
    let body = match trigger.sqlite.as_deref().map(str::trim) {
        Some("") => return Ok(Vec::new()),
        Some(body) => body,
        None => return lacks("no statements of it"),
    };
    if trigger.each_statement {
        return lacks("no triggers that run once for a statement");
    }
    if trigger.deferrable != Deferrable::No {
        return lacks("no triggers that wait for the end of the transaction");
    }
    if trigger.old_rows.is_some() || trigger.new_rows.is_some() {
        return lacks("no names for the rows of a statement");
    }
    let body = statements(body)?;
    let single = trigger.events.len() == 1;
    let made = trigger.events.iter().map(|&event| TableTrigger {
        name: match single {
            true => trigger.name.clone(),
            false => format!("{}_{}", trigger.name, event.sql().to_lowercase()),
        },
        timing: trigger.timing,
        events: vec![event],
        columns: match event {
            TriggerEvent::Update => columns.to_vec(),
            _ => Vec::new(),
        },
        each_statement: false,
        deferrable: Deferrable::No,
        old_rows: None,
        new_rows: None,
        condition: trigger.condition.clone(),
        action: TriggerAction::Body(body.clone()),
    });
    Ok(made.collect())
}

/// The triggers of a new table.
pub(super) fn create(table: &TableDef) -> impl Iterator<Item = Step> + '_ {
    let all = table.triggers.iter();
    all.map(|trigger| create_step(&table.name, trigger))
}

/// Those that are gone or changed, before anything else changes.
pub(super) fn dropped(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let ended = differing(&from.triggers, &to.triggers);
    ended
        .map(|trigger| Step::DropTrigger {
            table: to.name.clone(),
            name: trigger.name.clone(),
        })
        .collect()
}

/// One of that name on another table is of others.
pub(super) fn drop(session: &mut dyn Session, table: &str, name: &str) -> Result<()> {
    let stands_on = found(session, name)?.map(|(stands_on, _)| stands_on);
    match stands_on.is_some_and(|found| found.eq_ignore_ascii_case(table)) {
        true => session.batch(&format!("DROP TRIGGER {}", quote(name))),
        false => Ok(()),
    }
}

/// The table and the text of a trigger.
fn found(session: &mut dyn Session, name: &str) -> Result<Option<(String, String)>> {
    let mut found = None;
    session.query(
        "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name = ? COLLATE NOCASE",
        &[Value::from(name)],
        &mut |row| {
            found = Some((row.get::<String>(0)?, row.get::<String>(1)?));
            Ok(())
        },
    )?;
    Ok(found)
}

/// Those that are new or changed, after everything else.
pub(super) fn added(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let new = differing(&to.triggers, &from.triggers);
    new.map(|trigger| create_step(&to.name, trigger)).collect()
}

fn create_step(table: &str, trigger: &TableTrigger) -> Step {
    Step::Trigger {
        name: trigger.name.clone(),
        sql: create_trigger(table, trigger),
    }
}

/// Compiles a trigger, whose text SQLite takes as it is: what it names and is not there would fail in every later write.
///
/// # Errors
/// If it does not compile. A table that is not there is no error if tables still come.
pub(super) fn check(session: &mut dyn Session, name: &str, tables_come: bool) -> Result<()> {
    let found = found(session, name)?;
    let Some((table, parsed)) = found.and_then(|(table, sql)| Some((table, parse::create_trigger(&sql)?)))
    else {
        return Ok(());
    };
    let explained = preserve::explained(session, &table, parsed.event)?;
    match session.query(&explained, &[], &mut |_| Ok(())) {
        Err(error) if tables_come && error.to_string().contains("no such table") => Ok(()),
        Err(error) => Err(
            Error::migration(format!("the trigger `{name}` of table {table} cannot run: {error}"))
                .with_hint(
                    "each write that it runs for would fail; mend its SQL, or let the migration depend on the one that \
                     makes what it names",
                )
                .with_source(error),
        ),
        Ok(()) => Ok(()),
    }
}

fn create_trigger(table: &str, trigger: &TableTrigger) -> String {
    let condition = match &trigger.condition {
        Some(condition) => format!(
            " WHEN ({condition}{})",
            text::line_end(condition, Dialect::SQLITE)
        ),
        None => String::new(),
    };
    let (TriggerAction::Body(body) | TriggerAction::Function(body)) = &trigger.action;
    format!(
        "CREATE TRIGGER {} {} {} ON {} FOR EACH ROW{condition} BEGIN\n{body}\nEND",
        quote(&trigger.name),
        trigger.timing.sql(),
        trigger.events_sql(),
        quote(table)
    )
}

/// The triggers of a table.
pub(super) fn introspect(session: &mut dyn Session, table: &str) -> Result<Vec<TableTrigger>> {
    let mut found = Vec::new();
    session.query(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL ORDER BY \
         rowid",
        &[Value::from(table)],
        &mut |row| {
            found.push((row.get::<String>(0)?, row.get::<String>(1)?));
            Ok(())
        },
    )?;
    let read = found.into_iter().filter_map(|(name, sql)| read(name, &sql));
    Ok(read.collect())
}

/// From the text that made it; `None` for one that stands on a view.
fn read(name: String, sql: &str) -> Option<TableTrigger> {
    let parsed = parse::create_trigger(sql)?;
    Some(TableTrigger {
        name,
        timing: match parsed.after {
            true => TriggerTiming::After,
            false => TriggerTiming::Before,
        },
        events: vec![parsed.event],
        columns: parsed.columns,
        each_statement: false,
        deferrable: Deferrable::No,
        old_rows: None,
        new_rows: None,
        condition: parsed.condition,
        action: TriggerAction::Body(text::ended(&parsed.body, Dialect::SQLITE)),
    })
}
