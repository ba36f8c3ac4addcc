//! `impl Projection`: what is read of a row, and how the struct is made of it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Index, TypePath};

use super::{at, embed_item, quiet};
use crate::model::{Projection, ProjectionField, ProjectionKind, ProjectionSource};

pub(crate) fn projection(projection: &Projection) -> TokenStream {
    let Projection { ident, model, fields } = projection;
    let Some(fields) = fields else {
        return implementation(ident, &nothing(model));
    };
    let of_kind = |kind| fields.iter().filter(move |field| field.kind == kind);
    let (values, embeds): (Vec<_>, Vec<_>) = (
        of_kind(ProjectionKind::Value).collect(),
        of_kind(ProjectionKind::Embed).collect(),
    );
    let related: Vec<_> = of_kind(ProjectionKind::Related).collect();

    let selected = values.iter().chain(&embeds).map(|field| {
        let (ty, name, source) = (&field.ty, name(field), source(field));
        let span = at(field.span());
        let method = match field.kind {
            ProjectionKind::Embed => Ident::new("embed", span),
            _ => Ident::new("value", span),
        };
        quote_spanned!(span=> __values.#method::<#ty, _>(#name, #source);)
    });
    let loads = related.iter().map(|field| {
        let (ty, name, source) = (&field.ty, name(field), source(field));
        quote_spanned!(at(field.span())=> __values.related::<#ty, _>(#name, #source)?)
    });
    let parts: Vec<_> = related.iter().map(|field| part(field)).collect();
    let decoded: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(nth, field)| {
            let ty = &field.ty;
            quote_spanned!(at(field.span())=> __row.get::<#ty>(__at + #nth)?)
        })
        .chain(embeds.iter().enumerate().map(|(nth, field)| {
            let (own, item) = (values.len(), embed_item(&field.ty, &quote!(decode)));
            let before = embeds.iter().take(nth).map(|field| {
                let columns = embed_item(&field.ty, &quote!(COLUMNS));
                quote!(+ #columns as usize)
            });
            quote!(#item(__row, __at + #own #(#before)*)?)
        }))
        .collect();
    let names: Vec<_> = values.iter().chain(&embeds).map(|field| &field.ident).collect();
    let (partial, decode, finish) = match related.as_slice() {
        [] => (
            quote!(Self),
            quote!(Self { #(#names: #decoded),* }),
            quote! {
                ::core::result::Result::Ok(__partial)
            },
        ),
        _ => {
            let types = values.iter().chain(&embeds).map(|field| &field.ty);
            let related_names = related.iter().map(|field| &field.ident);
            let nth = (0..).map(Index::from);
            let own = nth
                .clone()
                .zip(&names)
                .map(|(nth, name)| quote!(#name: __partial.#nth));
            let behind = (names.len()..).map(Index::from);
            let finished = nth.clone().zip(behind).zip(related_names).map(
                |((nth, at), name)| quote!(#name: __orm::Loader::finish(&mut __loads.#nth, __partial.#at)?),
            );
            let read = related
                .iter()
                .zip(nth.clone())
                .map(|(_, nth)| quote!(__orm::Loader::decode(&mut __loads.#nth, __row)?));
            (
                quote!((#(#types,)* #(<#parts as __orm::Loader>::Partial,)*)),
                quote!((#(#decoded,)* #(#read,)*)),
                quote!(::core::result::Result::Ok(Self { #(#own,)* #(#finished),* })),
            )
        }
    };
    // Rows without lists are whole as they are read.
    let all = related.is_empty().then(|| {
        quote! {
            #[inline]
            fn finish_all(_: &mut (), __rows: ::std::vec::Vec<Self>) -> __orm::Result<::std::vec::Vec<Self>> {
                ::core::result::Result::Ok(__rows)
            }
        }
    });
    // What is nothing but values can be copied out under their names.
    let own_names = (related.is_empty() && embeds.is_empty()).then(|| {
        let names: Vec<String> = values
            .iter()
            .map(|field| field.ident.unraw().to_string())
            .collect();
        let names = names.join(",");
        quote!(const NAMES: &'static str = #names;)
    });
    let items = quote! {
        type Model = #model;
        type Loads = (#(#parts,)*);
        type Partial = #partial;
        #own_names

        fn project(
            __fields: __orm::Fields<#model>,
            _: __orm::RowSource,
            __values: &mut __orm::ProjectedValues,
        ) -> __orm::Result<Self::Loads> {
            #(#selected)*
            ::core::result::Result::Ok((#(#loads,)*))
        }

        #[inline]
        fn decode(
            __loads: &mut Self::Loads,
            __row: &__orm::Row<'_>,
            __at: usize,
        ) -> __orm::Result<Self::Partial> {
            ::core::result::Result::Ok(#decode)
        }

        #[inline]
        fn finish(__loads: &mut Self::Loads, __partial: Self::Partial) -> __orm::Result<Self> {
            #finish
        }

        #all
    };
    implementation(ident, &items)
}
fn implementation(ident: &Ident, items: &TokenStream) -> TokenStream {
    let quiet = quiet();
    quote! {
        #quiet
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            #[allow(unused_variables)]
            impl __orm::Projection for #ident {
                #items
            }
        };
    }
}

/// A projection that is never read.
fn nothing(model: &TypePath) -> TokenStream {
    quote! {
        type Model = #model;
        type Loads = ();
        type Partial = Self;

        fn project(
            _: __orm::Fields<#model>,
            _: __orm::RowSource,
            _: &mut __orm::ProjectedValues,
        ) -> __orm::Result<()> {
            ::core::unreachable!()
        }

        fn decode((): &mut (), _: &__orm::Row<'_>, _: usize) -> __orm::Result<Self> {
            ::core::unreachable!()
        }

        fn finish((): &mut (), partial: Self) -> __orm::Result<Self> {
            ::core::result::Result::Ok(partial)
        }
    }
}

/// The name of a field, as errors say it.
fn name(field: &ProjectionField) -> String {
    field.ident.unraw().to_string()
}

/// What a field is read from, as if written at its type: there it is what does not fit.
fn source(field: &ProjectionField) -> TokenStream {
    let span = at(field.span());
    match (&field.source, field.kind) {
        (ProjectionSource::Closure(closure), _) => {
            quote_spanned!(span=> __orm::value_of_rows::<Self::Model, _>(__fields, #closure))
        }
        (ProjectionSource::Path(steps, last), ProjectionKind::Related) => {
            quote_spanned!(span=> __fields #(.#steps())* .#last())
        }
        (ProjectionSource::Path(steps, last), ProjectionKind::Value | ProjectionKind::Embed) => {
            quote_spanned!(span=> __fields #(.#steps())* .#last)
        }
    }
}

/// What reads a relation, always spelled the same, so that a type that is no projection is one error.
fn part(field: &ProjectionField) -> TokenStream {
    let ty = &field.ty;
    quote_spanned!(at(field.span())=> <#ty as __orm::RelatedField>::Part)
}
