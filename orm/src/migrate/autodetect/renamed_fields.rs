//! Fields that the model says were renamed.

use std::collections::BTreeMap;

use super::draft::{Draft, Needs};
use crate::error::{Error, Result};
use crate::migrate::operation::{AlterField, Contract, Operation, RenameField};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey};

/// The operations that rename, and the old state with the new names, so that whatever else changed is found as usual.
///
/// # Errors
/// If a field was renamed from one that there is not.
pub(super) fn renamed_fields(
    from: &ProjectState,
    to: &ProjectState,
    models: &[ModelDef],
) -> Result<(ProjectState, Vec<Draft>)> {
    let mut state = from.clone();
    let mut drafts = Vec::new();
    // `renamed_from` lives in the models only; in states it would be a difference.
    let models: BTreeMap<ModelKey, &ModelDef> = models.iter().map(|model| (model.key(), model)).collect();
    for key in to.models().keys() {
        let Some(model) = models.get(key).filter(|_| from.model(key).is_some()) else {
            continue;
        };
        // Renaming one may free the name that another gets.
        while let Some(operations) = next_rename(&state, model)? {
            for operation in operations {
                operation.state_forwards(&key.app, &mut state)?;
                drafts.push(Draft::new(key, operation, Needs::default()));
            }
        }
    }
    Ok((state, drafts))
}

fn next_rename(state: &ProjectState, model: &ModelDef) -> Result<Option<Vec<Operation>>> {
    let key = model.key();
    let old_model = state.existing(&key)?;
    for field in &model.fields {
        let Some(from) = field
            .renamed_from
            .as_deref()
            .filter(|_| old_model.field(&field.name).is_none())
        else {
            continue;
        };
        let Some(old) = old_model.field(from) else {
            return Err(Error::config(format!(
                "{key}.{} says it was renamed from {from}, which is no field of {key} in the migrations",
                field.name
            ))
            .with_hint("correct `renamed_from`, or take it out if the field is new"));
        };
        let mut operations = Vec::new();
        // The name of a join table is made from the field's; it has to stay.
        if let Some(join) = old_model.join_model(old).filter(|_| old.table.is_none()) {
            let mut pinned = old.clone();
            pinned.table = Some(join.table_name());
            let pin = AlterField {
                model: key.model.clone(),
                field: pinned,
                fill: None,
            };
            operations.push(pin.into());
        }
        let rename = RenameField {
            model: key.model.clone(),
            old: from.to_owned(),
            new: field.name.clone(),
        };
        operations.push(rename.into());
        return Ok(Some(operations));
    }
    Ok(None)
}
