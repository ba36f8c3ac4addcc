//! The ordering of a model, whether its table is managed, its comment and its table name.

use std::collections::BTreeMap;

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::ModelPair;
use super::rename_order::{aside_of, steps};
use crate::error::{Error, Result};
use crate::migrate::operation::{
    AlterField, AlterModelOptions, AlterModelStorage, AlterModelTable, AlterModelTableComment, Operation,
};
use crate::model::{FieldDef, ModelDef, ModelKey, QualifiedName, stored};
use crate::value::FieldType;

impl Detector<'_> {
    /// # Errors
    /// If a table that becomes unmanaged has a join table to a deleted model.
    pub(super) fn options(&mut self, pairs: &[ModelPair<'_>]) -> Result<()> {
        for pair in pairs {
            if pair.old.ordering != pair.new.ordering || pair.old.unmanaged != pair.new.unmanaged {
                let mut must = self.after_rename(&pair.key);
                for field in pair.freed.iter().filter_map(|name| pair.old.field(name)) {
                    must.extend(self.freed_field(pair, field)?);
                }
                self.push(
                    pair.app(),
                    DetectedOperation::new(AlterModelOptions::of(pair.new)).must(must),
                );
            }
        }
        Ok(())
    }

    /// Alters fields of a table that becomes unmanaged so that they no longer refer to anything dropped, while
    /// the table may still be changed. Their columns stay.
    fn freed_field(&mut self, pair: &ModelPair<'_>, field: &FieldDef) -> Result<Option<Dependency>> {
        if field.generated_as.is_some() {
            return Ok(None);
        }
        if let (FieldType::ManyToMany, Some(to)) = (field.ty, &field.to) {
            return Err(Error::unsupported(format!(
                "{0} is not managed any more, and its field {1} joins it with {to}, which is deleted in the same run",
                pair.key, field.name
            ))
            .with_hint(format!(
                "make it in two rounds: if the rows of the join table may go, remove {} first and run makemigrations; else \
                 delete {to} later, when whoever has the table now has let go of it",
                field.name
            )));
        }
        let operation = DetectedOperation::new(AlterField {
            model: pair.model(),
            field: self.plain(&pair.old, field)?,
            fill: None,
        });
        let must = self.after_rename(&pair.key);
        self.push(pair.app(), operation.must(must));
        Ok(Some(Dependency::AlterField(pair.key.clone(), field.name.clone())))
    }

    /// The field without its target or enum type, as its column stores it.
    fn plain(&self, model: &ModelDef, field: &FieldDef) -> Result<FieldDef> {
        let (_, base) = stored(model, field, |key| self.from.model(key))?;
        let column = field.column_name();
        Ok(FieldDef {
            ty: base.ty,
            to: None,
            to_field: None,
            on_delete: None,
            on_update: None,
            deferrable: None,
            db_constraint: true,
            not_valid: false,
            related_name: None,
            unique: field.unique || field.ty == FieldType::OneToOne,
            max_length: base.max_length,
            collation: base.collation.clone(),
            db_type: base.db_type.clone(),
            max_digits: base.max_digits,
            decimal_places: base.decimal_places,
            choices: base.choices.clone(),
            enum_type: None,
            column: (column != field.name).then_some(column),
            ..field.clone()
        })
    }

    pub(super) fn comments(&mut self, pairs: &[ModelPair<'_>]) {
        for pair in pairs.iter().filter(|pair| pair.old.comment != pair.new.comment) {
            let operation = DetectedOperation::new(AlterModelTableComment {
                model: pair.model(),
                comment: pair.new.comment.clone(),
            });
            let must = self.after_rename(&pair.key);
            self.push(pair.app(), operation.must(must));
        }
    }

    /// Of the tables that are with or without row numbers from here on: a key that the database generates needs them, so
    /// they come before the fields change and go behind.
    pub(super) fn storage(&mut self, pairs: &[ModelPair<'_>], without_rowid: bool) {
        let changed = pairs.iter().filter(|pair| pair.old.storage != pair.new.storage);
        for pair in changed.filter(|pair| pair.new.storage.without_rowid == without_rowid) {
            let operation = DetectedOperation::new(AlterModelStorage {
                model: pair.model(),
                storage: pair.new.storage.clone(),
            });
            let must = self.after_rename(&pair.key);
            self.push(pair.app(), operation.must(must));
        }
    }

    /// Table names are unique in their schema, so the renames of all models are ordered together.
    pub(super) fn tables(&mut self, pairs: &[ModelPair<'_>]) {
        let mut pending: BTreeMap<QualifiedName, QualifiedName> = BTreeMap::new();
        let mut owners: BTreeMap<QualifiedName, &ModelPair<'_>> = BTreeMap::new();
        let named = |model: &ModelDef| (model.table.clone(), model.schema.clone());
        for pair in pairs.iter().filter(|pair| named(&pair.old) != named(pair.new)) {
            // A default table name has already followed the rename of its model.
            let own = || default_table(&pair.key);
            let old = QualifiedName::new(
                pair.old.schema.clone(),
                pair.old.table.clone().unwrap_or_else(own),
            );
            let new = pair.new.table_name();
            if old == new || pair.makes_no_table() || pair.old.unmanaged {
                let must = self.after_rename(&pair.key);
                let altered = altered(pair, pair.new.table.clone(), pair.new.schema.clone());
                self.push(pair.app(), altered.must(must));
                continue;
            }
            owners.insert(old.clone(), pair);
            pending.insert(new, old);
        }
        let taken = |name: &QualifiedName| {
            let models = self.from.models().values().chain(self.to.models().values());
            models.into_iter().any(|model| model.table_name() == *name)
        };
        let aside = |name: &QualifiedName, number| name.beside(aside_of(&name.name, number));
        let mut left: BTreeMap<QualifiedName, ModelKey> = BTreeMap::new();
        for step in steps(pending, taken, aside) {
            let Some(pair) = owners.remove(&step.old) else {
                continue;
            };
            let table = match step.new == pair.new.table_name() {
                true => pair.new.table.clone(),
                false => Some(step.new.name.clone()),
            };
            let mut must = self.after_rename(&pair.key);
            if let Some(holder) = left.get(&step.new) {
                must.push(Dependency::LeaveTable(holder.clone(), step.new.clone()));
            }
            let gone = self.deleted().into_iter();
            let gone = gone.filter(|model| model.table_name() == step.new);
            must.extend(gone.map(|model| Dependency::RemoveModel(model.key())));
            let leaves = Dependency::LeaveTable(pair.key.clone(), step.old.clone());
            let altered = altered(pair, table, step.new.schema.clone());
            self.push(pair.app(), altered.must(must).also(leaves));
            left.insert(step.old, pair.key.clone());
            owners.insert(step.new, pair);
        }
        self.wait_for_tables(&left);
    }

    /// Creating or renaming a table waits until the model that had the name has given it up.
    fn wait_for_tables(&mut self, left: &BTreeMap<QualifiedName, ModelKey>) {
        if left.is_empty() {
            return;
        }
        let from = self.from;
        let schema_of = |key: &ModelKey| from.model(key).and_then(|model| model.schema.clone());
        let all = self.first.iter_mut().chain(&mut self.detected);
        for (app, detected) in all {
            for found in detected {
                let (key, table, schema) = match &found.operation {
                    Operation::CreateModel(create) if !create.unmanaged => {
                        let key = ModelKey::new(app, &create.model);
                        (key, create.table.clone(), create.schema.clone())
                    }
                    Operation::RenameModel(rename) => {
                        let schema = schema_of(&ModelKey::new(app, &rename.old));
                        (ModelKey::new(app, &rename.new), None, schema)
                    }
                    Operation::MoveModel(moved) => {
                        (moved.to.clone(), moved.table.clone(), schema_of(&moved.from))
                    }
                    _ => continue,
                };
                let table = QualifiedName::new(schema, table.unwrap_or_else(|| default_table(&key)));
                if let Some(holder) = left.get(&table).filter(|holder| **holder != key) {
                    found.must.push(Dependency::LeaveTable(holder.clone(), table));
                }
            }
        }
    }
}

fn altered(pair: &ModelPair<'_>, table: Option<String>, schema: Option<String>) -> DetectedOperation {
    DetectedOperation::new(AlterModelTable {
        model: pair.model(),
        table,
        schema,
    })
}

/// The default table name of a model.
fn default_table(key: &ModelKey) -> String {
    ModelDef::new(&key.app, &key.model).table_name().name
}
