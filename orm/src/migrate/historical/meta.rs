//! Historical models in the form that queries are rendered from.

use std::sync::{Mutex, PoisonError};

use crate::migrate::state::ProjectState;
use crate::model::{ColumnMeta, EnumMeta, FieldDef, ModelDef, ModelMeta, ModelSpec, enum_name, stored};

/// No source says what a historical model is.
static SPEC: ModelSpec = ModelSpec::new("", "", "a migration");

/// The resolved form of a model of `state`.
///
/// It lives as long as the program, as those of the program's own models do, because statements are kept by it. There is
/// one per form that a model had, however often its migrations run.
pub(super) fn meta_of(state: &ProjectState, def: &ModelDef) -> &'static ModelMeta {
    static KNOWN: Mutex<Vec<&'static ModelMeta>> = Mutex::new(Vec::new());
    let mut columns: Vec<ColumnMeta> = def
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.ty.is_column())
        .map(|(position, field)| ColumnMeta {
            field: position,
            name: field.name.clone(),
            column: field.column_name(),
            storage: stored(field, |key| state.model(key)).0.ty,
            null: field.null,
            computed: field.generated_as.is_some(),
            enumeration: None,
        })
        .collect();
    let stores = |meta: &ModelMeta| {
        meta.columns
            .iter()
            .map(|column| column.storage)
            .eq(columns.iter().map(|column| column.storage))
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(meta) = known.iter().find(|meta| meta.def == *def && stores(meta)) {
        return meta;
    }
    for column in &mut columns {
        let (field, owner) = stored(&def.fields[column.field], |key| state.model(key));
        column.enumeration = enumeration(owner.unwrap_or(def), field);
    }
    let key: Vec<usize> = (0..columns.len())
        .filter(|&at| def.fields[columns[at].field].primary_key)
        .collect();
    let meta: &'static ModelMeta = Box::leak(Box::new(ModelMeta {
        spec: &SPEC,
        def: def.clone(),
        table: def.table_name(),
        columns,
        primary_key: key.first().copied().unwrap_or(0),
        key,
        // An error ends the migration, and what it has done with it.
        unsure: Vec::new(),
    }));
    known.push(meta);
    meta
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
