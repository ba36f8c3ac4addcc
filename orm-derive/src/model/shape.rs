//! Which structs can be models, and what their primary key is.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

use super::Field;
use crate::errors::Errors;

/// The fields of a struct that can be a model.
pub(super) fn shape<'a>(
    input: &'a DeriveInput,
    errors: &mut Errors,
) -> Option<impl Iterator<Item = &'a syn::Field> + use<'a>> {
    const FORM: &str =
        "a model is a struct with named fields, one per column: `struct Post { id: i64, title: String }`";
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Some(fields.named.iter()),
            Fields::Named(_) | Fields::Unit => {
                errors.at(
                    input.ident.span(),
                    format!("a model has at least one column\n{FORM}"),
                );
                None
            }
            Fields::Unnamed(fields) => {
                errors.at(fields.span(), FORM);
                None
            }
        },
        Data::Enum(_) => {
            errors.at(
                input.ident.span(),
                format!("an enum cannot be a model\n{FORM}\nfor a column with fixed values derive `Choices` instead"),
            );
            None
        }
        Data::Union(_) => {
            errors.at(input.ident.span(), format!("a union cannot be a model\n{FORM}"));
            None
        }
    };
    if !input.generics.params.is_empty() {
        errors.at(
            input.generics.span(),
            "a model takes no generic parameters: it is one table; write a struct per table",
        );
        return None;
    }
    fields
}

/// The field that is marked, or named `id`. After a mistake some column stands in, so that the rest still expands.
pub(super) fn primary_key(fields: &mut [Field], model: &Ident, errors: &mut Errors) -> Option<usize> {
    let marked: Vec<usize> = (0..fields.len()).filter(|&at| fields[at].primary_key).collect();
    if let [first, rest @ ..] = marked.as_slice() {
        for &second in rest {
            let at = fields[second]
                .options
                .primary_key
                .unwrap_or_else(|| fields[second].ident.span());
            errors.at(
                at,
                format!(
                    "a model has one primary key, and `{}` is it already; for two fields that are unique together \
                     write #[orm(unique(\"{0}\", \"{}\"))] on the struct",
                    fields[*first].name, fields[second].name
                ),
            );
            fields[second].primary_key = false;
        }
        return Some(*first);
    }
    let named = fields
        .iter()
        .position(|field| field.name == "id" && field.column.is_some());
    let key = match named {
        Some(id) => {
            if fields[id].ty.null {
                errors.at(
                    fields[id].ident.span(),
                    "`id` is the primary key and cannot be NULL; write its type without `Option`",
                );
            }
            if let Some(at) = fields[id].options.unique.take() {
                errors.at(at, "a primary key is unique already; drop `unique`");
            }
            id
        }
        None => {
            errors.at(
                model.span(),
                format!(
                    "`{model}` has no primary key; name a field `id`, as in `id: i64`, or mark one with \
                     #[orm(primary_key)]"
                ),
            );
            fields.iter().position(|field| field.column.is_some())?
        }
    };
    fields[key].primary_key = true;
    Some(key)
}
