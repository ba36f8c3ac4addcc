//! Writes migration files, with every field, index and constraint on a line of its own.

use std::fmt::Write as _;

use toml::Value;

use super::{MigrationFile, MigrationKey};
use crate::error::{Error, Kind, Result};
use crate::migrate::operation::Operation;

const HEADER: &str = "# Made by `orm makemigrations`: read it, change it if need be, commit it. Once applied, it stays as it is.\n";

/// The file's text.
///
/// # Errors
/// If an operation cannot be written as TOML.
pub(in crate::migrate) fn render(file: &MigrationFile) -> Result<String> {
    let mut out = HEADER.to_owned();
    line(&mut out, "id", &Value::String(file.id.clone()));
    if file.initial {
        line(&mut out, "initial", &Value::Boolean(true));
    }
    line(&mut out, "dependencies", &keys(&file.dependencies));
    if !file.run_before.is_empty() {
        line(&mut out, "run_before", &keys(&file.run_before));
    }
    if let Some(reason) = &file.allow_loss {
        line(&mut out, "allow_loss", &Value::String(reason.clone()));
    }
    if !file.replaces.is_empty() {
        out.push_str("replaces = [\n");
        for replaced in &file.replaces {
            let key = Value::String(replaced.key.to_string());
            let item = match &replaced.id {
                Some(id) => {
                    let mut entry = toml::Table::from_iter([
                        ("migration".to_owned(), key),
                        ("id".to_owned(), Value::String(id.clone())),
                    ]);
                    if replaced.squashed {
                        entry.insert("squashed".to_owned(), Value::Boolean(true));
                    }
                    Value::Table(entry)
                }
                None => key,
            };
            let _ = writeln!(out, "    {},", inline(&item));
        }
        out.push_str("]\n");
    }
    for operation in &file.operations {
        render_operation(&mut out, operation)?;
    }
    Ok(out)
}

fn keys(keys: &[MigrationKey]) -> Value {
    Value::Array(keys.iter().map(|key| Value::String(key.to_string())).collect())
}

fn render_operation(out: &mut String, operation: &Operation) -> Result<()> {
    let table = toml::Table::try_from(operation).map_err(|source| {
        Error::new(
            Kind::Migration,
            format!("`{}` holds what a file cannot", operation.line()),
        )
        .with_source(source)
    })?;
    out.push_str("\n[[operations]]\n");
    // SQL is long and reads better in a section per database.
    let sections = matches!(operation, Operation::RunSql(_));
    for (key, value) in table.iter().filter(|(_, value)| !(sections && value.is_table())) {
        match value {
            Value::Array(items) if items.iter().any(Value::is_table) => {
                let _ = writeln!(out, "{key} = [");
                for item in items {
                    let _ = writeln!(out, "    {},", inline(item));
                }
                out.push_str("]\n");
            }
            value => line(out, key, value),
        }
    }
    for (key, value) in table.iter().filter(|_| sections) {
        if let Value::Table(section) = value {
            let _ = writeln!(out, "\n[operations.{key}]");
            for (key, value) in section {
                line(out, key, value);
            }
        }
    }
    Ok(())
}

fn line(out: &mut String, key: &str, value: &Value) {
    let _ = writeln!(out, "{key} = {}", inline(value));
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{key} = {}", inline(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        scalar => scalar.to_string(),
    }
}
