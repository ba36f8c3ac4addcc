//! Violations of foreign keys over several columns.

use crate::error::Error;
use crate::model::{CompositeForeignKeyDef, FieldDef, ModelDef, constraint_name};

use super::{fields_of, is_of_part};

/// The foreign key over several columns that a database calls so, or that a driver calls after its columns where the database does not
/// say which it is.
pub(super) fn named<'m>(owner: &'m ModelDef, name: &str) -> Option<&'m CompositeForeignKeyDef> {
    owner.composite_foreign_keys().find(|key| {
        let columns = columns_of(owner, key);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let by_columns = constraint_name(&owner.table_name().name, &columns, "fk");
        name == key.name || is_of_part(name, &key.name) || name == by_columns
    })
}

pub(super) fn columns_of(owner: &ModelDef, key: &CompositeForeignKeyDef) -> Vec<String> {
    let fields = key.fields.iter().filter_map(|name| owner.field(name));
    fields.map(FieldDef::column_name).collect()
}

pub(super) fn violated(
    def: Option<&ModelDef>,
    owner: &ModelDef,
    key: &CompositeForeignKeyDef,
    error: Error,
) -> Error {
    let (of, to) = (format!("{}.{}", owner.key(), key.relation), &key.to);
    // Both sides may call their columns the same.
    let of_owner = def.is_none_or(|def| def.key() == owner.key());
    let own = of_owner && error.fields() == columns_of(owner, key);
    let error = error.with_constraint(&*key.name);
    if own {
        let fields = key.fields.join(", ");
        return error
            .with_fields(key.fields.clone())
            .with_hint(format!("the {to} that {of} points at by {fields} does not exist"));
    }
    let fields = def.map_or_else(|| error.fields().to_vec(), |def| fields_of(def, error.fields()));
    error.with_fields(fields).with_hint(format!(
        "{of} still points at it: delete or change those rows first, or give the foreign key another `on_delete`"
    ))
}
