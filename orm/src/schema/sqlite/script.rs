//! Statements that SQLite does not run in a transaction, or that end it.

use crate::schema::script::{ForbiddenReason, ForbiddenStatement};
use crate::sql::{ScriptToken, position};

pub(super) fn forbidden(tokens: &[ScriptToken]) -> Option<ForbiddenStatement> {
    let ScriptToken::Word(first) = tokens.first()? else {
        return None;
    };
    let (what, why) = match first.as_str() {
        "BEGIN" => ("BEGIN", ForbiddenReason::Begins),
        "COMMIT" => ("COMMIT", ForbiddenReason::Ends),
        "END" => ("END", ForbiddenReason::Ends),
        "ROLLBACK" if position(tokens, "TO", 4).is_none() => ("ROLLBACK", ForbiddenReason::Ends),
        "VACUUM" => ("VACUUM", ForbiddenReason::Outside("")),
        "PRAGMA" => return pragma(&tokens[1..]),
        _ => return None,
    };
    Some(ForbiddenStatement { what, why })
}

/// A pragma that sets something; reading pragmas are harmless, except a checkpoint.
fn pragma(tokens: &[ScriptToken]) -> Option<ForbiddenStatement> {
    let tokens = match tokens {
        [_, ScriptToken::Sign('.'), rest @ ..] => rest,
        all => all,
    };
    let (ScriptToken::Word(name) | ScriptToken::Name(name)) = tokens.first()? else {
        return None;
    };
    if name == "WAL_CHECKPOINT" {
        return Some(ForbiddenStatement {
            what: "PRAGMA wal_checkpoint",
            why: ForbiddenReason::Outside(""),
        });
    }
    if !matches!(tokens.get(1)?, ScriptToken::Sign('=' | '(')) {
        return None;
    }
    let (what, why) = match name.as_str() {
        "FOREIGN_KEYS" => (
            "PRAGMA foreign_keys",
            ForbiddenReason::Ignored(
                "`PRAGMA defer_foreign_keys = ON` has keys checked at the end of the migration; operations that make a \
                 table anew switch them off by themselves",
            ),
        ),
        "JOURNAL_MODE" => ("PRAGMA journal_mode", ForbiddenReason::Outside("")),
        "SYNCHRONOUS" => ("PRAGMA synchronous", ForbiddenReason::Outside("")),
        _ => return None,
    };
    Some(ForbiddenStatement { what, why })
}
