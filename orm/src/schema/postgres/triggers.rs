//! Triggers, and the functions that are made for them.

use crate::error::{Error, Result};
use crate::model::{Deferrable, QualifiedName, TriggerDef, TriggerEvent, TriggerTiming};
use crate::sql::{Session, quote, quote_qualified};
use crate::value::{Row, Value};

use super::super::trigger::differing;
use super::super::{Step, TableDef, TableTrigger, TriggerAction};
use super::alter::text;
use super::introspect::{deferrable, list, without_parentheses};

/// # Errors
/// If it has neither a body nor a function, or a body that can never end well.
pub(super) fn lower(trigger: &TriggerDef, columns: Vec<String>) -> Result<Vec<TableTrigger>> {
    let action = match (&trigger.function, trigger.postgres.as_deref().map(str::trim)) {
        (Some(name), _) => TriggerAction::Function(function_name(name)?),
        (None, Some("")) => return Ok(Vec::new()),
        (None, Some(body)) => {
            returns(body)?;
            TriggerAction::Body(block(body))
        }
        (None, None) => {
            return Err(Error::unsupported("postgres has no body of it").with_hint(
                "write postgres = \"..\" for what it does there, function = \"..\" for a function that is there, or postgres = \"\" \
                 if a trigger stands on other databases alone",
            ));
        }
    };
    let mut events = trigger.events.clone();
    events.sort();
    events.dedup();
    Ok(vec![TableTrigger {
        name: trigger.name.clone(),
        timing: trigger.timing,
        events,
        columns,
        each_statement: trigger.each_statement,
        deferrable: trigger.deferrable,
        old_rows: trigger.old_rows.clone(),
        new_rows: trigger.new_rows.clone(),
        condition: trigger.condition.as_deref().map(|sql| sql.trim().to_owned()),
        action,
    }])
}

/// A function that runs off its end fails for every row.
fn returns(body: &str) -> Result<()> {
    let words = body.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let leaves = |word: &str| word.eq_ignore_ascii_case("return") || word.eq_ignore_ascii_case("raise");
    match words.into_iter().any(leaves) {
        true => Ok(()),
        false => Err(Error::config("its body for postgres never returns").with_hint(
            "end it with RETURN NEW (in a trigger before a deletion RETURN OLD); a trigger that runs after the change may RETURN NULL",
        )),
    }
}

/// The body of a function.
fn block(body: &str) -> String {
    let first = body.split_whitespace().next().unwrap_or_default();
    let whole = ["begin", "declare", "<<"].iter().any(|start| {
        let head = first.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
            && (first.len() == start.len() || *start == "<<")
    });
    match whole {
        true => body.to_owned(),
        false => format!("BEGIN\n{}\nEND", ended(body)),
    }
}

/// Every statement ends with a semicolon, the last one, too.
fn ended(body: &str) -> String {
    match body.ends_with(';') {
        true => body.to_owned(),
        false => format!("{body};"),
    }
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
fn made(table: &QualifiedName, trigger: &TableTrigger) -> Vec<Step> {
    let mut steps = Vec::new();
    if let TriggerAction::Body(body) = &trigger.action {
        steps.push(function(table, &trigger.name, body, false));
    }
    let function = function_of(table, trigger);
    steps.push(Step::Sql(create_trigger(&table.quoted(), trigger, &function)));
    steps
}

fn function(table: &QualifiedName, name: &str, body: &str, replace: bool) -> Step {
    let mut tag = "$orm$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, 'x');
    }
    let or_replace = if replace { "OR REPLACE " } else { "" };
    Step::Sql(format!(
        "CREATE {or_replace}FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS {tag}\n{body}\n{tag}",
        table.beside(name).quoted()
    ))
}

fn function_of(table: &QualifiedName, trigger: &TableTrigger) -> String {
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
        sql.push_str(&format!(" WHEN ({condition})"));
    }
    sql.push_str(&format!(" EXECUTE FUNCTION {function}()"));
    sql
}

/// The same trigger with another function of its own, which can be replaced under it.
fn differs_in_body<'t>(one: &TableTrigger, all: &'t [TableTrigger]) -> Option<&'t TableTrigger> {
    let other = all.iter().find(|other| other.name == one.name)?;
    let mut alike = other.clone();
    alike.action.clone_from(&one.action);
    let own = |trigger: &TableTrigger| matches!(trigger.action, TriggerAction::Body(_));
    (alike == *one && own(one) && own(other)).then_some(other)
}

/// Those that are gone or changed, before anything else changes.
pub(super) fn dropped(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let table = &to.qualified_name();
    let mut steps = Vec::new();
    let ended = differing(&from.triggers, &to.triggers);
    for trigger in ended.filter(|trigger| differs_in_body(trigger, &to.triggers).is_none()) {
        let stays = to.triggers.iter().any(|other| other.name == trigger.name);
        if stays {
            steps.push(remember(table, &trigger.name));
        }
        let drop = format!(
            "DROP TRIGGER IF EXISTS {} ON {}",
            quote(&trigger.name),
            table.quoted()
        );
        steps.push(Step::Sql(drop));
        if matches!(trigger.action, TriggerAction::Body(_)) {
            steps.push(drop_function(table, &trigger.name));
        }
    }
    steps
}

