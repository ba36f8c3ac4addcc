//! New fields.

use super::{Detector, replaced};
use crate::error::Result;
use crate::migrate::operation::AddField;
use crate::migrate::question::{Question, given_default, now_literal};
use crate::model::{FieldDef, ModelKey};
use crate::value::Literal;

impl Detector<'_> {
    pub(super) fn added_fields(&mut self) -> Result<()> {
        for (old, new) in self.kept() {
            for field in &new.fields {
                if old
                    .field(&field.name)
                    .is_none_or(|before| replaced(before, field))
                {
                    let key = new.key();
                    let add = AddField {
                        model: new.name.clone(),
                        field: field.clone(),
                        fill: self.fill_of_new(&key, field)?,
                    };
                    let needs = self.target_of(&key, field);
                    self.push(&key, add, needs);
                }
            }
        }
        Ok(())
    }

    /// What the rows that exist get, where the column takes no NULL and the database has nothing to put there.
    fn fill_of_new(&mut self, model: &ModelKey, field: &FieldDef) -> Result<Option<Literal>> {
        let has_value =
            field.null || field.generated || field.default.is_some() || field.db_default.is_some();
        if has_value || !field.ty.is_column() {
            return Ok(None);
        }
        if let Some(given) = given_default(self.answers, self.to, model, field)? {
            return Ok(Some(given));
        }
        if field.auto_now || field.auto_now_add {
            return Ok(now_literal(field.ty, self.now));
        }
        self.questions.push(Question::Added {
            model: model.clone(),
            field: field.name.clone(),
            in_code: field.default_in_code,
        });
        Ok(None)
    }
}
