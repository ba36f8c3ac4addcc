//! SQL by hand: where its values stand, and what it may not do.
//!
//! A value stands where the text says `{}` or `{name}`, and is bound; nothing is pasted. A text is read once and kept with
//! its statement, as the shapes of queries are.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::error::{Error, Result};

use super::lexis::{ScriptStatements, ScriptToken, Tokens, begins, lexical_rules, line};
use super::parameters::Parameters;
use super::statement::{BoundColumns, Rendered};
use super::{Dialect, Placeholder, Statement, ensure_few};

/// A text that was read.
#[derive(Debug)]
pub struct SqlByHand {
    /// What is sent.
    pub statement: Arc<Statement>,
    /// The names of its parameters, each once; without names they are counted.
    pub parameters: Parameters,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The parameter of that position.
    Parameter(usize),
}

/// The most texts that are kept before all are forgotten. A program has about as many as places that write SQL by hand; only
/// one that composes ever new ones reaches the limit.
const MOST_TEXTS: usize = 5_000;

type Texts = [FxHashMap<Box<str>, Arc<SqlByHand>>; 2];

static TEXTS: LazyLock<[RwLock<Texts>; Dialect::ALL.len()]> = LazyLock::new(Default::default);

/// The statement of a text, which is read for its rows or only run.
///
/// # Errors
/// If a placeholder stands where none is filled, there are several statements, or the statement does what is left to a
/// handle: transactions, settings of a connection.
pub fn by_hand(text: &str, for_rows: bool, dialect: &'static Dialect) -> Result<Arc<SqlByHand>> {
    let texts = TEXTS
        .get(dialect.index())
        .ok_or_else(|| Error::internal("a dialect has no place for its texts"))?;
    let known = texts.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known[usize::from(for_rows)].get(text) {
        return Ok(Arc::clone(known));
    }
    drop(known);
    let read = Arc::new(read(text, for_rows, dialect)?);
    let mut texts = texts.write().unwrap_or_else(PoisonError::into_inner);
    let texts = &mut texts[usize::from(for_rows)];
    if texts.len() >= MOST_TEXTS {
        texts.clear();
    }
    Ok(Arc::clone(texts.entry(text.into()).or_insert(read)))
}

#[cold]
fn read(text: &str, for_rows: bool, dialect: &'static Dialect) -> Result<SqlByHand> {
    let mut statements = ScriptStatements::of(text, dialect);
    let Some(first) = statements.next() else {
        return Err(
            Error::config("the SQL is empty").with_hint("write one statement; several are `orm::script(..)`")
        );
    };
    ensure_fit(&first.tokens, first.line)?;
    if let Some(second) = statements.next() {
        return Err(Error::config(format!(
            "the SQL has several statements: the second begins on line {}",
            second.line
        ))
        .with_hint("run each by itself, or all of them, without values, by `orm::script(..)`"));
    }
    // A semicolon in front would be a statement of its own.
    let first = Tokens::of(text, lexical_rules(dialect)).find(|(_, token)| *token != ScriptToken::Sign(';'));
    let text = match (text.trim_start().starts_with(';'), first) {
        (true, Some((first, _))) => &text[first.start..],
        _ => text,
    };
    // Without a semicolon at its end, what reads can be part of another statement.
    let mut tokens = Tokens::of(text, lexical_rules(dialect));
    let end = tokens.find(|(_, token)| only_reads(text) && *token == ScriptToken::Sign(';'));
    let text = end.map_or(text, |(end, _)| &text[..end.start]);
    let (pieces, parameters) = pieces(text, dialect)?;
    let mut sql = String::with_capacity(text.len());
    ensure_apart(&pieces)?;
    for piece in &pieces {
        match piece {
            Piece::Text(text) => sql.push_str(text),
            Piece::Parameter(at) => {
                sql.push(dialect.parameter_sign);
                sql.push_str(&(at + 1).to_string());
            }
        }
    }
    let count = parameters.count();
    ensure_few(count, dialect)?;
    let placeholders = (0..).take(count).map(Placeholder::plain).collect();
    let rendered = Rendered {
        sql,
        placeholders,
        returns_rows: for_rows,
        bound: BoundColumns::ByHand(parameters.clone()),
        scopes: Vec::new(),
    };
    let mut statement = Statement::of(rendered);
    statement.may_return_rows = true;
    Ok(SqlByHand {
        statement: Arc::new(statement),
        parameters,
    })
}

