//! The ways back: one trait per relation gives the model pointed at, which may live in another crate, a method on its
//! fields and on its rows.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, reverse_ident};
use crate::model::{Field, Kind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    model
        .relations()
        .filter_map(|field| way_back(model, field))
        .collect()
}

fn way_back(model: &Model, field: &Field) -> Option<TokenStream> {
    let name = field.way_back(&model.snake)?;
    let span = field
        .options
        .related_name
        .as_ref()
        .map_or(field.ident.span(), |name| name.span);
    let method = match syn::parse_str::<Ident>(&name) {
        Ok(mut ident) => {
            ident.set_span(span);
            ident
        }
        Err(_) => Ident::new_raw(&name, span),
    };
    let (ident, vis, position) = (&model.ident, &model.vis, field.position);
    let target = field.ty.target.as_ref()?;
    let reverse = reverse_ident(model, &field.name);
    let (kind, way) = match field.ty.kind {
        Kind::ManyToMany => (quote!(ToMany), quote!(join_back)),
        Kind::OneToOne => (quote!(ToMaybe), quote!(reverse)),
        _ => (quote!(ToMany), quote!(reverse)),
    };
    let (rows, row_way) = match field.ty.kind {
        Kind::ManyToMany => (quote!(Related), quote!(related_back)),
        _ => (quote!(QuerySet), quote!(rows_back)),
    };
    let doc = format!("The way back over `{}::{}`.", model.name, field.name);
    let method_doc = format!(
        "Goes back to the `{}` rows whose `{}` points here.",
        model.name, field.name
    );
    Some(quote_spanned! {at(target.span())=>
        #[doc = #doc]
        #[allow(dead_code)]
        #vis trait #reverse {
            /// What the way back leads to: of fields a part of the query, of a row a query.
            type Out;

            #[doc = #method_doc]
            fn #method(self) -> Self::Out;
        }

        #[automatically_derived]
        impl #reverse for <#target as ::orm::__private::Model>::Fields {
            type Out = ::orm::__private::#kind<#ident>;

            fn #method(self) -> Self::Out {
                ::orm::__private::#kind::#way(
                    ::orm::__private::HasPath::path(self),
                    <#ident as ::orm::__private::Model>::slot(),
                    #position,
                )
            }
        }

        #[automatically_derived]
        impl #reverse for &#target {
            type Out = ::orm::__private::#rows<#ident>;

            fn #method(self) -> Self::Out {
                ::orm::__private::#row_way::<#ident, #target>(self, #position)
            }
        }
    })
}
