//! State files in JSON.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{LocatedModel, SourceLocation};
use crate::error::{Error, Result};
use crate::model::ModelDef;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Root<'a> {
    #[serde(borrow, default)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    models: Vec<&'a RawValue>,
}

/// The parts of a model whose lines errors name.
#[derive(Deserialize)]
struct ModelSource<'a> {
    #[serde(borrow, default)]
    fields: Vec<&'a RawValue>,
}

pub(super) fn read(text: &str, place: SourceLocation<'_>) -> Result<Vec<LocatedModel>> {
    let reader = JsonReader { place, text };
    let root: Root<'_> = serde_json::from_str(text).map_err(|error| reader.error(1, &error))?;
    if let Some(version) = root.version {
        place.refuse_version(reader.line(version), reader.value(version)?)?;
    }
    root.models.into_iter().map(|model| reader.model(model)).collect()
}

struct JsonReader<'a> {
    place: SourceLocation<'a>,
    text: &'a str,
}

impl JsonReader<'_> {
    fn model(&self, raw: &RawValue) -> Result<LocatedModel> {
        let model: ModelDef = self.value(raw)?;
        let pieces: ModelSource<'_> = self.value(raw)?;
        Ok(LocatedModel {
            model,
            line: self.line(raw),
            fields: pieces.fields.iter().map(|field| self.line(field)).collect(),
        })
    }

    fn value<'a, T: Deserialize<'a>>(&self, raw: &'a RawValue) -> Result<T> {
        serde_json::from_str(raw.get()).map_err(|error| self.error(self.line(raw), &error))
    }

    /// The line of a part of the text.
    fn line(&self, piece: &RawValue) -> usize {
        let start = (piece.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.place.line_at(start)
    }

    /// An error in a part that starts at a line.
    fn error(&self, start: usize, error: &serde_json::Error) -> Error {
        let text = error.to_string();
        let message = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(message, _)| message);
        self.place.serde(start + error.line().saturating_sub(1), message)
    }
}
