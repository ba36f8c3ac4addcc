//! A view as static data.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, option};
use crate::attr::View;

pub(super) fn spec(view: &View) -> TokenStream {
    let [sql, sqlite, postgres] = [&view.sql, &view.sqlite, &view.postgres]
        .map(|query| option(query.as_ref().map(|query| &query.value)));
    let (materialized, with_no_data) = (view.materialized.is_some(), view.with_no_data.is_some());
    let reads = view.reads.iter().flatten().map(|read| {
        let span = at(read.span());
        quote_spanned!(span=> <#read as __orm::Model>::slot)
    });
    quote! {
        ::core::option::Option::Some(__orm::ViewSpec {
            sql: #sql,
            sqlite: #sqlite,
            postgres: #postgres,
            reads: &[#(#reads),*],
            materialized: #materialized,
            with_no_data: #with_no_data,
        })
    }
}
