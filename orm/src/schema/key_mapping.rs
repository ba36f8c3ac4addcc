//! What becomes of a foreign key's values when it points at another column of the same table: each row goes on pointing at the row that
//! it pointed at.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey, QualifiedName, target};
use crate::sql::quote;

use super::rename::join_tables;
use super::{Guard, Models, TableDef};

/// The columns of one table between which a foreign key moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyMapping {
    pub table: QualifiedName,
    pub old: String,
    pub new: String,
}

/// The foreign keys of a model that point at another column of the same model than before, by column.
///
/// # Errors
/// If a foreign key names what the states do not have; if the other column comes in the same change of the same table.
pub(super) fn key_mappings(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    before: &TableDef,
) -> Result<BTreeMap<String, KeyMapping>> {
    let mut mappings = BTreeMap::new();
    for field in to.fields.iter().filter(|field| field.ty.is_column()) {
        let Some(old) = from
            .field(&field.name)
            .filter(|old| same_target(old, field, from, to))
        else {
            continue;
        };
        if old.to_field == field.to_field {
            continue;
        }
        let (_, old_key) = target(old, |key| from_models.model(key))?;
        let (model, new_key) = target(field, |key| to_models.model(key))?;
        if old_key.name == new_key.name {
            continue;
        }
        let old_key = model.field(&old_key.name).ok_or_else(|| {
            Error::unsupported(format!(
                "{}.{} pointed at `{}` of {}, which the same change takes away: its rows are found by it",
                to.key(),
                field.name,
                old_key.name,
                model.key()
            ))
            .with_hint(format!(
                "take `{}` away by a migration of its own, after this one",
                old_key.name
            ))
        })?;
        let mapping = KeyMapping {
            table: model.table_name(),
            old: old_key.column_name(),
            new: new_key.column_name(),
        };
        if model.key() == to.key() && before.column(&mapping.new).is_none() {
            return Err(Error::unsupported(format!(
                "{}.{} cannot point at `{}` in the change that makes it",
                to.key(),
                field.name,
                new_key.name
            ))
            .with_hint(format!(
                "add `{}` by a migration of its own, and fill it: the rows are found by its values",
                new_key.name
            )));
        }
        mappings.insert(field.column_name(), mapping);
    }
    Ok(mappings)
}

/// Refuses new values for a field of `to` that foreign keys point at, since theirs would stay as they are.
///
/// # Errors
/// If there is one.
pub(super) fn refuse_pointed_at(
    to: &ModelDef,
    to_models: &dyn Models,
    mappings: &BTreeMap<String, KeyMapping>,
) -> Result<()> {
    if mappings.is_empty() {
        return Ok(());
    }
    for model in to_models.all() {
        let joins: Vec<ModelDef> = join_tables(model, to_models).collect();
        for model in joins.iter().chain([model]) {
            refuse_composite(model, to, mappings)?;
            for field in model
                .fields
                .iter()
                .filter(|field| field.ty.is_column() && field.to.as_ref() == Some(&to.key()))
            {
                let (_, key) = target(field, |key| to_models.model(key))?;
                if mappings.contains_key(&key.column_name()) {
                    return Err(Error::unsupported(format!(
                        "{}.{} points at {}.{}, which would hold other values where it points at another column",
                        model.key(),
                        field.name,
                        to.key(),
                        key.name
                    ))
                    .with_hint(format!(
                        "add a field that points there beside `{}`, fill it, let the others follow, and then remove `{}`",
                        key.name, key.name
                    )));
                }
            }
        }
    }
    Ok(())
}

