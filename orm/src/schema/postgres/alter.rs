//! Everything Postgres changes in place.
//!
//! Foreign keys, indexes and constraints are dropped first, so that they do not block a column change, and created
//! last, when the rows fit them.

use crate::model::QualifiedName;
use crate::sql::quote;

use super::super::diff::{Phases, TableChange};
use super::super::literal::quoted;
use super::super::retype::Retype;
use super::super::table_part::{self, TablePart};
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Step, TableDef, TableIndex, TableUnique};
use super::convert::{Conversion, conversion};
use super::guards::{guards, nothing_else_uses};
use super::{computed, ddl, exclusion, identity, limits, mapping, online, parts, security, trigger_changes};

pub(super) fn alter(change: &TableChange) -> Phases {
    let (change, renames) = table_part::renamed(change, true);
    let change = &change;
    let mut phases = Phases {
        before: renames.into_iter().map(parts::step).collect(),
        ..Phases::default()
    };
    phases.before.extend(security::dropped(change));
    phases.before.extend(trigger_changes::dropped(change));
    let again = computed::replaced(change);
    if again.is_empty() {
        before(change, &again, &mut phases.before);
        columns(change, &mut phases.main);
        after(change, &mut phases.after);
    } else {
        // What is dropped with them comes back with them.
        // A computed column is dropped and made again: its values come from the others.
        computed::guards(change, &again, &mut phases.before);
        let kept = computed::without(&change.from, &again);
        let drop = TableChange {
            to: kept.clone(),
            ..change.clone()
        };
        before(&drop, &again, &mut phases.before);
        let add = TableChange {
            from: kept,
            ..change.clone()
        };
        before(&add, &again, &mut phases.before);
        columns(&add, &mut phases.main);
        after(&add, &mut phases.after);
        phases.after = online::within(phases.after);
    }
    phases.after.extend(trigger_changes::added(change));
    phases.after.extend(security::added(change));
    phases
}

/// `again` are the columns that come back.
fn before(change: &TableChange, again: &[String], steps: &mut Vec<Step>) {
    let (from, to) = (&change.from, &change.to);
    guards(change, steps);
    let retyped = |columns: &[String]| {
        columns
            .iter()
            .any(|name| match (from.column(name), to.column(name)) {
                (Some(before), Some(after)) => {
                    is_retyped(before, after) || change.renamed_values.contains_key(name)
                }
                _ => true,
            })
    };
    let mut end = |part: TablePart| steps.push(online::end(change, part, again.is_empty()));
    for key in &from.foreign_keys {
        let stays = to
            .foreign_keys
            .iter()
            .any(|now| now == key || is_validated(key, now));
        if !stays || retyped(&key.columns) {
            end(TablePart::ForeignKey(key.clone()));
        }
    }
    for index in (from.indexes.iter())
        .filter(|index| !to.indexes.contains(index) || computes_from_a_type(change, index))
    {
        end(TablePart::Index(index.clone(), from.columns.clone()));
    }
    for exclusion in (from.exclusions.iter())
        .filter(|one| !to.exclusions.contains(one) || computes_from_a_type(change, &one.index))
    {
        end(TablePart::Exclusion(exclusion.clone(), from.columns.clone()));
    }
    for unique in from.uniques.iter().filter(|unique| !to.uniques.contains(unique)) {
        end(TablePart::Unique(unique.clone()));
    }
    for check in
        (from.checks.iter()).filter(|check| !stays(check, &to.checks) || follows_a_type(change, check))
    {
        end(TablePart::Check(check.clone(), from.columns.clone()));
    }
    if from.primary_key != to.primary_key {
        end(TablePart::PrimaryKey(ddl::primary_key_name(from)));
    }
    let (computed, plain): (Vec<_>, Vec<_>) = from
        .columns
        .iter()
        .filter(|column| to.column(&column.name).is_none())
        .partition(|column| column.computed.is_some());
    // Computed columns that read a column are dropped before it.
    for column in computed.into_iter().chain(plain) {
        steps.extend(nothing_else_uses(&to.qualified_name(), &column.name));
        let table = to.qualified_name();
        let drop = ddl::alter(&table, &format!("DROP COLUMN {}", quote(&column.name)));
        steps.push(match again.contains(&column.name) {
            true => Retype::step(&table, &column.name, drop, None),
            false => Step::Sql(drop),
        });
    }
}

