//! Parses from CREATE TABLE and CREATE INDEX what SQLite's pragmas do not report: names and conditions of checks, names of
//! foreign keys and when they are checked, what columns are generated from, collations, conditions and expressions of indexes.
//!
//! SQLite has accepted the text, so this parser need not validate it.

mod trigger;

pub(super) use trigger::create_trigger;

use std::ops::Range;

use crate::model::Deferrable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// A bare word, number or keyword.
    Word,
    /// A name in any of SQLite's quotes.
    Quoted,
    Text,
    Blob,
    Sign,
}

#[derive(Debug, Clone)]
struct Token {
    kind: TokenKind,
    span: Range<usize>,
}

/// A parsed statement.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ParsedTable {
    pub checks: Vec<ParsedCheck>,
    pub foreign_keys: Vec<ParsedForeignKey>,
    /// Columns with a collation of their own, and which.
    pub collated: Vec<(String, String)>,
    /// Columns that are computed, and from what.
    pub computed: Vec<(String, String)>,
    pub autoincrement: bool,
    pub without_rowid: bool,
}

#[derive(Debug, PartialEq)]
pub(super) struct ParsedCheck {
    pub name: String,
    pub sql: String,
    pub column: Option<String>,
}

#[derive(Debug, PartialEq)]
pub(super) struct ParsedForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    pub deferrable: Deferrable,
}

fn tokens(sql: &str) -> Vec<Token> {
    let bytes = sql.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    // The end of a string quoted by `close`; a doubled quote is an escaped one.
    let quoted = |start: usize, close: u8| {
        let mut at = start + 1;
        while at < bytes.len() {
            if bytes[at] == close {
                if close != b']' && bytes.get(at + 1) == Some(&close) {
                    at += 1;
                } else {
                    return at + 1;
                }
            }
            at += 1;
        }
        bytes.len()
    };
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = sql[at..].find('\n').map_or(bytes.len(), |end| at + end + 1);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = sql[at + 2..].find("*/").map_or(bytes.len(), |end| at + end + 4);
                continue;
            }
            b'\'' => {
                at = quoted(at, b'\'');
                TokenKind::Text
            }
            quote @ (b'"' | b'`') => {
                at = quoted(at, quote);
                TokenKind::Quoted
            }
            b'[' => {
                at = quoted(at, b']');
                TokenKind::Quoted
            }
            b'x' | b'X' if bytes.get(at + 1) == Some(&b'\'') => {
                at = quoted(at + 1, b'\'');
                TokenKind::Blob
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || !byte.is_ascii() => {
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric()
                        || b"_.$".contains(&bytes[at])
                        || !bytes[at].is_ascii())
                {
                    // The exponent of a number may have a sign.
                    let exponent = matches!(bytes[at], b'e' | b'E') && bytes[start].is_ascii_digit();
                    at += 1;
                    if exponent && matches!(bytes.get(at), Some(b'+' | b'-')) {
                        at += 1;
                    }
                }
                TokenKind::Word
            }
            _ => {
                at += 1;
                TokenKind::Sign
            }
        };
        out.push(Token {
            kind,
            span: start..at,
        });
    }
    out
}

/// Whether an expression is one constant, which needs no parentheses after DEFAULT and can stand in ADD COLUMN.
pub(super) fn is_literal(sql: &str) -> bool {
    let tokens = tokens(sql);
    let number = |token: &Token| {
        token.kind == TokenKind::Word && sql[token.span.clone()].starts_with(|c: char| c.is_ascii_digit())
    };
    match tokens.as_slice() {
        [one] => {
            matches!(one.kind, TokenKind::Text | TokenKind::Blob)
                || number(one)
                || ["null", "true", "false"]
                    .iter()
                    .any(|word| sql[one.span.clone()].eq_ignore_ascii_case(word))
        }
        [sign, one] => matches!(&sql[sign.span.clone()], "-" | "+") && number(one),
        _ => false,
    }
}

