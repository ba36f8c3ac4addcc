//! Splits hand-written SQL into statements, to find those that would end the migration's transaction, or cannot run
//! in one, before anything runs.

use crate::error::{Error, Result};
use crate::sql::{Dialect, ScriptStatements};

use super::backend;

/// A statement that cannot be part of a migration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ForbiddenStatement {
    /// Its words: `ROLLBACK`, `CREATE INDEX CONCURRENTLY`.
    pub what: &'static str,
    pub why: ForbiddenReason,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ForbiddenReason {
    Begins,
    Ends,
    /// The database refuses it in a transaction. With what to do instead, beside running it by hand.
    Outside(&'static str),
    /// The database takes it and does nothing. With what to do instead.
    Ignored(&'static str),
}

/// Checks that no statement ends the transaction it runs in, or cannot run in one.
///
/// # Errors
/// If one does or cannot, with its line.
pub fn check_script(text: &str, dialect: &Dialect) -> Result<()> {
    let backend = backend(dialect);
    for statement in ScriptStatements::of(text, dialect) {
        if let Some(forbidden) = backend.forbidden(&statement.tokens) {
            return Err(forbidden.error(statement.line));
        }
    }
    Ok(())
}

impl ForbiddenStatement {
    #[cold]
    fn error(&self, line: usize) -> Error {
        let what = format!("`{}` on line {line} of the SQL", self.what);
        let by_hand = "run it by hand, outside of a migration";
        let (why, hint) = match self.why {
            ForbiddenReason::Begins | ForbiddenReason::Ends => (
                match self.why {
                    ForbiddenReason::Begins => "begins a transaction within that of the migration",
                    _ => "would end the transaction of the migration: what stands before it would stay if the rest fails",
                },
                "take BEGIN, COMMIT and ROLLBACK out of it: every migration has a transaction of its own, in which \
                 SAVEPOINT and ROLLBACK TO can undo a part"
                    .to_owned(),
            ),
            ForbiddenReason::Outside("") => ("cannot run in a transaction, and a migration is one", by_hand.to_owned()),
            ForbiddenReason::Outside(instead) => (
                "cannot run in a transaction, and a migration is one",
                format!("{instead}, or {by_hand}"),
            ),
            ForbiddenReason::Ignored(instead) => ("does nothing in a transaction, and a migration is one", instead.to_owned()),
        };
        Error::migration(format!("{what} {why}")).with_hint(hint)
    }
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
