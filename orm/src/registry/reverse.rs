//! Relations as seen from the models that they lead to.

use crate::model::{FieldDef, ModelDef, ModelKey, snake_case};
use crate::value::FieldType;

/// A relation of a model, from its other end.
pub(crate) struct ReverseRelation<'a> {
    /// Its position among the fields of the model that declares it; foreign keys over several columns are counted behind them.
    pub position: usize,
    /// Its name in the model that declares it.
    pub relation: &'a str,
    /// The model that it leads to.
    pub to: &'a ModelKey,
    /// What it is called there.
    pub name: String,
    /// `ForeignKey`, `OneToOne` or `ManyToMany`.
    pub ty: FieldType,
}

/// The relations of a model that have a name at their other end.
pub(crate) fn reverse_relations(def: &ModelDef) -> impl Iterator<Item = ReverseRelation<'_>> {
    let fields = def.fields.iter().enumerate().filter_map(|(position, field)| {
        Some(ReverseRelation {
            position,
            relation: &field.name,
            to: field.to.as_ref()?,
            name: reverse_name(def, field)?,
            ty: field.ty,
        })
    });
    let keys = def.composite_foreign_keys().enumerate();
    fields.chain(keys.filter_map(|(nth, key)| {
        Some(ReverseRelation {
            position: def.fields.len() + nth,
            relation: &key.relation,
            to: &key.to,
            name: name_to_many(def, key.related_name.as_deref())?,
            ty: FieldType::ForeignKey,
        })
    }))
}

/// The name of the reverse relation of a field, unless it has none.
fn reverse_name(def: &ModelDef, field: &FieldDef) -> Option<String> {
    match field.related_name.as_deref() {
        _ if !field.ty.is_relation() => None,
        // There and back are one.
        _ if field.symmetrical => None,
        None if field.ty == FieldType::OneToOne => Some(snake_case(&def.name)),
        given => name_to_many(def, given),
    }
}

/// The same of one that leads back to many rows.
fn name_to_many(def: &ModelDef, given: Option<&str>) -> Option<String> {
    match given {
        Some("+") => None,
        Some(name) => Some(name.to_owned()),
        None => Some(format!("{}_set", snake_case(&def.name))),
    }
}
