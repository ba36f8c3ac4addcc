//! State files in TOML.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{LocatedModel, SourceLocation};
use crate::error::{Error, Result};
use crate::model::ModelDef;

const KEYS: [&str; 2] = ["version", "models"];

pub(super) fn read(text: &str, place: SourceLocation<'_>) -> Result<Vec<LocatedModel>> {
    let reader = TomlReader { place };
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
        return Err(place
            .error(line + 1, "a merge conflict is not resolved")
            .with_hint("keep one side, or what both say"));
    }
    let mut root = DeTable::parse(text)
        .map_err(|error| reader.error(&error))?
        .into_inner();
    for name in root.keys() {
        let (name, span) = (name.get_ref(), name.span());
        if !KEYS.contains(&name.as_ref()) {
            return Err(place
                .error(reader.line(&span), format!("unknown key `{name}`"))
                .with_hint(format!("a state has the keys {}", KEYS.join(", "))));
        }
    }
    if let Some(version) = root.remove("version") {
        let line = reader.line(&version.span());
        place.refuse_version(line, reader.value(version)?)?;
    }
    let Some(models) = root.remove("models") else {
        return Ok(Vec::new());
    };
    let line = reader.line(&models.span());
    match models.into_inner() {
        DeValue::Array(models) => models.into_iter().map(|model| reader.model(model)).collect(),
        _ => Err(place
            .error(line, "`models` is not a list of tables")
            .with_hint("start each model with a line [[models]]")),
    }
}

struct TomlReader<'a> {
    place: SourceLocation<'a>,
}

impl TomlReader<'_> {
    fn model(&self, value: Spanned<DeValue<'_>>) -> Result<LocatedModel> {
        let line = self.line(&value.span());
        let fields = match value.get_ref() {
            DeValue::Table(table) => table
                .iter()
                .find(|(key, _)| key.get_ref().as_ref() == "fields")
                .map_or_else(Vec::new, |(_, fields)| self.lines_in(fields)),
            _ => Vec::new(),
        };
        let model: ModelDef = self.value(value)?;
        Ok(LocatedModel { model, line, fields })
    }

    fn lines_in(&self, list: &Spanned<DeValue<'_>>) -> Vec<usize> {
        match list.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.line(&item.span())).collect(),
            _ => Vec::new(),
        }
    }

    fn value<'de, T: Deserialize<'de>>(&self, value: Spanned<DeValue<'de>>) -> Result<T> {
        let span = value.span();
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| {
            let span = error.span().unwrap_or(span);
            self.place.serde(self.line(&span), error.message())
        })
    }

    fn error(&self, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or(0..0);
        self.place.serde(self.line(&span), error.message())
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.place.line_at(span.start)
    }
}
