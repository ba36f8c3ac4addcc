//! Identity columns: how they count, from which number on, and how that is changed while rows and numbers stay.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::model::{Counting, IdentityDef, QualifiedName};
use crate::sql::quote;

use super::super::{ColumnDef, Requirement, Step};
use super::alter::{set, text};

/// The numbers that a column holds.
fn numbers(ty: &str) -> RangeInclusive<i64> {
    match ty {
        "smallint" => i16::MIN.into()..=i16::MAX.into(),
        "integer" => i32::MIN.into()..=i32::MAX.into(),
        _ => i64::MIN..=i64::MAX,
    }
}

/// What makes a column one.
pub(super) fn generated(identity: &IdentityDef) -> String {
    let options = [
        ("START WITH", identity.start),
        ("INCREMENT BY", identity.increment),
        ("MINVALUE", identity.min_value),
        ("MAXVALUE", identity.max_value),
        ("CACHE", identity.cache),
    ];
    let options = options.iter();
    let mut options: Vec<String> = options
        .filter_map(|(name, number)| Some(format!("{name} {}", (*number)?)))
        .collect();
    options.extend(identity.cycle.then(|| "CYCLE".to_owned()));
    let options = match options.is_empty() {
        true => String::new(),
        false => format!(" ({})", options.join(" ")),
    };
    format!("GENERATED {} AS IDENTITY{options}", given(identity))
}

fn given(identity: &IdentityDef) -> &'static str {
    match identity.always {
        true => "ALWAYS",
        false => "BY DEFAULT",
    }
}

/// A column that is there becomes one, and counts on from its rows.
pub(super) fn add(table: &QualifiedName, column: &ColumnDef) -> [Step; 2] {
    let Counting { start, increment, .. } = column.identity.counting(&numbers(&column.ty));
    let name = quote(&column.name);
    let (last, behind, by) = match increment > 0 {
        true => (format!("max({name})"), ">=", increment.unsigned_abs()),
        false => (format!("min({name})"), "<=", increment.unsigned_abs()),
    };
    let next = match by {
        1 if increment > 0 => format!("{last} + 1"),
        1 => format!("{last} - 1"),
        // One of the numbers that it would have come to by itself.
        _ => format!(
            "({start} + (floor(({last}::numeric - {start}) / {increment}) + 1) * {increment})::bigint"
        ),
    };
    [
        set(
            table,
            &column.name,
            &format!("ADD {}", generated(&column.identity)),
        ),
        Step::Sql(format!(
            "SELECT setval(pg_get_serial_sequence({}, {}), {next}, false) FROM {} HAVING {last} {behind} {start}",
            text(&table.quoted()),
            text(&column.name),
            table.quoted()
        )),
    ]
}

/// Whether the numbers of a column are to be changed before its type is, because the new type holds fewer.
pub(super) fn is_first(before: &ColumnDef, column: &ColumnDef) -> bool {
    numbers(&column.ty).end() < numbers(&before.ty).end()
}

/// What the server makes of bounds that are those of the column's type, where that becomes another one.
fn retyped(mut counting: Counting, from: &RangeInclusive<i64>, to: &RangeInclusive<i64>) -> Counting {
    if counting.min_value == *from.start() {
        counting.min_value = *to.start();
    }
    if counting.max_value == *from.end() {
        counting.max_value = *to.end();
    }
    counting
}

/// It counts otherwise from here on: on from the number that it has come to, or from the new first one if it has given none.
pub(super) fn alter(table: &QualifiedName, before: &ColumnDef, after: &ColumnDef) -> Vec<Step> {
    let (from, to, column) = (&before.identity, &after.identity, after.name.as_str());
    let (held, holds) = (numbers(&before.ty), numbers(&after.ty));
    let (old, new) = match is_first(before, after) {
        true => (from.counting(&held), to.counting(&held)),
        false => (retyped(from.counting(&held), &held, &holds), to.counting(&holds)),
    };
    let mut actions = Vec::new();
    if from.always != to.always {
        actions.push(format!("SET GENERATED {}", given(to)));
    }
    let numbers = [
        ("INCREMENT BY", old.increment, new.increment),
        ("MINVALUE", old.min_value, new.min_value),
        ("MAXVALUE", old.max_value, new.max_value),
        ("START WITH", old.start, new.start),
        ("CACHE", old.cache, new.cache),
    ];
    let changed = numbers.iter().filter(|(_, old, new)| old != new);
    actions.extend(changed.map(|(name, _, new)| format!("SET {name} {new}")));
    if from.cycle != to.cycle {
        actions.push(if to.cycle { "SET CYCLE" } else { "SET NO CYCLE" }.to_owned());
    }
    if actions.is_empty() {
        return Vec::new();
    }
    let (of, name) = (text(&table.quoted()), text(column));
    let mut steps = vec![Step::Require(Requirement {
        holds: format!(
            "SELECT attidentity <> '' FROM pg_attribute WHERE attrelid = {of}::regclass AND attname = {name}"
        ),
        otherwise: format!("{} of {} is not an identity column", quote(column), table.quoted()),
        hint: "give it one by hand, as in ALTER TABLE .. ALTER COLUMN .. ADD GENERATED BY DEFAULT AS IDENTITY, after you have \
               dropped its default"
            .to_owned(),
    })];
    if new.min_value > old.min_value || new.max_value < old.max_value {
        steps.push(Step::Require(Requirement {
            holds: format!(
                "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence({of}, {name})::regclass) BETWEEN {} AND {}, true)",
                new.min_value, new.max_value
            ),
            otherwise: format!(
                "{} of {} has been counted to a number outside of {} to {}",
                quote(column),
                table.quoted(),
                new.min_value,
                new.max_value
            ),
            hint: "choose a `min_value` and a `max_value` with that number between them".to_owned(),
        }));
    }
    let alter = set(table, column, &actions.join(" "));
    match alter {
        Step::Sql(sql) if old.start != new.start => steps.push(begun_anew(&of, &name, &sql)),
        alter => steps.push(alter),
    }
    steps
}

