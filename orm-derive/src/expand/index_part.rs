//! The parts of indexes and of what is unique, as static data.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, option};
use crate::attr::{Part, PartKey};

pub(super) fn expand(part: &Part, model: &Ident) -> TokenStream {
    let key = match &part.key {
        PartKey::Field(field) => {
            let name = &field.name;
            quote!(Field(#name))
        }
        PartKey::Expression(expression) => {
            let built = quote_spanned! {at(expression.span())=>
                __orm::index_expression::<#model, _, _>(#expression)
            };
            quote!(Expression(|| #built))
        }
    };
    let descending = part.descending || part.field().is_some_and(|field| field.descending);
    let nulls = option(part.nulls.as_ref().map(|nulls| {
        let nulls = format_ident!("{}", nulls.value);
        quote!(__orm::NullsOrder::#nulls)
    }));
    let collation = option(part.collation.as_ref().map(|given| &given.value));
    let operators = option(part.operators.as_ref().map(|given| &given.value));
    quote! {
        __orm::PartSpec {
            descending: #descending,
            nulls: #nulls,
            collation: #collation,
            operator_class: #operators,
            ..__orm::PartSpec::of(__orm::KeySpec::#key)
        }
    }
}
