//! The ordering of a model, whether its table is managed, its comment and its table name.

use std::collections::BTreeMap;

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::ModelPair;
use super::rename_order::steps;
use crate::error::{Error, Result};
use crate::migrate::operation::{
    AlterField, AlterModelOptions, AlterModelStorage, AlterModelTable, AlterModelTableComment, Operation,
};
use crate::model::{FieldDef, ModelDef, ModelKey, stored};
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

    /// Table names are unique in the database, so the renames of all models are ordered together.
    pub(super) fn tables(&mut self, pairs: &[ModelPair<'_>]) {
        let mut pending: BTreeMap<String, String> = BTreeMap::new();
        let mut owners: BTreeMap<String, &ModelPair<'_>> = BTreeMap::new();
        for pair in pairs.iter().filter(|pair| pair.old.table != pair.new.table) {
            // A default table name has already followed the rename of its model.
            let own = || default_table(&pair.key);
            let (old, new) = (pair.old.table.clone().unwrap_or_else(own), pair.new.table_name());
            if old == new || pair.is_unmanaged() || pair.old.unmanaged {
                let must = self.after_rename(&pair.key);
                self.push(pair.app(), altered(pair, pair.new.table.clone()).must(must));
                continue;
            }
            owners.insert(old.clone(), pair);
            pending.insert(new, old);
        }
        let names = pending.iter().map(|(new, old)| (new.as_str(), old.as_str()));
        let taken = |name: &str| {
            let models = self.from.models().values().chain(self.to.models().values());
            models.into_iter().any(|model| model.table_name() == name)
        };
        let mut left: BTreeMap<String, ModelKey> = BTreeMap::new();
        for step in steps(&names.collect(), taken) {
            let Some(pair) = owners.remove(&step.old) else {
                continue;
            };
            let table = match step.new == pair.new.table_name() {
                true => pair.new.table.clone(),
                false => Some(step.new.clone()),
            };
            let mut must = self.after_rename(&pair.key);
            if let Some(holder) = left.get(&step.new) {
                must.push(Dependency::LeaveTable(holder.clone(), step.new.clone()));
            }
            let gone = self.deleted().into_iter();
            let gone = gone.filter(|model| model.table_name() == step.new);
            must.extend(gone.map(|model| Dependency::RemoveModel(model.key())));
            let leaves = Dependency::LeaveTable(pair.key.clone(), step.old.clone());
            self.push(pair.app(), altered(pair, table).must(must).also(leaves));
            left.insert(step.old, pair.key.clone());
            owners.insert(step.new, pair);
        }
        self.wait_for_tables(&left);
    }

    /// Creating or renaming a table waits until the model that had the name has given it up.
    fn wait_for_tables(&mut self, left: &BTreeMap<String, ModelKey>) {
        if left.is_empty() {
            return;
        }
        let all = self.first.iter_mut().chain(&mut self.detected);
        for (app, detected) in all {
            for found in detected {
                let (key, table) = match &found.operation {
                    Operation::CreateModel(create) if !create.unmanaged => {
                        (ModelKey::new(app, &create.model), create.table.clone())
                    }
                    Operation::RenameModel(rename) => (ModelKey::new(app, &rename.new), None),
                    Operation::MoveModel(moved) => (moved.to.clone(), moved.table.clone()),
                    _ => continue,
                };
                let table = table.unwrap_or_else(|| default_table(&key));
                if let Some(holder) = left.get(&table).filter(|holder| **holder != key) {
                    found.must.push(Dependency::LeaveTable(holder.clone(), table));
                }
            }
        }
    }
}

fn altered(pair: &ModelPair<'_>, table: Option<String>) -> DetectedOperation {
    DetectedOperation::new(AlterModelTable {
        model: pair.model(),
        table,
    })
}

/// The default table name of a model.
fn default_table(key: &ModelKey) -> String {
    ModelDef::new(&key.app, &key.model).table_name()
}
