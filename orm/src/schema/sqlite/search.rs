//! Full-text indexes: an FTS5 table that keeps words and no strings, and the triggers that keep it in step with its table.
//!
//! It reads the strings of rows from their table (`content`), by their rowid, which is their key:
//! <https://www.sqlite.org/fts5.html#external_content_tables> (2026-11). So it must not be there while the table or a column of it gets
//! another name, and is filled again where the table is rebuilt.

use crate::error::Result;
use crate::sql::{Session, quote};

use super::super::literal::quoted;
use super::super::{IndexColumn, Step, TableDef, TableIndex};
use super::ddl;
use super::parse::is_identifier;

/// What the names of its triggers end with.
const TRIGGERS: [&str; 4] = ["insert", "before_update", "update", "delete"];

/// The statements that make it and fill it; `None` for an index of another kind.
///
/// Triggers of others may change the row again, before these see the change or after it, in an order that SQLite leaves open. So what
/// goes is what is indexed, told by the table of the lengths of its rows, and what comes is what the row is then.
pub(super) fn create(table: &str, index: &TableIndex) -> Option<Vec<String>> {
    let tokenizer = index.tokenizer.as_ref()?;
    let (name, table_name) = (quote(&index.name), quote(table));
    let columns = index.columns.iter().filter_map(IndexColumn::column);
    let columns: Vec<String> = columns.map(quote).collect();
    let of = |row: &str| {
        let values = columns.iter().map(|column| format!("{row}.{column}"));
        values.collect::<Vec<_>>().join(", ")
    };
    let list = columns.join(", ");
    let indexed = format!("(SELECT id FROM {})", quote(&format!("{}_docsize", index.name)));
    let add = format!(
        "INSERT INTO {name} (rowid, {list}) SELECT rowid, {list} FROM {table_name} WHERE rowid = new.rowid AND rowid NOT IN \
         {indexed}"
    );
    let remove = format!(
        "INSERT INTO {name} ({name}, rowid, {list}) SELECT 'delete', old.rowid, {} WHERE old.rowid IN {indexed}",
        of("old")
    );
    // An update of other columns costs nothing.
    let differ = |column: &String| format!(" OR new.{column} COLLATE BINARY IS NOT old.{column}");
    let changed: String = columns.iter().map(differ).collect();
    let update = format!("UPDATE ON {table_name} WHEN new.rowid <> old.rowid{changed}");
    let trigger = |ends: &str, event: &str, body: &str| {
        let trigger = quote(&trigger_name(&index.name, ends));
        format!("CREATE TRIGGER {trigger} {event} BEGIN {body}; END")
    };
    Some(vec![
        format!(
            "CREATE VIRTUAL TABLE {name} USING fts5 ({list}, content = {}, tokenize = {})",
            quoted(table),
            quoted(tokenizer)
        ),
        format!("INSERT INTO {name} ({name}) VALUES ('rebuild')"),
        trigger("insert", &format!("AFTER INSERT ON {table_name}"), &add),
        trigger("before_update", &format!("BEFORE {update}"), &remove),
        trigger("update", &format!("AFTER {update}"), &add),
        trigger("delete", &format!("AFTER DELETE ON {table_name}"), &remove),
    ])
}

fn trigger_name(index: &str, ends: &str) -> String {
    format!("{index}_{ends}")
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

/// The steps in front of renames of a table and its columns and behind them, for the indexes that name these.
pub(super) fn around_rename(before: &TableDef, after: &TableDef) -> (Vec<Step>, Vec<Step>) {
    let renamed = (before.indexes.iter().zip(&after.indexes)).filter(|(old, new)| {
        old.tokenizer.is_some() && (before.name != after.name || old.columns != new.columns)
    });
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for (old, new) in renamed {
        first.extend(drop(&old.name).into_iter().map(Step::Sql));
        last.push(Step::Sql(ddl::create_index(&after.name, new)));
    }
    (first, last)
}

/// The full-text indexes of a table.
pub(super) fn introspect(session: &mut dyn Session, table: &str) -> Result<Vec<TableIndex>> {
    let mut out = Vec::new();
    session.query(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE %' ORDER BY name",
        &[],
        &mut |row| {
            let (name, sql): (String, String) = (row.get(0)?, row.get(1)?);
            out.extend(read(name, &sql, table));
            Ok(())
        },
    )?;
    Ok(out)
}

/// The index that an FTS5 table is, if its strings are those of `table`.
fn read(name: String, sql: &str, table: &str) -> Option<TableIndex> {
    let (head, arguments) = sql.split_once('(')?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    if !head.trim_end().to_ascii_lowercase().ends_with("using fts5") {
        return None;
    }
    let (mut columns, mut content, mut tokenizer) = (Vec::new(), None, "unicode61".to_owned());
    for argument in split(arguments, ',') {
        let parts = split(argument, '=');
        match parts.as_slice() {
            [column] => columns.push(IndexColumn::of(unquoted(column))),
            [option, value] => match option.trim().to_ascii_lowercase().as_str() {
                "content" => content = Some(unquoted(value)),
                "tokenize" => tokenizer = unquoted(value),
                _ => {}
            },
            _ => return None,
        }
    }
    is_identifier(&content?, table).then(|| TableIndex {
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
        assert_eq!(read(index.name.clone(), sql, "bob's"), Some(index.clone()));
        assert_eq!(read(index.name, sql, "other"), None);
    }
}
