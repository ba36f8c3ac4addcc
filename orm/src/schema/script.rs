//! SQL that a person wrote, as far as it takes to see where its statements begin: one that ends the transaction of the
//! migration, or cannot run within it, is found before anything runs.

use crate::error::{Error, Result};
use crate::sql::Dialect;

use super::backend;

/// Words of a statement that are looked at; what tells statements apart stands at their start.
const LOOKED_AT: usize = 32;

/// What differs between databases in how text becomes tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexis {
    /// Comments may stand in comments.
    pub nested_comments: bool,
    /// `$tag$ … $tag$` is a string.
    pub dollar_quotes: bool,
    /// `E'…'` is a string in which a backslash escapes.
    pub escapes: bool,
    /// `[…]` and `` `…` `` are names.
    pub other_names: bool,
    /// What holds statements of its own, given how a statement begins.
    pub body: fn(&[Token]) -> Option<Body>,
}

/// Statements within a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// From a semicolon to `END`, whatever stands between: the body of a trigger.
    ToEnd,
    /// `BEGIN ATOMIC … END`, with `CASE … END` in it: the body of a function.
    Atomic,
}

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, in capitals.
    Word(String),
    /// A name in quotes, in capitals.
    Name(String),
    /// A string or number, which nothing depends on.
    Value,
    Sign(char),
}

/// What cannot be part of a migration, as a person would recognise it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Its words: `ROLLBACK`, `CREATE INDEX CONCURRENTLY`.
    pub what: &'static str,
    pub why: Why,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Why {
    Begins,
    Ends,
    /// The database refuses it in a transaction. With what to do instead, beside running it by hand.
    Outside(&'static str),
    /// The database takes it and does nothing. With what to do instead.
    Ignored(&'static str),
}

/// That no statement of a text ends the transaction it runs in, or cannot run in one.
///
/// # Errors
/// If one does or cannot, with its line.
pub fn check_script(text: &str, dialect: &Dialect) -> Result<()> {
    let backend = backend(dialect);
    for statement in Statements::of(text, backend.lexis()) {
        if let Some(misfit) = backend.misfit(&statement.tokens) {
            return Err(misfit.error(statement.line));
        }
    }
    Ok(())
}

impl Misfit {
    #[cold]
    fn error(&self, line: usize) -> Error {
        let what = format!("`{}` on line {line} of the SQL", self.what);
        let by_hand = "run it by hand, outside of a migration";
        let (why, hint) = match self.why {
            Why::Begins | Why::Ends => (
                match self.why {
                    Why::Begins => "begins a transaction within that of the migration",
                    _ => "would end the transaction of the migration: what stands before it would stay if the rest fails",
                },
                "take BEGIN, COMMIT and ROLLBACK out of it: every migration has a transaction of its own, in which \
                 SAVEPOINT and ROLLBACK TO can undo a part"
                    .to_owned(),
            ),
            Why::Outside("") => ("cannot run in a transaction, and a migration is one", by_hand.to_owned()),
            Why::Outside(instead) => (
                "cannot run in a transaction, and a migration is one",
                format!("{instead}, or {by_hand}"),
            ),
            Why::Ignored(instead) => ("does nothing in a transaction, and a migration is one", instead.to_owned()),
        };
        Error::migration(format!("{what} {why}")).with_hint(hint)
    }
}

impl Token {
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(own) if own == word)
    }
}

/// Whether a statement begins with these words.
pub(super) fn begins(tokens: &[Token], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.is(word))
}

/// Where a word stands, among the first `most` tokens.
pub(super) fn position(tokens: &[Token], word: &str, most: usize) -> Option<usize> {
    tokens.iter().take(most).position(|token| token.is(word))
}

/// A statement as far as it is looked at.
struct Statement {
    /// Of its first token, from 1.
    line: usize,
    tokens: Vec<Token>,
}

struct Statements<'t> {
    text: &'t str,
    at: usize,
    lexis: Lexis,
}

impl<'t> Statements<'t> {
    fn of(text: &'t str, lexis: Lexis) -> Self {
        Statements { text, at: 0, lexis }
    }
}

impl Iterator for Statements<'_> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut start = None;
        let mut extent = Extent::default();
        while let Some((at, token)) = self.token() {
            if token == Token::Sign(';') && start.is_none() {
                continue;
            }
            start.get_or_insert(at);
            if extent.ends_at(&token) {
                break;
            }
            if tokens.len() < LOOKED_AT {
                tokens.push(token);
                if extent.body.is_none() {
                    extent.body = (self.lexis.body)(&tokens);
                }
            }
        }
        let start = start?;
        Some(Statement {
            line: 1 + self.text[..start].bytes().filter(|&byte| byte == b'\n').count(),
            tokens,
        })
    }
}

