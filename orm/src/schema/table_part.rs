//! Drops and renames of constraints and indexes.
//!
//! A table that was created by other means and recorded with `--fake`, or changed by hand, has other names than the
//! models say. So the part is looked up in the database: by the models' name, and then by its definition. One that
//! does not exist need not be dropped or renamed.

use crate::error::Result;
use crate::model::QualifiedName;
use crate::sql::Session;

use super::diff::TableChange;
use super::rename::chain;
use super::{
    CheckDef, ColumnDef, ForeignKeyDef, Rebuild, TableDef, TableExclusion, TableIndex, TableUnique, backend,
};

/// A constraint or an index of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TablePart {
    /// The primary key, of that name.
    PrimaryKey(String),
    Unique(TableUnique),
    /// With the columns that its expressions may be about.
    Exclusion(TableExclusion, Vec<ColumnDef>),
    /// With the columns that its condition may refer to.
    Check(CheckDef, Vec<ColumnDef>),
    ForeignKey(ForeignKeyDef),
    /// With the columns that its expressions may be about.
    Index(TableIndex, Vec<ColumnDef>),
}

impl TablePart {
    pub fn name(&self) -> &str {
        match self {
            TablePart::PrimaryKey(name) => name,
            TablePart::Unique(unique) => &unique.name,
            TablePart::Exclusion(exclusion, _) => exclusion.name(),
            TablePart::Check(check, _) => &check.name,
            TablePart::ForeignKey(key) => &key.name,
            TablePart::Index(index, _) => &index.name,
        }
    }

    fn named(mut self, new: &str) -> TablePart {
        let name = match &mut self {
            TablePart::PrimaryKey(name) => name,
            TablePart::Unique(unique) => &mut unique.name,
            TablePart::Exclusion(exclusion, _) => &mut exclusion.index.name,
            TablePart::Check(check, _) => &mut check.name,
            TablePart::ForeignKey(key) => &mut key.name,
            TablePart::Index(index, _) => &mut index.name,
        };
        new.clone_into(name);
        self
    }

    /// Whether both are equal apart from their names.
    fn is_alike(&self, other: &TablePart) -> bool {
        let same = |left: &[String], right: &[String]| {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.eq_ignore_ascii_case(b))
        };
        match (self, other) {
            (TablePart::PrimaryKey(_), TablePart::PrimaryKey(_)) => true,
            // When it is checked, and what stands beside, is not what it refuses.
            (TablePart::Unique(one), TablePart::Unique(other)) => {
                same(&one.columns, &other.columns) && one.nulls_not_distinct == other.nulls_not_distinct
            }
            (TablePart::Exclusion(one, _), TablePart::Exclusion(other, _)) => one.is_alike(other),
            (TablePart::Check(one, _), TablePart::Check(other, _)) => one.sql == other.sql,
            (TablePart::ForeignKey(one), TablePart::ForeignKey(other)) => {
                same(&one.columns, &other.columns) && one.target.eq_ignore_ascii_case(&other.target)
            }
            (TablePart::Index(one, _), TablePart::Index(other, _)) => one.is_alike(other),
            // A unique index over columns does what a constraint does, and one in another order or without regard to case does
            // that and more.
            (TablePart::Index(one, _), TablePart::Unique(_)) => one
                .as_unique()
                .is_some_and(|one| TablePart::Unique(one).is_alike(other)),
            _ => false,
        }
    }
}

/// A part as the database has it.
#[derive(Debug, Clone)]
pub(super) struct LivePart {
    pub part: TablePart,
    pub kept: PartStorage,
}

/// How the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartStorage {
    Constraint,
    Index,
    /// In the CREATE TABLE text, where no statement can change it.
    InTable,
}

/// Drops or renames a constraint or an index.
#[derive(Debug, Clone, PartialEq)]
pub struct PartChange {
    pub(super) table: QualifiedName,
    pub(super) part: TablePart,
    /// Its new name; `None` if it is dropped.
    pub(super) new: Option<String>,
    /// Names that the models have for other parts of the table, before or after.
    others: Vec<String>,
    /// Names of equal ones that stay.
    twins: Vec<String>,
    /// The statements, where the table has the names of the models.
    pub(super) sql: Vec<String>,
    /// The rebuild without it, if it is in the CREATE TABLE text.
    pub(super) without: Option<Box<Rebuild>>,
}

impl PartChange {
    /// Drops a part of the table.
    pub(super) fn end(change: &TableChange, part: TablePart) -> Self {
        let twins = match &part {
            TablePart::Unique(unique) => (change.to.uniques.iter())
                .filter(|twin| twin.is_alike(unique) && twin.name != unique.name)
                // One that is made later is not missing.
                .filter(|twin| change.from.uniques.contains(twin))
                .map(|twin| twin.name.clone())
                .collect(),
            _ => Vec::new(),
        };
        PartChange {
            table: change.to.qualified_name(),
            others: others(&change.from, &change.to, part.name()),
            part,
            new: None,
            twins,
            sql: Vec::new(),
            without: None,
        }
    }

    /// Renames a part of a table.
    pub(super) fn rename(table: QualifiedName, part: TablePart, new: String, others: Vec<String>) -> Self {
        PartChange {
            table,
            part,
            new: Some(new),
            others,
            twins: Vec::new(),
            sql: Vec::new(),
            without: None,
        }
    }

