//! An enum whose variants are stored as strings.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

use crate::attr::{At, ChoicesOptions, VariantOptions};
use crate::errors::Errors;

use super::snake_case::snake_case;

pub(crate) struct Choices {
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<(Ident, String)>,
    /// Whether it is a database enum type, and that type's name if it is given.
    pub(crate) native: Option<Option<String>>,
    /// The new string and the old one.
    pub(crate) renamed: Vec<(String, String)>,
}

/// The most bytes of a name in the database.
const MAX_IDENTIFIER: usize = 63;

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
        let native = ChoicesOptions::read(&input.attrs, errors)
            .native
            .map(|native| native.name);
        if let Some(Some(name)) = &native
            && name.value.len() > MAX_IDENTIFIER
        {
            errors.at(
                name.span,
                format!("the name of a type has at most {MAX_IDENTIFIER} bytes; shorten it"),
            );
        }
        if data.variants.is_empty() {
            errors.at(
                input.ident.span(),
                "an enum without variants allows no value at all; add one",
            );
            return None;
        }
        let mut variants: Vec<(Ident, String)> = Vec::new();
        let mut values: HashMap<String, Ident> = HashMap::new();
        let mut renamed: Vec<(Ident, String, At<String>)> = Vec::new();
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
                    snake_case(&variant.ident.unraw().to_string()),
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
            if let Some(old) = options.renamed_from {
                renamed.push((variant.ident.clone(), value.clone(), old));
            }
            variants.push((variant.ident.clone(), value));
        }
        check_renames(&mut renamed, &values, errors);
        // A match that misses variants would be a second error for the same mistake.
        let complete = variants.len() == data.variants.len();
        debug_assert!(complete || errors.len() > before);
        complete.then(|| Choices {
            ident: input.ident.clone(),
            variants,
            native: native.map(|name| name.map(|name| name.value)),
            renamed: renamed
                .into_iter()
                .map(|(_, new, old)| (new, old.value))
                .collect(),
        })
    }
}

/// Drops an invalid `renamed_from` of a variant.
fn check_renames(
    renamed: &mut Vec<(Ident, String, At<String>)>,
    values: &HashMap<String, Ident>,
    errors: &mut Errors,
) {
    let mut claimed: HashMap<String, Ident> = HashMap::new();
    renamed.retain(|(variant, _, old)| {
        if let Some(other) = values.get(&old.value) {
            errors.at(
                old.span,
                format!(
                    "\"{}\" is still the value of `{other}`; `renamed_from` names one that is gone",
                    old.value
                ),
            );
            return false;
        }
        if let Some(other) = claimed.insert(old.value.clone(), variant.clone()) {
            errors.at(
                old.span,
                format!(
                    "`{other}` and `{variant}` cannot both have been \"{}\"; keep one",
                    old.value
                ),
            );
            return false;
        }
        true
    });
}
