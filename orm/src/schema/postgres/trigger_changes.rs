//! Triggers that go, come and change, with the functions that are made for them.
//!
//! Whether a trigger is enabled, here and on each partition, and its comment are somebody's settings: what is dropped and made again
//! within a transaction has them again.

use crate::model::QualifiedName;
use crate::sql::quote;

use super::super::diff::TableChange;
use super::super::{Step, TableTrigger, TriggerAction};
use super::alter::text;
use super::remade::is_anew;
use super::triggers::{create_trigger, function_name_of, made};
use super::{computed, schemas};

/// What statements give a trigger `t` of `pg_trigger` its settings again; nothing if it has none.
pub(super) const SETTINGS: &str = "concat((WITH RECURSIVE below AS (SELECT t.oid, t.tgrelid, t.tgname, t.tgenabled, 0 AS depth UNION ALL \
    SELECT c.oid, c.tgrelid, c.tgname, c.tgenabled, below.depth + 1 FROM pg_trigger AS c JOIN below ON c.tgparentid = below.oid) SELECT \
    string_agg(format('ALTER TABLE %s %s TRIGGER %I; ', tgrelid::regclass, CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE \
    REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, tgname), '' ORDER BY depth) FROM below HAVING bool_or(tgenabled <> 'O')), CASE \
    WHEN obj_description(t.oid, 'pg_trigger') IS NOT NULL THEN format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, t.tgrelid::regclass, \
    obj_description(t.oid, 'pg_trigger')) END)";

/// What becomes of a trigger.
enum Fate<'t> {
    Stays,
    /// Its function gets this body, under it.
    Body(&'t str),
    Remade,
}

/// A condition is bound to the types of its columns when it is made, so triggers and policies of a table with other types are made again, from the
/// words of their models.
pub(super) fn retypes(change: &TableChange) -> bool {
    let again = computed::replaced(change);
    change.to.columns.iter().any(|column| {
        let before = change.from.column(&column.name);
        before.is_some_and(|before| is_anew(change, before, column, &again))
    })
}

fn named<'t>(triggers: &'t [TableTrigger], name: &str) -> Option<&'t TableTrigger> {
    triggers.iter().find(|trigger| trigger.name == name)
}

fn own_body(trigger: &TableTrigger) -> Option<&str> {
    match &trigger.action {
        TriggerAction::Body(body) => Some(body),
        TriggerAction::Function(_) => None,
    }
}

fn fate<'t>(retypes: bool, before: &TableTrigger, now: &'t TableTrigger) -> Fate<'t> {
    if retypes {
        return Fate::Remade;
    }
    if before == now {
        return Fate::Stays;
    }
    let mut alike = before.clone();
    alike.action.clone_from(&now.action);
    match (own_body(before), own_body(now)) {
        (Some(_), Some(body)) if alike == *now => Fate::Body(body),
        _ => Fate::Remade,
    }
}

/// Those that get another name and stay what they are otherwise, as (old, new).
fn renamed(change: &TableChange, retypes: bool) -> Vec<(&TableTrigger, &TableTrigger)> {
    let (from, to) = (&change.from.triggers, &change.to.triggers);
    let gone = from
        .iter()
        .filter(|old| !retypes && named(to, &old.name).is_none());
    let mut new: Vec<&TableTrigger> = to.iter().filter(|new| named(from, &new.name).is_none()).collect();
    gone.filter_map(|old| {
        let is_it = |new: &&TableTrigger| {
            let mut same = old.clone();
            same.name.clone_from(&new.name);
            same == **new
        };
        let at = new.iter().position(is_it)?;
        Some((old, new.remove(at)))
    })
    .collect()
}

/// A trigger gets another name, and so does its function, if it calls that.
fn rename(table: &QualifiedName, old: &TableTrigger, new: &str) -> Vec<Step> {
    let (old_name, quoted) = (&old.name, quote(new));
    let mut steps = vec![Step::Sql(format!(
        "ALTER TRIGGER {} ON {} RENAME TO {quoted}",
        quote(old_name),
        table.quoted()
    ))];
    if own_body(old).is_some() {
        steps.push(schemas::block(&format!(
            "    number := {};\n    IF EXISTS (SELECT {} AND t.tgfoid = number) THEN\n        ALTER FUNCTION {}() RENAME TO {quoted};\n    END IF;",
            own_function(table, old_name),
            live(table, new),
            table.beside(&**old_name).quoted()
        )));
    }
    steps
}

/// Those that are gone or changed, before anything else changes.
pub(super) fn dropped(change: &TableChange) -> Vec<Step> {
    let table = &change.to.qualified_name();
    let retypes = retypes(change);
    let renamed = renamed(change, retypes);
    let mut steps = Vec::new();
    for trigger in &change.from.triggers {
        if let Some((_, new)) = renamed.iter().find(|(old, _)| old.name == trigger.name) {
            steps.extend(rename(table, trigger, &new.name));
            continue;
        }
        let now = named(&change.to.triggers, &trigger.name);
        let name = &trigger.name;
        let drop = format!("DROP TRIGGER IF EXISTS {} ON {}", quote(name), table.quoted());
        match now.map_or(Fate::Remade, |now| fate(retypes, trigger, now)) {
            Fate::Stays => {}
            Fate::Body(_) => steps.extend([
                remember(table, name),
                schemas::block(&format!(
                    "    IF NOT EXISTS ({}) THEN\n        {drop};\n    END IF;",
                    calls_own(table, name)
                )),
            ]),
            Fate::Remade => {
                steps.extend([remember(table, name), Step::Sql(drop)]);
                if own_body(trigger).is_some() && now.and_then(own_body).is_none() {
                    steps.push(drop_function(table, name));
                }
            }
        }
    }
    steps
}

