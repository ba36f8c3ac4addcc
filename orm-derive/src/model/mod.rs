//! Facts about a struct or enum that the expansion can rely on.

mod agree;
mod choices;
mod column_type;
mod composite_foreign_key;
mod embed;
mod field;
mod identity;
mod names;
mod points_at;
mod projection;
mod reverse_names;
mod scopes;
mod searches;
mod security;
mod shape;
mod snake_case;
mod through;
mod ty;
mod version;
mod view;

pub(crate) use choices::Choices;
pub(crate) use column_type::ColumnType;
pub(crate) use field::Field;
pub(crate) use projection::{Projection, ProjectionField, ProjectionKind, ProjectionSource};
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
    "with",
    "with_existing",
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
        const FORM: &str =
            "a model is a struct with named fields, one per column: `struct Post { id: i64, title: String }`";
        let fields = shape(input, "a model", FORM, errors)?;
        let options = ModelOptions::read(&input.attrs, errors);
        let mut model = Model::of(input, fields, options, errors);
        let view = model.options.view.is_some();
        model.key = primary_key(&mut model.fields, &input.ident, view, errors)?;
        model.check_view(errors);
        model.check_names(errors);
        model.check_versions(errors);
        model.check_scopes(errors);
        model.fill_from_scopes(errors);
        Some(model)
    }

    /// With fields and options that are still to be checked against each other.
    fn of<'a>(
        input: &DeriveInput,
        fields: impl Iterator<Item = &'a syn::Field>,
        options: ModelOptions,
        errors: &mut Errors,
    ) -> Self {
        let fields = fields.filter_map(|field| Field::read(field, &input.ident, errors));
        let mut fields: Vec<Field> = fields.collect();
        place(&mut fields);
        let name = input.ident.unraw().to_string();
        Model {
            snake: snake_case(&name),
            name,
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            fields,
            options,
            key: Vec::new(),
        }
    }

    /// The fields of the primary key; usually one.
    pub(crate) fn key(&self) -> impl Iterator<Item = &Field> {
        self.key.iter().map(|&position| &self.fields[position])
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.column.is_some())
    }

    /// What rows hold and closures have: columns, and embeds of several.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| field.ty.kind != FieldKind::ManyToMany)
    }

    pub(crate) fn embeds(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| field.ty.kind == FieldKind::Embed)
    }

    pub(crate) fn relations(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.ty.is_relation())
    }
}

/// Counts fields and columns. How many an embed has only its struct says, so what comes after one counts on from there.
fn place(fields: &mut [Field]) {
    let (mut position, mut column) = (0, 0);
    let mut behind = Vec::new();
    for field in fields {
        (field.position, field.start) = (position, column);
        field.behind = behind.clone();
        match field.ty.kind {
            FieldKind::Embed => behind.push(field.ty.ty.clone()),
            FieldKind::ManyToMany => position += 1,
            FieldKind::Column | FieldKind::ForeignKey | FieldKind::OneToOne => {
                field.column = Some(column);
                position += 1;
                column += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
