//! `#[derive(Embed)]`: `AddressFields`, the accessors of its relations, and `impl Embed`.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::{Parts, defaults, points_at};
use super::{Owner, embed_item, fields, fields_ident, quiet, relations, spec};
use crate::model::Model;

pub(crate) fn embed(embed: &Model) -> TokenStream {
    let (ident, fields_ident, quiet) = (&embed.ident, fields_ident(embed), quiet());
    let fields = fields::expand_in(embed, Owner::Embed);
    let accessors = relations::expand(embed);
    let specs = spec::fields(embed, Owner::Embed);
    let (defaults, points_at) = (defaults(embed), points_at(embed));
    let Parts {
        made,
        decoded,
        encoded,
        fill,
        computed,
        touch,
    } = Parts::of(embed, Owner::Embed);
    let fill = fill.map(|fills| {
        quote! {
            fn fill(row: &mut __orm::AssignedColumns, at: usize) {
                #fills
            }
        }
    });
    let own = embed.columns().any(|field| field.required());
    let embeds = embed
        .embeds()
        .map(|field| embed_item(&field.ty.ty, &quote!(REQUIRED)));
    quote! {
        #fields
        #accessors

        #quiet
        const _: () = {
            use ::orm::__private as __orm;

            #defaults
            #points_at

            #[automatically_derived]
            impl __orm::Embed for #ident {
                type Fields<J: __orm::Join> = #fields_ident<J>;

                const FIELDS: &'static [__orm::FieldSpec] = #specs;
                const REQUIRED: bool = #own #(|| #embeds)*;
                #computed

                #[inline]
                fn fields<J: __orm::Join>(at: __orm::EmbedPlace) -> #fields_ident<J> {
                    #fields_ident { #(#made,)* __at: at, __join: ::core::marker::PhantomData }
                }

                fn decode(row: &__orm::Row<'_>, at: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(#ident { #(#decoded),* })
                }

                fn encode<'a>(&'a self, out: &mut ::std::vec::Vec<__orm::Value<'a>>) {
                    #encoded
                }

                #fill
                #touch
            }
        };
    }
}
