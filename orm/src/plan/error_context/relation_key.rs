//! The foreign keys of a relation that is a field: the one of its column, or the two of its join table.

use crate::model::{FieldDef, ModelDef, ModelKey, constraint_name};
use crate::registry::registry;

use super::composite_foreign_key::columns_of;

/// A foreign key of a table.
pub(super) struct RelationKey {
    /// What the database calls it.
    pub name: String,
    /// What a driver calls it where the database does not say which it is.
    pub by_columns: String,
    pub columns: Vec<String>,
    pub to: ModelKey,
}

impl RelationKey {
    fn new(table: &ModelDef, columns: Vec<String>, to: &ModelKey) -> Self {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let name = constraint_name(&table.table_name().name, &names, "fk");
        RelationKey {
            by_columns: name.clone(),
            name,
            columns,
            to: to.clone(),
        }
    }

    fn of_columns(table: &ModelDef) -> impl Iterator<Item = Self> {
        let keys = table.fields.iter().filter(|field| field.ty.is_column());
        keys.filter_map(|field| Self::of_column(table, field))
    }

    fn of_column(table: &ModelDef, field: &FieldDef) -> Option<Self> {
        let to = field.to.as_ref().filter(|_| field.db_constraint)?;
        Some(Self::new(table, vec![field.column_name()], to))
    }
}

pub(super) fn of_field(owner: &ModelDef, field: &FieldDef) -> Vec<RelationKey> {
    let find = |key: &ModelKey| Some(&registry().ok()?.model(key)?.def);
    let Some(join) = owner.join_model(field, find) else {
        return RelationKey::of_column(owner, field).into_iter().collect();
    };
    let several = join.composite_foreign_keys().map(|key| RelationKey {
        name: key.name.clone(),
        ..RelationKey::new(&join, columns_of(&join, key), &key.to)
    });
    RelationKey::of_columns(&join).chain(several).collect()
}
