//! What may be a rename and is not said to be one. A field or model that goes while one defined alike comes is a question, never a silent loss.

use super::{Detector, replaced};
use crate::error::{Error, Result};
use crate::migrate::question::Question;
use crate::model::{FieldDef, ModelDef, ModelKey};

impl Detector<'_> {
    /// # Errors
    /// If a table is to have another name: there is no operation for that yet.
    pub(super) fn renames(&mut self) -> Result<()> {
        self.renamed_models();
        for (old, new) in self.kept() {
            let key = new.key();
            refuse_moved_tables(old, new)?;
            let gone: Vec<&FieldDef> = old
                .fields
                .iter()
                .filter(|field| new.field(&field.name).is_none())
                .collect();
            for field in new.fields.iter().filter(|field| old.field(&field.name).is_none()) {
                for old in gone.iter().filter(|old| alike(old, field)) {
                    self.ask_field(&key, old, field);
                }
            }
        }
        Ok(())
    }

    fn ask_field(&mut self, model: &ModelKey, old: &FieldDef, new: &FieldDef) {
        let answer = format!("{model}.{}:{}", old.name, new.name);
        if !self.answers.not_renamed.contains(&answer) {
            self.questions.push(Question::FieldRenamed {
                model: model.clone(),
                old: old.name.clone(),
                new: new.name.clone(),
            });
        }
    }

    fn renamed_models(&mut self) {
        for new in self.created() {
            for old in self.deleted() {
                let (Some(before), Some(after)) = (self.from.model(old), self.to.model(new)) else {
                    continue;
                };
                let answer = format!("{old}:{}", new.model);
                if old.app == new.app
                    && models_alike(before, after)
                    && !self.answers.not_renamed.contains(&answer)
                {
                    self.questions.push(Question::ModelRenamed {
                        old: old.clone(),
                        new: new.model.clone(),
                    });
                }
            }
        }
    }
}

/// # Errors
/// If the table of a model, or a join table of it, has another name.
fn refuse_moved_tables(old: &ModelDef, new: &ModelDef) -> Result<()> {
    let joins = |model: &ModelDef, name: &str| {
        let join = model.field(name).and_then(|field| model.join_model(field));
        join.map(|join| join.table_name())
    };
    let own = [(new.key().to_string(), old.table_name(), new.table_name())];
    let joined = new.fields.iter().filter_map(|field| {
        let before = old.field(&field.name).filter(|before| !replaced(before, field))?;
        Some((
            format!("{}.{}", new.key(), field.name),
            joins(old, &before.name)?,
            joins(new, &field.name)?,
        ))
    });
    match own
        .into_iter()
        .chain(joined)
        .find(|(_, before, after)| before != after)
    {
        Some((owner, before, after)) => Err(Error::unsupported(format!(
            "{owner} moves from table {before} to {after}: there is no operation for that yet"
        ))
        .with_hint(format!(
            "nothing was written; keep the table with #[orm(table = \"{before}\")]"
        ))),
        None => Ok(()),
    }
}

/// Whether two fields differ in nothing but their name (and a column pinned to the old one).
fn alike(old: &FieldDef, new: &FieldDef) -> bool {
    let mut renamed = old.clone();
    renamed.name.clone_from(&new.name);
    if new.column.as_deref() == Some(&old.column_name()) {
        renamed.column.clone_from(&new.column);
    }
    renamed == *new
}

/// Whether two models have the same fields.
fn models_alike(old: &ModelDef, new: &ModelDef) -> bool {
    let fields = |model: &ModelDef, name: &ModelKey| {
        let mut fields = model.fields.clone();
        for field in &mut fields {
            // A key to itself points at itself under either name.
            if field.to.as_ref() == Some(&model.key()) {
                field.to = Some(name.clone());
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields
    };
    fields(old, &new.key()) == fields(new, &new.key())
}