/// Those that are new or changed, after everything else.
pub(super) fn added(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let table = &to.qualified_name();
    let mut steps = Vec::new();
    for trigger in differing(&to.triggers, &from.triggers) {
        if let (Some(_), TriggerAction::Body(body)) =
            (differs_in_body(trigger, &from.triggers), &trigger.action)
        {
            steps.push(function(table, &trigger.name, body, true));
            continue;
        }
        steps.extend(made(table, trigger));
        if from.triggers.iter().any(|other| other.name == trigger.name) {
            steps.push(restore(table, &trigger.name));
        }
    }
    steps
}

/// A setting of the transaction that holds whether a trigger is enabled.
fn setting(name: &str) -> String {
    let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    text(&format!("orm.trigger_{}", &digits[..digits.len().min(110)]))
}

/// Notes whether a trigger is enabled: one that somebody has disabled is disabled when it has been made again.
fn remember(table: &QualifiedName, name: &str) -> Step {
    Step::Sql(format!(
        "SELECT set_config({}, coalesce((SELECT t.tgenabled::text FROM pg_trigger AS t WHERE t.tgrelid = to_regclass({}) AND t.tgname = {}), \
         'O'), true)",
        setting(name),
        text(&table.quoted()),
        text(name)
    ))
}

fn restore(table: &QualifiedName, name: &str) -> Step {
    let alter = |how: &str| {
        text(&format!(
            "ALTER TABLE {} {how} TRIGGER {}",
            table.quoted(),
            quote(name)
        ))
    };
    super::schemas::block(&format!(
        "    IF current_setting({0}) <> 'O' THEN\n        EXECUTE CASE current_setting({0}) WHEN 'D' THEN {1} WHEN 'R' THEN {2} ELSE {3} END;\n    \
         END IF;",
        setting(name),
        alter("DISABLE"),
        alter("ENABLE REPLICA"),
        alter("ENABLE ALWAYS")
    ))
}

fn drop_function(table: &QualifiedName, name: &str) -> Step {
    Step::Sql(format!(
        "DROP FUNCTION IF EXISTS {}()",
        table.beside(name).quoted()
    ))
}

/// What was made for the triggers of a table that is gone.
pub(super) fn drop_functions(table: &QualifiedName, triggers: &[&TriggerDef]) -> Vec<Step> {
    let own = triggers.iter().filter(|trigger| trigger.has_own_function());
    own.map(|trigger| drop_function(table, &trigger.name)).collect()
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
            None => super::schemas::block(&format!(
                "    EXECUTE format('ALTER FUNCTION %s SET SCHEMA %I', {}, current_schema());",
                text(&format!("{function}()"))
            )),
        }
    })
    .collect()
}

/// The triggers of a table, by its number.
pub(super) fn introspect(session: &mut dyn Session, oid: &str) -> Result<Vec<TableTrigger>> {
    let mut all = Vec::new();
    session.query(
        "SELECT t.tgname::text, t.tgtype::integer, (SELECT coalesce(json_agg(a.attname ORDER BY k.place), '[]')::text FROM \
         unnest(t.tgattr::smallint[]) WITH ORDINALITY AS k(number, place) JOIN pg_attribute AS a ON a.attrelid = t.tgrelid AND a.attnum = \
         k.number), t.tgdeferrable, t.tginitdeferred, t.tgoldtable::text, t.tgnewtable::text, pg_get_triggerdef(t.oid), CASE WHEN \
         pg_function_is_visible(p.oid) THEN '' ELSE '\"' || replace(n.nspname, '\"', '\"\"') || '\".' END || '\"' || replace(p.proname, '\"', \
         '\"\"') || '\"', CASE WHEN p.proname = t.tgname AND p.pronamespace = c.relnamespace AND l.lanname = 'plpgsql' THEN p.prosrc END \
         FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS n ON n.oid = \
         p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang WHERE t.tgrelid = $1::text::oid AND NOT t.tgisinternal ORDER BY t.tgname",
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
        let mut oid = String::new();
        session.query(
            "SELECT to_regclass($1::text)::oid::text",
            &[Value::from(temporary)],
            &mut |row| {
                oid = row.get(0)?;
                Ok(())
            },
        )?;
        let read = introspect(session, &oid)?;
        for trigger in triggers.iter_mut() {
            if let Some(stored) = read.iter().find(|stored| stored.name == trigger.name) {
                trigger.condition.clone_from(&stored.condition);
            }
        }
    }
    for trigger in triggers.iter_mut() {
        if let TriggerAction::Function(name) = &mut trigger.action {
            let given = name.clone();
            session.query(
                "SELECT CASE WHEN pg_function_is_visible(p.oid) THEN '' ELSE '\"' || replace(n.nspname, '\"', '\"\"') || '\".' END || '\"' || \
                 replace(p.proname, '\"', '\"\"') || '\"' FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = \
                 to_regproc($1::text)",
                &[Value::from(given.as_str())],
                &mut |row| {
                    *name = row.get(0)?;
                    Ok(())
                },
            )?;
        }
    }
    Ok(())
}
