//! The conditions that models say of triggers, and how SQL ends.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::{TriggerDef, TriggerEvent};
use crate::sql::{Dialect, ScriptToken, Tokens, lexical_rules};

use super::super::backend;

/// # Errors
/// If the condition is not one expression, or is about rows that there are not.
pub(in crate::schema) fn check_condition(trigger: &TriggerDef, dialect: &Dialect) -> Result<()> {
    let Some(condition) = &trigger.condition else {
        return Ok(());
    };
    let tokens = expression(condition, "when", dialect)?;
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

/// The tokens of what an option says.
///
/// # Errors
/// If that is not one expression.
pub(in crate::schema) fn expression(sql: &str, option: &str, dialect: &Dialect) -> Result<Vec<ScriptToken>> {
    let tokens = tokens(sql, dialect).filter(|tokens| is_expression(tokens));
    tokens.ok_or_else(|| {
        Error::config(format!("`{option}` is not one expression"))
            .with_hint("close what it opens: parentheses, strings, comments; and write no `;`")
    })
}

/// The columns of rows that the SQL of a trigger names, in capitals: those of OLD and NEW.
pub fn columns_of_rows(trigger: &TriggerDef) -> BTreeSet<String> {
    let texts = Dialect::ALL.into_iter().flat_map(|dialect| {
        let texts = [
            trigger.condition.as_deref(),
            backend(dialect).trigger_text(trigger),
        ];
        texts.into_iter().flatten().map(move |text| (text, dialect))
    });
    let mut columns = BTreeSet::new();
    for (text, dialect) in texts {
        let tokens: Vec<_> = Tokens::of(text, lexical_rules(dialect))
            .map(|(_, token)| token)
            .collect();
        for part in tokens.windows(3) {
            if let [
                row,
                ScriptToken::Sign('.'),
                ScriptToken::Word(column) | ScriptToken::Name(column),
            ] = part
                && (row.is("OLD") || row.is("NEW"))
            {
                columns.insert(column.clone());
            }
        }
    }
    columns
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
pub(in crate::schema) fn tokens(text: &str, dialect: &Dialect) -> Option<Vec<ScriptToken>> {
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

    #[test]
    fn columns_of_rows_stand_behind_their_points() {
        let trigger = TriggerDef {
            condition: Some("old.A <> new . \"b c\" /* NEW.d */".to_owned()),
            postgres: Some("NEW.e := $$NEW.f$$ || x.g || 'OLD.h';".to_owned()),
            sqlite: Some("SELECT NEW.[i], OLD.`j`, news.k".to_owned()),
            ..TriggerDef::new("t", TriggerTiming::After, [TriggerEvent::Update])
        };
        let found: Vec<String> = columns_of_rows(&trigger).into_iter().collect();
        assert_eq!(found, ["A", "B C", "E", "I", "J"]);
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
