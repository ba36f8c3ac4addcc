//! Bodies of triggers, in PL/pgSQL.

use crate::error::{Error, Result};
use crate::model::{TriggerDef, TriggerEvent, TriggerTiming};
use crate::sql::{Dialect, ScriptToken, Tokens, lexical_rules};

use super::super::trigger::text;

/// The body of a function that does what a trigger says.
///
/// # Errors
/// If it can never end well.
pub(super) fn block(trigger: &TriggerDef, body: &str) -> Result<String> {
    let tokens: Vec<ScriptToken> = Tokens::of(body, lexical_rules(Dialect::POSTGRES))
        .map(|(_, token)| token)
        .collect();
    returns(&tokens)?;
    deletes(trigger, &tokens)?;
    Ok(match is_block(&tokens) {
        true => body.to_owned(),
        false => format!("BEGIN\n{}\nEND", text::ended(body, Dialect::POSTGRES)),
    })
}

/// A function that runs off its end fails for every row.
fn returns(tokens: &[ScriptToken]) -> Result<()> {
    const GOES_ON: [&str; 5] = ["DEBUG", "LOG", "INFO", "NOTICE", "WARNING"];
    let leaves = |(at, token): (usize, &ScriptToken)| {
        let level = tokens.get(at + 1);
        token.is("RETURN")
            || token.is("RAISE")
                && !GOES_ON
                    .iter()
                    .any(|word| level.is_some_and(|level| level.is(word)))
    };
    match tokens.iter().enumerate().any(leaves) {
        true => Ok(()),
        false => Err(Error::config("its body for postgres never returns").with_hint(
            "end it with RETURN NEW (in a trigger before a deletion RETURN OLD); a trigger that runs after the change may RETURN NULL",
        )),
    }
}

/// Before a deletion NEW is NULL, and a row for which NULL is returned stays, also one that goes with what it points at.
fn deletes(trigger: &TriggerDef, tokens: &[ScriptToken]) -> Result<()> {
    let before = trigger.timing == TriggerTiming::Before && !trigger.each_statement;
    if !before
        || !trigger.events.contains(&TriggerEvent::Delete)
        || tokens.iter().any(|token| token.is("TG_OP"))
    {
        return Ok(());
    }
    let mut returned = tokens.split(|token| token.is("RETURN")).skip(1).peekable();
    let ends = |token: Option<&ScriptToken>| token.is_none_or(|token| *token == ScriptToken::Sign(';'));
    let is_new =
        |after: &[ScriptToken]| after.first().is_some_and(|token| token.is("NEW")) && ends(after.get(1));
    match returned.peek().is_some() && returned.all(is_new) {
        false => Ok(()),
        true => Err(Error::config(
            "it runs before deletions and returns NEW, which is NULL there: no row would be deleted, and the database says nothing",
        )
        .with_hint("write RETURN OLD, or RETURN COALESCE(NEW, OLD) if it runs for other changes, too")),
    }
}

/// Whether it is one block, which may have a label and declarations, and nothing comes after its END.
fn is_block(tokens: &[ScriptToken]) -> bool {
    let begins =
        |token: &ScriptToken| token.is("BEGIN") || token.is("DECLARE") || *token == ScriptToken::Sign('<');
    if !tokens.first().is_some_and(begins) {
        return false;
    }
    // What END ends: a block, or a CASE.
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let next = tokens.get(at);
        let next = |word: &str| next.is_some_and(|token| token.is(word));
        if token.is("BEGIN") {
            open.push(true);
        } else if token.is("CASE") {
            open.push(false);
        } else if token.is("END") && next("CASE") {
            open.pop();
            at += 1;
        } else if token.is("END")
            && !next("IF")
            && !next("LOOP")
            && open.pop() == Some(true)
            && open.is_empty()
        {
            let is_end = |token: &ScriptToken| *token == ScriptToken::Sign(';');
            let label = usize::from(tokens.get(at).is_some_and(|token| !is_end(token)));
            return tokens[at + label..].iter().all(is_end);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(events: &[TriggerEvent], body: &str) -> Result<String> {
        let trigger = TriggerDef::new("t", TriggerTiming::Before, events.iter().copied());
        block(&trigger, body)
    }

    #[test]
    fn a_body_returns() {
        let insert = [TriggerEvent::Insert];
        for never in [
            "NEW.a := 1; -- return NEW",
            "/* RETURN NEW; */ NEW.a := 'return'",
            "RAISE NOTICE 'return'; RAISE warning 'x'",
        ] {
            let error = made(&insert, never).unwrap_err().to_string();
            assert!(error.contains("never returns"), "{never}: {error}");
        }
        for returns in [
            "RETURN NEW",
            "RAISE EXCEPTION 'no'",
            "RAISE 'no'",
            "return /* it */ new;",
        ] {
            made(&insert, returns).unwrap();
        }
    }

    #[test]
    fn before_deletions_something_is_returned() {
        let both = [TriggerEvent::Update, TriggerEvent::Delete];
        for body in ["RETURN NEW", "IF OLD.a = 1 THEN RETURN NEW; END IF; return new ;"] {
            let error = made(&both, body).unwrap_err().to_string();
            assert!(error.contains("returns NEW"), "{body}: {error}");
            made(&[TriggerEvent::Update], body).unwrap();
        }
        for body in [
            "RETURN OLD",
            "RETURN coalesce(NEW, OLD)",
            "IF OLD.a = 1 THEN RETURN NULL; END IF; RETURN NEW",
            "IF TG_OP = 'DELETE' THEN RAISE 'no'; END IF; RETURN NEW",
            "RAISE EXCEPTION 'no'",
        ] {
            made(&both, body).unwrap();
        }
    }

    #[test]
    fn a_block_ends_with_its_end() {
        let whole = [
            "BEGIN RETURN NEW; END",
            " -- all\nbegin return NEW; end; -- of it",
            "<<it>> DECLARE x int := CASE 1 WHEN 1 THEN 2 END; BEGIN IF x = 1 THEN x := 2; END IF; BEGIN x := 1; END; CASE x WHEN 1 THEN x := 2; \
             END CASE; LOOP EXIT; END LOOP; RETURN NEW; END it;",
        ];
        let parts = [
            (
                "BEGIN NEW.a := 1; END; RETURN NEW;",
                "BEGIN NEW.a := 1; END; RETURN NEW;",
            ),
            ("begin_it(); RETURN NEW", "begin_it(); RETURN NEW;"),
            ("RETURN NEW -- done", "RETURN NEW -- done\n;"),
            ("RETURN NEW; -- done", "RETURN NEW; -- done"),
        ];
        for body in whole {
            assert_eq!(made(&[TriggerEvent::Insert], body).unwrap(), body);
        }
        for (body, ended) in parts {
            assert_eq!(
                made(&[TriggerEvent::Insert], body).unwrap(),
                format!("BEGIN\n{ended}\nEND")
            );
        }
    }
}
