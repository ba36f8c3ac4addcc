//! `impl Model`, and the registration by which the program finds it.

use proc_macro2::TokenStream;
use quote::quote;

use super::{create_ident, fields_ident, spec};
use crate::model::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, fields, create) = (&model.ident, fields_ident(model), create_ident(model));
    let spec = spec::expand(model);
    let key = &model.key().ident;
    let key_type = &model.key().ty.ty;
    let columns: Vec<(&Field, u16)> = model
        .columns()
        .filter_map(|field| Some((field, field.column?)))
        .collect();
    let parts = columns.iter().map(|(field, column)| {
        let name = &field.ident;
        quote!(#name: ::orm::__private::Field::new(at, #column))
    });
    let decoded = model.fields.iter().map(|field| {
        let name = &field.ident;
        match field.column {
            Some(column) => {
                let column = usize::from(column);
                quote!(#name: row.get(at + #column)?)
            }
            None => quote!(#name: ::orm::__private::ManyToMany::new()),
        }
    });
    let encoded = columns.iter().map(|(field, _)| {
        let name = &field.ident;
        quote!(::orm::__private::ColumnType::encode(&self.#name))
    });
    let fill = fill(&columns);
    let touch = touch(model);
    quote! {
        #[automatically_derived]
        impl ::orm::__private::Model for #ident {
            type Fields = #fields;
            type Key = #key_type;
            type Create = #create;

            const SPEC: &'static ::orm::__private::ModelSpec = {
                static SPEC: ::orm::__private::ModelSpec = #spec;
                &SPEC
            };

            fn fields(at: ::orm::__private::Path) -> Self::Fields {
                #fields { #(#parts,)* __at: at }
            }

            fn key(&self) -> Self::Key {
                ::core::clone::Clone::clone(&self.#key)
            }

            fn decode(row: &::orm::__private::Row<'_>, at: usize) -> ::orm::__private::Result<Self> {
                ::core::result::Result::Ok(#ident { #(#decoded),* })
            }

            fn encode<'a>(&'a self, out: &mut ::std::vec::Vec<::orm::__private::Value<'a>>) {
                out.extend([#(#encoded),*]);
            }

            #fill
            #touch

            fn slot() -> &'static ::orm::__private::MetaSlot {
                static SLOT: ::orm::__private::MetaSlot = ::orm::__private::MetaSlot::new();
                &SLOT
            }
        }

        const _: () = {
            #[::orm::__private::linkme::distributed_slice(::orm::__private::MODELS)]
            #[linkme(crate = ::orm::__private::linkme)]
            static REGISTER: ::orm::__private::Registration = ::orm::__private::Registration {
                spec: <#ident as ::orm::__private::Model>::SPEC,
                slot: <#ident as ::orm::__private::Model>::slot,
            };
        };
    }
}

/// Defaults that are made in code, for the columns that `create()` was not given.
fn fill(columns: &[(&Field, u16)]) -> Option<TokenStream> {
    let defaults: Vec<_> = columns
        .iter()
        .filter_map(|(field, column)| {
            let (ty, column) = (&field.ty.ty, usize::from(*column));
            let options = &field.options;
            let value = if let Some(default) = &options.default {
                let value = &default.value;
                quote!(::orm::__private::to_value::<#ty>(#value))
            } else if let Some(default) = &options.default_fn {
                let function = &default.value;
                quote!(::orm::__private::to_value::<#ty>(#function()))
            } else if options.auto_now.is_some() || options.auto_now_add.is_some() {
                quote!(::orm::__private::now::<#ty>())
            } else if field.uuid_key() {
                quote!(::orm::__private::uuid_v7())
            } else {
                return None;
            };
            Some(quote! {
                if let ::core::option::Option::Some(value @ ::core::option::Option::None) = values.get_mut(#column) {
                    *value = ::core::option::Option::Some(#value);
                }
            })
        })
        .collect();
    (!defaults.is_empty()).then(|| {
        quote! {
            fn fill(values: &mut [::core::option::Option<::orm::__private::Value<'static>>]) {
                #(#defaults)*
            }
        }
    })
}

fn touch(model: &Model) -> Option<TokenStream> {
    let fields: Vec<_> = model
        .columns()
        .filter(|field| field.options.auto_now.is_some())
        .map(|field| &field.ident)
        .collect();
    (!fields.is_empty()).then(|| {
        quote! {
            fn touch(&mut self) {
                #(self.#fields = ::orm::__private::now();)*
            }
        }
    })
}
