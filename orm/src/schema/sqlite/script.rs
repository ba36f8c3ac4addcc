//! Which statements SQLite does not run in a transaction, or ends it by.

use crate::schema::script::{Body, Lexis, Misfit, Token, Why, begins, position};

pub(super) const LEXIS: Lexis = Lexis {
    nested_comments: false,
    dollar_quotes: false,
    escapes: false,
    other_names: true,
    body,
};

fn body(tokens: &[Token]) -> Option<Body> {
    let is_trigger = begins(tokens, &["CREATE"]) && position(tokens, "TRIGGER", 3).is_some();
    is_trigger.then_some(Body::ToEnd)
}

pub(super) fn misfit(tokens: &[Token]) -> Option<Misfit> {
    let Token::Word(first) = tokens.first()? else {
        return None;
    };
    let (what, why) = match first.as_str() {
        "BEGIN" => ("BEGIN", Why::Begins),
        "COMMIT" => ("COMMIT", Why::Ends),
        "END" => ("END", Why::Ends),
        "ROLLBACK" if position(tokens, "TO", 4).is_none() => ("ROLLBACK", Why::Ends),
        "VACUUM" => ("VACUUM", Why::Outside("")),
        "PRAGMA" => return pragma(&tokens[1..]),
        _ => return None,
    };
    Some(Misfit { what, why })
}

/// A pragma that sets something; those that ask are harmless, but for a checkpoint.
fn pragma(tokens: &[Token]) -> Option<Misfit> {
    let tokens = match tokens {
        [_, Token::Sign('.'), rest @ ..] => rest,
        all => all,
    };
    let (Token::Word(name) | Token::Name(name)) = tokens.first()? else {
        return None;
    };
    if name == "WAL_CHECKPOINT" {
        return Some(Misfit {
            what: "PRAGMA wal_checkpoint",
            why: Why::Outside(""),
        });
    }
    if !matches!(tokens.get(1)?, Token::Sign('=' | '(')) {
        return None;
    }
    let (what, why) = match name.as_str() {
        "FOREIGN_KEYS" => (
            "PRAGMA foreign_keys",
            Why::Ignored(
                "`PRAGMA defer_foreign_keys = ON` has keys checked at the end of the migration; operations that make a \
                 table anew switch them off by themselves",
            ),
        ),
        "JOURNAL_MODE" => ("PRAGMA journal_mode", Why::Outside("")),
        "SYNCHRONOUS" => ("PRAGMA synchronous", Why::Outside("")),
        _ => return None,
    };
    Some(Misfit { what, why })
}
