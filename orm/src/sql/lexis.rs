//! SQL text as tokens, and as statements: just enough to see where strings, comments and statements begin and end.

use std::ops::Range;

use super::Dialect;
use super::rules::rules;

/// How many tokens of a statement are examined; its start is enough to tell what it is.
const LOOKED_AT: usize = 32;

/// The lexical rules of a database.
#[derive(Debug, Clone, Copy)]
pub struct LexicalRules {
    /// Comments can be nested.
    pub nested_comments: bool,
    /// `$tag$ … $tag$` is a string.
    pub dollar_quotes: bool,
    /// `E'…'` is a string in which a backslash escapes.
    pub escapes: bool,
    /// `[…]` and `` `…` `` are names.
    pub other_names: bool,
    /// What begins a parameter.
    pub parameters: &'static [char],
    /// Whether a statement contains nested statements, from its first tokens.
    pub body: fn(&[ScriptToken]) -> Option<NestedStatements>,
}

/// Statements within a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedStatements {
    /// From a semicolon to `END`, whatever stands between: the body of a trigger.
    ToEnd,
    /// `BEGIN ATOMIC … END`, with `CASE … END` in it: the body of a function.
    Atomic,
}

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptToken {
    /// A word, in capitals.
    Word(String),
    /// A name in quotes, in capitals.
    Name(String),
    /// A string or number, whose value does not matter.
    Value,
    Sign(char),
}

impl ScriptToken {
    pub fn is(&self, word: &str) -> bool {
        matches!(self, ScriptToken::Word(own) if own == word)
    }
}

/// Whether a statement begins with these words.
pub fn begins(tokens: &[ScriptToken], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.is(word))
}

/// Position of a word among the first `most` tokens.
pub fn position(tokens: &[ScriptToken], word: &str, most: usize) -> Option<usize> {
    tokens.iter().take(most).position(|token| token.is(word))
}

/// The lexical rules of a dialect.
pub fn lexical_rules(dialect: &Dialect) -> LexicalRules {
    rules(dialect).lexical_rules()
}

/// The line of a position in a text, from 1.
pub fn line(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    1 + before.filter(|&byte| byte == b'\n').count()
}

/// The examined part of a statement.
pub struct ScriptStatement {
    /// Of its first token, from 1.
    pub line: usize,
    pub tokens: Vec<ScriptToken>,
}

/// The statements of a text.
pub struct ScriptStatements<'t>(Tokens<'t>);

impl<'t> ScriptStatements<'t> {
    pub fn of(text: &'t str, dialect: &Dialect) -> Self {
        ScriptStatements(Tokens::of(text, lexical_rules(dialect)))
    }
}

impl Iterator for ScriptStatements<'_> {
    type Item = ScriptStatement;

    fn next(&mut self) -> Option<ScriptStatement> {
        let mut tokens: Vec<ScriptToken> = Vec::new();
        let mut start = None;
        let mut nesting = Nesting::default();
        let Tokens {
            text, lexical_rules, ..
        } = self.0;
        for (at, token) in self.0.by_ref() {
            if token == ScriptToken::Sign(';') && start.is_none() {
                continue;
            }
            start.get_or_insert(at.start);
            if nesting.ends_at(&token) {
                break;
            }
            if tokens.len() < LOOKED_AT {
                tokens.push(token);
                if nesting.body.is_none() {
                    nesting.body = (lexical_rules.body)(&tokens);
                }
            }
        }
        let start = start?;
        Some(ScriptStatement {
            line: line(text, start),
            tokens,
        })
    }
}

/// The nesting within a statement.
#[derive(Default)]
struct Nesting {
    body: Option<NestedStatements>,
    parentheses: usize,
    /// Open `BEGIN ATOMIC` and `CASE` blocks.
    blocks: usize,
    /// The word before.
    previous: Previous,
}

#[derive(Default, PartialEq)]
enum Previous {
    #[default]
    Other,
    Semicolon,
    Begin,
    /// The `END` of a trigger.
    End,
}