/// Whether two names are one to SQLite.
pub(super) fn is_identifier(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

/// Walks over the tokens of one statement.
struct TokenCursor<'s> {
    sql: &'s str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'s> TokenCursor<'s> {
    fn text(&self, at: usize) -> &'s str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.sql[token.span.clone()])
    }

    fn is(&self, word: &str) -> bool {
        self.tokens
            .get(self.at)
            .is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Sign))
            && self.text(self.at).eq_ignore_ascii_case(word)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.at += 1;
        }
        found
    }

    /// The name at this place, without its quotes.
    fn name(&mut self) -> String {
        let text = self.text(self.at);
        let quoted = self
            .tokens
            .get(self.at)
            .is_some_and(|token| matches!(token.kind, TokenKind::Quoted | TokenKind::Text));
        self.at += 1;
        if !quoted || text.len() < 2 {
            return text.to_owned();
        }
        let inner = &text[1..text.len() - 1];
        match &text[..1] {
            "[" => inner.to_owned(),
            quote => inner.replace(&quote.repeat(2), quote),
        }
    }

    /// Steps over `( … )` and returns what is inside.
    fn parentheses(&mut self) -> &'s str {
        if !self.is("(") {
            return "";
        }
        let start = self.tokens[self.at].span.end;
        let mut depth = 0;
        while self.at < self.tokens.len() {
            if self.is("(") {
                depth += 1;
            } else if self.is(")") {
                depth -= 1;
                if depth == 0 {
                    let end = self.tokens[self.at].span.start;
                    self.at += 1;
                    return self.sql[start..end].trim();
                }
            }
            self.at += 1;
        }
        ""
    }

    fn list(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        if self.take("(") {
            while self.at < self.tokens.len() && !self.take(")") {
                if !self.take(",") {
                    out.push(self.name());
                }
            }
        }
        out
    }

    /// What follows REFERENCES, up to the next constraint; when it is checked.
    fn references(&mut self) -> Deferrable {
        self.name();
        self.list();
        let mut deferrable = Deferrable::No;
        loop {
            if self.take("on") {
                self.at += 1;
                // SET NULL and NO ACTION are two words.
                let _ = self.take("set") || self.take("no");
                self.at += 1;
            } else if self.take("match") {
                self.at += 1;
            } else if self.take("deferrable") {
                deferrable = Deferrable::Immediate;
                if self.take("initially") {
                    if self.is("deferred") {
                        deferrable = Deferrable::Deferred;
                    }
                    self.at += 1;
                }
            } else if self.is("not") && self.text(self.at + 1).eq_ignore_ascii_case("deferrable") {
                self.at += 2;
                if self.take("initially") {
                    self.at += 1;
                }
            } else {
                return deferrable;
            }
        }
    }
}

/// Reads `CREATE TABLE`.
pub(super) fn create_table(sql: &str) -> ParsedTable {
    let mut walk = TokenCursor {
        sql,
        tokens: tokens(sql),
        at: 0,
    };
    let mut out = ParsedTable::default();
    while walk.at < walk.tokens.len() && !walk.is("(") {
        walk.at += 1;
    }
    walk.at += 1;
    while walk.at < walk.tokens.len() && !walk.is(")") {
        item(&mut walk, &mut out);
        walk.take(",");
    }
    walk.at += 1;
    while walk.at < walk.tokens.len() {
        if walk.take("without") {
            out.without_rowid = walk.is("rowid");
        } else {
            walk.at += 1;
        }
    }
    out
}

/// What the text of an index says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ParsedIndex {
    /// What stands at each place, without direction and collation, and without outer parentheses.
    pub parts: Vec<String>,
    pub condition: Option<String>,
}

/// Reads `CREATE INDEX`.
pub(super) fn create_index(sql: &str) -> ParsedIndex {
    let mut walk = TokenCursor {
        sql,
        tokens: tokens(sql),
        at: 0,
    };
    let mut out = ParsedIndex::default();
    while walk.at < walk.tokens.len() && !walk.is("(") {
        walk.at += 1;
    }
    walk.at += 1;
    while walk.at < walk.tokens.len() && !walk.is(")") {
        out.parts.push(indexed(&mut walk));
        walk.take(",");
    }
    walk.at += 1;
    if walk.take("where") {
        let start = walk.tokens.get(walk.at).map(|token| token.span.start);
        let end = walk.tokens.last().map(|token| token.span.end);
        if let (Some(start), Some(end)) = (start, end) {
            out.condition = Some(sql[start..end].to_owned());
        }
    }
    out
}

/// Steps over one place of an index.
fn indexed<'s>(walk: &mut TokenCursor<'s>) -> String {
    let start = walk.at;
    let mut end = start;
    let mut inner = None;
    while walk.at < walk.tokens.len() && !walk.is(",") && !walk.is(")") {
        if ["collate", "asc", "desc"].iter().any(|word| walk.is(word)) {
            walk.at += if walk.is("collate") { 2 } else { 1 };
            continue;
        }
        if walk.is("(") {
            let first = walk.at == start;
            let within = walk.parentheses();
            inner = first.then_some(within);
        } else {
            inner = None;
            walk.at += 1;
        }
        end = walk.at;
    }
    match (
        inner,
        walk.tokens.get(start),
        end.checked_sub(1).and_then(|last| walk.tokens.get(last)),
    ) {
        (Some(inner), ..) => inner.to_owned(),
        (None, Some(first), Some(last)) if end > start => {
            walk.sql[first.span.start..last.span.end].to_owned()
        }
        _ => String::new(),
    }
}

