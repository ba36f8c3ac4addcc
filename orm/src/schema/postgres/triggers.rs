//! Triggers, and the functions that are made for them.

use crate::error::{Error, Result};
use crate::model::{Deferrable, QualifiedName, TriggerDef, TriggerEvent, TriggerTiming};
use crate::sql::{Dialect, Session, quote, quote_qualified};
use crate::value::{Row, Value};

use super::super::trigger::text::line_end;
use super::super::{Step, TableDef, TableTrigger, TriggerAction};
use super::alter::text;
use super::introspect::{deferrable, list, without_parentheses};
use super::schemas;
use super::trigger_body::block;
use super::trigger_changes::{drop_function, remember};
use super::views_aside::lines;

/// # Errors
/// If it has neither a body nor a function, or a body that can never end well.
pub(super) fn lower(trigger: &TriggerDef, columns: Vec<String>) -> Result<Vec<TableTrigger>> {
    let action = match (&trigger.function, trigger.postgres.as_deref().map(str::trim)) {
        (Some(name), _) => TriggerAction::Function(function_name(name)?),
        (None, Some("")) => return Ok(Vec::new()),
        (None, Some(body)) => TriggerAction::Body(block(trigger, body)?),
        (None, None) => {
            return Err(Error::unsupported("postgres has no body of it").with_hint(
                "write postgres = \"..\" for what it does there, function = \"..\" for a function that is there, or postgres = \"\" \
                 if a trigger stands on other databases alone",
            ));
        }
    };
    Ok(vec![TableTrigger {
        name: trigger.name.clone(),
        timing: trigger.timing,
        events: trigger.events.clone(),
        columns,
        each_statement: trigger.each_statement,
        deferrable: trigger.deferrable,
        old_rows: trigger.old_rows.clone(),
        new_rows: trigger.new_rows.clone(),
        condition: trigger.condition.clone(),
        action,
    }])
}

fn function_name(name: &str) -> Result<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let is_name = |part: &&str| !part.is_empty() && !part.contains(['"', '\0', '(', ')', ' ']);
    match parts.len() <= 2 && parts.iter().all(is_name) {
        true => Ok(quote_qualified(name)),
        false => Err(Error::config(format!("`{name}` is not the name of a function")).with_hint(
            "write the name of one function without arguments, as \"touch\" or \"audit.touch\", without quotes and parentheses",
        )),
    }
}

/// The triggers of a new table.
pub(super) fn create(table: &TableDef) -> impl Iterator<Item = Step> + '_ {
    let name = table.qualified_name();
    table
        .triggers
        .iter()
        .flat_map(move |trigger| made(&name, trigger))
}

/// A trigger with its function.
pub(super) fn made(table: &QualifiedName, trigger: &TableTrigger) -> Vec<Step> {
    let function = function_name_of(table, trigger);
    let mut steps = Vec::new();
    if let TriggerAction::Body(body) = &trigger.action {
        steps.push(Step::Sql(format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {}",
            schemas::dollar_quoted(&format!("\n{body}\n"))
        )));
    }
    steps.push(Step::Sql(create_trigger(&table.quoted(), trigger, &function)));
    steps
}

pub(super) fn function_name_of(table: &QualifiedName, trigger: &TableTrigger) -> String {
    match &trigger.action {
        TriggerAction::Body(_) => table.beside(&*trigger.name).quoted(),
        TriggerAction::Function(name) => name.clone(),
    }
}

pub(super) fn create_trigger(table: &str, trigger: &TableTrigger, function: &str) -> String {
    let mut sql = match trigger.deferrable {
        Deferrable::No => "CREATE TRIGGER".to_owned(),
        _ => "CREATE CONSTRAINT TRIGGER".to_owned(),
    };
    sql.push_str(&format!(
        " {} {} {} ON {table}{}",
        quote(&trigger.name),
        trigger.timing.sql(),
        trigger.events_sql(),
        super::super::ddl::deferrable(trigger.deferrable)
    ));
    let mut named = Vec::new();
    for (what, rows) in [("OLD", &trigger.old_rows), ("NEW", &trigger.new_rows)] {
        named.extend(
            rows.as_ref()
                .map(|rows| format!("{what} TABLE AS {}", quote(rows))),
        );
    }
    if !named.is_empty() {
        sql.push_str(&format!(" REFERENCING {}", named.join(" ")));
    }
    let level = if trigger.each_statement {
        "STATEMENT"
    } else {
        "ROW"
    };
    sql.push_str(&format!(" FOR EACH {level}"));
    if let Some(condition) = &trigger.condition {
        sql.push_str(&format!(
            " WHEN ({condition}{})",
            line_end(condition, Dialect::POSTGRES)
        ));
    }
    sql.push_str(&format!(" EXECUTE FUNCTION {function}()"));
    sql
}

/// Around the steps that drop a table, with the functions that were made for its triggers.
pub(super) fn with_functions(table: &QualifiedName, triggers: &[&TriggerDef], drop: Vec<Step>) -> Vec<Step> {
    let own = || triggers.iter().filter(|trigger| trigger.has_own_function());
    let remembered = own().map(|trigger| remember(table, &trigger.name));
    let dropped = own().map(|trigger| drop_function(table, &trigger.name));
    remembered.chain(drop).chain(dropped).collect()
}

