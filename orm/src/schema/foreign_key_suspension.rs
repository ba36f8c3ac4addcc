//! Suspends foreign keys around a transaction that rebuilds tables: off before it, verified inside it, on again
//! after it.
//!
//! With foreign keys enabled, SQLite deletes the rows of a table before it drops it, and with them (ON DELETE
//! CASCADE) rows of other tables. Inside a transaction the setting cannot be changed, and SQLite ignores the
//! attempt silently; so it is changed before the transaction and read back.
//! <https://sqlite.org/lang_altertable.html#otheralter>, 2026-11.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::sql::Session;

use super::{Step, backend};

/// A row whose foreign key has no target, or (without a row) a foreign key whose target does not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Violation {
    pub table: String,
    pub target: String,
    pub row: Option<i64>,
}

/// The number of violations of a foreign key, and the query that finds them.
#[derive(Debug, Clone, Default)]
pub(super) struct ViolationCount {
    pub count: u64,
    pub find: String,
}

/// The setting to restore and the violations from before. Used in this order: [`before_transaction`],
/// [`ForeignKeySuspension::begin`] inside the transaction before the first step, [`ForeignKeySuspension::verify`]
/// inside it after the last, and [`ForeignKeySuspension::restore`] after commit or rollback, whatever happened.
#[derive(Debug, Default)]
#[must_use = "foreign keys stay off until `restore` is called"]
pub struct ForeignKeySuspension {
    /// Whether foreign keys were switched off and must be switched on again.
    off: bool,
    /// Whether violations are compared.
    watch: bool,
    before: BTreeMap<Violation, ViolationCount>,
}

/// Switches foreign keys off if a step needs it and the database deletes the rows of a table before dropping it.
/// Must be called outside of a transaction.
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
        // On any failure, the setting is restored.
        let _ = backend.set_foreign_keys(session, true);
        return Err(error);
    }
    suspension.off = true;
    Ok(suspension)
}

/// The error for a rebuild while foreign keys are enabled.
#[cold]
pub(super) fn acting() -> Error {
    Error::migration("foreign keys could not be switched off, so no table can be rebuilt without losing rows")
        .with_hint("a transaction is open on this connection; migrate outside of it")
}

impl ForeignKeySuspension {
    /// Records the existing violations. Inside the transaction, before the first step.
    ///
    /// # Errors
    /// What the database says.
    pub fn begin(&mut self, session: &mut dyn Session) -> Result<()> {
        if self.watch {
            self.before = backend(session.dialect()).violations(session)?;
        }
        Ok(())
    }

    /// Checks that there are no new violations. Inside the transaction, after the last step.
    ///
    /// # Errors
    /// If there are new violations; the caller rolls back.
    pub fn verify(&self, session: &mut dyn Session) -> Result<()> {
        if !self.watch {
            return Ok(());
        }
        match broken(session, &self.before)? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Switches foreign keys on again if they were on. Outside of the transaction, on every path.
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

/// The error for foreign key violations at commit, where the database does not name them.
///
/// # Errors
/// What the database says.
pub fn broken_keys(session: &mut dyn Session) -> Result<Option<Error>> {
    broken(session, &BTreeMap::new())
}

fn broken(session: &mut dyn Session, before: &BTreeMap<Violation, ViolationCount>) -> Result<Option<Error>> {
    // By table and target: how many, the query for them, and whether the key itself is invalid.
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
        let (rows, targets) = match broken.count {
            1 => ("row", format!("a row of {target} that does not exist")),
            _ => ("rows", format!("rows of {target} that do not exist")),
        };
        Error::migration(format!(
            "{} {rows} of table {table} would point at {targets}; nothing was changed",
            broken.count
        ))
        .with_hint(format!(
            "change or delete those rows first; this finds them: {}",
            broken.find
        ))
    }))
}
