//! Constraints and indexes that differ in nothing but their name are renamed: that costs nothing, however many rows.

use crate::sql::quote;

use super::super::diff::Change;
use super::super::rename::chain;
use super::super::{CheckDef, Step, TableDef};
use super::{ddl, limits};

/// The change that is left after what only needs another name has it, and the steps that give it.
pub(super) fn renamed(change: &Change) -> (Change, Vec<Step>) {
    let mut from = change.from.clone();
    let constraints: Vec<(String, String)> = pairs(
        &mut from.uniques,
        &change.to.uniques,
        |one, other| one.columns == other.columns,
        |unique| &mut unique.name,
    )
    .chain(pairs(
        &mut from.checks,
        &change.to.checks,
        |one, other| one.sql == other.sql,
        |check| &mut check.name,
    ))
    .chain(pairs(
        &mut from.foreign_keys,
        &change.to.foreign_keys,
        |one, other| {
            let mut one = one.clone();
            one.name.clone_from(&other.name);
            one == *other
        },
        |key| &mut key.name,
    ))
    .collect();
    let indexes: Vec<(String, String)> = pairs(
        &mut from.indexes,
        &change.to.indexes,
        |one, other| one.columns == other.columns && one.sql.is_none() && other.sql.is_none(),
        |index| &mut index.name,
    )
    .collect();
    // A name is taken until whoever has it is dropped, which comes later.
    let old = names(&change.from);
    let possible = |renames: &[(String, String)]| {
        renames
            .iter()
            .all(|(_, new)| !old.contains(new) || renames.iter().any(|(old, _)| old == new))
    };
    if !possible(&constraints) || !possible(&indexes) {
        return (change.clone(), Vec::new());
    }
    let free = |name: &str| !old.iter().any(|old| old == name);
    let mut steps: Vec<Step> = chain(&constraints, &free)
        .into_iter()
        .map(|(old, new)| {
            let of_column = |check: &CheckDef| check.column.is_some() && check.name == new;
            if change.to.checks.iter().any(of_column) {
                return limits::rename_check(&change.to.name, &old, &new);
            }
            let action = format!("RENAME CONSTRAINT {} TO {}", quote(&old), quote(&new));
            Step::Sql(ddl::alter(&change.to.name, &action))
        })
        .collect();
    steps.extend(
        chain(&indexes, &free)
            .into_iter()
            .map(|(old, new)| Step::Sql(format!("ALTER INDEX {} RENAME TO {}", quote(&old), quote(&new)))),
    );
    let left = Change {
        from,
        ..change.clone()
    };
    (left, steps)
}

/// Old and new names of what stands in both lists but for its name; the first list gets the new ones.
fn pairs<T: Clone>(
    from: &mut [T],
    to: &[T],
    same: impl Fn(&T, &T) -> bool,
    name: impl Fn(&mut T) -> &mut String,
) -> std::vec::IntoIter<(String, String)> {
    let named = |item: &T| name(&mut item.clone()).clone();
    let kept: Vec<String> = from
        .iter()
        .filter(|one| {
            to.iter()
                .any(|other| named(one) == named(other) && same(one, other))
        })
        .map(named)
        .collect();
    let mut free: Vec<&T> = to.iter().filter(|other| !kept.contains(&named(other))).collect();
    let mut out = Vec::new();
    for one in from {
        if kept.contains(&named(one)) {
            continue;
        }
        if let Some(at) = free.iter().position(|other| same(one, other)) {
            let new = named(free.remove(at));
            let old = std::mem::replace(name(one), new.clone());
            out.push((old, new));
        }
    }
    out.into_iter()
}

fn names(table: &TableDef) -> Vec<String> {
    (table.uniques.iter().map(|unique| &unique.name))
        .chain(table.checks.iter().map(|check| &check.name))
        .chain(table.foreign_keys.iter().map(|key| &key.name))
        .chain(table.indexes.iter().map(|index| &index.name))
        .cloned()
        .collect()
}
