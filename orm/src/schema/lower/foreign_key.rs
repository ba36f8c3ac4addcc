//! Foreign keys: those that are fields, and those over several columns.

use crate::error::{Error, Result};
use crate::model::{CompositeForeignKeyDef, FieldDef, ModelDef, ReferentialAction, constraint_name, target};
use crate::schema::ForeignKeyDef;

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn foreign_key(&mut self, field: &FieldDef, column: &str) -> Result<()> {
        let on_delete = field.on_delete.unwrap_or_default();
        for (option, action) in [("on_delete", field.on_delete), ("on_update", field.on_update)] {
            if action == Some(ReferentialAction::SetNull) && !field.null {
                return Err(
                    Error::config(format!("{option} = SetNull needs a column that takes NULL"))
                        .with_hint(format!("make the field an Option, or choose another {option}")),
                );
            }
            if action == Some(ReferentialAction::SetDefault)
                && field.default.is_none()
                && field.db_default.is_none()
            {
                return Err(Error::config(format!(
                    "{option} = SetDefault needs a default that the database knows"
                ))
                .with_hint(format!("give the field a default, or choose another {option}")));
            }
        }
        let (target, primary_key) = target(field, |key| match *key == self.model.key() {
            true => Some(self.model),
            false => self.models.model(key),
        })?;
        self.table.foreign_keys.push(ForeignKeyDef {
            name: constraint_name(&self.table.name, &[column], "fk"),
            columns: vec![column.to_owned()],
            target: target.table_name(),
            target_columns: vec![primary_key.column_name()],
            on_delete,
            on_update: field.on_update.unwrap_or_default(),
            deferrable: field.deferrable(),
            not_valid: field.not_valid && self.dialect.not_valid,
        });
        Ok(())
    }

    pub(super) fn composite_foreign_key(&mut self, key: &CompositeForeignKeyDef) -> Result<()> {
        let target = key.target(self.model, |to| self.models.model(to))?;
        if !key.db_constraint {
            return Ok(());
        }
        let columns = |model: &ModelDef, names: &[String]| -> Vec<String> {
            let fields = names.iter().filter_map(|name| model.field(name));
            fields.map(FieldDef::column_name).collect()
        };
        self.table.foreign_keys.push(ForeignKeyDef {
            name: key.name.clone(),
            columns: columns(self.model, &key.fields),
            target: target.table_name(),
            target_columns: columns(target, &key.to_fields),
            on_delete: key.on_delete.unwrap_or_default(),
            on_update: key.on_update.unwrap_or_default(),
            deferrable: key.deferrable(),
            not_valid: key.not_valid && self.dialect.not_valid,
        });
        Ok(())
    }
}
