//! Full-text indexes: an FTS5 table with strings of its own, and the triggers that keep it in step with its table.
//!
//! It does not read the strings of rows from their table (`content`), because to take a row out it would have to be told the strings
//! that were put in: <https://www.sqlite.org/fts5.html#external_content_tables> (2026-11). Nothing knows these where triggers of others
//! change rows, too. The numbers of its rows are those of the table's.

use crate::error::Result;
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::literal::quoted;
use super::super::{IndexColumn, Step, TableDef, TableIndex};
use super::ddl;
use super::parse::is_identifier;

/// What the names of its triggers end with.
const TRIGGERS: [&str; 3] = ["insert", "update", "delete"];

/// The statements that make it and fill it; `None` for an index of another kind.
///
/// Triggers of others may change a row again or refuse its change, before these or after them, in an order that SQLite leaves open. So
/// these run after a change, and take over what the row is then.
pub(super) fn create(table: &str, index: &TableIndex) -> Option<Vec<String>> {
    let tokenizer = index.tokenizer.as_ref()?;
    let (name, table) = (quote(&index.name), quote(table));
    let columns: Vec<String> = index
        .columns
        .iter()
        .filter_map(IndexColumn::column)
        .map(quote)
        .collect();
    let list = columns.join(", ");
    let add = format!("INSERT INTO {name} (rowid, {list}) SELECT rowid, {list} FROM {table}");
    let refresh =
        |number: &str| format!("DELETE FROM {name} WHERE rowid = {number}; {add} WHERE rowid = {number}");
    let trigger = |ends: &str, when: &str, body: &str| {
        let (trigger, event) = (quote(&trigger_name(&index.name, ends)), ends.to_uppercase());
        format!("CREATE TRIGGER {trigger} AFTER {event} ON {table}{when} BEGIN {body}; END")
    };
    // An update of other columns leaves it alone. It is compared with what it holds and not with the row before: a trigger may have
    // changed that in between.
    let held = (columns.iter().enumerate())
        .map(|(at, column)| format!(" AND c{at} IS new.{column}"))
        .collect::<String>();
    let content = quote(&format!("{}_content", index.name));
    let differs = format!(
        " WHEN new.rowid <> old.rowid OR NOT EXISTS (SELECT 1 FROM {content} WHERE id = new.rowid{held})"
    );
    Some(vec![
        format!(
            "CREATE VIRTUAL TABLE {name} USING fts5 ({list}, tokenize = {}, prefix = '{PREFIXES}')",
            quoted(tokenizer)
        ),
        add.clone(),
        trigger("insert", "", &refresh("new.rowid")),
        trigger(
            "update",
            &differs,
            &format!("{}; {}", refresh("old.rowid"), refresh("new.rowid")),
        ),
        trigger("delete", "", &refresh("old.rowid")),
    ])
}

/// How many letters of words it can look up at once. Without, marks in what a prefix finds take a scan of its words for each row.
const PREFIXES: &str = "1 2 3";

fn trigger_name(index: &str, ends: &str) -> String {
    format!("{index}_{ends}")
}

/// The names of its triggers; none of an index of another kind.
pub(super) fn triggers(index: &TableIndex) -> Vec<String> {
    let of_search = index.tokenizer.is_some().then_some(TRIGGERS);
    let ends = of_search.into_iter().flatten();
    ends.map(|ends| trigger_name(&index.name, ends)).collect()
}

/// The statements that drop it, whatever of it is there.
pub(super) fn drop(index: &str) -> Vec<String> {
    let triggers = TRIGGERS.iter().map(|ends| trigger_name(index, ends));
    triggers
        .map(|trigger| format!("DROP TRIGGER IF EXISTS {}", quote(&trigger)))
        .chain(Some(format!("DROP TABLE IF EXISTS {}", quote(index))))
        .collect()
}