/// Refuses what would be read as one with the value beside it.
///
/// # Errors
/// If a placeholder touches a word, a number or another placeholder.
pub(super) fn ensure_apart(pieces: &[Piece]) -> Result<()> {
    let touches = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let touch = |pair: &[Piece]| match pair {
        [Piece::Text(text), Piece::Parameter(_)] => text.ends_with(touches),
        [Piece::Parameter(_), Piece::Text(text)] => text.starts_with(touches),
        _ => false,
    };
    // Between two placeholders stands a text, which may be empty.
    let nothing = |three: &[Piece]| matches!(three, [Piece::Parameter(_), Piece::Text(text), Piece::Parameter(_)] if text.is_empty());
    match pieces.windows(2).any(touch) || pieces.windows(3).any(nothing) {
        true => Err(Error::config(
            "a placeholder of the SQL touches a word or a number, and both would be read as one",
        )
        .with_hint("put a space between them")),
        false => Ok(()),
    }
}

/// Refuses a script that does what is left to a handle.
///
/// # Errors
/// If a statement does, with its line.
pub fn check_by_hand(text: &str, dialect: &'static Dialect) -> Result<()> {
    ScriptStatements::of(text, dialect)
        .try_for_each(|statement| ensure_fit(&statement.tokens, statement.line))
}

/// What begins, ends or divides a transaction.
const TRANSACTIONS: &[&[&str]] = &[
    &["BEGIN"],
    &["START", "TRANSACTION"],
    &["COMMIT"],
    &["END"],
    &["ABORT"],
    &["ROLLBACK"],
    &["SAVEPOINT"],
    &["RELEASE"],
    &["PREPARE", "TRANSACTION"],
];

/// What stays on a connection that others use next.
const SETTINGS: &[&[&str]] = &[
    &["SET"],
    &["RESET"],
    &["DISCARD"],
    &["LISTEN"],
    &["UNLISTEN"],
    &["PREPARE"],
    &["DEALLOCATE"],
    &["DECLARE"],
    &["CLOSE"],
    &["LOAD"],
    &["ATTACH"],
    &["DETACH"],
    &["PRAGMA"],
];

/// What ends with the transaction, although it begins as what stays.
const UNTIL_THE_END: &[&[&str]] = &[
    &["SET", "LOCAL"],
    &["SET", "TRANSACTION"],
    &["SET", "CONSTRAINTS"],
];

fn ensure_fit(tokens: &[ScriptToken], line: usize) -> Result<()> {
    let found = |list: &[&[&str]]| {
        list.iter()
            .find(|words| begins(tokens, words))
            .map(|words| words.join(" "))
    };
    let (what, why, hint) = if let Some(what) = found(TRANSACTIONS) {
        (
            what,
            "begins, divides or ends a transaction, which its handle would not know of",
            "write `db.transaction(|tx| ..)`, and `tx.transaction(|inner| ..)` for a savepoint; or use a connection of your own: \
             `db.session()?`",
        )
    } else if let Some(what) = found(SETTINGS).filter(|_| found(UNTIL_THE_END).is_none()) {
        (
            what,
            "changes a connection that others use afterwards",
            "use a connection of your own: `db.session()?`",
        )
    } else {
        return Ok(());
    };
    Err(Error::config(format!("`{what}` on line {line} of the SQL {why}")).with_hint(hint))
}

/// Whether a text certainly only reads: it says so with its first word, and none that writes is in it anywhere.
pub fn only_reads(text: &str) -> bool {
    const READING: [&str; 5] = ["SELECT", "VALUES", "TABLE", "EXPLAIN", "WITH"];
    const WRITING: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "REPLACE"];
    // What stands in a comment in front of a statement, or behind a semicolon and a comment, could be taken for its first word.
    if text.trim_start().starts_with(['-', '/', ';']) {
        return false;
    }
    let mut words = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    let is = |word: &str, list: &[&str]| list.iter().any(|other| other.eq_ignore_ascii_case(word));
    match words.next() {
        Some(first) if first.eq_ignore_ascii_case("WITH") => !words.any(|word| is(word, &WRITING)),
        Some(first) => is(first, &READING),
        None => false,
    }
}

/// The parts of a text, and its parameters.
///
/// # Errors
/// If a brace stands where it means nothing, or what looks like a placeholder where none is filled; if some parameters have
/// names and some have none.
pub(super) fn pieces(text: &str, dialect: &'static Dialect) -> Result<(Vec<Piece>, Parameters)> {
    let rules = lexical_rules(dialect);
    let mut reading = Reading {
        text,
        pieces: Vec::new(),
        plain: String::new(),
        positional: 0,
        names: Vec::new(),
    };
    let mut tokens = Tokens::of(text, rules);
    let mut copied = 0;
    while let Some((range, token)) = tokens.next() {
        reading.plain.push_str(&text[copied..range.start]);
        copied = range.end;
        let (at, rest) = (range.start, &text[range.start..]);
        match token {
            ScriptToken::Value => reading.string(&text[range], at)?,
            ScriptToken::Sign(brace @ ('{' | '}')) if rest[1..].starts_with(brace) => {
                reading.plain.push(brace);
                copied = at + 2;
            }
            ScriptToken::Sign('{') => match placeholder(rest) {
                Some(name) => {
                    reading.parameter(name, at)?;
                    copied = at + name.len() + 2;
                }
                None => return Err(reading.stray('{', at)),
            },
            ScriptToken::Sign('}') => return Err(reading.stray('}', at)),
            ScriptToken::Sign(sign) if rules.parameters.contains(&sign) => {
                return Err(Error::config(format!(
                    "`{sign}` on line {} of the SQL would be a parameter without a value",
                    line(text, at)
                ))
                .with_hint("write `{}` where a value stands, and give the values beside the SQL"));
            }
            _ => reading.plain.push_str(&text[range]),
        }
        tokens.continue_at(copied);
    }
    reading.plain.push_str(&text[copied..]);
    reading.finish()
}

