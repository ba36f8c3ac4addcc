//! The SQL that models say of triggers, as far as the statement around it relies on it: a condition is one expression, and
//! a body that stands in the statement is statements of rows.

use crate::error::{Error, Result};
use crate::model::{TriggerDef, TriggerEvent};
use crate::sql::{Dialect, ScriptToken, Tokens, lexical_rules};

/// What a statement in a trigger begins with.
const STATEMENTS: [&str; 7] = [
    "INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES", "WITH",
];

/// # Errors
/// If the condition is not one expression, or is about rows that there are not.
pub(in crate::schema) fn check_condition(trigger: &TriggerDef, dialect: &Dialect) -> Result<()> {
    let Some(condition) = &trigger.condition else {
        return Ok(());
    };
    let Some(tokens) = tokens(condition, dialect).filter(|tokens| is_expression(tokens)) else {
        return Err(Error::config("`when` is not one expression")
            .with_hint("close what it opens: parentheses, strings, comments; and write no `;`"));
    };
    let runs_for = |event| trigger.events.contains(&event);
    for (row, lacks) in [("OLD", TriggerEvent::Insert), ("NEW", TriggerEvent::Delete)] {
        if !names(&tokens, row) {
            continue;
        }
        if trigger.each_statement {
            return Err(Error::config(format!(
                "`when` is about {row}, and a trigger of each statement has no row"
            ))
            .with_hint("leave `each_statement` out, or ask in the body with `old_rows` and `new_rows`"));
        }
        if runs_for(lacks) {
            return Err(Error::config(format!(
                "`when` is about {row}, which {} does not have",
                lacks.sql()
            ))
            .with_hint("write a trigger of its own for it"));
        }
    }
    Ok(())
}

/// The statements of a trigger, each of which ends with a semicolon.
///
/// # Errors
/// If they are not statements that a trigger can hold: the first that is not would end it, and the rest run at once.
pub(in crate::schema) fn statements(body: &str, dialect: &Dialect) -> Result<String> {
    let body = body.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    let refused = |what: String, hint: &'static str| Err(Error::config(what).with_hint(hint));
    let Some(tokens) = tokens(body, dialect) else {
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
    Ok(ended(body, dialect))
}

/// Whether a statement is what stands behind the last semicolon.
fn is_last(tokens: &[ScriptToken], statement: &[ScriptToken]) -> bool {
    std::ptr::eq(tokens.as_ptr_range().end, statement.as_ptr_range().end)
}

/// The statements with a semicolon behind the last of them, and not in a comment.
pub(in crate::schema) fn ended(body: &str, dialect: &Dialect) -> String {
    let body = body.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    match Tokens::of(body, lexical_rules(dialect)).last() {
        Some((_, ScriptToken::Sign(';'))) => body.to_owned(),
        _ => format!("{body}{};", line_end(body, dialect)),
    }
}

/// What has to stand between a text and what is written behind it, so that it is in no comment of the text.
pub(in crate::schema) fn line_end(text: &str, dialect: &Dialect) -> &'static str {
    let last = Tokens::of(text, lexical_rules(dialect)).last();
    match last.is_some_and(|(span, _)| span.end < text.len()) {
        true => "\n",
        false => "",
    }
}

/// `None` for a text in which something does not end.
fn tokens(text: &str, dialect: &Dialect) -> Option<Vec<ScriptToken>> {
    // What does not end goes on over what is written behind.
    let text = format!("{text}\n;");
    let mut tokens: Vec<_> = Tokens::of(&text, lexical_rules(dialect)).collect();
    let (last, _) = tokens.pop()?;
    let ends = last == (text.len() - 1..text.len());
    ends.then(|| tokens.into_iter().map(|(_, token)| token).collect())
}

fn is_expression(tokens: &[ScriptToken]) -> bool {
    let mut depth = 0_usize;
    for token in tokens {
        match token {
            ScriptToken::Sign('(') => depth += 1,
            ScriptToken::Sign(')') if depth == 0 => return false,
            ScriptToken::Sign(')') => depth -= 1,
            ScriptToken::Sign(';') => return false,
            _ => {}
        }
    }
    depth == 0 && !tokens.is_empty()
}

/// Whether tokens name a row; a column of that name stands behind a point.
fn names(tokens: &[ScriptToken], row: &str) -> bool {
    let mut behind_point = false;
    tokens.iter().any(|token| {
        let found = token.is(row) && !behind_point;
        behind_point = *token == ScriptToken::Sign('.');
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TriggerTiming;

    fn statements_are(body: &str) -> Result<String, String> {
        statements(body, Dialect::SQLITE).map_err(|error| error.to_string())
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
            assert_eq!(ended(written, Dialect::SQLITE), written);
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

    #[test]
    fn a_condition_is_one_expression_over_rows_that_there_are() {
        let check = |events: &[TriggerEvent], each_statement: bool, condition: &str| {
            let mut trigger = TriggerDef::new("t", TriggerTiming::After, events.iter().copied());
            trigger.each_statement = each_statement;
            trigger.condition = Some(condition.to_owned());
            check_condition(&trigger, Dialect::SQLITE).map_err(|error| error.to_string())
        };
        use TriggerEvent::{Delete, Insert, Update};
        for (events, condition) in [
            (&[Update][..], "OLD.a <> new.a -- )"),
            (&[Insert, Update], "NEW.old > 1 AND NEW.a <> 'OLD; )'"),
            (&[Delete], "(old.new) /* NEW.a */ IS NULL"),
            (&[Insert, Delete], "1"),
        ] {
            assert_eq!(check(events, false, condition), Ok(()), "{condition}");
        }
        for (events, condition, why) in [
            (
                &[Insert][..],
                "OLD.a = 1",
                "about OLD, which INSERT does not have",
            ),
            (&[Update, Insert], "NEW.a = old . a", "about OLD, which INSERT"),
            (&[Delete], "NEW.a", "about NEW, which DELETE"),
            (&[Update], "NEW.a) OR (NEW.b", "not one expression"),
            (&[Update], "NEW.a) BEGIN SELECT 1; END; --", "not one expression"),
            (&[Update], "(NEW.a", "not one expression"),
            (&[Update], "NEW.a = 'b", "not one expression"),
            (&[Update], "NEW.a /*", "not one expression"),
            (&[Update], " -- nothing", "not one expression"),
        ] {
            let refused = check(events, false, condition).unwrap_err();
            assert!(refused.contains(why), "{condition}: {refused}");
        }
        let refused = check(&[Update], true, "NEW.a = 1").unwrap_err();
        assert!(refused.contains("each statement has no row"), "{refused}");
        assert_eq!(check(&[Update], true, "1 = 1"), Ok(()));
    }
}
