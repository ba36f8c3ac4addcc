//! Foreign keys around a transaction that rebuilds tables: off before it, compared inside it, back on after it.
//!
//! With foreign keys acting, SQLite deletes the rows of a table before it drops it, and with them (ON DELETE CASCADE)
//! the rows of others. Inside a transaction they cannot be switched off, and SQLite does not say so; hence the order
//! here, and the reading back. <https://sqlite.org/lang_altertable.html#otheralter>, 2026-11.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::sql::Session;

use super::{Step, backend};

/// A row that points at nothing, or (without a row) a key that can point at nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Violation {
    pub table: String,
    pub target: String,
    pub row: Option<i64>,
}

/// How often a key is broken, and the query for the rows in which it is.
#[derive(Debug, Clone, Default)]
pub(super) struct ViolationCount {
    pub count: u64,
    pub find: String,
}

/// Remembers what has to be put back and what was broken before. Used in four places, in this order:
/// [`before_transaction`], [`ForeignKeySuspension::begin`] inside the transaction before the first step, [`ForeignKeySuspension::verify`] inside it
/// after the last, and [`ForeignKeySuspension::restore`] after commit or rollback, whatever happened.
#[derive(Debug, Default)]
#[must_use = "foreign keys stay off until `restore` is called"]
pub struct ForeignKeySuspension {
    /// Whether foreign keys were on and are off now.
    off: bool,
    /// Whether broken keys are looked for.
    watch: bool,
    before: BTreeMap<Violation, ViolationCount>,
}

/// Switches foreign keys off if a step needs it and the database is one where dropping a table deletes its rows first.
/// Has to be called outside any transaction.
///
/// # Errors
/// If foreign keys could not be switched off: a transaction is open, or the connection does not allow it.
pub fn before_transaction(session: &mut dyn Session, steps: &[Step]) -> Result<ForeignKeySuspension> {
    let backend = backend(session.dialect());
    let may_rebuild = |step: &Step| matches!(step, Step::Part(change) if change.without.is_some());
    let rebuilds = steps.iter().any(may_rebuild) && backend.needs_rebuilds(session)?;
    let mut suspension = ForeignKeySuspension {
        watch: rebuilds || steps.iter().any(Step::needs_foreign_keys_off),
        ..ForeignKeySuspension::default()
    };
    if !suspension.watch || !backend.foreign_keys(session)? {
        return Ok(suspension);
    }
    let switched = backend
        .set_foreign_keys(session, false)
        .and_then(|()| backend.foreign_keys(session))
        .and_then(|acts| if acts { Err(acting()) } else { Ok(()) });
    if let Err(error) = switched {
        // Whatever came of it, the connection goes back as it was.
        let _ = backend.set_foreign_keys(session, true);
        return Err(error);
    }
    suspension.off = true;
    Ok(suspension)
}

/// The error for a table that would be rebuilt while foreign keys act.
#[cold]
pub(super) fn acting() -> Error {
    Error::migration("foreign keys could not be switched off, so no table can be rebuilt without losing rows")
        .with_hint("a transaction is open on this connection; migrate outside of it")
}

impl ForeignKeySuspension {
    /// Looks at the foreign keys that are broken already. Inside the transaction, before the first step.
    ///
    /// # Errors
    /// What the database says.
    pub fn begin(&mut self, session: &mut dyn Session) -> Result<()> {
        if self.watch {
            self.before = backend(session.dialect()).violations(session)?;
        }
        Ok(())
    }

    /// Makes sure that no more foreign keys are broken than before. Inside the transaction, after the last step.
    ///
    /// # Errors
    /// If rows point at nothing that did not before; the caller rolls back.
    pub fn verify(&self, session: &mut dyn Session) -> Result<()> {
        if !self.watch {
            return Ok(());
        }
        match broken(session, &self.before)? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Switches foreign keys on again if they were. Outside the transaction, on every path.
    ///
    /// # Errors
    /// If they could not be switched on; the connection must not be used any more.
    pub fn restore(self, session: &mut dyn Session) -> Result<()> {
        if !self.off {
            return Ok(());
        }
        let backend = backend(session.dialect());
        backend.set_foreign_keys(session, true)?;
        if backend.foreign_keys(session)? {
            Ok(())
        } else {
            Err(
                Error::migration("foreign keys could not be switched on again after the migration")
                    .with_hint("a transaction is still open on this connection; close the connection"),
            )
        }
    }
}

/// The error for rows that point at nothing and are about to be committed, where the database does not tell it.
///
/// # Errors
/// What the database says.
pub fn broken_keys(session: &mut dyn Session) -> Result<Option<Error>> {
    broken(session, &BTreeMap::new())
}

fn broken(session: &mut dyn Session, before: &BTreeMap<Violation, ViolationCount>) -> Result<Option<Error>> {
    // By table and target: how many, how to find them, and whether it is the key as a whole.
    let mut broken: BTreeMap<(String, String), (ViolationCount, bool)> = BTreeMap::new();
    for (violation, found) in backend(session.dialect()).violations(session)? {
        let known = before.get(&violation).map_or(0, |known| known.count);
        if found.count > known {
            let (entry, whole) = broken.entry((violation.table, violation.target)).or_default();
            entry.count += found.count - known;
            entry.find = found.find;
            *whole |= violation.row.is_none();
        }
    }
    let first = broken.into_iter().next();
    Ok(first.map(|((table, target), (broken, whole))| {
        if whole {
            return Error::migration(format!(
                "the foreign key of table {table} to {target} would have nothing to point at: its columns are gone, or \
                 not unique any more"
            ))
            .with_hint("remove or change the foreign key first");
        }
        Error::migration(format!(
            "{} rows of table {table} would point at rows of {target} that do not exist; nothing was changed",
            broken.count
        ))
        .with_hint(format!(
            "change or delete those rows first; this finds them: {}",
            broken.find
        ))
    }))
}