fn columns(change: &TableChange, steps: &mut Vec<Step>) {
    let (from, to) = (&change.from, &change.to);
    let (computed, plain): (Vec<_>, Vec<_>) = to.columns.iter().partition(|column| column.computed.is_some());
    // Computed columns are added after the columns they read.
    for column in plain.into_iter().chain(computed) {
        match from.column(&column.name) {
            Some(before) => kept(change, before, column, steps),
            None => added(change, column, steps),
        }
    }
}

fn added(change: &TableChange, column: &ColumnDef, steps: &mut Vec<Step>) {
    let table = &change.to.qualified_name();
    let add =
        |column: &ColumnDef| Step::Sql(ddl::alter(table, &format!("ADD COLUMN {}", ddl::column(column))));
    steps.extend(ddl::required([column]));
    steps.extend(computed::not_null(table, column));
    match change.fills.get(&column.name) {
        // A constant is not written into rows that are there: the server knows it as what they lack.
        Some(fill) if !column.generated && column.computed.is_none() => {
            let filled = ColumnDef {
                default: Some(fill.clone()),
                ..column.clone()
            };
            steps.push(add(&filled));
            steps.push(match &column.default {
                Some(default) => set(
                    table,
                    &column.name,
                    &format!("SET DEFAULT {}", ddl::operand(default)),
                ),
                None => set(table, &column.name, "DROP DEFAULT"),
            });
        }
        _ => steps.push(add(column)),
    }
    if column.comment.is_some() {
        steps.push(Step::Sql(ddl::comment_on_column(table, column)));
    }
}

/// Whether its values are of another type or compare in another way: what is computed from it is then made again.
pub(super) fn is_retyped(before: &ColumnDef, after: &ColumnDef) -> bool {
    before.ty != after.ty || before.collation != after.collation
}

fn kept(change: &TableChange, before: &ColumnDef, column: &ColumnDef, steps: &mut Vec<Step>) {
    let table = &change.to.qualified_name();
    let conversion = self::conversion_of(change, before, column);
    let retyped = is_retyped(before, column);
    if before.computed.is_some() && column.computed.is_none() {
        steps.push(set(table, &column.name, "DROP EXPRESSION"));
    }
    if before.generated && !column.generated {
        steps.extend(identity::drop(table, &column.name));
    }
    if before.default.is_some() && (retyped || column.default.is_none()) {
        steps.push(set(table, &column.name, "DROP DEFAULT"));
    }
    let recounted = match before.generated && column.generated {
        true => identity::alter(table, before, column),
        false => Vec::new(),
    };
    let (first, then) = match identity::is_first(before, column) {
        true => (recounted, Vec::new()),
        false => (Vec::new(), recounted),
    };
    steps.extend(first);
    let mapping = change.mapped.get(&column.name);
    if retyped || mapping.is_some() {
        let using = match conversion.using {
            Some(using) => format!(" USING {using}"),
            None => String::new(),
        };
        steps.extend(
            mapping
                .into_iter()
                .flat_map(|key| mapping::before(key, &before.ty, &column.ty)),
        );
        steps.extend(ddl::required([column]));
        let name = quote(&column.name);
        let ty = ddl::collated_type(column);
        let retype = ddl::alter(table, &format!("ALTER COLUMN {name} TYPE {ty}{using}"));
        steps.push(Retype::step(table, &column.name, retype, None));
        steps.extend(mapping.into_iter().flat_map(|_| mapping::after(&before.ty)));
        if column.generated {
            steps.push(identity::grow_sequence(table, column));
        }
    }
    steps.extend(then);
    if !retyped && mapping.is_none() && limits_change(change, column) {
        steps.push(limits::loosen(table, column));
    }
    let fill = (change.fills.get(&column.name)).map(|fill| self::fill(table, &column.name, fill));
    let mut not_null: Vec<Step> = fill.into_iter().flatten().collect();
    let takes_none = before.null && !column.null;
    if takes_none {
        not_null.push(set(table, &column.name, "SET NOT NULL"));
    }
    let online = takes_none && online::can_wait(change, column);
    match online {
        true => steps.push(online::not_null(change, column, not_null)),
        false => steps.append(&mut not_null),
    }
    if let Some((old, new)) = change.renamed_values.get(&column.name) {
        let (name, old, new) = (quote(&column.name), text(old), text(new));
        let set = match column.ty.ends_with("[]") {
            true => format!("{name} = array_replace({name}, {old}, {new}) WHERE {old} = ANY ({name})"),
            false => format!("{name} = {new} WHERE {name} = {old}"),
        };
        steps.push(lock(table));
        steps.push(Step::Sql(format!("UPDATE {} SET {set}", table.quoted())));
        steps.push(Step::Sql(CHECK_NOW.to_owned()));
    }
    if !before.null && column.null {
        steps.push(set(table, &column.name, "DROP NOT NULL"));
    }
    if let Some(default) = column
        .default
        .as_ref()
        .filter(|_| retyped || before.default != column.default)
    {
        steps.push(set(
            table,
            &column.name,
            &format!("SET DEFAULT {}", ddl::operand(default)),
        ));
    }
    if column.generated && !before.generated {
        steps.extend(identity::add(table, column));
    }
    if before.comment != column.comment {
        steps.push(Step::Sql(ddl::comment_on_column(table, column)));
    }
}

