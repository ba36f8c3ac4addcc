//! Indexes, what is unique and what excludes, as static data.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::differences::Differences;
use super::{at, option};
use crate::attr::{FieldName, IndexOption, Part, PartKey};

pub(super) fn exclusion(given: &IndexOption, model: &Ident) -> TokenStream {
    let over = kept_by(given, model, "Gist");
    let operators = given.parts.iter().filter_map(|part| part.compared_by.as_ref());
    let operators = operators.map(|operator| &operator.value);
    quote!(__orm::ExclusionSpec { over: #over, operators: &[#(#operators),*] })
}

pub(super) fn index(given: &IndexOption, model: &Ident) -> TokenStream {
    kept_by(given, model, "Btree")
}

/// What is by `usual` where no method is given.
fn kept_by(given: &IndexOption, model: &Ident, usual: &str) -> TokenStream {
    let mut differs = Differences::default();
    let fields = match given.plain() {
        Some(fields) => fields.into_iter().map(FieldName::written).collect(),
        None => {
            let parts = given.parts.iter().map(|part| self::part(part, model));
            differs.set("parts", quote!(&[#(#parts),*]));
            Vec::new()
        }
    };
    for (name, given) in [("name", &given.name), ("message", &given.message)] {
        if let Some(given) = given {
            differs.set(name, option(Some(&given.value)));
        }
    }
    if let Some(condition) = &given.condition {
        let built = quote_spanned! {at(condition.span())=>
            __orm::index_condition::<#model, _, _>(#condition)
        };
        differs.set("condition", quote!(::core::option::Option::Some(|| #built)));
    }
    if !given.include.is_empty() {
        let include = given.include.iter().map(|field| &field.name);
        differs.set("include", quote!(&[#(#include),*]));
    }
    let method = given
        .method
        .as_ref()
        .map_or(usual, |method| method.value.as_str());
    // What the library takes for given.
    if given.method.is_some() || method != "Btree" {
        let method = format_ident!("{method}");
        differs.set("method", quote!(__orm::IndexMethod::#method));
    }
    if !given.with.is_empty() {
        let with = given.with.iter().map(|(name, value)| quote!((#name, #value)));
        differs.set("with", quote!(&[#(#with),*]));
    }
    if given.nulls_not_distinct.is_some() {
        differs.set("nulls_not_distinct", quote!(true));
    }
    if let Some(when) = &given.deferrable {
        let when = format_ident!("{}", format!("{:?}", when.value));
        differs.set("deferrable", quote!(__orm::Deferrable::#when));
    }
    let over = quote!(__orm::IndexSpec::over(&[#(#fields),*]));
    differs.over("IndexSpec", over)
}

fn part(part: &Part, model: &Ident) -> TokenStream {
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
