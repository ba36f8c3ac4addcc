//! `PostCreate`: the builder behind `Post::create()`. Its type parameters track which required fields are assigned.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, create_ident, derived, embed_item, index, quiet};
use crate::model::{Field, FieldKind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, vis, create) = (&model.ident, &model.vis, create_ident(model));
    let required: Vec<&Field> = model.stored().filter(|field| field.may_be_required()).collect();
    // Not simply the name in camel case: that is often the name of the related model.
    let params: Vec<Ident> = required
        .iter()
        .map(|field| derived(&format!("__{}", field.camel()), &field.ident))
        .collect();
    let quiet = quiet();
    let markers = derived(&format!("{}_required", model.snake), &model.ident);
    let names: Vec<&Ident> = required.iter().map(|field| &field.ident).collect();
    let setters = model.stored().filter_map(|field| {
        // A duplicate name was reported already; a second method of that name would be a second error. What the database
        // gives cannot be assigned.
        if crate::model::BUILDER_METHODS.contains(&&*field.name) || !field.settable() {
            return None;
        }
        let column = index(field, field.start);
        let (vis, name, ty) = (&field.vis, &field.ident, &field.ty.ty);
        let docs = super::docs(field, || format!("Sets `{}`.", field.name));
        // Assigning a required field changes the builder's type; assigning any other does not.
        let (out, body) = match required.iter().position(|other| std::ptr::eq(*other, field)) {
            Some(this) => {
                let given = params.iter().enumerate().map(|(at, param)| match at == this {
                    true => quote!(::orm::__private::Assigned),
                    false => quote!(#param),
                });
                (
                    quote!(#create<#(#given),*>),
                    quote!(#create(self.0, ::orm::__private::PhantomData)),
                )
            }
            None => (quote!(Self), quote!(self)),
        };
        let (given, set) = match field.ty.kind {
            FieldKind::Embed => (
                quote!(::core::convert::Into<#ty>),
                quote!(set_embedded::<#ty>(#column, &value.into())),
            ),
            // A row stands for what it has in the column that `to` names.
            _ if field.options.to.is_some() => {
                let position = index(field, field.position);
                let to_value = quote!(value.to_value_for(::orm::__private::ForColumn::Field(
                    &<#ident as ::orm::__private::Model>::SPEC.fields[#position],
                )));
                (
                    quote!(::orm::__private::ToValue<#ty>),
                    quote!(set(#column, #to_value)),
                )
            }
            _ => (
                quote!(::orm::__private::ToValue<#ty>),
                quote!(set(#column, value.to_value())),
            ),
        };
        Some(quote! {
            #docs
            #vis fn #name(mut self, value: impl #given) -> #out {
                self.0.#set;
                #body
            }
        })
    });
    let missing = required.iter().map(|field| {
        let (name, ty) = (&field.ident, &field.ty.ty);
        // The library knows which keys a database generates, and an embed whether it has defaults.
        let need_not = match field.ty.kind {
            FieldKind::Embed => {
                let required = embed_item(ty, &quote!(REQUIRED));
                quote!(!#required)
            }
            _ if field.may_be_generated() => quote!(<#ty as ::orm::__private::ColumnType>::GENERATED_KEY),
            _ => return quote!(#markers::#name),
        };
        quote_spanned! {at(ty.span())=>
            <::orm::__private::IsGeneratedKey<{ #need_not }> as
                ::orm::__private::KeyOr<::orm::__private::Assigned, #markers::#name>>::State
        }
    });
    let doc = format!("A new [`{}`], not saved yet.", model.name);
    let markers_module = (!required.is_empty()).then(|| {
        quote! {
            #[doc(hidden)]
            #quiet
            #vis mod #markers {
                #(pub enum #names {})*
            }
        }
    });
    quote! {
        #markers_module

        #[doc = #doc]
        #quiet
        #[must_use = "nothing is created until `.save(&db)`"]
        #vis struct #create<#(#params = #missing),*>(
            ::orm::__private::Draft<#ident>,
            ::core::marker::PhantomData<fn() -> (#(#params,)*)>,
        );

        #quiet
        impl<#(#params),*> #create<#(#params),*> {
            #(#setters)*
        }

        #quiet
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            impl ::core::default::Default for #create {
                fn default() -> Self {
                    #create(__orm::Draft::new(), __orm::PhantomData)
                }
            }

            #[automatically_derived]
            impl<#(#params: __orm::Provided),*> __orm::IntoDraft<#ident> for #create<#(#params),*> {
                fn into_draft(self) -> __orm::Draft<#ident> { self.0 }
            }

            #[automatically_derived]
            impl<#(#params),*> __orm::RowBuilder for #create<#(#params),*> {
                type Model = #ident;
                fn into_unchecked(self) -> __orm::Draft<#ident> { self.0 }
            }
        };
    }
}