/// How deep in a statement its tokens stand.
#[derive(Default)]
struct Extent {
    body: Option<Body>,
    parentheses: usize,
    /// `BEGIN ATOMIC` and `CASE` that are not ended.
    blocks: usize,
    /// The word before.
    before: Before,
}

#[derive(Default, PartialEq)]
enum Before {
    #[default]
    Other,
    Semicolon,
    Begin,
    /// The `END` of a trigger.
    End,
}

impl Extent {
    /// Whether a token is the semicolon that ends the statement.
    fn ends_at(&mut self, token: &Token) -> bool {
        let before = std::mem::take(&mut self.before);
        match token {
            Token::Sign('(') => self.parentheses += 1,
            Token::Sign(')') => self.parentheses = self.parentheses.saturating_sub(1),
            Token::Sign(';') => {
                self.before = Before::Semicolon;
                return match self.body {
                    Some(Body::ToEnd) => before == Before::End,
                    _ => self.parentheses == 0 && self.blocks == 0,
                };
            }
            Token::Word(word)
                if self.body == Some(Body::ToEnd) && before == Before::Semicolon && word == "END" =>
            {
                self.before = Before::End;
            }
            Token::Word(word) if self.body == Some(Body::Atomic) => match word.as_str() {
                "BEGIN" => self.before = Before::Begin,
                "ATOMIC" if before == Before::Begin => self.blocks += 1,
                "CASE" if self.blocks > 0 => self.blocks += 1,
                "END" => self.blocks = self.blocks.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
        false
    }
}

impl Statements<'_> {
    /// The next token and where it begins; comments are none.
    fn token(&mut self) -> Option<(usize, Token)> {
        loop {
            let rest = &self.text[self.at..];
            let next = rest.chars().next()?;
            let at = self.at;
            if rest.starts_with("--") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += comment(rest, self.lexis.nested_comments);
            } else if next.is_whitespace() || next == '\u{feff}' {
                self.at += next.len_utf8();
            } else {
                let (length, token) = self.lexis.token(rest, next);
                self.at += length;
                return Some((at, token));
            }
        }
    }
}

impl Lexis {
    /// The token at the start of a text, and its length in bytes.
    fn token(&self, rest: &str, next: char) -> (usize, Token) {
        match next {
            '\'' => (quoted(rest, '\'', false), Token::Value),
            '"' => named(rest, '"'),
            '`' if self.other_names => named(rest, '`'),
            '[' if self.other_names => {
                let length = rest.find(']').map_or(rest.len(), |end| end + 1);
                (length, name(rest, length))
            }
            'e' | 'E' if self.escapes && rest[1..].starts_with('\'') => {
                (1 + quoted(&rest[1..], '\'', true), Token::Value)
            }
            '$' if self.dollar_quotes => match dollar_quoted(rest) {
                Some(length) => (length, Token::Value),
                None => (1, Token::Sign('$')),
            },
            _ if is_start(next) => {
                let length = rest.find(|c| !is_start(c) && !c.is_ascii_digit() && c != '$');
                let length = length.unwrap_or(rest.len());
                (length, Token::Word(rest[..length].to_ascii_uppercase()))
            }
            '0'..='9' => {
                let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
                (length.unwrap_or(rest.len()), Token::Value)
            }
            sign => (sign.len_utf8(), Token::Sign(sign)),
        }
    }
}

fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn named(rest: &str, quote: char) -> (usize, Token) {
    let length = quoted(rest, quote, false);
    (length, name(rest, length))
}

/// The name in the quotes that a text begins with.
fn name(rest: &str, length: usize) -> Token {
    let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
    Token::Name(inner.to_ascii_uppercase())
}

/// Length of what stands in quotes at the start of a text; a doubled quote is one of the inside.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut inner = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = inner.next() {
        if c == '\\' && escapes {
            inner.next();
        } else if c == quote && inner.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    rest.len()
}

/// Length of `$tag$ … $tag$` at the start of a text, if it is that.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let end = 1 + rest[1..].find('$')?;
    let tag = &rest[..=end];
    let word = &tag[1..end];
    let is_tag = word.chars().all(|c| is_start(c) || c.is_ascii_digit())
        && !word.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| {
        let inside = &rest[tag.len()..];
        inside
            .find(tag)
            .map_or(rest.len(), |at| tag.len() + at + tag.len())
    })
}

/// Length of the comment at the start of a text.
fn comment(rest: &str, nested: bool) -> usize {
    let mut depth = 1;
    let mut at = 2;
    while depth > 0 {
        let inner = &rest[at..];
        match (inner.find("*/"), inner.find("/*").filter(|_| nested)) {
            (Some(end), Some(start)) if start < end => {
                depth += 1;
                at += start + 2;
            }
            (Some(end), _) => {
                depth -= 1;
                at += end + 2;
            }
            (None, _) => return rest.len(),
        }
    }
    at
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