impl Nesting {
    /// Whether a token is the semicolon that ends the statement.
    fn ends_at(&mut self, token: &ScriptToken) -> bool {
        let previous = std::mem::take(&mut self.previous);
        match token {
            ScriptToken::Sign('(') => self.parentheses += 1,
            ScriptToken::Sign(')') => self.parentheses = self.parentheses.saturating_sub(1),
            ScriptToken::Sign(';') => {
                self.previous = Previous::Semicolon;
                return match self.body {
                    Some(NestedStatements::ToEnd) => previous == Previous::End,
                    _ => self.parentheses == 0 && self.blocks == 0,
                };
            }
            ScriptToken::Word(word)
                if self.body == Some(NestedStatements::ToEnd)
                    && previous == Previous::Semicolon
                    && word == "END" =>
            {
                self.previous = Previous::End;
            }
            ScriptToken::Word(word) if self.body == Some(NestedStatements::Atomic) => match word.as_str() {
                "BEGIN" => self.previous = Previous::Begin,
                "ATOMIC" if previous == Previous::Begin => self.blocks += 1,
                "CASE" if self.blocks > 0 => self.blocks += 1,
                "END" => self.blocks = self.blocks.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
        false
    }
}

/// The tokens of a text and where they are; comments are skipped.
#[derive(Clone, Copy)]
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    lexical_rules: LexicalRules,
}

impl<'t> Tokens<'t> {
    pub fn of(text: &'t str, lexical_rules: LexicalRules) -> Self {
        Tokens {
            text,
            at: 0,
            lexical_rules,
        }
    }
}

impl Tokens<'_> {
    /// From another position on, which is at the start of a token.
    pub fn continue_at(&mut self, at: usize) {
        self.at = at;
    }
}

impl Iterator for Tokens<'_> {
    type Item = (Range<usize>, ScriptToken);

    fn next(&mut self) -> Option<(Range<usize>, ScriptToken)> {
        loop {
            let rest = &self.text[self.at..];
            let next = rest.chars().next()?;
            let at = self.at;
            if rest.starts_with("--") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += comment(rest, self.lexical_rules.nested_comments);
            } else if next.is_whitespace() || next == '\u{feff}' {
                self.at += next.len_utf8();
            } else {
                let (length, token) = self.lexical_rules.token(rest, next);
                self.at += length;
                return Some((at..self.at, token));
            }
        }
    }
}

impl LexicalRules {
    /// The token at the start of a text, and its length in bytes.
    fn token(&self, rest: &str, next: char) -> (usize, ScriptToken) {
        match next {
            '\'' => (quoted(rest, '\'', false), ScriptToken::Value),
            '"' => named(rest, '"'),
            '`' if self.other_names => named(rest, '`'),
            '[' if self.other_names => {
                let length = rest.find(']').map_or(rest.len(), |end| end + 1);
                (length, name(rest, length))
            }
            'e' | 'E' if self.escapes && rest[1..].starts_with('\'') => {
                (1 + quoted(&rest[1..], '\'', true), ScriptToken::Value)
            }
            '$' if self.dollar_quotes => match dollar_quoted(rest) {
                Some(length) => (length, ScriptToken::Value),
                None => (1, ScriptToken::Sign('$')),
            },
            _ if is_start(next) => {
                let length = rest.find(|c| !is_start(c) && !c.is_ascii_digit() && c != '$');
                let length = length.unwrap_or(rest.len());
                (length, ScriptToken::Word(rest[..length].to_ascii_uppercase()))
            }
            '0'..='9' => {
                let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
                (length.unwrap_or(rest.len()), ScriptToken::Value)
            }
            sign => (sign.len_utf8(), ScriptToken::Sign(sign)),
        }
    }
}

fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn named(rest: &str, quote: char) -> (usize, ScriptToken) {
    let length = quoted(rest, quote, false);
    (length, name(rest, length))
}

/// The name in the quotes that a text begins with.
fn name(rest: &str, length: usize) -> ScriptToken {
    let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
    ScriptToken::Name(inner.to_ascii_uppercase())
}

/// Length of the quoted string at the start of a text; a doubled quote is an escaped one.
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