    /// Applies it to the part that the table has.
    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        let backend = backend(session.dialect());
        let live = backend.parts(session, &self.table)?;
        let is = |live: &LivePart, name: &str| live.part.name().eq_ignore_ascii_case(name);
        let mut found: Vec<LivePart> = match live.iter().find(|live| is(live, self.part.name())) {
            Some(named) => vec![named.clone()],
            None => {
                let asked = backend.canonical_part(session, &self.part)?;
                let ours = |live: &LivePart| self.others.iter().any(|name| is(live, name));
                let alike = live
                    .iter()
                    .filter(|live| live.part.is_alike(&asked) && !ours(live));
                alike.cloned().collect()
            }
        };
        if let Some(new) = &self.new {
            return match found.first() {
                Some(first) => backend.rename_part(session, &self.table, first, new),
                None => Ok(()),
            };
        }
        // The table may have a single one in place of several equal ones.
        let missing = |twin: &&String| !live.iter().any(|live| is(live, twin));
        if let (Some(twin), false) = (self.twins.iter().find(missing), found.is_empty()) {
            let kept = found.remove(0);
            backend.rename_part(session, &self.table, &kept, twin)?;
        }
        for part in found {
            backend.drop_part(session, self, &part)?;
        }
        Ok(())
    }

    pub(super) fn describe(&self) -> String {
        let name = crate::sql::quote(self.part.name());
        let kind = match &self.part {
            TablePart::Index(index, _) if !index.unique => "index",
            _ => "constraint",
        };
        let table = self.table.quoted();
        match &self.new {
            Some(new) => format!("rename {kind} {name} of {table} to {}", crate::sql::quote(new)),
            None => format!("drop {kind} {name} of {table}"),
        }
    }
}

/// Names of all parts of two states of a table but one.
fn others(from: &TableDef, to: &TableDef, but: &str) -> Vec<String> {
    let mut names = names(from);
    names.extend(self::names(to));
    names.retain(|name| name != but);
    names
}

/// Names of everything over the columns of a table.
pub(super) fn names(table: &TableDef) -> Vec<String> {
    (table.uniques.iter().map(|unique| &unique.name))
        .chain(table.exclusions.iter().map(|exclusion| &exclusion.index.name))
        .chain(table.checks.iter().map(|check| &check.name))
        .chain(table.foreign_keys.iter().map(|key| &key.name))
        .chain(table.indexes.iter().map(|index| &index.name))
        .cloned()
        .collect()
}

/// Parts that differ only in their name are renamed instead of created again. Returns the remaining change and the
/// renames. Checks and foreign keys are included only where statements can rename them.
pub(super) fn renamed(change: &TableChange, reaches_all: bool) -> (TableChange, Vec<PartChange>) {
    let (mut from, to) = (change.from.clone(), &change.to);
    let mut renames: Vec<(TablePart, String)> = Vec::new();
    pairs(
        (&mut from.uniques, &to.uniques),
        TableUnique::is_alike,
        |unique| &mut unique.name,
        TablePart::Unique,
        &mut renames,
    );
    if reaches_all {
        let columns = from.columns.clone();
        pairs(
            (&mut from.checks, &to.checks),
            |one, other| one.sql == other.sql,
            |check| &mut check.name,
            |check| TablePart::Check(check, columns.clone()),
            &mut renames,
        );
        pairs(
            (&mut from.foreign_keys, &to.foreign_keys),
            |one, other| {
                let mut one = one.clone();
                one.name.clone_from(&other.name);
                one == *other
            },
            |key| &mut key.name,
            TablePart::ForeignKey,
            &mut renames,
        );
    }
    let columns = from.columns.clone();
    pairs(
        (&mut from.exclusions, &to.exclusions),
        TableExclusion::is_alike,
        |exclusion| &mut exclusion.index.name,
        |exclusion| TablePart::Exclusion(exclusion, columns.clone()),
        &mut renames,
    );
    pairs(
        (&mut from.indexes, &to.indexes),
        TableIndex::is_alike,
        |index| &mut index.name,
        |index| TablePart::Index(index, columns.clone()),
        &mut renames,
    );
    // The name is still taken: its owner is dropped later.
    let old = names(&change.from);
    let given: Vec<(String, String)> = (renames.iter())
        .map(|(part, new)| (part.name().to_owned(), new.clone()))
        .collect();
    let possible =
        (given.iter()).all(|(_, new)| !old.contains(new) || given.iter().any(|(old, _)| old == new));
    if !possible {
        return (change.clone(), Vec::new());
    }
    let free = |name: &str| !old.iter().any(|old| old == name);
    let mut now: Vec<TablePart> = renames.into_iter().map(|(part, _)| part).collect();
    let mut out = Vec::new();
    for (old, new) in chain(&given, &free) {
        let Some(part) = now.iter_mut().find(|part| part.name() == old) else {
            continue;
        };
        let before = std::mem::replace(part, part.clone().named(&new));
        out.push(PartChange::rename(
            to.qualified_name(),
            before,
            new,
            others(&change.from, to, &old),
        ));
    }
    let left = TableChange {
        from,
        ..change.clone()
    };
    (left, out)
}

/// Pairs of parts that are equal apart from their names; the first list gets the new names.
fn pairs<T: Clone>(
    (from, to): (&mut [T], &[T]),
    same: impl Fn(&T, &T) -> bool,
    name: impl Fn(&mut T) -> &mut String,
    part: impl Fn(T) -> TablePart,
    renames: &mut Vec<(TablePart, String)>,
) {
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
    for one in from {
        if kept.contains(&named(one)) {
            continue;
        }
        if let Some(at) = free.iter().position(|other| same(one, other)) {
            let new = named(free.remove(at));
            renames.push((part(one.clone()), new.clone()));
            *name(one) = new;
        }
    }
}