/// The same of foreign keys over several columns, which stand on fields of `to` or point at them.
fn refuse_composite(model: &ModelDef, to: &ModelDef, mappings: &BTreeMap<String, KeyMapping>) -> Result<()> {
    let mapped = |name: &&String| {
        let field = to.field(name);
        field.is_some_and(|field| mappings.contains_key(&field.column_name()))
    };
    for key in model.composite_foreign_keys() {
        let points = (key.to == to.key())
            .then(|| key.to_fields.iter().find(mapped))
            .flatten();
        let stands = (model.key() == to.key())
            .then(|| key.fields.iter().find(mapped))
            .flatten();
        let (does, field) = match (points, stands) {
            (Some(field), _) => ("points at", field),
            (None, Some(field)) => ("stands on", field),
            (None, None) => continue,
        };
        return Err(Error::unsupported(format!(
            "{}.{} {does} {}.{field}, which would hold other values where it points at another column",
            model.key(),
            key.relation,
            to.key(),
        ))
        .with_hint(format!(
            "take the foreign key `{}` out by a migration of its own, and put it back after both of its sides have changed",
            key.relation
        )));
    }
    Ok(())
}

fn same_target(old: &FieldDef, new: &FieldDef, from: &ModelDef, to: &ModelDef) -> bool {
    let own = |key: &Option<ModelKey>, model: &ModelDef| key.as_ref() == Some(&model.key());
    old.ty.is_column() && old.to.is_some() && (old.to == new.to || own(&old.to, from) && own(&new.to, to))
}

impl KeyMapping {
    /// The new value of a column of `table`, as a query.
    pub fn value(&self, table: &QualifiedName, column: &str) -> String {
        format!(
            "(SELECT orm_row.{new} FROM {target} AS orm_row WHERE orm_row.{old} = {table}.{column})",
            new = quote(&self.new),
            target = self.table.quoted(),
            old = quote(&self.old),
            table = table.quoted(),
            column = quote(column),
        )
    }

    /// Every row must find what it points at.
    pub fn guard(&self, table: &QualifiedName, column: &str) -> Guard {
        let (table_name, name) = (table.quoted(), quote(column));
        Guard {
            rows_of: None,
            count: format!(
                "SELECT count(*) FROM {table_name} WHERE {name} IS NOT NULL AND {} IS NULL",
                self.value(table, column)
            ),
            what: format!(
                "rows of {table_name} point by {name} at rows of {} that hold nothing in {}, or at none",
                self.table.quoted(),
                quote(&self.new)
            ),
            hint: format!(
                "give those rows of {} a value in {} first, or set {name} to NULL or delete the rows that hold it",
                self.table.quoted(),
                quote(&self.new)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CompositeForeignKeyDef, ConstraintDef};
    use crate::value::FieldType;

    /// A room is known by its house, which is a foreign key, and its number; a bed by both of its room.
    fn refused(change: impl FnOnce(&mut CompositeForeignKeyDef)) -> Result<()> {
        let mut room = ModelDef::new("inn", "Room");
        let mut house = FieldDef::new("house", FieldType::ForeignKey);
        house.to = Some(ModelKey::new("inn", "House"));
        room.fields = vec![house, FieldDef::new("number", FieldType::Int)];
        let mut bed = ModelDef::new("inn", "Bed");
        let pairs = [("house", "house"), ("number", "number")];
        let mut key = CompositeForeignKeyDef::over("fk", "room", room.key(), pairs);
        change(&mut key);
        bed.constraints = vec![ConstraintDef::from(key)];
        let models = BTreeMap::from([(room.key(), room.clone()), (bed.key(), bed)]);
        let mapping = KeyMapping {
            table: "inn_house".into(),
            old: "id".to_owned(),
            new: "code".to_owned(),
        };
        refuse_pointed_at(
            &room,
            &models,
            &BTreeMap::from([("house_id".to_owned(), mapping)]),
        )
    }

    #[test]
    fn a_foreign_key_of_several_columns_over_one_that_changes_is_named() {
        let error = refused(|_| {}).unwrap_err().to_string();
        let expected = "inn.Bed.room points at inn.Room.house, which would hold other values where it points at another column";
        assert!(error.contains(expected), "{error}");
        refused(|key| key.to_fields = vec!["number".to_owned(), "floor".to_owned()]).unwrap();
        refused(|key| key.to.model = "Other".to_owned()).unwrap();
    }
}
