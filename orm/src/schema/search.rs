//! From a search of a model to what finds its words: a generated column and an index over it, or a full-text index of its own.

use crate::error::{Error, Result};
use crate::model::{IdentityDef, IndexDef, IndexMethod, ModelDef, SearchDef, SearchWeight};
use crate::sql::{Dialect, quote};
use crate::value::FieldType;

use super::expression::TableScope;
use super::{ColumnDef, ComputedDef, IndexColumn, TableDef, TableIndex};

/// Names that an FTS5 table has for itself.
const TAKEN: [&str; 2] = ["rank", "rowid"];

/// Adds what a search needs to its table.
///
/// # Errors
/// If it is over anything but strings, or the backend cannot search so.
pub(super) fn lower(
    index: &IndexDef,
    search: &SearchDef,
    model: &ModelDef,
    scope: &TableScope<'_>,
    table: &TableDef,
) -> Result<(Option<ColumnDef>, TableIndex)> {
    let columns = searched(index, search, scope)?;
    if table.column(&search.name).is_some() {
        return Err(
            Error::config(format!("`{}` is a column of the table already", search.name))
                .with_hint("give the search a name of its own: `search(.., name = \"found_by\")`"),
        );
    }
    if scope.dialect.search_columns {
        return Ok(as_column(index, search, &columns));
    }
    let tokenizer = tokenizer(search, scope.dialect)?;
    let is_key = |column: &&ColumnDef| table.primary_key == [column.name.as_str()];
    let key = table.columns.iter().find(is_key);
    let is_row_number = key.is_some_and(|column| column.ty == "INTEGER");
    if is_row_number && model.storage.without_rowid {
        return Err(Error::unsupported(format!(
            "{} finds rows of a full-text search by their numbers, which a table `without_rowid` does not have",
            scope.dialect.name
        ))
        .with_hint("leave `without_rowid` out"));
    }
    if !is_row_number {
        return Err(Error::unsupported(format!(
            "{} finds rows of a full-text search by their numbers, which are the primary key only if that is a single whole number",
            scope.dialect.name
        ))
        .with_hint("give the model a key of whole numbers, and what is its key now `unique`"));
    }
    let other_rowid = |column: &&ColumnDef| column.name.eq_ignore_ascii_case("rowid") && !is_key(column);
    let taken = (columns.iter())
        .find(|column| {
            TAKEN.iter().any(|taken| column.eq_ignore_ascii_case(taken))
                || column.eq_ignore_ascii_case(&index.name)
        })
        .or(table.columns.iter().find(other_rowid).map(|column| &column.name));
    if let Some(taken) = taken {
        return Err(Error::unsupported(format!(
            "`{taken}` cannot be the column of a table with a full-text search on {}, which has that name for itself",
            scope.dialect.name
        ))
        .with_hint("give the field another column: `#[orm(column = \"..\")]`"));
    }
    let index = TableIndex {
        tokenizer: Some(tokenizer),
        ..TableIndex::over(&index.name, columns.into_iter().map(IndexColumn::of).collect())
    };
    Ok((None, index))
}

/// The columns that are searched.
fn searched(index: &IndexDef, search: &SearchDef, scope: &TableScope<'_>) -> Result<Vec<String>> {
    if index.parts.is_empty() {
        return Err(Error::config("it searches nothing").with_hint("name the fields that are searched"));
    }
    let plain = IndexDef {
        search: Some(search.clone()),
        ..IndexDef::over(
            &index.name,
            index.parts.iter().filter_map(|part| part.field_name()),
        )
    };
    if *index != plain || search.weights.len() > index.parts.len() {
        return Err(Error::config(
            "a search is over fields, with a weight for each at most, and says nothing else that an index says",
        )
        .with_hint("leave out directions, expressions, conditions and the method"));
    }
    if !search.names_a_language() {
        return Err(
            Error::config(format!("`{}` is not the name of a language", search.language))
                .with_hint("write the name of a text search configuration, in lower case: english, simple"),
        );
    }
    let column = |field: &str| {
        let column = scope.named(field)?;
        if column.facts.ty != FieldType::Text {
            return Err(Error::config(format!(
                "`{field}` is not a string, and only strings are searched for words"
            )));
        }
        if column.computed {
            return Err(Error::unsupported(format!(
                "`{field}` is computed by the database, and words are not searched in what is"
            ))
            .with_hint("search the fields that it is computed from"));
        }
        Ok(column.name.clone())
    };
    plain
        .parts
        .iter()
        .filter_map(|part| part.field_name())
        .map(column)
        .collect()
}

/// A generated column of the words of all fields, and an index over it.
fn as_column(index: &IndexDef, search: &SearchDef, columns: &[String]) -> (Option<ColumnDef>, TableIndex) {
    let words = columns.iter().enumerate().map(|(at, column)| {
        let words = format!(
            "to_tsvector('{}'::regconfig, coalesce({}, ''::text))",
            search.language,
            quote(column)
        );
        match search.weight(at) {
            SearchWeight::D => words,
            weight => format!("setweight({words}, '{}'::\"char\")", weight.letter()),
        }
    });
    let column = ColumnDef {
        name: search.name.clone(),
        ty: "tsvector".to_owned(),
        collation: None,
        null: true,
        default: None,
        generated: false,
        identity: IdentityDef::DEFAULT,
        computed: Some(ComputedDef {
            sql: words.collect::<Vec<_>>().join(" || "),
            stored: true,
        }),
        comment: None,
    };
    let index = TableIndex {
        method: IndexMethod::Gin,
        ..TableIndex::over(&index.name, vec![IndexColumn::of(&search.name)])
    };
    (Some(column), index)
}

/// How the words of a language are found: as they stand, with upper case and lower case alike, and those of English by their stems.
fn tokenizer(search: &SearchDef, dialect: &Dialect) -> Result<String> {
    if let Some(tokenizer) = &search.tokenizer {
        return match tokenizer.contains('\0') {
            true => Err(Error::config("its tokenizer holds a NUL")),
            false => Ok(tokenizer.clone()),
        };
    }
    match search.language.trim_start_matches("pg_catalog.") {
        "simple" => Ok("unicode61 remove_diacritics 0".to_owned()),
        "english" => Ok("porter unicode61 remove_diacritics 0".to_owned()),
        other => Err(Error::unsupported(format!(
            "{} does not know the words of `{other}`",
            dialect.name
        ))
        .with_hint(
            "say how it finds them: `tokenizer = \"unicode61\"` takes them as they stand, and `remove_diacritics 2` behind that \
             without accents",
        )),
    }
}
