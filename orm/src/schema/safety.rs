//! Foreign keys around a transaction that rebuilds tables: off before it, compared inside it, back on after it.

use crate::error::{Error, Result};
use crate::sql::Session;

use super::Step;

/// Remembers what has to be put back and what was broken before. Used in four places, in this order:
/// [`before_transaction`], [`Safety::begin`] inside the transaction before the first step, [`Safety::verify`] inside it
/// after the last, and [`Safety::restore`] after commit or rollback, whatever happened.
#[derive(Debug, Default)]
#[must_use = "foreign keys stay off until `restore` is called"]
pub struct Safety {
    /// Whether foreign keys were on and are off now.
    off: bool,
}

/// Switches foreign keys off if a step needs it and the database is one where dropping a table deletes its rows first.
/// Has to be called outside any transaction.
///
/// # Errors
/// If foreign keys could not be switched off: a transaction is open, or the connection does not allow it.
pub fn before_transaction(session: &mut dyn Session, steps: &[Step]) -> Result<Safety> {
    let _ = (session, steps);
    Ok(Safety::default())
}

impl Safety {
    /// Looks at the foreign keys that are broken already. Inside the transaction, before the first step.
    ///
    /// # Errors
    /// What the database says.
    pub fn begin(&mut self, session: &mut dyn Session) -> Result<()> {
        let _ = session;
        Ok(())
    }

    /// Makes sure that no more foreign keys are broken than before. Inside the transaction, after the last step.
    ///
    /// # Errors
    /// If rows point at nothing that did not before; the caller rolls back.
    pub fn verify(&self, session: &mut dyn Session) -> Result<()> {
        let _ = session;
        Ok(())
    }

    /// Switches foreign keys on again if they were. Outside the transaction, on every path.
    ///
    /// # Errors
    /// If they could not be switched on; the connection must not be used any more.
    pub fn restore(self, session: &mut dyn Session) -> Result<()> {
        if self.off {
            return Err(Error::unsupported("not yet"));
        }
        let _ = session;
        Ok(())
    }
}