fn after(change: &TableChange, steps: &mut Vec<Step>) {
    let (from, to) = (&change.from, &change.to);
    let name = &to.qualified_name();
    let add = |action: String| Step::Sql(ddl::alter(name, &format!("ADD {action}")));
    if from.primary_key != to.primary_key {
        steps.push(ddl::no_duplicates(
            name,
            &TableUnique::over(ddl::primary_key_name(to), to.primary_key.clone()),
        ));
        steps.push(add(ddl::primary_key(to)));
    }
    for check in
        (to.checks.iter()).filter(|check| !from.checks.contains(check) || follows_a_type(change, check))
    {
        if check.not_valid {
            steps.push(Step::Sql(ddl::alter(name, &ddl::add_check(check))));
            continue;
        }
        let was_there = from.checks.iter().any(|old| check_is_validated(old, check));
        steps.push(match was_there && !follows_a_type(change, check) {
            true => online::validated(name.clone(), &check.name, Some(online::breaks(name, check))),
            false => online::check(change, check),
        });
    }
    for unique in to.uniques.iter().filter(|unique| !from.uniques.contains(unique)) {
        steps.extend(ddl::nulls_are_equal(unique.nulls_not_distinct, &unique.name));
        steps.push(online::unique(change, unique));
    }
    for index in (to.indexes.iter())
        .filter(|index| !from.indexes.contains(index) || computes_from_a_type(change, index))
    {
        steps.extend(ddl::nulls_are_equal(index.nulls_not_distinct, &index.name));
        let create = online::index(change, index);
        match from.indexes.contains(index) {
            true => steps.extend(online::within(vec![create])),
            false => steps.push(create),
        }
    }
    steps.extend(online::ends(change));
    for exclusion in (to.exclusions.iter())
        .filter(|one| !from.exclusions.contains(one) || computes_from_a_type(change, &one.index))
    {
        steps.extend(exclusion::extension(to, exclusion));
        steps.push(add(exclusion::exclude(exclusion)));
    }
    for key in &to.foreign_keys {
        let retyped = key.columns.iter().any(|name| {
            matches!((from.column(name), to.column(name)), (Some(before), Some(after)) if is_retyped(before, after))
                || change.renamed_values.contains_key(name)
        });
        if !retyped && from.foreign_keys.iter().any(|old| is_validated(old, key)) {
            steps.push(online::validated(name.clone(), &key.name, None));
        } else if !from.foreign_keys.contains(key) || retyped {
            let add = Step::Sql(ddl::alter(name, &ddl::add_foreign_key(key)));
            steps.push(match key.not_valid || retyped {
                true => add,
                false => online::foreign_key(change, key),
            });
        }
    }
    steps.extend(ddl::store(from, to).map(Step::Sql));
    if from.comment != to.comment {
        steps.push(Step::Sql(ddl::comment_on_table(to)));
    }
}

