//! Full-text searches, as SQL.
//!
//! The words are bound as `to_tsquery` of Postgres takes them, each in quotes: `'rust' & 'orm':* & !'java'`. FTS5 gets the same in
//! its own words.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, ColumnRef, Node, Path, SearchAsk, Typed};
use crate::model::{IndexDef, ModelMeta, SearchDef};

use super::Transform;
use super::quote::quote;
use super::render::{Renderer, column};
use super::rows::RowModels;
use super::writer::{param, position};

/// The most words of a snippet: <https://www.sqlite.org/fts5.html#the_snippet_function> (2026-11).
const MOST_WORDS: u8 = 64;
/// The fewest words of a snippet.
const LEAST_WORDS: u8 = 2;

/// What is asked of which search of which row.
struct Asked<'t> {
    search: &'static SearchDef,
    index: &'static IndexDef,
    model: &'static ModelMeta,
    /// Any column of the row.
    row: &'t ColumnRef,
    alias: String,
    ask: SearchAsk,
    /// Of the words, as they are bound.
    words: u32,
}

impl Renderer {
    /// What a search says of a row.
    ///
    /// # Errors
    /// If what is marked is not searched, or by too many words.
    pub(super) fn search(
        &mut self,
        nth: u16,
        ask: SearchAsk,
        typed: &Typed<'_, '_, ByPosition>,
    ) -> Result<Expr> {
        let (Some(Node::Column(row)), Some(Node::Value(words))) = (
            typed.parts.first().map(|part| part.node),
            typed.parts.get(1).map(|part| part.node),
        ) else {
            return Err(malformed());
        };
        let model = self.rows.find(row, &self.around)?.model;
        let mut searches = model.def.searches();
        let (index, search) = searches.nth(usize::from(nth)).ok_or_else(malformed)?;
        if let SearchAsk::Snippet(words) = ask
            && !(LEAST_WORDS..=MOST_WORDS).contains(&words)
        {
            return Err(Error::config(format!(
                "a snippet of `{}` was asked for with {words} words, and can have {LEAST_WORDS} to {MOST_WORDS}",
                model.def.key()
            ))
            .with_hint(format!(
                "give `snippet` a length from {LEAST_WORDS} to {MOST_WORDS}"
            )));
        }
        let asked = Asked {
            search,
            index,
            model,
            row,
            alias: self.alias_of(row.source)?,
            ask,
            words: position(words),
        };
        match self.dialect().search_columns {
            true => self.in_column(&asked, typed),
            false => self.in_full_text_index(&asked, typed),
        }
    }

    /// Over the generated column.
    fn in_column(&mut self, asked: &Asked<'_>, typed: &Typed<'_, '_, ByPosition>) -> Result<Expr> {
        // Letters, digits, underscores and a point, as lowering sees to.
        let language = format!("'{}'::regconfig", asked.search.language);
        let words = |this: &Self| {
            let call = [
                sql(format!("to_tsquery({language},")),
                param(asked.words, Transform::None),
                sql(")"),
            ];
            this.in_parentheses(call.into())
        };
        let found = self.found_words(asked)?;
        let finds = self.in_parentheses(vec![found.clone(), sql("@@"), words(self)]);
        let written = match asked.ask {
            SearchAsk::Finds => return Ok(finds),
            SearchAsk::Misses => vec![sql("NOT"), finds],
            SearchAsk::Rank => vec![
                sql("coalesce(CAST(ts_rank("),
                found,
                sql(","),
                words(self),
                sql(") AS double precision), 0)"),
            ],
            SearchAsk::Highlight | SearchAsk::Snippet(_) => {
                let (_, field) = self.marked(asked, typed)?;
                vec![
                    sql("CASE WHEN"),
                    finds,
                    sql(format!("THEN ts_headline({language}, CAST(")),
                    field,
                    sql("AS text),"),
                    words(self),
                    sql(","),
                    bound(typed, 5)?,
                    sql(") END"),
                ]
            }
        };
        Ok(self.in_parentheses(written))
    }

    /// The generated column of the row. The rows of a query do not have it.
    fn found_words(&mut self, asked: &Asked<'_>) -> Result<Expr> {
        if !self.is_of_query(asked.row) {
            return Ok(column(&asked.alias, &asked.search.name));
        }
        let within = self.new_alias();
        let table = asked.model.def.table_name();
        let mut written = vec![
            sql("SELECT"),
            column(&within, &asked.search.name),
            sql(format!("FROM {} AS {} WHERE", table.quoted(), quote(&within))),
        ];
        for (at, key) in asked.model.key_columns().enumerate() {
            if at > 0 {
                written.push(sql("AND"));
            }
            written.extend([
                column(&within, &key.column),
                sql("="),
                column(&asked.alias, &key.column),
            ]);
        }
        Ok(self.in_parentheses(written))
    }

    /// Whether a row is one of a query that another selects from.
    fn is_of_query(&self, row: &ColumnRef) -> bool {
        let outwards = row.source.scope().outwards().unwrap_or(usize::MAX);
        let scope = self.scopes.len().checked_sub(outwards.saturating_add(1));
        let scope = scope.and_then(|at| self.scopes.get(at));
        row.source.path() == Path::ROOT && scope.is_some_and(|scope| scope.is_query)
    }

