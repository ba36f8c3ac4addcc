//! Refuses triggers that go on naming columns that are gone: each write would fail, and no database says so before.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::migrate::autodetect::PendingMigration;
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey, TableObjectDef};
use crate::schema::columns_of_rows;

/// # Errors
/// Names the trigger and the column that it had before.
pub(super) fn refuse_stale_triggers(
    pending_migrations: &[PendingMigration],
    from: &ProjectState,
    to: &ProjectState,
) -> Result<()> {
    let mut before: BTreeMap<ModelKey, &ModelDef> = from
        .models()
        .iter()
        .map(|(key, model)| (key.clone(), &**model))
        .collect();
    for pending in pending_migrations {
        for operation in &pending.operations {
            for (old, new) in operation.accesses(&pending.app).models_renamed() {
                if let Some(model) = before.remove(&old.key()) {
                    before.insert(new.key(), model);
                }
            }
        }
    }
    for (key, model) in to.models().iter().filter(|(_, model)| model.makes_table()) {
        let Some(before) = before.get(key) else {
            continue;
        };
        let gone = &columns(before) - &columns(model);
        let triggers = model.objects.iter().filter_map(TableObjectDef::trigger);
        for trigger in triggers.filter(|trigger| !trigger.each_statement) {
            if let Some(column) = columns_of_rows(trigger).intersection(&gone).next() {
                return Err(Error::config(format!(
                    "the trigger `{}` of {key} names the column `{}` of OLD or NEW, which the table does not have any more",
                    trigger.name,
                    column.to_ascii_lowercase()
                ))
                .with_hint("each write that it runs for would fail: write its SQL with the columns that there are now"));
            }
        }
    }
    Ok(())
}

/// The columns of a model, in capitals.
fn columns(model: &ModelDef) -> BTreeSet<String> {
    let fields = model.fields.iter().filter(|field| field.ty.is_column());
    fields
        .map(|field| field.column_name().to_ascii_uppercase())
        .collect()
}
