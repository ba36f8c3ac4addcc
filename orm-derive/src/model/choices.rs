//! An enum whose variants are texts.

use std::collections::HashMap;

use heck::ToSnakeCase;
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

use crate::attr::VariantOptions;
use crate::errors::Errors;

pub(crate) struct Choices {
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<(Ident, String)>,
}

impl Choices {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let Data::Enum(data) = &input.data else {
            errors.at(
                input.ident.span(),
                "`Choices` is for enums whose variants hold no data: `enum Status { Draft, Published }`",
            );
            return None;
        };
        if !input.generics.params.is_empty() {
            errors.at(
                input.generics.span(),
                "an enum of choices takes no generic parameters",
            );
            return None;
        }
        // What stands on the enum itself: nothing is known yet, so everything is a mistake.
        crate::attr::no_options(&input.attrs, "an enum of choices", errors);
        if data.variants.is_empty() {
            errors.at(
                input.ident.span(),
                "an enum without variants allows no value at all; add one",
            );
            return None;
        }
        let mut variants: Vec<(Ident, String)> = Vec::new();
        let mut values: HashMap<String, Ident> = HashMap::new();
        let before = errors.len();
        for variant in &data.variants {
            if !matches!(variant.fields, Fields::Unit) {
                errors.at(
                    variant.fields.span(),
                    format!(
                        "a choice is stored as one text and holds no data; drop the data of `{}`, or store the enum in \
                         a `Json<{}>` column",
                        variant.ident, input.ident
                    ),
                );
                continue;
            }
            let options = VariantOptions::read(&variant.attrs, errors);
            let (value, at) = match options.value {
                Some(value) => (value.value, value.span),
                None => (
                    variant.ident.unraw().to_string().to_snake_case(),
                    variant.ident.span(),
                ),
            };
            if let Some(other) = values.insert(value.clone(), variant.ident.clone()) {
                errors.at(
                    at,
                    format!(
                        "`{other}` and `{}` are both stored as \"{value}\"; give one #[orm(value = \"..\")]",
                        variant.ident
                    ),
                );
            }
            variants.push((variant.ident.clone(), value));
        }
        // A match that misses variants would be a second error about the same mistake.
        let complete = variants.len() == data.variants.len();
        debug_assert!(complete || errors.len() > before);
        complete.then(|| Choices {
            ident: input.ident.clone(),
            variants,
        })
    }
}
