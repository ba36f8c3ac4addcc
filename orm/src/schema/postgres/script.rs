//! Which statements Postgres does not run in a transaction, or ends it by.

use crate::schema::script::{Body, Lexis, Misfit, Token, Why, begins, position};

pub(super) const LEXIS: Lexis = Lexis {
    nested_comments: true,
    dollar_quotes: true,
    escapes: true,
    other_names: false,
    body,
};

/// As `psql` tells it.
fn body(tokens: &[Token]) -> Option<Body> {
    let rest = match tokens {
        [create, or, replace, rest @ ..] if create.is("CREATE") && or.is("OR") && replace.is("REPLACE") => {
            rest
        }
        [create, rest @ ..] if create.is("CREATE") => rest,
        _ => return None,
    };
    let is_routine = begins(rest, &["FUNCTION"]) || begins(rest, &["PROCEDURE"]);
    is_routine.then_some(Body::Atomic)
}

const WITHOUT: &str = "leave out CONCURRENTLY";

pub(super) fn misfit(tokens: &[Token]) -> Option<Misfit> {
    let Token::Word(first) = tokens.first()? else {
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
        "BEGIN" => ("BEGIN", Why::Begins),
        "START" if second("TRANSACTION") => ("START TRANSACTION", Why::Begins),
        "COMMIT" => ("COMMIT", Why::Ends),
        "END" => ("END", Why::Ends),
        "ABORT" => ("ABORT", Why::Ends),
        "ROLLBACK" if position(tokens, "TO", 3).is_none() => ("ROLLBACK", Why::Ends),
        "PREPARE" if second("TRANSACTION") => ("PREPARE TRANSACTION", Why::Ends),
        "VACUUM" => ("VACUUM", Why::Outside("")),
        "CREATE" if second("DATABASE") => ("CREATE DATABASE", Why::Outside("")),
        "DROP" if second("DATABASE") => ("DROP DATABASE", Why::Outside("")),
        "CREATE" if second("TABLESPACE") => ("CREATE TABLESPACE", Why::Outside("")),
        "DROP" if second("TABLESPACE") => ("DROP TABLESPACE", Why::Outside("")),
        "ALTER" if second("SYSTEM") => ("ALTER SYSTEM", Why::Outside("")),
        "ALTER" if second("DATABASE") && has("TABLESPACE") => {
            ("ALTER DATABASE … SET TABLESPACE", Why::Outside(""))
        }
        "CREATE" if concurrently_after("INDEX") => ("CREATE INDEX CONCURRENTLY", Why::Outside(WITHOUT)),
        "DROP" if concurrently_after("INDEX") => ("DROP INDEX CONCURRENTLY", Why::Outside(WITHOUT)),
        "REINDEX" if has("CONCURRENTLY") => ("REINDEX CONCURRENTLY", Why::Outside(WITHOUT)),
        "REINDEX" if has("DATABASE") || has("SYSTEM") || has("SCHEMA") => {
            ("REINDEX", Why::Outside("name indexes or tables"))
        }
        "ALTER" if has("DETACH") && tokens.last().is_some_and(|token| token.is("CONCURRENTLY")) => (
            "ALTER TABLE … DETACH PARTITION CONCURRENTLY",
            Why::Outside(WITHOUT),
        ),
        "CLUSTER" if tokens.len() == 1 => ("CLUSTER", Why::Outside("name tables")),
        "DISCARD" if second("ALL") => ("DISCARD ALL", Why::Outside("")),
        _ => return None,
    };
    Some(Misfit { what, why })
}
