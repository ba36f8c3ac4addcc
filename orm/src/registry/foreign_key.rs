//! Foreign keys over several columns, of models as the derive wrote them.

use crate::error::{Error, Result};
use crate::model::{
    CompositeForeignKeyDef, CompositeForeignKeySpec, ModelDef, ModelKey, ModelSpec, constraint_name,
};

use super::app::label_of;
use super::embeds::field_named;
use super::resolve::Specs;

/// # Errors
/// If it names a field that is not there, or its target is not registered.
pub(super) fn foreign_key(
    spec: &ModelSpec,
    key: &CompositeForeignKeySpec,
    table: &str,
    def: &ModelDef,
    specs: &Specs,
) -> Result<CompositeForeignKeyDef> {
    let named = |error: Error| error.context(format!("{}.{}", def.key(), key.relation));
    let target = specs.target(&key.target).map_err(named)?;
    let fields = key.fields.iter().map(|field| field_named(spec, field));
    let fields = fields.collect::<Result<Vec<&str>>>().map_err(named)?;
    let to_fields: Vec<&str> = match key.to_fields {
        [] => {
            let keys = target.fields.iter().filter(|field| field.primary_key);
            keys.map(|field| field.name).collect()
        }
        named => named.to_vec(),
    };
    let name = match key.name {
        Some(name) => name.to_owned(),
        None => constraint_name(table, &[key.relation], "fk"),
    };
    let to = ModelKey::new(label_of(target.module), target.name);
    // Different numbers of fields are refused where models are held against each other.
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Ok(CompositeForeignKeyDef {
        fields: owned(&fields),
        to_fields: owned(&to_fields),
        on_delete: key.target.on_delete,
        on_update: key.target.on_update,
        deferrable: key.target.deferrable,
        db_constraint: key.target.db_constraint,
        not_valid: key.target.not_valid,
        related_name: key.target.related_name.map(str::to_owned),
        ..CompositeForeignKeyDef::over(name, key.relation, to, [])
    })
}
