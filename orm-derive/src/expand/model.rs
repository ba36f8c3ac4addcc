//! `impl Model`, and the registration by which the program finds it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::{at, column_type, create_ident, default_ident, fields_ident, quiet, spec};
use crate::model::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, fields, create) = (&model.ident, fields_ident(model), create_ident(model));
    let spec = spec::expand(model);
    let types: Vec<_> = model.key().map(|field| &field.ty.ty).collect();
    let names: Vec<_> = model.key().map(|field| &field.ident).collect();
    let (key_type, key) = match (types.as_slice(), names.as_slice()) {
        ([ty], [name]) => (quote!(#ty), quote!(::core::clone::Clone::clone(&self.#name))),
        _ => (
            quote!((#(#types),*)),
            quote!((#(::core::clone::Clone::clone(&self.#names)),*)),
        ),
    };
    let columns: Vec<(&Field, u16)> = model
        .columns()
        .filter_map(|field| Some((field, field.column?)))
        .collect();
    let parts = columns.iter().map(|(field, column)| {
        let name = &field.ident;
        quote!(#name: __orm::Field::new(at, #column))
    });
    let decoded = model.fields.iter().map(|field| {
        let name = &field.ident;
        match field.column {
            Some(column) => {
                let column = usize::from(column);
                let read = column_type(field, &quote!(read));
                quote!(#name: #read(row, at + #column)?)
            }
            // Also for a primary key that is an `Option` by mistake, which was reported.
            None => quote!(#name: ::core::default::Default::default()),
        }
    });
    let encoded = columns.iter().map(|(field, _)| {
        let name = &field.ident;
        let encode = column_type(field, &quote!(encode));
        quote!(#encode(&self.#name))
    });
    let fill = fill(&columns);
    let computed = (model.columns().any(|field| field.options.generated.is_some())).then(|| {
        quote!(
            const COMPUTED: bool = true;
        )
    });
    let touch = touch(model);
    let (quiet, defaults, orderings) = (quiet(), defaults(model), orderings(model));
    quote! {
        #quiet
        const _: () = {
            use ::orm::__private as __orm;

            #defaults
            #orderings

            #[automatically_derived]
            impl __orm::Model for #ident {
                type Fields<J: __orm::Join> = #fields<J>;
                type Key = #key_type;
                type Create = #create;

                const SPEC: &'static __orm::ModelSpec = {
                    static SPEC: __orm::ModelSpec = #spec;
                    &SPEC
                };

                #computed

                #[inline]
                fn fields<J: __orm::Join>(at: __orm::RowSource) -> #fields<J> {
                    #fields { #(#parts,)* __at: at, __join: ::core::marker::PhantomData }
                }

                fn key(&self) -> Self::Key {
                    #key
                }

                fn decode(row: &__orm::Row<'_>, at: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(#ident { #(#decoded),* })
                }

                fn encode<'a>(&'a self, out: &mut ::std::vec::Vec<__orm::Value<'a>>) {
                    out.extend([#(#encoded),*]);
                }

                #fill
                #touch

                #[inline]
                fn slot() -> &'static __orm::MetaSlot {
                    static SLOT: __orm::MetaSlot = __orm::MetaSlot::new();
                    &SLOT
                }
            }

            #[automatically_derived]
            impl __orm::SqlRow for #ident {
                type Columns = __orm::ModelColumns;

                fn columns(row: &__orm::Row<'_>) -> __orm::Result<__orm::ModelColumns> {
                    __orm::ModelColumns::of::<Self>(row)
                }

                fn read(row: &__orm::Row<'_>, columns: &__orm::ModelColumns) -> __orm::Result<Self> {
                    columns.read(row)
                }
            }

            #[__orm::linkme::distributed_slice(__orm::MODELS)]
            #[linkme(crate = __orm::linkme)]
            static REGISTER: __orm::Registration = __orm::Registration {
                spec: <#ident as __orm::Model>::SPEC,
                slot: <#ident as __orm::Model>::slot,
            };
        };
    }
}

/// A function per default, used by both the model's description and new rows.
fn defaults(model: &Model) -> TokenStream {
    let defaults = model.columns().filter_map(|field| {
        let options = &field.options;
        let (ty, name) = (&field.ty.ty, default_ident(field));
        let value = match (&options.default, &options.default_fn) {
            // The elements of an array would say which type they have.
            (Some(default), _) if matches!(&default.value, Expr::Array(array) if array.elems.is_empty()) => {
                quote_spanned!(at(default.value.span())=> ::std::vec::Vec::new())
            }
            (Some(default), _) => default.value.to_token_stream(),
            (None, Some(function)) => {
                let function = &function.value;
                quote_spanned!(at(function.span())=> #function())
            }
            (None, None) => return None,
        };
        let value = quote_spanned!(at(value.span())=> __orm::default_value::<#ty>(#value));
        Some(quote!(fn #name() -> __orm::Value<'static> { #value }))
    });
    defaults.collect()
}

/// Has the compiler look whether there is what an ordering names in other models.
fn orderings(model: &Model) -> Option<TokenStream> {
    let names = model.options.ordering.iter().flatten();
    let paths: Vec<TokenStream> = names
        .filter(|name| name.along().is_some())
        .filter_map(|name| {
            let span = at(name.span);
            let path = name.path(span)?;
            let (last, relations) = path.split_last()?;
            Some(quote_spanned!(span=> let _ = row #(.#relations())* .#last;))
        })
        .collect();
    let fields = fields_ident(model);
    (!paths.is_empty()).then(|| {
        quote! {
            #[allow(dead_code)]
            fn orderings(row: #fields<__orm::Inner>) { #(#paths)* }
        }
    })
}

/// Whether Rust code computes the field's value for a new row.
pub(super) fn is_filled(field: &Field) -> bool {
    let options = &field.options;
    options.default.is_some()
        || options.default_fn.is_some()
        || options.auto_now.is_some()
        || options.auto_now_add.is_some()
        || field.uuid_key()
}

/// The defaults computed by Rust code, for columns that `create()` did not assign.
fn fill(columns: &[(&Field, u16)]) -> Option<TokenStream> {
    let defaults: Vec<_> = columns
        .iter()
        .filter_map(|(field, column)| {
            let (ty, column) = (&field.ty.ty, usize::from(*column));
            let options = &field.options;
            if !is_filled(field) {
                return None;
            }
            let function = if options.default.is_some() || options.default_fn.is_some() {
                default_ident(field).to_token_stream()
            } else if options.auto_now.is_some() || options.auto_now_add.is_some() {
                quote_spanned!(at(ty.span())=> __orm::now_value::<#ty>)
            } else {
                quote!(__orm::uuid_v7)
            };
            Some(quote!(__orm::fill(row, #column, #function);))
        })
        .collect();
    (!defaults.is_empty()).then(|| {
        quote! {
            fn fill(row: &mut __orm::AssignedColumns) {
                #(#defaults)*
            }
        }
    })
}

fn touch(model: &Model) -> Option<TokenStream> {
    let fields: Vec<_> = model
        .columns()
        .filter(|field| field.options.auto_now.is_some())
        .map(|field| {
            let (name, ty) = (&field.ident, &field.ty.ty);
            quote_spanned!(at(ty.span())=> self.#name = __orm::now::<#ty>();)
        })
        .collect();
    (!fields.is_empty()).then(|| {
        quote! {
            fn touch(&mut self) { #(#fields)* }
        }
    })
}
