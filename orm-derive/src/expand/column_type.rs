//! `impl ColumnType` and `impl Newtype` for a struct around a type that columns hold.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::at;
use crate::model::ColumnType;

pub(crate) fn newtype(newtype: &ColumnType) -> TokenStream {
    let ColumnType {
        ident,
        member,
        inner,
        validate,
        db_type,
        ..
    } = newtype;
    let (generics, arguments, bounds) = newtype.generics.split_for_impl();
    let name = ident.to_string();
    let quiet = super::quiet();
    // Always spelled the same, so that a type that is not a column is one error.
    let of = quote_spanned!(at(inner.span())=> <#inner as ::orm::__private::ColumnType>);
    let check = |value: TokenStream| {
        validate
            .as_ref()
            .map(|function| quote_spanned!(at(function.span())=> #function(#value)))
    };
    let read = check(quote!(&inner)).map(|checked| quote!(::orm::__private::allowed(#name, #checked)?;));
    let refuse = check(quote!(&self.#member)).map(|checked| {
        quote! {
            if let ::core::result::Result::Err(reason) = #checked {
                return ::orm::__private::Value::Refused(reason);
            }
        }
    });
    let db_type = match db_type {
        Some(db_type) => super::db_type(db_type),
        None => quote!(#of::DB_TYPE),
    };
    // What is generic is no key.
    let key = newtype
        .generics
        .params
        .is_empty()
        .then(|| quote!(::orm::__newtype_key!(#ident);));
    quote! {
        #key

        #[automatically_derived]
        #quiet
        impl #generics ::orm::__private::ColumnType for #ident #arguments #bounds {
            type Base = Self;

            const CHOICES: ::core::option::Option<&'static ::orm::__private::ChoicesFacts> = #of::CHOICES;
            const DB_TYPE: ::core::option::Option<::orm::__private::DbTypeSpec> = #db_type;
            const GENERATED_KEY: bool = #of::GENERATED_KEY;

            fn field_type() -> ::orm::__private::FieldType {
                #of::field_type()
            }

            fn decode(cell: ::orm::__private::Cell<'_>) -> ::orm::__private::Result<Self> {
                let inner = #of::decode(cell)?;
                #read
                ::core::result::Result::Ok(Self { #member: inner })
            }

            fn encode(&self) -> ::orm::__private::Value<'_> {
                #refuse
                #of::encode(&self.#member)
            }

            fn into_value(self) -> ::orm::__private::Value<'static> {
                #refuse
                #of::into_value(self.#member)
            }
        }

        #[automatically_derived]
        impl #generics ::orm::__private::Newtype for #ident #arguments #bounds {
            type Inner = #inner;
        }
    }
}
