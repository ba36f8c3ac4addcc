//! Parses migration files. Errors name the file and the line.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{MigrationFile, MigrationKey, Replaced};
use crate::error::{Error, Result};
use crate::expr::MAX_LEVELS;
use crate::migrate::operation::Operation;

const KEYS: [&str; 7] = [
    "id",
    "initial",
    "dependencies",
    "run_before",
    "replaces",
    "allow_loss",
    "operations",
];

/// Parses the text of a file; errors name `path`.
///
/// # Errors
/// If it is not a migration; with the line.
pub(in crate::migrate) fn read(key: MigrationKey, path: &str, text: &str) -> Result<MigrationFile> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let reader = MigrationReader { path, text: &text };
    reader.refuse_conflict_markers()?;
    let root = DeTable::parse(&text).map_err(|error| reader.toml_error(&error))?;
    let mut root = root.into_inner();
    for name in root.keys() {
        if !KEYS.contains(&name.get_ref().as_ref()) {
            return Err(reader
                .error(&name.span(), format!("unknown key `{}`", name.get_ref()))
                .with_hint(format!("a migration has the keys {}", KEYS.join(", "))));
        }
    }
    let id: String = match root.remove("id") {
        Some(id) => reader.value(id)?,
        None => {
            return Err(reader
                .error(&(0..0), "the migration has no `id`".to_owned())
                .with_hint("give it one that no other migration has: id = \"…\""));
        }
    };
    if id.is_empty() || id.len() > 64 {
        return Err(reader.error(&(0..0), "the `id` is empty or longer than 64 bytes".to_owned()));
    }
    let initial = match root.remove("initial") {
        Some(initial) => reader.value(initial)?,
        None => false,
    };
    let mut keys = |name| match root.remove(name) {
        Some(keys) => reader.keys(keys),
        None => Ok(Vec::new()),
    };
    let dependencies = keys("dependencies")?;
    let run_before = keys("run_before")?;
    let replaces = match root.remove("replaces") {
        Some(replaces) => reader.replaces(replaces)?,
        None => Vec::new(),
    };
    let allow_loss: Option<String> = match root.remove("allow_loss") {
        Some(reason) => {
            let span = reason.span();
            let reason: String = reader.value(reason)?;
            if reason.trim().is_empty() {
                return Err(reader.error(&span, "`allow_loss` is empty".to_owned()).with_hint(
                    "say why nobody needs what is dropped: allow_loss = \"the texts are in Article now\"",
                ));
            }
            Some(reason)
        }
        None => None,
    };
    let operations = match root.remove("operations") {
        Some(operations) => reader.operations(operations)?,
        None => Vec::new(),
    };
    Ok(MigrationFile {
        key,
        id,
        initial,
        dependencies,
        run_before,
        replaces,
        allow_loss,
        operations,
    })
}

struct MigrationReader<'a> {
    path: &'a str,
    text: &'a str,
}

impl MigrationReader<'_> {
    fn refuse_conflict_markers(&self) -> Result<()> {
        match self.text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            Some(line) => Err(Error::migration(format!(
                "{}:{}: a merge conflict is not resolved",
                self.path,
                line + 1
            ))
            .with_hint("keep one side, or both as two migrations of which one depends on the other")),
            None => Ok(()),
        }
    }

    fn keys(&self, value: Spanned<DeValue<'_>>) -> Result<Vec<MigrationKey>> {
        let strings: Vec<Spanned<String>> = self.value(value)?;
        strings.into_iter().map(|text| self.key(&text)).collect()
    }

    fn key(&self, text: &Spanned<String>) -> Result<MigrationKey> {
        MigrationKey::parse(text.get_ref()).ok_or_else(|| {
            self.error(&text.span(), format!("`{}` names no migration", text.get_ref()))
                .with_hint("write \"app.0001_initial\"")
        })
    }

    fn replaces(&self, value: Spanned<DeValue<'_>>) -> Result<Vec<Replaced>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ReplacedEntry {
            migration: Spanned<String>,
            id: String,
            #[serde(default)]
            squashed: bool,
        }
        let span = value.span();
        let DeValue::Array(entries) = value.into_inner() else {
            return Err(self.error(&span, "`replaces` is not a list".to_owned()));
        };
        entries
            .into_iter()
            .map(|entry| match entry.get_ref() {
                DeValue::String(_) => {
                    let text: Spanned<String> = self.value(entry)?;
                    let key = self.key(&text)?;
                    Ok(Replaced {
                        key,
                        id: None,
                        squashed: false,
                    })
                }
                _ => {
                    let entry: ReplacedEntry = self.value(entry)?;
                    let key = self.key(&entry.migration)?;
                    Ok(Replaced {
                        key,
                        id: Some(entry.id),
                        squashed: entry.squashed,
                    })
                }
            })
            .collect()
    }

    fn operations(&self, value: Spanned<DeValue<'_>>) -> Result<Vec<Operation>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(operations) => operations
                .into_iter()
                .map(|value| self.operation(value))
                .collect(),
            _ => Err(self.error(&span, "`operations` is not a list of tables".to_owned())),
        }
    }

    fn operation(&self, value: Spanned<DeValue<'_>>) -> Result<Operation> {
        let span = value.span();
        let DeValue::Table(mut table) = value.into_inner() else {
            return Err(self.error(&span, "an operation is not a table".to_owned()));
        };
        let Some(kind) = table.remove("kind") else {
            return Err(self
                .error(&span, "the operation has no `kind`".to_owned())
                .with_hint(kinds()));
        };
        let kind_span = kind.span();
        let kind: String = self.value(kind)?;
        let rest = ValueDeserializer::from(Spanned::new(span.clone(), DeValue::Table(table)));
        let operation = match Operation::of_kind(&kind, rest) {
            Some(operation) => operation.map_err(|error| self.toml_error(&error))?,
            None => {
                return Err(self
                    .error(&kind_span, format!("there is no operation `{kind}`"))
                    .with_hint(kinds()));
            }
        };
        self.refuse_renamed_from(&operation, &span)?;
        Ok(operation)
    }

    fn refuse_renamed_from(&self, operation: &Operation, span: &Range<usize>) -> Result<()> {
        match operation
            .fields()
            .iter()
            .find(|field| field.renamed_from.is_some())
        {
            Some(field) => Err(self
                .error(span, format!("the field {} has `renamed_from`", field.name))
                .with_hint("`renamed_from` belongs in the model; take it out of the migration")),
            None => Ok(()),
        }
    }

    fn value<'de, T: Deserialize<'de>>(&self, value: Spanned<DeValue<'de>>) -> Result<T> {
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| self.toml_error(&error))
    }

    fn toml_error(&self, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or(0..0);
        // The parser's own depth limit, which only an expression can reach.
        let message = match error.message().contains("max recursion depth") {
            true => format!("an expression is nested more than {MAX_LEVELS} levels deep"),
            false => error.message().trim().replace('\n', "; "),
        };
        self.error(&span, message)
    }

    fn error(&self, span: &Range<usize>, message: String) -> Error {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        Error::migration(format!("{}:{line}: {message}", self.path))
    }
}

fn kinds() -> String {
    format!("the kinds are {}", Operation::KINDS.join(", "))
}