/// Those that are new or changed, after everything else.
pub(super) fn added(change: &TableChange) -> Vec<Step> {
    let table = &change.to.qualified_name();
    let retypes = retypes(change);
    let renamed = renamed(change, retypes);
    let mut steps = Vec::new();
    let stays = |trigger: &TableTrigger| renamed.iter().any(|(_, new)| new.name == trigger.name);
    for trigger in change.to.triggers.iter().filter(|trigger| !stays(trigger)) {
        let before = named(&change.from.triggers, &trigger.name);
        let create = || create_trigger(&table.quoted(), trigger, &function_name_of(table, trigger));
        match before.map_or(Fate::Remade, |before| fate(retypes, before, trigger)) {
            Fate::Stays => {}
            Fate::Body(body) => steps.extend([
                function(table, &trigger.name, body, true),
                schemas::block(&format!(
                    "    IF NOT EXISTS ({}) THEN\n        {};\n{}\n    END IF;",
                    calls_own(table, &trigger.name),
                    create(),
                    restored(table, &trigger.name)
                )),
            ]),
            Fate::Remade => {
                match (before.and_then(own_body), own_body(trigger)) {
                    (Some(old), Some(body)) => steps.extend([
                        function(table, &trigger.name, body, old != body),
                        Step::Sql(create()),
                    ]),
                    _ => steps.extend(made(table, trigger)),
                }
                steps.push(schemas::block(&restored(table, &trigger.name)));
            }
        }
    }
    steps
}

/// A setting of the transaction about a trigger.
fn setting(what: &str, table: &QualifiedName, name: &str) -> String {
    let of = format!("{}.{}", table.quoted(), quote(name));
    let digits: String = of.bytes().map(|byte| format!("{byte:02x}")).collect();
    text(&format!("orm.{what}_{digits}"))
}

fn live(table: &QualifiedName, name: &str) -> String {
    format!(
        "FROM pg_trigger AS t WHERE t.tgrelid = to_regclass({}) AND t.tgname = {}",
        text(&table.quoted()),
        text(name)
    )
}

fn own_function(table: &QualifiedName, name: &str) -> String {
    format!(
        "to_regprocedure({})",
        text(&format!("{}()", table.beside(name).quoted()))
    )
}

/// Whether the trigger that is there calls the function that was made for it.
fn calls_own(table: &QualifiedName, name: &str) -> String {
    format!(
        "SELECT {} AND t.tgfoid = {}",
        live(table, name),
        own_function(table, name)
    )
}

/// What keeps the settings of a trigger, and which function it calls, for a while.
pub(super) fn remember(table: &QualifiedName, name: &str) -> Step {
    Step::Sql(format!(
        "SELECT set_config({}, {SETTINGS}, true), set_config({}, t.tgfoid::text, true) {}",
        setting("trigger", table, name),
        setting("trigger_function", table, name),
        live(table, name)
    ))
}

/// Drops the function that was made for a trigger, behind it: what the trigger did not call, or another one calls, is of others.
pub(super) fn drop_function(table: &QualifiedName, name: &str) -> Step {
    schemas::block(&format!(
        "    number := {};\n    IF number = nullif(current_setting({}, true), '')::oid AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = \
         number) THEN\n        DROP FUNCTION {}();\n    END IF;",
        own_function(table, name),
        setting("trigger_function", table, name),
        table.beside(name).quoted()
    ))
}

fn restored(table: &QualifiedName, name: &str) -> String {
    let settings = setting("trigger", table, name);
    format!(
        "    IF coalesce(current_setting({settings}, true), '') <> '' THEN\n        EXECUTE current_setting({settings});\n    END IF;"
    )
}

/// The function of a trigger: with its own properties if the trigger has called it, else made. Another one of that name stays.
fn function(table: &QualifiedName, name: &str, body: &str, changed: bool) -> Step {
    let quoted = table.beside(name).quoted();
    let taken = format!(
        "the function {quoted}() is there, and the trigger {} does not call it",
        quote(name)
    );
    schemas::block(&format!(
        "    number := {};\n    IF number IS NOT NULL AND number IS DISTINCT FROM coalesce((SELECT t.tgfoid {}), nullif(current_setting({}, true), \
         '')::oid) THEN\n        RAISE EXCEPTION USING ERRCODE = 'duplicate_function', MESSAGE = {}, HINT = 'drop or rename that function, or give \
         the trigger another name';\n    ELSIF number IS NULL OR {changed} THEN\n        EXECUTE coalesce(split_part(pg_get_functiondef(number), \
         E'\\nAS $', 1), {}) || E'\\nAS ' || quote_literal({});\n    END IF;",
        own_function(table, name),
        live(table, name),
        setting("trigger_function", table, name),
        text(&taken),
        text(&format!(
            "CREATE FUNCTION {quoted}() RETURNS trigger LANGUAGE plpgsql"
        )),
        schemas::dollar_quoted(&format!("\n{body}\n"))
    ))
}
