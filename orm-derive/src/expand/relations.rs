//! Accessors of a row's relations: `post.author()`, `post.tags()`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, composite_foreign_key, position, quiet};
use crate::model::{Field, FieldKind, Model};

/// The row that has in the column that `to` names what the foreign key holds.
fn row_with(field: &Field) -> TokenStream {
    let name = &field.ident;
    let to = field.options.to.as_ref().map(|to| &to.value);
    let key = match field.ty.null {
        true => quote!(self.#name.as_ref().map(|key| key.id())),
        false => quote!(::core::option::Option::Some(self.#name.id())),
    };
    quote!(::orm::__private::row_with(#to, #key))
}

pub(super) fn expand(model: &Model) -> Option<TokenStream> {
    let (ident, quiet) = (&model.ident, quiet());
    let accessors: Vec<_> = model
        .relations()
        .filter_map(|field| {
            let (vis, name, position, target) = (
                &field.vis,
                &field.ident,
                position(field, field.position),
                field.ty.target.as_ref()?,
            );
            let (doc, out, body) = match (field.ty.kind, field.ty.null) {
                (FieldKind::ManyToMany, _) => {
                    let through = field.through();
                    (
                        format!("The rows in `{}`.", field.name),
                        quote_spanned!(at(target.span())=> ::orm::__private::Related<#target #through>),
                        // Nothing else reads a many-to-many field, and the compiler would call it dead code.
                        quote! {
                            let _ = &self.#name;
                            ::orm::__private::related(self, #position)
                        },
                    )
                }
                _ if field.options.to.is_some() => (
                    format!("The row that `{}` points at.", field.name),
                    quote_spanned!(at(target.span())=> ::orm::__private::QuerySet<#target>),
                    row_with(field),
                ),
                (_, true) => (
                    format!("The row that `{}` points at, if it does.", field.name),
                    quote_spanned!(at(target.span())=> ::orm::__private::QuerySet<#target>),
                    quote_spanned!(at(target.span())=> ::orm::__private::row_at(self.#name.as_ref().map(|key| key.id()))),
                ),
                (_, false) => (
                    format!("The row that `{}` points at.", field.name),
                    quote_spanned!(at(target.span())=> ::orm::__private::QuerySet<#target>),
                    quote_spanned!(at(target.span())=> ::orm::__private::row_at(::core::option::Option::Some(self.#name.id()))),
                ),
            };
            Some(quote_spanned! {at(target.span())=>
                #[doc = #doc]
                #vis fn #name(&self) -> #out { #body }
            })
        })
        .chain(composite_foreign_key::accessors(model))
        .collect();
    (!accessors.is_empty()).then(|| {
        quote! {
            #quiet
            impl #ident { #(#accessors)* }
        }
    })
}
