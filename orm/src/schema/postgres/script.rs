//! Statements that Postgres does not run in a transaction, or that end it.

use crate::schema::script::{ForbiddenReason, ForbiddenStatement};
use crate::sql::{ScriptToken, position};

const WITHOUT: &str = "leave out CONCURRENTLY";

pub(super) fn forbidden(tokens: &[ScriptToken]) -> Option<ForbiddenStatement> {
    let ScriptToken::Word(first) = tokens.first()? else {
        return None;
    };
    let second = |word: &str| tokens.get(1).is_some_and(|token| token.is(word));
    let has = |word: &str| position(tokens, word, tokens.len()).is_some();
    let concurrently_after = |word: &str| {
        position(tokens, word, 3)
            .and_then(|at| tokens.get(at + 1))
            .is_some_and(|token| token.is("CONCURRENTLY"))
    };
    let (what, why) = match first.as_str() {
        "BEGIN" => ("BEGIN", ForbiddenReason::Begins),
        "START" if second("TRANSACTION") => ("START TRANSACTION", ForbiddenReason::Begins),
        "COMMIT" => ("COMMIT", ForbiddenReason::Ends),
        "END" => ("END", ForbiddenReason::Ends),
        "ABORT" => ("ABORT", ForbiddenReason::Ends),
        "ROLLBACK" if position(tokens, "TO", 3).is_none() => ("ROLLBACK", ForbiddenReason::Ends),
        "PREPARE" if second("TRANSACTION") => ("PREPARE TRANSACTION", ForbiddenReason::Ends),
        "VACUUM" => ("VACUUM", ForbiddenReason::Outside("")),
        "CREATE" if second("DATABASE") => ("CREATE DATABASE", ForbiddenReason::Outside("")),
        "DROP" if second("DATABASE") => ("DROP DATABASE", ForbiddenReason::Outside("")),
        "CREATE" if second("TABLESPACE") => ("CREATE TABLESPACE", ForbiddenReason::Outside("")),
        "DROP" if second("TABLESPACE") => ("DROP TABLESPACE", ForbiddenReason::Outside("")),
        "ALTER" if second("SYSTEM") => ("ALTER SYSTEM", ForbiddenReason::Outside("")),
        "ALTER" if second("DATABASE") && has("TABLESPACE") => {
            ("ALTER DATABASE … SET TABLESPACE", ForbiddenReason::Outside(""))
        }
        "CREATE" if concurrently_after("INDEX") => {
            ("CREATE INDEX CONCURRENTLY", ForbiddenReason::Outside(WITHOUT))
        }
        "DROP" if concurrently_after("INDEX") => {
            ("DROP INDEX CONCURRENTLY", ForbiddenReason::Outside(WITHOUT))
        }
        "REINDEX" if has("CONCURRENTLY") => ("REINDEX CONCURRENTLY", ForbiddenReason::Outside(WITHOUT)),
        "REINDEX" if has("DATABASE") || has("SYSTEM") || has("SCHEMA") => {
            ("REINDEX", ForbiddenReason::Outside("name indexes or tables"))
        }
        "ALTER" if has("DETACH") && tokens.last().is_some_and(|token| token.is("CONCURRENTLY")) => (
            "ALTER TABLE … DETACH PARTITION CONCURRENTLY",
            ForbiddenReason::Outside(WITHOUT),
        ),
        "CLUSTER" if tokens.len() == 1 => ("CLUSTER", ForbiddenReason::Outside("name tables")),
        "DISCARD" if second("ALL") => ("DISCARD ALL", ForbiddenReason::Outside("")),
        _ => return None,
    };
    Some(ForbiddenStatement { what, why })
}