/// To the schema of the table, which has its triggers with it.
pub(super) fn move_functions(
    from: &QualifiedName,
    to: &QualifiedName,
    triggers: &[&TriggerDef],
) -> Vec<Step> {
    let own = triggers.iter().filter(|trigger| trigger.has_own_function());
    own.map(|trigger| {
        let function = from.beside(&*trigger.name).quoted();
        match &to.schema {
            Some(schema) => Step::Sql(format!(
                "ALTER FUNCTION {function}() SET SCHEMA {}",
                quote(schema)
            )),
            None => schemas::block(&format!(
                "    EXECUTE format('ALTER FUNCTION %s SET SCHEMA %I', {}, current_schema());",
                text(&format!("{function}()"))
            )),
        }
    })
    .collect()
}

/// The name of the function `p` of the schema `n`, in SQL.
const FUNCTION_NAME: &str = "CASE WHEN pg_function_is_visible(p.oid) THEN '' ELSE '\"' || replace(n.nspname, '\"', '\"\"') || '\".' END || '\"' || \
    replace(p.proname, '\"', '\"\"') || '\"'";

/// The triggers of a table, by its number: those that a model could have, which takes no arguments, and not what they are on partitions.
pub(super) fn introspect(session: &mut dyn Session, oid: &str) -> Result<Vec<TableTrigger>> {
    let mut all = Vec::new();
    session.query(
        &format!("SELECT t.tgname::text, t.tgtype::integer, (SELECT coalesce(json_agg(a.attname ORDER BY k.place), '[]')::text FROM \
         unnest(t.tgattr::smallint[]) WITH ORDINALITY AS k(number, place) JOIN pg_attribute AS a ON a.attrelid = t.tgrelid AND a.attnum = \
         k.number), t.tgdeferrable, t.tginitdeferred, t.tgoldtable::text, t.tgnewtable::text, pg_get_triggerdef(t.oid), \
         {FUNCTION_NAME}, CASE WHEN p.proname = t.tgname AND p.pronamespace = c.relnamespace AND l.lanname = 'plpgsql' THEN p.prosrc END \
         FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS n ON n.oid = \
         p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang WHERE t.tgrelid = $1::text::oid AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgnargs = 0 ORDER BY t.tgname"),
        &[Value::from(oid)],
        &mut |row| {
            all.push(read(row)?);
            Ok(())
        },
    )?;
    Ok(all)
}

/// Bits of `pg_trigger.tgtype`, from the server's `pg_trigger.h`.
const ROW: i32 = 1;
const BEFORE: i32 = 2;
const EVENTS: [(i32, TriggerEvent); 4] = [
    (4, TriggerEvent::Insert),
    (16, TriggerEvent::Update),
    (8, TriggerEvent::Delete),
    (32, TriggerEvent::Truncate),
];

fn read(row: &Row<'_>) -> Result<TableTrigger> {
    let bits: i32 = row.get(1)?;
    let events = EVENTS.into_iter().filter(|(bit, _)| bits & bit != 0);
    let own: Option<String> = row.get(9)?;
    Ok(TableTrigger {
        name: row.get(0)?,
        timing: match bits & BEFORE {
            0 => TriggerTiming::After,
            _ => TriggerTiming::Before,
        },
        events: events.map(|(_, event)| event).collect(),
        columns: list(&row.get::<String>(2)?)?,
        each_statement: bits & ROW == 0,
        deferrable: deferrable(row.get(3)?, row.get(4)?),
        old_rows: row.get(5)?,
        new_rows: row.get(6)?,
        condition: condition(&row.get::<String>(7)?),
        action: match own {
            Some(body) => TriggerAction::Body(body.trim().to_owned()),
            None => TriggerAction::Function(row.get(8)?),
        },
    })
}

/// The condition, from the statement that the server says would make the trigger.
fn condition(statement: &str) -> Option<String> {
    let (_, rest) = statement
        .split_once(" FOR EACH ROW WHEN (")
        .or_else(|| statement.split_once(" FOR EACH STATEMENT WHEN ("))?;
    let (condition, _) = rest.rsplit_once(") EXECUTE FUNCTION ")?;
    Some(without_parentheses(condition).to_owned())
}

/// The same triggers with their conditions, and the names of functions that are there, in the server's words. `temporary` is a table of the
/// same columns that can be thrown away.
pub(super) fn canonical(
    session: &mut dyn Session,
    temporary: &str,
    triggers: &mut [TableTrigger],
) -> Result<()> {
    const FUNCTION: &str = "pg_temp.orm_nothing";
    let conditional = || triggers.iter().filter(|trigger| trigger.condition.is_some());
    if conditional().next().is_some() {
        session.batch(&format!(
            "CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        ))?;
        for trigger in conditional() {
            session.batch(&create_trigger(temporary, trigger, FUNCTION))?;
        }
        let oids = lines(session, "SELECT to_regclass($1::text)::oid::text", temporary)?;
        let read = introspect(session, &oids.concat())?;
        for trigger in triggers.iter_mut() {
            if let Some(stored) = read.iter().find(|stored| stored.name == trigger.name) {
                trigger.condition.clone_from(&stored.condition);
            }
        }
    }
    for trigger in triggers.iter_mut() {
        if let TriggerAction::Function(name) = &mut trigger.action {
            let sql = format!(
                "SELECT {FUNCTION_NAME} FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = \
                 to_regproc($1::text)"
            );
            if let Some(found) = lines(session, &sql, name)?.pop() {
                *name = found;
            }
        }
    }
    Ok(())
}
