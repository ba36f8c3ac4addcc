//! The derives of `orm`: `Model` and `Choices`.
//!
//! Tokens become options (`attr`), options and the struct become checked facts (`model`), facts become items
//! (`expand`, one file per item). Every mistake on the way is gathered and reported at its place, and what is left
//! is still expanded, so that one mistake is one error.

#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attr;
mod errors;
mod expand;
mod model;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// Makes a struct a model: its values are rows of a table, its fields the columns.
///
/// On the struct, `#[orm(..)]` takes `ordering("-field", ..)`, `index("field", ..)`, `unique("field", ..)`,
/// `check("name", |fields| ..)`, `table = ".."` and `comment = ".."`.
///
/// On a field it takes `primary_key`, `unique`, `index`, `max_length`, `max_digits`, `decimal_places`, `default`,
/// `default_fn`, `db_default`, `auto_now`, `auto_now_add`, `column`, `comment`, `renamed_from`; on a relation also
/// `on_delete` and `related_name`, and on a many-to-many field `table`.
#[proc_macro_derive(Model, attributes(orm))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Model::read(input, errors).map(|model| expand::model(&model))
    })
}

/// Makes an enum without data a column type: text, held to the names of the variants in snake case, or to
/// `#[orm(value = "..")]`.
#[proc_macro_derive(Choices, attributes(orm))]
pub fn derive_choices(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Choices::read(input, errors).map(|choices| expand::choices(&choices))
    })
}

fn expand_with(
    input: TokenStream,
    expand: impl FnOnce(&DeriveInput, &mut Errors) -> Option<proc_macro2::TokenStream>,
) -> TokenStream {
    match syn::parse::<DeriveInput>(input) {
        Ok(input) => {
            let mut errors = Errors::default();
            let items = expand(&input, &mut errors);
            let errors = errors.into_tokens();
            quote!(#items #errors).into()
        }
        Err(error) => error.into_compile_error().into(),
    }
}
