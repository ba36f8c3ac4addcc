//! Constraints and indexes of a table as the database has them, and the statements that drop or rename them.

use crate::error::{Error, Kind, Result};
use crate::model::{IdentityDef, QualifiedName};
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::table_part::{LivePart, PartChange, PartStorage, TablePart};
use super::super::{Step, TableDef};
use super::{ddl, introspect};

/// The step, with the statement that the models expect.
pub(super) fn step(mut change: PartChange) -> Step {
    let kept = match &change.part {
        TablePart::Index(..) => PartStorage::Index,
        _ => PartStorage::Constraint,
    };
    let name = change.part.name();
    change.sql = vec![match &change.new {
        Some(new) => renamed(&change.table, name, kept, new),
        // Tables of before have none for a column's limits.
        None if matches!(&change.part, TablePart::Check(check, _) if check.column.is_some()) => {
            dropped(&change.table, name, kept).replacen("CONSTRAINT", "CONSTRAINT IF EXISTS", 1)
        }
        None => dropped(&change.table, name, kept),
    }];
    Step::Part(Box::new(change))
}

fn dropped(table: &QualifiedName, name: &str, kept: PartStorage) -> String {
    match kept {
        PartStorage::Index => format!("DROP INDEX {}", table.beside(name).quoted()),
        PartStorage::Constraint | PartStorage::InTable => {
            ddl::alter(table, &format!("DROP CONSTRAINT {}", quote(name)))
        }
    }
}

fn renamed(table: &QualifiedName, name: &str, kept: PartStorage, new: &str) -> String {
    match kept {
        PartStorage::Index => {
            format!(
                "ALTER INDEX {} RENAME TO {}",
                table.beside(name).quoted(),
                quote(new)
            )
        }
        PartStorage::Constraint | PartStorage::InTable => ddl::alter(
            table,
            &format!("RENAME CONSTRAINT {} TO {}", quote(name), quote(new)),
        ),
    }
}

pub(super) fn drop(session: &mut dyn Session, table: &QualifiedName, part: &LivePart) -> Result<()> {
    session.batch(&dropped(table, part.part.name(), part.kept))
}

pub(super) fn rename(
    session: &mut dyn Session,
    table: &QualifiedName,
    part: &LivePart,
    new: &str,
) -> Result<()> {
    session.batch(&renamed(table, part.part.name(), part.kept, new))
}

pub(super) fn parts(session: &mut dyn Session, table: &QualifiedName) -> Result<Vec<LivePart>> {
    let Some(live) = introspect::introspect(session, table)? else {
        return Err(Error::new(
            Kind::Undefined,
            format!("table {} does not exist", table.quoted()),
        ));
    };
    let mut parts = Vec::new();
    let mut add = |part: TablePart, kept: PartStorage| parts.push(LivePart { part, kept });
    let TableDef {
        uniques,
        exclusions,
        checks,
        foreign_keys,
        indexes,
        ..
    } = live;
    (uniques.into_iter()).for_each(|unique| add(TablePart::Unique(unique), PartStorage::Constraint));
    (exclusions.into_iter())
        .for_each(|one| add(TablePart::Exclusion(one, Vec::new()), PartStorage::Constraint));
    (checks.into_iter()).for_each(|check| add(TablePart::Check(check, Vec::new()), PartStorage::Constraint));
    (foreign_keys.into_iter()).for_each(|key| add(TablePart::ForeignKey(key), PartStorage::Constraint));
    (indexes.into_iter()).for_each(|index| add(TablePart::Index(index, Vec::new()), PartStorage::Index));
    let mut key = None;
    session.query(
        &format!(
            "SELECT k.conname::text FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid WHERE k.contype = 'p' AND \
         c.relname = $1 AND c.relnamespace = {}",
            introspect::NAMESPACE
        ),
        &[Value::from(table.name.as_str()), introspect::schema(table)],
        &mut |row| {
            key = Some(row.get(0)?);
            Ok(())
        },
    )?;
    key.into_iter()
        .for_each(|key| add(TablePart::PrimaryKey(key), PartStorage::Constraint));
    Ok(parts)
}

/// The part in the words of the server: it rewrites expressions when it stores them. One that it does not take is like none
/// that it has.
pub(super) fn canonical(session: &mut dyn Session, part: &TablePart) -> Result<TablePart> {
    let mut table = TableDef::new("orm_check");
    match part {
        TablePart::Check(check, columns) => {
            table.columns.clone_from(columns);
            table.checks = vec![check.clone()];
        }
        TablePart::Exclusion(exclusion, columns) => {
            table.columns.clone_from(columns);
            table.exclusions = vec![exclusion.clone()];
        }
        TablePart::Index(index, columns) => {
            table.columns.clone_from(columns);
            table.indexes = vec![index.clone()];
        }
        TablePart::ForeignKey(key) => return introspect::as_found(session, key).map(TablePart::ForeignKey),
        _ => return Ok(part.clone()),
    }
    for column in &mut table.columns {
        column.default = None;
        column.generated = false;
        column.identity = IdentityDef::DEFAULT;
        column.computed = None;
    }
    session.batch("SAVEPOINT orm_check")?;
    match introspect::canonical(session, &table) {
        Ok(read) => {
            session.batch("RELEASE SAVEPOINT orm_check")?;
            let checks = read
                .checks
                .into_iter()
                .map(|check| TablePart::Check(check, Vec::new()));
            let indexes = read
                .indexes
                .into_iter()
                .map(|index| TablePart::Index(index, Vec::new()));
            let exclusions = (read.exclusions.into_iter()).map(|one| TablePart::Exclusion(one, Vec::new()));
            checks
                .chain(indexes)
                .chain(exclusions)
                .next()
                .ok_or_else(|| Error::internal("a table was made with a check or an index, and has none"))
        }
        Err(_) => {
            session.batch("ROLLBACK TO SAVEPOINT orm_check; RELEASE SAVEPOINT orm_check")?;
            Ok(part.clone())
        }
    }
}
