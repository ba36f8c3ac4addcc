//! Historical models in the form that queries are rendered from.

use std::sync::{Mutex, PoisonError};

use crate::migrate::state::ProjectState;
use crate::model::{ColumnMeta, FieldDef, ModelDef, ModelMeta, ModelSpec};
use crate::value::ChoicesFacts;

/// No source says what a historical model is.
static SPEC: ModelSpec = ModelSpec {
    name: "",
    module: "",
    location: "a migration",
    table: None,
    comment: None,
    fields: &[],
    ordering: &[],
    indexes: &[],
    uniques: &[],
    checks: &[],
    unmanaged: false,
    renamed_from: None,
};

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
            storage: stored(state, field).ty,
            null: field.null,
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
        column.enumeration = enumeration(stored(state, &def.fields[column.field]));
    }
    let primary_key = columns
        .iter()
        .position(|column| def.fields[column.field].primary_key)
        .unwrap_or(0);
    let meta: &'static ModelMeta = Box::leak(Box::new(ModelMeta {
        spec: &SPEC,
        def: def.clone(),
        table: def.table_name(),
        columns,
        primary_key,
    }));
    known.push(meta);
    meta
}

/// What the statements of a column of an enum type need to know of it.
fn enumeration(field: &FieldDef) -> Option<&'static ChoicesFacts> {
    field.enum_type.as_ref()?;
    let values = field.choices.iter().map(|value| &*value.clone().leak());
    Some(Box::leak(Box::new(ChoicesFacts {
        name: "",
        values: values.collect::<Vec<&'static str>>().leak(),
        native: true,
        type_name: None,
        renamed: &[],
    })))
}

/// The field whose values a column stores: a key stores what the key pointed at stores.
fn stored<'a>(state: &'a ProjectState, field: &'a FieldDef) -> &'a FieldDef {
    let mut field = field;
    // A circle of keys has no type; the bound only keeps a broken state from hanging us.
    for _ in 0..16 {
        let target = field.to.as_ref().and_then(|to| state.model(to));
        match target.and_then(|target| target.primary_key()) {
            Some(key) => field = key,
            None => break,
        }
    }
    field
}