/// Whether a foreign key is the same as before, except that all rows are checked now.
fn is_validated(old: &ForeignKeyDef, now: &ForeignKeyDef) -> bool {
    let mut checked = old.clone();
    checked.not_valid = false;
    old.not_valid && checked == *now
}

fn check_is_validated(old: &CheckDef, now: &CheckDef) -> bool {
    old.not_valid && !now.not_valid && old.name == now.name && old.sql == now.sql
}

/// Whether a check is there afterwards, at least under that name.
fn stays(check: &CheckDef, checks: &[CheckDef]) -> bool {
    checks
        .iter()
        .any(|now| now == check || check_is_validated(check, now))
}

pub(super) fn conversion_of(change: &TableChange, before: &ColumnDef, column: &ColumnDef) -> Conversion {
    if change.mapped.contains_key(&column.name) {
        return Conversion {
            using: Some(mapping::using(&column.name)),
            lost: Vec::new(),
        };
    }
    match (
        change.from_field_types.get(&column.name),
        change.to_field_types.get(&column.name),
    ) {
        (Some(&from), Some(&to)) if before.ty != column.ty => {
            conversion((from, &before.ty), (to, &column.ty), &quote(&column.name))
        }
        _ => Conversion {
            using: None,
            lost: Vec::new(),
        },
    }
}

/// Whether the limits of a column changed, which may be in its type.
pub(super) fn limits_change(change: &TableChange, column: &ColumnDef) -> bool {
    let limits = |table: &TableDef| -> Vec<String> {
        let own = (table.checks.iter()).filter(|check| check.column.as_ref() == Some(&column.name));
        own.map(|check| check.sql.clone()).collect()
    };
    ["text", "numeric"].contains(&column.ty.as_str()) && limits(&change.from) != limits(&change.to)
}

/// Whether a check is about a column whose type changes: the server would keep it with casts from the old type in it.
fn follows_a_type(change: &TableChange, check: &CheckDef) -> bool {
    change.to.columns.iter().any(|column| {
        let retyped = change
            .from
            .column(&column.name)
            .is_some_and(|before| is_retyped(before, column));
        retyped && (check.column.as_ref() == Some(&column.name) || check.sql.contains(&quote(&column.name)))
    })
}

/// The same for the expressions and the condition of an index.
fn computes_from_a_type(change: &TableChange, index: &TableIndex) -> bool {
    let retyped = |column: &&ColumnDef| {
        let before = change.from.column(&column.name);
        before.is_some_and(|before| is_retyped(before, column))
    };
    let mut columns = change.to.columns.iter().filter(retyped);
    index.has_expressions() && columns.any(|column| index.names(&column.name))
}

/// After rows have changed: a table on which foreign keys and triggers wait for the end of the transaction cannot be altered ("pending
/// trigger events").
pub(super) const CHECK_NOW: &str = "SET CONSTRAINTS ALL IMMEDIATE";

/// Whoever writes a row waits for the transaction that has written it, and this one would wait for whoever has the table.
fn lock(table: &QualifiedName) -> Step {
    Step::Sql(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", table.quoted()))
}

/// Replaces NULL in rows by one value.
fn fill(table: &QualifiedName, column: &str, value: &str) -> [Step; 3] {
    [
        lock(table),
        Step::Sql(format!(
            "UPDATE {} SET {1} = {value} WHERE {1} IS NULL",
            table.quoted(),
            quote(column)
        )),
        Step::Sql(CHECK_NOW.to_owned()),
    ]
}

pub(super) fn set(table: &QualifiedName, column: &str, action: &str) -> Step {
    Step::Sql(ddl::alter(
        table,
        &format!("ALTER COLUMN {} {action}", quote(column)),
    ))
}

/// A literal for a name, or a string that the database has.
pub(super) fn text(name: &str) -> String {
    let quoted = quoted(name);
    if quoted.contains('\\') {
        format!("E{}", quoted.replace('\\', "\\\\"))
    } else {
        quoted
    }
}
