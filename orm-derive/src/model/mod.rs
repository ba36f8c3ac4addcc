//! Facts about a struct or enum that the expansion can rely on.

mod agree;
mod choices;
mod column_type;
mod field;
mod names;
mod shape;
mod snake_case;
mod through;
mod ty;

pub(crate) use choices::Choices;
pub(crate) use column_type::ColumnType;
pub(crate) use field::Field;
pub(crate) use ty::FieldKind;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{DeriveInput, Visibility};

use crate::attr::ModelOptions;
use crate::errors::Errors;
use shape::{primary_key, shape};
use snake_case::snake_case;

/// The methods of the builder behind `create()`, which a field of that name would hide.
pub(crate) const BUILDER_METHODS: &[&str] = &[
    "save",
    "on_conflict",
    "on_any_conflict",
    "get_or_create",
    "update_or_create",
];

pub(crate) struct Model {
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    /// In snake case, as the library derives it for tables.
    pub(crate) snake: String,
    pub(crate) vis: Visibility,
    pub(crate) fields: Vec<Field>,
    pub(crate) options: ModelOptions,
    /// The positions of the primary key's fields in `fields`.
    key: Vec<usize>,
}

impl Model {
    /// `None` if the input is too far from a model to expand anything.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let fields = shape(input, errors)?;
        let options = ModelOptions::read(&input.attrs, errors);
        let mut fields: Vec<Field> = (0u16..)
            .zip(fields)
            .filter_map(|(position, field)| Field::read(field, position, &input.ident, errors))
            .collect();
        let columns = fields
            .iter_mut()
            .filter(|field| field.ty.kind != FieldKind::ManyToMany);
        for (column, field) in (0u16..).zip(columns) {
            field.column = Some(column);
        }
        let key = primary_key(&mut fields, &input.ident, errors)?;
        let name = input.ident.unraw().to_string();
        let mut model = Model {
            snake: snake_case(&name),
            name,
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            fields,
            options,
            key,
        };
        model.check_names(errors);
        model.check_composite_key(errors);
        Some(model)
    }

    /// The fields of the primary key; usually one.
    pub(crate) fn key(&self) -> impl Iterator<Item = &Field> {
        self.key.iter().map(|&position| &self.fields[position])
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.column.is_some())
    }

    pub(crate) fn relations(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.ty.is_relation())
    }
}

#[cfg(test)]
mod tests;
