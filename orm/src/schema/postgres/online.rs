//! Changes of tables that others read and write meanwhile: rows are read without a lock that anybody waits for, and what takes
//! such a lock reads none.

use crate::model::{QualifiedName, constraint_name};
use crate::sql::quote;

use super::super::diff::TableChange;
use super::super::table_part::{self, PartChange, TablePart};
use super::super::unit::{AloneStep, BatchedFill, ConcurrentIndex, OnlineChange, Unit};
use super::super::{CheckDef, ColumnDef, ForeignKeyDef, Guard, Step, TableIndex, TableUnique};
use super::alter::is_retyped;
use super::{ddl, parts};

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
    let to_itself = key.target == table;
    let stands = stands(change, |column| {
        let own = key.columns.iter().any(|one| one == column);
        own || to_itself && key.target_columns.iter().any(|one| one == column)
    });
    // What it points at may become unique later.
    let becomes_unique =
        to_itself && (change.to.uniques.iter()).any(|one| !change.from.uniques.contains(one));
    let mut later = vec![Unit::Transaction(match stands {
        true => vec![validate],
        false => vec![guard.clone(), validate],
    })];
    let mut core = vec![add(&not_valid)];
    if becomes_unique {
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
    let pairs = || key.columns.iter().zip(&key.target_columns);
    let given: Vec<String> = pairs()
        .map(|(own, _)| format!("r.{} IS NOT NULL", quote(own)))
        .collect();
    let meets = pairs().map(|(own, other)| format!("t.{} = r.{}", quote(other), quote(own)));
    let (given, meets) = (given.join(" AND "), meets.collect::<Vec<_>>().join(" AND "));
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

/// Whether a column can come to take no NULL when everything else of the change is done: nothing of it needs that the rows are filled.
pub(super) fn can_wait(change: &TableChange, column: &ColumnDef) -> bool {
    let (from, to) = (&change.from, &change.to);
    let filled = change.fills.contains_key(&column.name);
    let name = quote(&column.name);
    // A trigger that comes with it would run for each row, and a policy may hide some.
    let watched =
        from.triggers != to.triggers || from.row_security != to.row_security || from.policies != to.policies;
    let computed = to.columns.iter().any(|other| {
        let reads = other
            .computed
            .as_ref()
            .is_some_and(|computed| computed.sql.contains(&name));
        reads
            && from
                .column(&other.name)
                .is_none_or(|before| before.computed != other.computed)
    });
    let keyed = to.primary_key.contains(&column.name) && from.primary_key != to.primary_key;
    !column.generated
        && !change.renamed_values.contains_key(&column.name)
        && !keyed
        && !(filled && (watched || computed))
}

/// A column takes NULL no longer: a check says so first, and the server believes it.
pub(super) fn not_null(change: &TableChange, column: &ColumnDef, plain: Vec<Step>) -> Step {
    let table = change.to.qualified_name();
    let name = constraint_name(&table.name, &[&column.name], "given");
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

/// The end of a part of the table; that of one whose successor comes later waits for it, if it may.
pub(super) fn end(change: &TableChange, part: TablePart, may_wait: bool) -> Step {
    let waits = may_wait && (replaced(change, part.name()).is_some() || outlasts(change, &part));
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

/// The ends of what waits until the new indexes are there.
pub(super) fn ends(change: &TableChange) -> Option<Step> {
    let from = &change.from;
    let indexes = from.indexes.iter().filter(|one| !change.to.indexes.contains(one));
    let indexes = indexes.map(|one| TablePart::Index(one.clone(), from.columns.clone()));
    let uniques = from.uniques.iter().filter(|one| !change.to.uniques.contains(one));
    let uniques = uniques.map(|one| TablePart::Unique(one.clone()));
    let ends: Vec<Step> = (indexes.chain(uniques))
        .filter(|part| replaced(change, part.name()).is_none() && outlasts(change, part))
        .map(|part| parts::step(PartChange::end(change, part)))
        .collect();
    (!ends.is_empty()).then(|| {
        online(OnlineChange {
            table: change.to.qualified_name(),
            plain: Vec::new(),
            looks: Vec::new(),
            looks_at: None,
            core: Vec::new(),
            later: vec![Unit::Transaction(ends)],
        })
    })
}

/// Whether an index or something unique stays until others that come with it are made, so that there is one of them at any time. Rows that
/// are filled might be against it.
fn outlasts(change: &TableChange, part: &TablePart) -> bool {
    let (from, to) = (&change.from, &change.to);
    let comes = to.indexes.iter().any(|one| !from.indexes.contains(one))
        || to.uniques.iter().any(|one| !from.uniques.contains(one));
    let kind = matches!(part, TablePart::Index(..) | TablePart::Unique(_));
    let name = part.name();
    let taken = ddl::primary_key_name(to) == name || table_part::names(to).iter().any(|other| other == name);
    kind && comes && !taken && change.fills.is_empty() && columns_stay(change)
}

/// Whether every column that the table has stays as it is.
fn columns_stay(change: &TableChange) -> bool {
    change.from.columns.iter().all(|before| {
        let now = change.to.column(&before.name);
        now.is_some_and(|now| !is_retyped(before, now) && before.computed == now.computed)
    })
}

/// The same steps, each within a transaction.
pub(super) fn within(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().flat_map(Step::within).collect()
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
    let stay = columns_stay(change);
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
pub(super) fn beside(table: &QualifiedName, name: &str) -> QualifiedName {
    QualifiedName::new(table.schema.clone(), name)
}

/// The name under which an index is made: another one while its own is taken.
fn index_name(change: &TableChange, name: &str, taken: bool) -> String {
    match taken {
        true => constraint_name(&change.to.name, &[name], "new"),
        false => name.to_owned(),
    }
}
