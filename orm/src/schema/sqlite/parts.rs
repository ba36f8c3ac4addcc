//! Unique constraints and indexes of a table as the database has them, and the statements that drop or rename them.
//! Statements can only change indexes; constraints in the CREATE TABLE text take a rebuild.

use crate::error::{Error, Kind, Result};
use crate::sql::{Session, quote};

use super::super::table_part::{LivePart, PartChange, PartStorage, TablePart};
use super::super::{Step, TableIndex, TableUnique};
use super::{ddl, introspect, search};

/// Indexes that SQLite creates for constraints in CREATE TABLE.
pub(super) const OF_TABLE: &str = "sqlite_autoindex_";

/// The step, with the statements that the models expect.
pub(super) fn step(mut change: PartChange) -> Step {
    change.sql = drop_statements(&change.part);
    let new = change
        .new
        .as_ref()
        .and_then(|new| create(&change.table.name, &change.part, new));
    change.sql.extend(new);
    Step::Part(Box::new(change))
}

fn drop_statements(part: &TablePart) -> Vec<String> {
    match part {
        TablePart::Index(index, _) if index.tokenizer.is_some() => search::drop(&index.name),
        part => vec![ddl::drop_index(part.name())],
    }
}

/// The statement that creates a part under another name.
fn create(table: &str, part: &TablePart, name: &str) -> Option<String> {
    match part {
        TablePart::Unique(unique) => Some(ddl::create_unique(
            table,
            &TableUnique::over(name, unique.columns.clone()),
        )),
        TablePart::Index(index, _) => Some(ddl::create_index(
            table,
            &TableIndex {
                name: name.to_owned(),
                ..index.clone()
            },
        )),
        TablePart::PrimaryKey(_)
        | TablePart::Exclusion(..)
        | TablePart::Check(..)
        | TablePart::ForeignKey(_) => None,
    }
}

pub(super) fn drop(session: &mut dyn Session, change: &PartChange, part: &LivePart) -> Result<()> {
    match (part.kept, &change.without) {
        (PartStorage::InTable, Some(without)) => without.run(session),
        _ => session.batch(&drop_statements(&part.part).join(";\n")),
    }
}

/// What stands in the text of the table has no name to change.
pub(super) fn rename(session: &mut dyn Session, table: &str, part: &LivePart, new: &str) -> Result<()> {
    match create(table, &part.part, new) {
        Some(create) if part.kept == PartStorage::Index => {
            session.batch(&drop_statements(&part.part).join(";\n"))?;
            session.batch(&create)
        }
        _ => Ok(()),
    }
}

pub(super) fn parts(session: &mut dyn Session, table: &str) -> Result<Vec<LivePart>> {
    let Some(live) = introspect::introspect(session, table)? else {
        return Err(Error::new(
            Kind::Undefined,
            format!("there is no table {}", quote(table)),
        ));
    };
    let storage = |name: &str| match name.starts_with(OF_TABLE) {
        true => PartStorage::InTable,
        false => PartStorage::Index,
    };
    let uniques = live.uniques.into_iter().map(|unique| LivePart {
        kept: storage(&unique.name),
        part: TablePart::Unique(unique),
    });
    let indexes = live.indexes.into_iter().map(|index| LivePart {
        kept: storage(&index.name),
        part: TablePart::Index(index, Vec::new()),
    });
    Ok(uniques.chain(indexes).collect())
}

/// Whether two conditions are one but for quotes around names, case and spaces.
pub(super) fn same_condition(one: &str, other: &str) -> bool {
    let plain = |sql: &str| {
        let mut out = String::with_capacity(sql.len());
        for (at, part) in sql.split('\'').enumerate() {
            // Every second part stands within a text.
            if at % 2 == 1 {
                out.push('\'');
                out.push_str(part);
                out.push('\'');
            } else {
                let part = part
                    .chars()
                    .filter(|character| !character.is_whitespace() && *character != '"');
                out.extend(part.flat_map(char::to_lowercase));
            }
        }
        out
    };
    one == other || plain(one) == plain(other)
}