/// The first number counts where none was given yet.
fn begun_anew(table: &str, column: &str, alter: &str) -> Step {
    Step::Sql(block(&format!(
        "DECLARE counter regclass := pg_get_serial_sequence({table}, {column}); unused boolean;\nBEGIN\n    EXECUTE format('SELECT \
         NOT s.is_called AND s.last_value = q.seqstart FROM %s AS s, pg_sequence AS q WHERE q.seqrelid = %L::regclass', counter, \
         counter) INTO unused;\n    EXECUTE {} || CASE WHEN unused THEN ' RESTART' ELSE '' END;\nEND",
        text(alter)
    )))
}

/// A statement that runs a block, whatever it contains.
fn block(body: &str) -> String {
    let tags = std::iter::once("$orm$".to_owned()).chain((1_u32..).map(|number| format!("$orm{number}$")));
    let mut unused = tags.skip_while(|tag| body.contains(tag.as_str()));
    let tag = unused.next().unwrap_or_default();
    format!("DO {tag}\n{body} {tag}")
}

/// A sequence that belongs to the column counts as far as the column does; that of an identity does already.
pub(super) fn grow_sequence(table: &QualifiedName, column: &ColumnDef) -> Step {
    on_sequence(
        table,
        &column.name,
        &format!("ALTER SEQUENCE ' || counter || ' AS {}", column.ty),
    )
}

/// A statement about the sequence that belongs to a column, if there is one.
fn on_sequence(table: &QualifiedName, column: &str, action: &str) -> Step {
    let (of, name) = (text(&table.quoted()), text(column));
    Step::Sql(block(&format!(
        "DECLARE counter text := pg_get_serial_sequence({of}, {name});\nBEGIN\n    IF counter IS NOT NULL THEN EXECUTE '{action}'; \
         END IF;\nEND"
    )))
}

/// The column is no longer generated: drops its identity, or the sequence of `serial`.
pub(super) fn drop(table: &QualifiedName, column: &str) -> [Step; 3] {
    [
        set(table, column, "DROP IDENTITY IF EXISTS"),
        set(table, column, "DROP DEFAULT"),
        on_sequence(table, column, "DROP SEQUENCE ' || counter || '"),
    ]
}

/// What the catalog says of a column: the letter, and the options of its sequence as numbers in JSON.
#[derive(serde::Deserialize)]
struct CatalogIdentity {
    start: i64,
    increment: i64,
    min: i64,
    max: i64,
    cache: i64,
    cycle: bool,
}

/// The options of the sequence of `a`, as [`read`] takes them.
pub(super) const OPTIONS: &str = "(SELECT json_build_object('start', s.seqstart, 'increment', s.seqincrement, 'min', s.seqmin, 'max', \
                                  s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle)::text FROM pg_depend AS o JOIN pg_sequence AS s ON \
                                  s.seqrelid = o.objid WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass \
                                  AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'i')";

/// How a column counts, from its type, its letter and [`OPTIONS`]; `None` if it does not.
pub(super) fn read(ty: &str, letter: &str, options: Option<&str>) -> Result<Option<IdentityDef>> {
    // The driver shows a letter that is not there as a blank.
    if letter.trim_matches(['\0', ' ']).is_empty() {
        return Ok(None);
    }
    let always = letter == "a";
    let Some(options) = options else {
        return Err(Error::internal(
            "the catalog has no sequence of an identity column",
        ));
    };
    let CatalogIdentity {
        start,
        increment,
        min,
        max,
        cache,
        cycle,
    } = serde_json::from_str(options).map_err(|source| {
        Error::migration("the catalog lists the options of an identity in an unknown form")
            .with_source(source)
    })?;
    let identity = IdentityDef {
        always,
        start: Some(start),
        increment: Some(increment),
        min_value: Some(min),
        max_value: Some(max),
        cache: Some(cache),
        cycle,
    };
    Ok(Some(identity.without_defaults(&numbers(ty))))
}
