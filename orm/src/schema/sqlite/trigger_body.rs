//! Bodies of triggers: they stand in the statement that makes one, so they are statements of rows.

use crate::error::{Error, Result};
use crate::sql::{Dialect, ScriptToken};

use super::super::trigger::text;

/// What a statement in a trigger begins with.
const STATEMENTS: [&str; 7] = [
    "INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES", "WITH",
];

/// The statements of a trigger, each of which ends with a semicolon.
///
/// # Errors
/// If they are not statements that a trigger can hold: the first that is not would end it, and the rest run at once.
pub(super) fn statements(body: &str) -> Result<String> {
    let body = body.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    let refused = |what: String, hint: &'static str| Err(Error::config(what).with_hint(hint));
    let Some(tokens) = text::tokens(body, Dialect::SQLITE) else {
        return refused(
            "a string, a name or a comment of its statements has no end".to_owned(),
            "close it",
        );
    };
    for statement in tokens.split(|token| *token == ScriptToken::Sign(';')) {
        match statement.first() {
            Some(ScriptToken::Word(word)) if STATEMENTS.contains(&word.as_str()) => {}
            Some(ScriptToken::Word(word)) if word == "BEGIN" || word == "END" => {
                return refused(
                    format!("`{word}` is not a statement of a trigger"),
                    "write the statements alone: BEGIN and END are written around them",
                );
            }
            Some(ScriptToken::Word(word)) => {
                return refused(
                    format!("`{word}` does not begin a statement that a trigger can hold"),
                    "it holds INSERT, UPDATE, DELETE and SELECT",
                );
            }
            Some(_) => {
                return refused(
                    "it holds something that is not a statement".to_owned(),
                    "it holds INSERT, UPDATE, DELETE and SELECT",
                );
            }
            // Behind the last one stands a comment.
            None if tokens.last() == Some(&ScriptToken::Sign(';')) && is_last(&tokens, statement) => {}
            None => {
                return refused(
                    "one of its statements is empty".to_owned(),
                    "take out the `;` too many",
                );
            }
        }
    }
    Ok(text::ended(body, Dialect::SQLITE))
}

/// Whether a statement is what stands behind the last semicolon.
fn is_last(tokens: &[ScriptToken], statement: &[ScriptToken]) -> bool {
    std::ptr::eq(tokens.as_ptr_range().end, statement.as_ptr_range().end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements_are(body: &str) -> Result<String, String> {
        statements(body).map_err(|error| error.to_string())
    }

    #[test]
    fn a_body_ends_where_its_trigger_does() {
        for (body, written) in [
            ("SELECT 1", "SELECT 1;"),
            ("SELECT 1; ;\n", "SELECT 1;"),
            ("SELECT 1 -- done", "SELECT 1 -- done\n;"),
            ("SELECT 1; -- done;", "SELECT 1; -- done"),
            ("SELECT 1 /* ; */;", "SELECT 1 /* ; */\n;"),
            (
                "-- END;\nSELECT CASE 1 WHEN 1 THEN 'END;' END",
                "-- END;\nSELECT CASE 1 WHEN 1 THEN 'END;' END;",
            ),
            (
                "with a as (select 1) SELECT \"END;\", [;END], `;` FROM a; REPLACE INTO t VALUES (1)",
                "with a as (select 1) SELECT \"END;\", [;END], `;` FROM a; REPLACE INTO t VALUES (1);",
            ),
        ] {
            assert_eq!(statements_are(body).as_deref(), Ok(written), "{body}");
            assert_eq!(text::ended(written, Dialect::SQLITE), written);
        }
    }

    #[test]
    fn a_body_that_would_end_its_trigger_is_refused() {
        for (body, why) in [
            ("UPDATE t SET a = 1; END", "`END` is not a statement"),
            (
                "UPDATE t SET a = 1; END; DROP TABLE x; SELECT 1",
                "`END` is not a statement",
            ),
            ("BEGIN SELECT 1; END", "`BEGIN` is not a statement"),
            ("SELECT 1; /* a */ end", "`END` is not a statement"),
            ("SELECT 1; DROP TABLE x", "`DROP` does not begin"),
            ("SELECT 1;; SELECT 2", "is empty"),
            ("-- nothing", "is empty"),
            ("; -- nothing", "is empty"),
            ("SELECT 'a", "has no end"),
            ("SELECT 1; /* a", "has no end"),
            ("SELECT 1; [a", "has no end"),
            ("'a'; SELECT 1", "not a statement"),
        ] {
            let refused = statements_are(body).unwrap_err();
            assert!(refused.contains(why), "{body}: {refused}");
        }
    }
}