/// The statements that make it anew, whatever of it is there.
pub(super) fn create_again(table: &str, index: &TableIndex) -> Option<Vec<String>> {
    let create = create(table, index)?;
    Some(drop(&index.name).into_iter().chain(create).collect())
}

/// Whether a trigger is one of an index among those of a table.
pub(super) fn has_trigger(table: &TableDef, trigger: &str) -> bool {
    let mut searches = table.indexes.iter().filter(|index| index.tokenizer.is_some());
    searches.any(|index| {
        let own = |ends: &&str| is_identifier(&trigger_name(&index.name, ends), trigger);
        TRIGGERS.iter().any(own)
    })
}

/// The steps in front of renames of columns and behind them, for the indexes that name these. The name of a table stands in triggers
/// alone, which follow it.
pub(super) fn around_rename(before: &TableDef, after: &TableDef) -> (Vec<Step>, Vec<Step>) {
    let renamed = (before.indexes.iter().zip(&after.indexes))
        .filter(|(old, new)| old.tokenizer.is_some() && old.columns != new.columns);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for (old, new) in renamed {
        first.extend(drop(&old.name).into_iter().map(Step::Sql));
        last.push(Step::Sql(ddl::create_index(&after.name, new)));
    }
    (first, last)
}

/// The full-text indexes of a table: those that a trigger of it keeps.
pub(super) fn introspect(session: &mut dyn Session, table: &str) -> Result<Vec<TableIndex>> {
    let mut out = Vec::new();
    let own = TRIGGERS.map(|ends| format!("one.name || '_{ends}'")).join(", ");
    session.query(
        &format!(
            "SELECT name, sql FROM sqlite_master AS one WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE %' AND EXISTS (SELECT 1 \
             FROM sqlite_master AS kept WHERE kept.type = 'trigger' AND kept.tbl_name = ? COLLATE NOCASE AND kept.name COLLATE NOCASE \
             IN ({own})) ORDER BY name"
        ),
        &[Value::from(table)],
        &mut |row| {
            let (name, sql): (String, String) = (row.get(0)?, row.get(1)?);
            out.extend(read(name, &sql));
            Ok(())
        },
    )?;
    Ok(out)
}

/// The index that an FTS5 table is, if its strings are its own.
fn read(name: String, sql: &str) -> Option<TableIndex> {
    let (head, arguments) = sql.split_once('(')?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    if !head.trim_end().to_ascii_lowercase().ends_with("using fts5") {
        return None;
    }
    let (mut columns, mut tokenizer) = (Vec::new(), "unicode61".to_owned());
    for argument in split(arguments, ',') {
        let parts = split(argument, '=');
        match parts.as_slice() {
            [column] => columns.push(IndexColumn::of(unquoted(column))),
            [option, value] => match option.trim().to_ascii_lowercase().as_str() {
                "content" => return None,
                "tokenize" => tokenizer = unquoted(value),
                _ => {}
            },
            _ => return None,
        }
    }
    Some(TableIndex {
        tokenizer: Some(tokenizer),
        ..TableIndex::over(name, columns)
    })
}

/// The parts of a text between signs that do not stand in quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None);
    for (place, character) in text.char_indices() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            (None, character) if character == at => {
                parts.push(&text[start..place]);
                start = place + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A name or a string without its quotes.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    for quote in ['\'', '"'] {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.replace(&format!("{quote}{quote}"), &quote.to_string());
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_read_back() {
        let index = TableIndex {
            tokenizer: Some("porter unicode61 remove_diacritics 0".to_owned()),
            ..TableIndex::over(
                "it's \"found\"",
                vec![IndexColumn::of("a, b"), IndexColumn::of("c = d")],
            )
        };
        let sql = &create("Bob's", &index).unwrap()[0];
        assert_eq!(read(index.name.clone(), sql), Some(index));
        let reads_another = "CREATE VIRTUAL TABLE found USING fts5 (title, content = 'note')";
        assert_eq!(read("found".to_owned(), reads_another), None);
    }
}