/// One column with its constraints, or one constraint of the table.
fn item(walk: &mut TokenCursor<'_>, out: &mut ParsedTable) {
    let of_table = ["constraint", "primary", "unique", "check", "foreign"]
        .iter()
        .any(|word| walk.is(word));
    let column = (!of_table).then(|| walk.name());
    let mut name = String::new();
    while walk.at < walk.tokens.len() && !walk.is(",") && !walk.is(")") {
        if walk.take("constraint") {
            name = walk.name();
            continue;
        }
        if walk.take("check") {
            out.checks.push(ParsedCheck {
                name: std::mem::take(&mut name),
                sql: walk.parentheses().to_owned(),
                column: column.clone(),
            });
        } else if walk.take("foreign") {
            walk.take("key");
            let columns = walk.list();
            walk.take("references");
            out.foreign_keys.push(ParsedForeignKey {
                name: std::mem::take(&mut name),
                columns,
                deferrable: walk.references(),
            });
        } else if walk.take("references") {
            out.foreign_keys.push(ParsedForeignKey {
                name: std::mem::take(&mut name),
                columns: column.iter().cloned().collect(),
                deferrable: walk.references(),
            });
        } else if walk.take("collate") {
            let collation = walk.name();
            out.collated
                .extend(column.clone().map(|column| (column, collation)));
        } else if walk.take("as") {
            let sql = walk.parentheses().to_owned();
            out.computed.extend(column.clone().map(|column| (column, sql)));
        } else if walk.take("autoincrement") {
            out.autoincrement = true;
        } else if walk.is("(") {
            walk.parentheses();
        } else {
            if ["primary", "unique", "not", "null", "default"]
                .iter()
                .any(|word| walk.is(word))
            {
                name.clear();
            }
            walk.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_found_wherever_they_stand() {
        let parsed = create_table(
            "CREATE TABLE \"odd, (\" (  -- a ) comment\n  [id] INTEGER PRIMARY KEY AUTOINCREMENT,\n  'name' TEXT DEFAULT 'a)' \
             COLLATE NOCASE CONSTRAINT \"n\"\"1\" CHECK (length(name) < 10 AND name <> ')') NOT NULL, /* ( */\n  p INT \
             CONSTRAINT k REFERENCES \"odd, (\" (id) ON DELETE SET NULL ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED,\n  \
             CHECK ((p) > 0), CONSTRAINT f FOREIGN KEY (p, `id`) REFERENCES other) WITHOUT ROWID",
        );
        let check = |name: &str, sql: &str, column: Option<&str>| ParsedCheck {
            name: name.to_owned(),
            sql: sql.to_owned(),
            column: column.map(str::to_owned),
        };
        assert_eq!(
            parsed.checks,
            [
                check("n\"1", "length(name) < 10 AND name <> ')'", Some("name")),
                check("", "(p) > 0", None)
            ]
        );
        assert_eq!(parsed.foreign_keys.len(), 2);
        assert_eq!(parsed.foreign_keys[0].name, "k");
        assert_eq!(parsed.foreign_keys[0].deferrable, Deferrable::Deferred);
        assert_eq!(parsed.foreign_keys[1].columns, ["p", "id"]);
        assert_eq!(parsed.foreign_keys[1].deferrable, Deferrable::No);
        assert_eq!(parsed.collated, [("name".to_owned(), "NOCASE".to_owned())]);
        assert!(parsed.autoincrement && parsed.without_rowid);
    }

    #[test]
    fn what_an_index_is_over_is_found_wherever_it_ends() {
        let parsed = create_index(
            "CREATE UNIQUE INDEX \"odd (\" ON \"t (\" ((lower(\"a\")) COLLATE \"NOCASE\" DESC, length(b, ',') + (1), (a) || (b), \
             [c] asc) WHERE (\"a\" > 1) AND b <> ')'",
        );
        assert_eq!(
            parsed.parts,
            ["lower(\"a\")", "length(b, ',') + (1)", "(a) || (b)", "[c]"]
        );
        assert_eq!(parsed.condition.as_deref(), Some("(\"a\" > 1) AND b <> ')'"));
    }

    #[test]
    fn literals_are_told_from_expressions() {
        for literal in ["1", "-1.5", "'it''s (a)'", "X'00'", "NULL", "1e-7", "9e999"] {
            assert!(is_literal(literal), "{literal}");
        }
        for expression in [
            "1 + 1",
            "CURRENT_TIMESTAMP",
            "strftime('%Y', 'now')",
            "'a' || 'b'",
            "",
        ] {
            assert!(!is_literal(expression), "{expression}");
        }
    }
}
