//! How SQL text is read on Postgres.

use crate::sql::lexis::{LexicalRules, NestedStatements, ScriptToken, begins};

pub(super) const LEXIS: LexicalRules = LexicalRules {
    nested_comments: true,
    dollar_quotes: true,
    escapes: true,
    other_names: false,
    parameters: &['$'],
    body,
};

/// As `psql` tells it.
fn body(tokens: &[ScriptToken]) -> Option<NestedStatements> {
    let rest = match tokens {
        [create, or, replace, rest @ ..] if create.is("CREATE") && or.is("OR") && replace.is("REPLACE") => {
            rest
        }
        [create, rest @ ..] if create.is("CREATE") => rest,
        _ => return None,
    };
    let is_routine = begins(rest, &["FUNCTION"]) || begins(rest, &["PROCEDURE"]);
    is_routine.then_some(NestedStatements::Atomic)
}
