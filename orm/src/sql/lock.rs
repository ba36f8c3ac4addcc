//! `FOR UPDATE`: which rows a statement locks.

use sea_query::{Alias, IntoTableRef, LockBehavior, LockType, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::{Path, RowSource};
use crate::query::{Lock, WhenLocked, join_step};

use super::ReadQuery;
use super::render::Renderer;
use super::rows::RowModels;

/// The part of a lock that decides the SQL, in 16 bits, including the number of its relations, which follow in the
/// shape.
pub(super) fn flags(lock: &Lock) -> u32 {
    let places = u32::try_from(lock.of.len()).unwrap_or(u32::MAX).min(0xfff);
    1 | u32::from(lock.no_key) << 1 | (lock.wait as u32) << 2 | places << 4
}

impl ReadQuery<'_> {
    /// Adds the lock clause, after everything that joins rows.
    ///
    /// # Errors
    /// If an outer join may have no row to lock. Also where the database has no row locks, so that a query that runs
    /// on one database runs on the other.
    pub(super) fn lock(
        &self,
        lock: &Lock,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let mut tables = Vec::new();
        for &path in &lock.of {
            if RowModels::may_be_missing(RowSource::along(path))? {
                return Err(Error::unsupported(format!(
                    "rows of {} cannot be locked over {}, which may lead nowhere",
                    self.meta.def.key(),
                    relation(path)?
                ))
                .with_hint("lock the rows it leads to by a query of their own"));
            }
            tables.push(Alias::new(renderer.alias(path)?).into_table_ref());
        }
        if let Some(path) = renderer.outer_join().filter(|_| lock.of.is_empty()) {
            return Err(Error::unsupported(format!(
                "select_for_update() locks rows of {} together with those joined to them, and {} may lead nowhere",
                self.meta.def.key(),
                relation(path)?
            ))
            .with_hint("write `.of(|rows| rows)` after it to lock the query's own rows only"));
        }
        if !renderer.dialect().row_locks {
            return Ok(());
        }
        let strength = if lock.no_key {
            LockType::NoKeyUpdate
        } else {
            LockType::Update
        };
        match lock.wait {
            WhenLocked::Wait => statement.lock_with_tables(strength, tables),
            WhenLocked::Fail => statement.lock_with_tables_behavior(strength, tables, LockBehavior::Nowait),
            WhenLocked::Skip => {
                statement.lock_with_tables_behavior(strength, tables, LockBehavior::SkipLocked)
            }
        };
        Ok(())
    }
}

/// The relation that a path ends with, as its model names it.
fn relation(path: Path) -> Result<String> {
    match join_step(path) {
        Some(step) => step.name(),
        None => Err(Error::internal(
            "a lock names rows that are not at the end of a relation",
        )),
    }
}
