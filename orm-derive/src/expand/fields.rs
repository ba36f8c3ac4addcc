//! `PostFields`: the columns as parts of a query, and the relations that queries follow. Those of an embed know the place that it
//! has in a model.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{Owner, at, composite_foreign_key, fields_ident, position, quiet, search};
use crate::model::{FieldKind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let fields = fields_ident(model);
    let items = expand_in(model, Owner::Model);
    quote! {
        #items

        #[automatically_derived]
        impl<__J: ::orm::__private::Join> ::orm::__private::HasRowSource for #fields<__J> {
            type Joined = __J;
            fn row_source(self) -> ::orm::__private::RowSource { self.__at }
        }
    }
}

pub(super) fn expand_in(model: &Model, owner: Owner) -> TokenStream {
    let fields = fields_ident(model);
    let quiet = quiet();
    let Model { ident, vis, name, .. } = model;
    let doc = format!(
        "The fields of [`{name}`] as parts of a query: what closures such as `filter(|p| ..)` are given."
    );
    let columns = model.stored().map(|field| {
        let (vis, ident, ty) = (&field.vis, &field.ident, &field.ty.ty);
        match field.ty.kind {
            FieldKind::Embed => {
                let docs = super::docs(field, || format!("The columns of `{}`.", field.name));
                quote_spanned!(at(ty.span())=> #docs #vis #ident: ::orm::__private::Embedded<#ty, __J>)
            }
            _ => {
                let docs = super::docs(field, || format!("The column `{}`.", field.name));
                quote!(#docs #vis #ident: ::orm::__private::Field<#ty, __J>)
            }
        }
    });
    let relations = model.relations().filter_map(|field| {
        let (vis, name, position, target) = (
            &field.vis,
            &field.ident,
            position(field, field.position),
            field.ty.target.as_ref()?,
        );
        let (kind, joined, way) = match (field.ty.kind, field.ty.null) {
            (FieldKind::ManyToMany, _) => (quote!(ToMany), quote!(), quote!(join)),
            (_, true) => (quote!(ToOne), quote!(, ::orm::__private::Outer), quote!(forward)),
            (_, false) => (
                quote!(ToOne),
                quote_spanned!(at(target.span())=> , <#target as ::orm::__private::Model>::Seen<__J>),
                quote!(forward),
            ),
        };
        let from = match owner {
            Owner::Model => quote!(self.__at, <#ident as ::orm::__private::Model>::slot(), #position),
            Owner::Embed => quote!(self.__at.rows(), self.__at.slot(), self.__at.field(#position)),
        };
        let doc = format!("Goes on to the rows that `{}` points at.", field.name);
        Some(quote_spanned! {at(target.span())=>
            #[doc = #doc]
            #vis fn #name(self) -> ::orm::__private::#kind<#target #joined> {
                ::orm::__private::#kind::#way(#from)
            }
        })
    });
    let relations = relations.chain(composite_foreign_key::steps(model));
    let relations: Vec<_> = relations.chain(search::methods(model)).collect();
    let relations = (!relations.is_empty()).then(|| {
        quote! {
            #quiet
            impl<__J: ::orm::__private::Join> #fields<__J> { #(#relations)* }
        }
    });
    let place = match owner {
        Owner::Model => quote!(RowSource),
        Owner::Embed => quote!(EmbedPlace),
    };
    quote! {
        #[doc = #doc]
        #quiet
        #vis struct #fields<__J: ::orm::__private::Join = ::orm::__private::Inner> {
            #(#columns,)*
            __at: ::orm::__private::#place,
            __join: ::core::marker::PhantomData<__J>,
        }

        #[automatically_derived]
        impl<__J: ::orm::__private::Join> ::core::clone::Clone for #fields<__J> {
            fn clone(&self) -> Self { *self }
        }

        #[automatically_derived]
        impl<__J: ::orm::__private::Join> ::core::marker::Copy for #fields<__J> {}

        #relations
    }
}
