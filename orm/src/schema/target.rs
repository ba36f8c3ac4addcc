//! What keys point at, and what they store for it.

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef};

use super::Models;

/// The field whose type a field stores: the primary key at the end of a chain of keys, or the field itself.
pub(super) fn storage<'m>(
    model: &'m ModelDef,
    field: &'m FieldDef,
    models: &'m dyn Models,
) -> Result<(&'m ModelDef, &'m FieldDef)> {
    let mut owner = model;
    let mut at = field;
    // Keys of keys end soon, or turn in a circle.
    for _ in 0..32 {
        if !at.ty.is_relation() {
            return Ok((owner, at));
        }
        (owner, at) = target(owner, at, model, models)?;
    }
    Err(Error::config(format!(
        "the key `{}` leads in a circle of primary keys, so it has no type",
        field.name
    )))
}

/// The model a key points at, and that model's primary key.
pub(super) fn target<'m>(
    owner: &'m ModelDef,
    field: &'m FieldDef,
    model: &'m ModelDef,
    models: &'m dyn Models,
) -> Result<(&'m ModelDef, &'m FieldDef)> {
    let Some(key) = &field.to else {
        return Err(Error::config(format!("the key `{}` names no model", field.name)));
    };
    let found = [model, owner]
        .into_iter()
        .find(|known| known.key() == *key)
        .or_else(|| models.model(key))
        .ok_or_else(|| {
            Error::config(format!(
                "`{}` points at {key}, which does not exist at this point",
                field.name
            ))
            .with_hint("the migration that creates it has to come first")
        })?;
    let mut keys = found.fields.iter().filter(|field| field.primary_key);
    let primary_key = keys.next().ok_or_else(|| {
        Error::config(format!(
            "`{}` points at {key}, which has no primary key",
            field.name
        ))
    })?;
    if keys.next().is_some() {
        return Err(Error::unsupported(format!(
            "`{}` points at {key}, whose primary key has several fields",
            field.name
        ))
        .with_hint("give that model a key of its own, and make the fields unique together"));
    }
    Ok((found, primary_key))
}
