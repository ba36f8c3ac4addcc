//! `impl Choices` and `impl ColumnType` for an enum.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::model::Choices;

pub(crate) fn choices(choices: &Choices) -> TokenStream {
    if let Some((ty, numbers)) = &choices.numbers {
        return of_numbers(choices, ty, numbers);
    }
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
        ::orm::__choices_element!(#ident, ::orm::__private::ElementType::Choices);

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

/// The same for variants that are stored as numbers.
fn of_numbers(choices: &Choices, ty: &Ident, numbers: &[i64]) -> TokenStream {
    let (ident, quiet) = (&choices.ident, super::quiet());
    let name = choices.ident.to_string();
    let variants: Vec<&Ident> = choices.variants.iter().map(|(variant, _)| variant).collect();
    let values: Vec<&String> = choices.variants.iter().map(|(_, value)| value).collect();
    let mut distinct: Vec<(&Ident, i64)> = Vec::new();
    for (variant, number) in variants.iter().zip(numbers) {
        if distinct.iter().all(|(_, other)| other != number) {
            distinct.push((*variant, *number));
        }
    }
    let (read_as, read): (Vec<&Ident>, Vec<i64>) = distinct.into_iter().unzip();
    let renamed = choices.renamed.iter().map(|(new, old)| quote!((#new, #old)));
    quote! {
        ::orm::__choices_element!(#ident, <#ty as ::orm::__private::Scalar>::ELEMENT);

        #[automatically_derived]
        #quiet
        impl ::orm::__private::IntegerChoices for #ident {
            const VALUES: &'static [i64] = &[#(#numbers),*];

            fn as_number(&self) -> i64 {
                match self { #(Self::#variants => #numbers),* }
            }

            fn from_number(number: i64) -> ::core::option::Option<Self> {
                match number {
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
                    values: &[#(#values),*],
                    native: false,
                    type_name: ::core::option::Option::None,
                    renamed: &[#(#renamed),*],
                });

            fn field_type() -> ::orm::__private::FieldType {
                <#ty as ::orm::__private::ColumnType>::field_type()
            }

            fn decode(cell: ::orm::__private::Cell<'_>) -> ::orm::__private::Result<Self> {
                ::orm::__private::decode_number(cell)
            }

            fn encode(&self) -> ::orm::__private::Value<'_> {
                ::orm::__private::Value::Int(::orm::__private::IntegerChoices::as_number(self))
            }
        }
    }
}