    /// By the index, whose rows have the numbers of the table's.
    fn in_full_text_index(&mut self, asked: &Asked<'_>, typed: &Typed<'_, '_, ByPosition>) -> Result<Expr> {
        let name = quote(&asked.index.name);
        let key = asked.model.key_columns().next().ok_or_else(malformed)?;
        let key = column(&asked.alias, &key.column);
        let words = param(asked.words, Transform::Fts5);
        let written = match asked.ask {
            SearchAsk::Finds | SearchAsk::Misses => {
                let among = match asked.ask {
                    SearchAsk::Finds => "IN",
                    _ => "NOT IN",
                };
                let (when, end) = match RowModels::may_be_missing(asked.row.source)? {
                    // NULL is not among none, but a row that is not there is unknown.
                    true => (
                        vec![sql("CASE WHEN"), key.clone(), sql("IS NOT NULL THEN")],
                        " END",
                    ),
                    false => (Vec::new(), ""),
                };
                let mut written = when;
                written.extend([
                    key,
                    sql(format!("{among} (SELECT rowid FROM {name} WHERE {name} MATCH")),
                    words,
                    sql(format!("){end}")),
                ]);
                written
            }
            // All ranks are computed once, and not the statistics of all rows for each row.
            SearchAsk::Rank => {
                let weights = (0..asked.index.parts.len())
                    .map(|at| format!(", {:?}", asked.search.weight(at).factor()))
                    .collect::<String>();
                vec![
                    sql(format!(
                        "coalesce((WITH found (id, rank) AS MATERIALIZED (SELECT rowid, -bm25({name}{weights}) FROM {name} WHERE {name} \
                         MATCH"
                    )),
                    words,
                    sql(") SELECT found.rank FROM found WHERE found.id ="),
                    key,
                    sql("), 0.0)"),
                ]
            }
            SearchAsk::Highlight | SearchAsk::Snippet(_) => {
                let (at, field) = self.marked(asked, typed)?;
                let (function, length) = match asked.ask {
                    SearchAsk::Snippet(words) => ("snippet", format!(", '', {words}")),
                    _ => ("highlight", String::new()),
                };
                vec![
                    sql("CASE WHEN"),
                    field,
                    sql(format!("IS NOT NULL THEN (SELECT {function}({name}, {at},")),
                    bound(typed, 3)?,
                    sql(","),
                    bound(typed, 4)?,
                    sql(format!("{length}) FROM {name} WHERE {name} MATCH")),
                    words,
                    sql("AND rowid ="),
                    key,
                    sql(") END"),
                ]
            }
        };
        Ok(self.in_parentheses(written))
    }

    /// The field whose words are marked, and its place among those that are searched.
    fn marked(&mut self, asked: &Asked<'_>, typed: &Typed<'_, '_, ByPosition>) -> Result<(usize, Expr)> {
        let part = typed.parts.get(2).ok_or_else(malformed)?;
        let Node::Column(field) = part.node else {
            return Err(malformed());
        };
        let name = &self.rows.find(field, &self.around)?.column.name;
        let mut searched = asked.index.parts.iter();
        let at =
            searched.position(|part| part.field_name() == Some(name) && field.source == asked.row.source);
        let at = at.ok_or_else(|| {
            let searched: Vec<&str> = asked
                .index
                .parts
                .iter()
                .filter_map(|part| part.field_name())
                .collect();
            Error::config(format!(
                "`{name}` is not searched by `{}` of {}, so it has no words to mark",
                asked.search.name,
                asked.model.def.key()
            ))
            .with_hint(format!("it searches {}, of the same row", searched.join(", ")))
        })?;
        Ok((at, self.expr(part)?))
    }
}

fn sql(text: impl Into<String>) -> Expr {
    Expr::cust(text.into())
}

/// The part at a place, which is a bound string.
fn bound(typed: &Typed<'_, '_, ByPosition>, at: usize) -> Result<Expr> {
    match typed.parts.get(at).map(|part| part.node) {
        Some(Node::Value(value)) => Ok(param(position(value), Transform::None)),
        _ => Err(malformed()),
    }
}

#[cold]
fn malformed() -> Error {
    Error::internal("a full-text search lacks a part")
}

/// The words of a search as FTS5 writes them: `"rust" AND "orm" * NOT "java"`.
pub(super) fn fts5(words: &str) -> String {
    if words.is_empty() {
        // A phrase without words finds nothing, and no text at all is a mistake.
        return "\"\"".to_owned();
    }
    let mut out = String::with_capacity(words.len() + 16);
    let mut signs = words.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\'' => {
                out.push('"');
                while let Some(letter) = signs.next() {
                    match letter {
                        // Doubled it is one of the word.
                        '\'' if signs.next_if_eq(&'\'').is_none() => break,
                        '\\' => out.extend(signs.next()),
                        '"' => out.push_str("\"\""),
                        letter => out.push(letter),
                    }
                }
                out.push('"');
            }
            ':' => out.push(' '),
            '&' => out.push_str(if is_negated(&mut signs) { "NOT " } else { "AND" }),
            '|' => out.push_str("OR"),
            sign => out.push(sign),
        }
    }
    out
}

/// Whether what stands behind `&` is negated; takes the sign that says so.
fn is_negated(signs: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let mut ahead = signs.clone();
    if ahead.next() == Some(' ') && ahead.next() == Some('!') {
        *signs = ahead;
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::fts5;

    #[test]
    fn words_are_written_as_fts5_takes_them() {
        for (words, written) in [
            ("", "\"\""),
            ("'rust'", "\"rust\""),
            ("'rust' & 'or':*", "\"rust\" AND \"or\" *"),
            ("'a' | 'b c'", "\"a\" OR \"b c\""),
            ("'a' & 'b' & !('c' | 'd')", "\"a\" AND \"b\" NOT (\"c\" OR \"d\")"),
            ("'it''s \"\\\\ \\' & | !'", "\"it's \"\"\\ ' & | !\""),
        ] {
            assert_eq!(fts5(words), written);
        }
    }
}