/// The name in the placeholder that a text begins with: `{}` has none, `{name}` has one.
fn placeholder(rest: &str) -> Option<&str> {
    let (name, _) = rest.strip_prefix('{')?.split_once('}')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then_some(name)
}

struct Reading<'t> {
    text: &'t str,
    pieces: Vec<Piece>,
    /// Since the last parameter.
    plain: String,
    positional: usize,
    names: Vec<String>,
}

impl Reading<'_> {
    fn parameter(&mut self, name: &str, at: usize) -> Result<()> {
        let position = if name.is_empty() {
            self.positional += 1;
            self.positional - 1
        } else if let Some(known) = self.names.iter().position(|known| known == name) {
            known
        } else {
            self.names.push(name.to_owned());
            self.names.len() - 1
        };
        if self.positional > 0 && !self.names.is_empty() {
            return Err(Error::config(format!(
                "`{{{name}}}` on line {} of the SQL: some placeholders have names and some have none",
                line(self.text, at)
            ))
            .with_hint("name all of them, `{id}`, or none, `{}`"));
        }
        self.pieces.push(Piece::Text(std::mem::take(&mut self.plain)));
        self.pieces.push(Piece::Parameter(position));
        Ok(())
    }

    /// A string: braces are its own, but for what could be meant as a placeholder.
    fn string(&mut self, string: &str, at: usize) -> Result<()> {
        let mut rest = string;
        while let Some(brace) = rest.find('{') {
            self.plain.push_str(&rest[..brace]);
            rest = &rest[brace..];
            let doubled = rest.strip_prefix('{').and_then(placeholder);
            if let Some(name) = doubled.filter(|name| rest[name.len() + 3..].starts_with('}')) {
                self.plain.push_str(&rest[1..name.len() + 3]);
                rest = &rest[name.len() + 4..];
            } else if let Some(name) = placeholder(rest) {
                return Err(Error::config(format!(
                    "`{{{name}}}` on line {} of the SQL stands in a string, where no value is filled in",
                    line(self.text, at + string.len() - rest.len())
                ))
                .with_hint(format!(
                    "join it to the string, as in `'%' || {{{name}}} || '%'`; for the string itself double the braces: `{{{{{name}}}}}`"
                )));
            } else {
                self.plain.push('{');
                rest = &rest[1..];
            }
        }
        self.plain.push_str(rest);
        Ok(())
    }

    #[cold]
    fn stray(&self, brace: char, at: usize) -> Error {
        let line = line(self.text, at);
        Error::config(format!(
            "`{brace}` on line {line} of the SQL is not part of a placeholder"
        ))
        .with_hint(format!(
            "a value stands at `{{}}` or `{{name}}`; a brace itself is doubled: `{brace}{brace}`"
        ))
    }

    fn finish(mut self) -> Result<(Vec<Piece>, Parameters)> {
        self.pieces.push(Piece::Text(self.plain));
        let parameters = match self.names.is_empty() {
            true => Parameters::Positional(self.positional),
            false => Parameters::Named(self.names),
        };
        Ok((self.pieces, parameters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str, dialect: &'static Dialect) -> std::result::Result<String, String> {
        let read = read(text, true, dialect).map_err(|error| error.to_string())?;
        Ok(read.statement.sql.clone())
    }

    #[track_caller]
    fn on_both(text: &str, sqlite: &str, postgres: &str) {
        assert_eq!(sql(text, Dialect::SQLITE).as_deref(), Ok(sqlite));
        assert_eq!(sql(text, Dialect::POSTGRES).as_deref(), Ok(postgres));
    }

    #[track_caller]
    fn refused(text: &str, says: &str) {
        for dialect in Dialect::ALL {
            let error = sql(text, dialect).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn placeholders_become_parameters_of_the_database() {
        on_both("SELECT {} + {}", "SELECT ?1 + ?2", "SELECT $1 + $2");
        on_both("SELECT {a}, {b}, {a}", "SELECT ?1, ?2, ?1", "SELECT $1, $2, $1");
        on_both("SELECT 1; -- x", "SELECT 1", "SELECT 1");
        on_both(";\n; SELECT {};", "SELECT ?1", "SELECT $1");
        on_both("SELECT é, {}", "SELECT é, ?1", "SELECT é, $1");
    }

    #[test]
    fn placeholders_stand_apart() {
        for text in [
            "SELECT 1 WHERE 5 = {}0",
            "SELECT 1 LIMIT{}",
            "SELECT {}{}",
            "SELECT {a}b",
        ] {
            let refused = sql(text, Dialect::SQLITE).unwrap_err();
            assert!(refused.contains("touches a word or a number"), "{refused}");
        }
    }

    #[test]
    fn braces_are_doubled_and_those_of_strings_are_their_own() {
        on_both("SELECT {{ }}", "SELECT { }", "SELECT { }");
        for own in [
            r#"SELECT '{"a": {"b": 1}}'"#,
            "SELECT '{1,2}', '[a-z]{2}', '{ }', '}}', '{'",
            "SELECT \"a{}\"",
            "SELECT 1 -- {}\n + 2 /* {x} */",
        ] {
            on_both(own, own, own);
        }
        on_both("SELECT '{{}} {{a}}'", "SELECT '{} {a}'", "SELECT '{} {a}'");
        on_both(
            r#"SELECT '{"a":{{}}}'"#,
            r#"SELECT '{"a":{}}'"#,
            r#"SELECT '{"a":{}}'"#,
        );
    }

    #[test]
    fn what_would_not_be_filled_is_refused() {
        refused("SELECT '%{}%'", "stands in a string");
        refused(
            "SELECT 'it''s {name}'",
            "`{name}` on line 1 of the SQL stands in a string",
        );
        refused("SELECT {a b}", "not part of a placeholder");
        refused("SELECT\n }", "`}` on line 2");
        refused("SELECT {1}", "not part of a placeholder");
        refused("SELECT {a}, {}", "some placeholders have names");
        refused("SELECT $1", "parameter without a value");
        let dollars = sql("SELECT $$ {} $$", Dialect::POSTGRES).unwrap_err();
        assert!(dollars.contains("stands in a string"), "{dollars}");
        for sign in ["?", "?1", ":name", "@name"] {
            let error = sql(&format!("SELECT {sign}"), Dialect::SQLITE).unwrap_err();
            assert!(error.contains("parameter without a value"), "{error}");
        }
        assert_eq!(
            sql("SELECT a ? 'b', c::text", Dialect::POSTGRES).as_deref(),
            Ok("SELECT a ? 'b', c::text")
        );
    }

    #[test]
    fn one_statement_that_leaves_transactions_and_settings_alone() {
        refused("", "is empty");
        refused("-- nothing\n;", "is empty");
        refused("SELECT 1;\nSELECT 2", "the second begins on line 2");
        for (text, what) in [
            ("BEGIN", "`BEGIN`"),
            ("/* x */ commit", "`COMMIT`"),
            ("ROLLBACK TO a", "`ROLLBACK`"),
            ("SET search_path = x", "`SET`"),
            ("PRAGMA foreign_keys = OFF", "`PRAGMA`"),
        ] {
            refused(text, what);
        }
        for fit in [
            "SET LOCAL x = 1",
            "SET CONSTRAINTS ALL DEFERRED",
            "SELECT 'COMMIT'",
        ] {
            on_both(fit, fit, fit);
        }
    }

    #[test]
    fn what_only_reads_is_told_by_its_words() {
        for text in [
            "SELECT 1",
            " ( select 1)",
            "VALUES (1)",
            "WITH a AS (SELECT 'x') SELECT * FROM a",
        ] {
            assert!(only_reads(text), "{text}");
        }
        for text in [
            "",
            "INSERT INTO a VALUES (1) RETURNING b",
            "WITH a AS (SELECT 1) DELETE FROM b RETURNING c",
            "WITH a AS (SELECT 'insert') SELECT 1",
            "CREATE TABLE a (b)",
            "-- SELECT\nDELETE FROM a",
            "/* SELECT */ DELETE FROM a",
        ] {
            assert!(!only_reads(text), "{text}");
        }
    }

    #[test]
    fn a_text_is_read_once() {
        let ids = [(); 2].map(|()| {
            by_hand("SELECT {} AS once", true, Dialect::SQLITE)
                .unwrap()
                .statement
                .id
        });
        assert_eq!(ids[0], ids[1]);
        let run = by_hand("SELECT {} AS once", false, Dialect::SQLITE).unwrap();
        assert!(!run.statement.returns_rows && run.statement.id != ids[0]);
    }
}
