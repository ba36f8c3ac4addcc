//! `impl Choices` and `impl ColumnType` for an enum.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::model::Choices;

pub(crate) fn choices(choices: &Choices) -> TokenStream {
    let (ident, quiet) = (&choices.ident, super::quiet());
    let variants: Vec<&Ident> = choices.variants.iter().map(|(variant, _)| variant).collect();
    let values: Vec<&String> = choices.variants.iter().map(|(_, value)| value).collect();
    // If two variants share a string, only the first is read back; a second match arm would be a warning.
    let mut distinct: Vec<(&Ident, &String)> = Vec::new();
    for (variant, value) in &choices.variants {
        if distinct.iter().all(|(_, other)| *other != value) {
            distinct.push((variant, value));
        }
    }
    let name = choices.ident.to_string();
    let native = choices.native.is_some();
    let type_name = super::option(choices.native.as_ref().and_then(Option::as_ref));
    let renamed = choices.renamed.iter().map(|(new, old)| quote!((#new, #old)));
    let (read_as, read): (Vec<&Ident>, Vec<&String>) = distinct.into_iter().unzip();
    quote! {
        #[automatically_derived]
        #quiet
        impl ::orm::__private::Choices for #ident {
            const VALUES: &'static [&'static str] = &[#(#values),*];

            fn as_str(&self) -> &'static str {
                match self { #(Self::#variants => #values),* }
            }

            fn from_str(text: &str) -> ::core::option::Option<Self> {
                match text {
                    #(#read => ::core::option::Option::Some(Self::#read_as),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        #[automatically_derived]
        #quiet
        impl ::orm::__private::Ordered for #ident {}

        #[automatically_derived]
        #quiet
        impl ::orm::__private::Extreme for #ident {}

        #[automatically_derived]
        #quiet
        impl ::orm::__private::ColumnType for #ident {
            type Base = Self;

            const CHOICES: ::core::option::Option<&'static ::orm::__private::ChoicesFacts> =
                ::core::option::Option::Some(&::orm::__private::ChoicesFacts {
                    name: #name,
                    values: <Self as ::orm::__private::Choices>::VALUES,
                    native: #native,
                    type_name: #type_name,
                    renamed: &[#(#renamed),*],
                });

            fn field_type() -> ::orm::__private::FieldType {
                ::orm::__private::FieldType::Choices
            }

            fn decode(cell: ::orm::__private::Cell<'_>) -> ::orm::__private::Result<Self> {
                ::orm::__private::decode_choice(cell)
            }

            fn encode(&self) -> ::orm::__private::Value<'_> {
                <::orm::__private::Value<'_> as ::core::convert::From<&str>>::from(::orm::__private::Choices::as_str(self))
            }
        }
    }
}
