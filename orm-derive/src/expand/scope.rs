//! Scopes as static data, and a constant for each by which queries name it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, option};
use crate::attr::Scope;
use crate::ident::to_ident;
use crate::model::Model;

pub(super) fn specs(all: &[Scope], model: &Ident) -> Vec<TokenStream> {
    all.iter().map(|one| spec(one, model)).collect()
}

fn spec(scope: &Scope, model: &Ident) -> TokenStream {
    let (name, condition) = (&scope.name.value, &scope.condition);
    let span = at(condition.span());
    let built = match &scope.takes {
        None => quote_spanned! {span=>
            |_| ::core::option::Option::Some(__orm::scope::<#model, _, _>(#condition))
        },
        Some(ty) => quote_spanned! {span=>
            |values| __orm::scope_of::<#model, #ty, _, _>(values, #condition)
        },
    };
    let takes = option(scope.takes.as_ref().map(|ty| ty.to_token_stream().to_string()));
    let fills = option(scope.fills.as_ref().map(|field| field.value.clone()));
    quote!(__orm::scope_spec(#name, #takes, #fills, <#model as __orm::Model>::slot, #built))
}

/// `Post::SCOPE_ALIVE`
pub(super) fn names(model: &Model) -> Option<TokenStream> {
    let (ident, vis) = (&model.ident, &model.vis);
    let scopes = &model.options.scopes;
    let names = (0_u8..).zip(scopes).filter_map(|(nth, scope)| {
        // One that is called like another is refused already.
        let mut before = scopes.iter().take(usize::from(nth));
        if before.any(|other| constant(&other.name.value) == constant(&scope.name.value)) {
            return None;
        }
        let name = to_ident(&constant(&scope.name.value), at(scope.name.span))?;
        let doc = format!("The scope `{}`, for `without_scope`.", scope.name.value);
        Some(quote! {
            #[doc = #doc]
            #[allow(dead_code)]
            #vis const #name: __orm::ScopeName<#ident> = __orm::ScopeName::new(#nth);
        })
    });
    let names: Vec<TokenStream> = names.collect();
    (!names.is_empty()).then(|| quote!(impl #ident { #(#names)* }))
}

/// `SCOPE_ALIVE`
fn constant(name: &str) -> String {
    format!("SCOPE_{}", name.to_uppercase())
}

/// How rows of the model are joined: one that is out of scope is as if it were not there.
pub(super) fn seen(model: &Model) -> TokenStream {
    match model.options.scopes.is_empty() {
        true => quote!(J),
        false => quote!(__orm::Outer),
    }
}
