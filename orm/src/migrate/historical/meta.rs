//! Resolves historical models to the form that queries are rendered from.

use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::migrate::state::ProjectState;
use crate::model::{
    ColumnMeta, EnumMeta, FieldDef, ModelDef, ModelMeta, ModelSpec, OrderingColumn, OrderingTerm, enum_name,
    stored,
};

/// Historical models have no source file.
static SPEC: ModelSpec = ModelSpec::new("", "", "a migration");

/// The resolved form of a model of `state`.
///
/// It lives as long as the program, as those of the program's own models do, because statements are kept by it. There is
/// one per form that a model had, however often its migrations run.
///
/// # Errors
/// If a foreign key of the model does not lead to a column.
pub(super) fn meta_of(state: &ProjectState, def: &ModelDef) -> Result<&'static ModelMeta> {
    static KNOWN: Mutex<Vec<&'static ModelMeta>> = Mutex::new(Vec::new());
    let base = |field| {
        stored(def, field, |key| state.model(key))
            .map_err(|error| error.context(format!("model {}", def.key())))
    };
    let mut columns: Vec<ColumnMeta> = def
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.ty.is_column())
        .map(|(position, field)| {
            Ok(ColumnMeta {
                field: position,
                name: field.name.clone(),
                column: field.column_name(),
                storage: base(field)?.1.ty,
                null: field.null,
                computed: field.generated_as.is_some(),
                enumeration: None,
                db_type: base(field)?.1.db_type.clone(),
            })
        })
        .collect::<Result<_>>()?;
    let stores = |meta: &ModelMeta| {
        meta.columns
            .iter()
            .map(|column| column.storage)
            .eq(columns.iter().map(|column| column.storage))
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.iter().find(|meta| meta.def == *def && stores(meta)) {
        return Ok(*found);
    }
    for column in &mut columns {
        let (owner, field) = base(&def.fields[column.field])?;
        column.enumeration = enumeration(owner, field);
    }
    let key: Vec<usize> = (0..columns.len())
        .filter(|&at| def.fields[columns[at].field].primary_key)
        .collect();
    let Some(&primary_key) = key.first() else {
        return Err(Error::migration(format!(
            "{} has no primary key, by which its rows could be told apart",
            def.key()
        )));
    };
    let meta: &'static ModelMeta = Box::leak(Box::new(ModelMeta {
        spec: &SPEC,
        def: def.clone(),
        table: def.table_name().name,
        columns,
        primary_key,
        key,
        ordering: ordering_columns(def),
        // An error ends the migration and undoes what it has done.
        unsure: Vec::new(),
        // That it counts is what the program's model says and not the table.
        version: None,
        // So are scopes: a migration sees all rows.
        scopes: Vec::new(),
    }));
    known.push(meta);
    Ok(meta)
}

/// Rows that others lead to are not joined here: the key that leads to them stands for them.
fn ordering_columns(def: &ModelDef) -> Vec<OrderingColumn> {
    let terms = def.ordering.iter().map(|written| OrderingTerm::parse(written));
    let columns = terms.filter_map(|term| {
        let mut columns = def.fields.iter().filter(|field| field.ty.is_column());
        let column = columns.position(|field| field.name == term.own_field())?;
        Some(OrderingColumn {
            relations: Vec::new(),
            column: u16::try_from(column).ok()?,
            descending: term.descending,
        })
    });
    columns.collect()
}

/// What the statements of a column of an enum type need to know of it.
fn enumeration(owner: &ModelDef, field: &FieldDef) -> Option<EnumMeta> {
    let name = field.enum_type.as_ref()?;
    let values = field.choices.iter().map(|value| &*value.clone().leak());
    Some(EnumMeta {
        name: enum_name(&owner.app, name),
        values: values.collect::<Vec<&'static str>>().leak(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::testing::models;

    #[test]
    fn a_model_that_rows_cannot_be_told_apart_by_is_refused() {
        let mut models = models("a.Part\n  whole fk=a.Whole\na.Whole\n  x int");
        let lost = models.iter_mut().find(|model| model.name == "Whole").unwrap();
        lost.fields.retain(|field| !field.primary_key);
        let state = ProjectState::from_models(&models).unwrap();
        for (model, expected) in [
            (
                "Whole",
                "a.Whole has no primary key, by which its rows could be told apart",
            ),
            (
                "Part",
                "model a.Part: `whole` points at a.Whole, which has no primary key",
            ),
        ] {
            let def = state.model(&crate::model::ModelKey::new("a", model)).unwrap();
            assert_eq!(meta_of(&state, def).unwrap_err().to_string(), expected);
        }
    }
}
