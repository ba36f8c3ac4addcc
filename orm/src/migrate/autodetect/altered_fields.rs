//! Fields that are something else now.

use super::{Detector, replaced};
use crate::error::Result;
use crate::migrate::operation::AlterField;
use crate::migrate::question::{Question, given_default, now_literal};
use crate::model::{FieldDef, ModelKey};
use crate::value::Literal;

impl Detector<'_> {
    pub(super) fn altered_fields(&mut self) -> Result<()> {
        for (old, new) in self.kept() {
            for field in &new.fields {
                let Some(before) = old.field(&field.name) else {
                    continue;
                };
                if before == field || replaced(before, field) {
                    continue;
                }
                let key = new.key();
                let alter = AlterField {
                    model: new.name.clone(),
                    field: field.clone(),
                    fill: self.fill_of_null(&key, before, field)?,
                };
                let needs = self.target_of(&key, field);
                self.push(&key, alter, needs);
            }
        }
        Ok(())
    }

    /// What the rows get that hold NULL where the column takes none any more.
    fn fill_of_null(
        &mut self,
        model: &ModelKey,
        before: &FieldDef,
        field: &FieldDef,
    ) -> Result<Option<Literal>> {
        if !before.null || field.null || !field.ty.is_column() {
            return Ok(None);
        }
        if let Some(given) = given_default(self.answers, self.to, model, field)? {
            return Ok(Some(given));
        }
        if field.default.is_some() {
            return Ok(field.default.clone());
        }
        if field.auto_now || field.auto_now_add {
            return Ok(now_literal(field.ty, self.now));
        }
        self.questions.push(Question::NotNull {
            model: model.clone(),
            field: field.name.clone(),
        });
        Ok(None)
    }
}
