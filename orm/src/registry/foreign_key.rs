//! Foreign keys over several columns, of models as the derive wrote them.

use crate::error::{Error, Result};
use crate::model::{
    CompositeForeignKeyDef, CompositeForeignKeySpec, ConstraintDef, FieldDef, IndexDef, IndexMethod,
    IndexPart, ModelDef, ModelKey, ModelSpec, constraint_name,
};

use super::app::label_of;
use super::embeds::field_named;
use super::resolve::Specs;

/// The index over its fields, by which the database finds the rows that point at one, unless there is one already that begins with them.
pub(super) fn index_of_foreign_key(
    key: &CompositeForeignKeySpec,
    made: &CompositeForeignKeyDef,
    table: &str,
    def: &ModelDef,
) -> Option<IndexDef> {
    if !key.index || def.view.is_some() {
        return None;
    }
    let begins = |fields: Vec<&str>| {
        let first = fields.get(..made.fields.len());
        first.is_some_and(|first| made.fields.iter().all(|field| first.contains(&field.as_str())))
    };
    fn columns(parts: &[IndexPart]) -> Vec<&str> {
        let plain = parts.iter().map_while(IndexPart::field_name);
        plain.collect()
    }
    let by_index = def.indexes.iter().any(|index| {
        let of_all = index.condition.is_none() && index.search.is_none();
        of_all && index.method == IndexMethod::Btree && begins(columns(&index.parts))
    });
    let by_unique = def.constraints.iter().any(|constraint| match constraint {
        ConstraintDef::Unique(unique) => unique.condition.is_none() && begins(columns(&unique.parts)),
        _ => false,
    });
    if by_index || by_unique || begins(def.key_fields().map(|field| field.name.as_str()).collect()) {
        return None;
    }
    let field = |name: &String| def.field(name).map(FieldDef::column_name);
    let names: Vec<String> = made.fields.iter().filter_map(field).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let name = constraint_name(table, &names, "idx");
    Some(IndexDef::over(name, made.fields.iter().cloned()))
}

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
